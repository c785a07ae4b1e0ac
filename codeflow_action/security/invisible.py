"""Characters that nobody can see: which they are, and how to name them in a finding."""

import re
import unicodedata

from codeflow_action.engine.lazy import regex

# Default_Ignorable_Code_Point of Unicode 17.0: characters that are shown as nothing by a renderer
# that does not know them. Joiners, fillers, variation selectors, tags, and code points that are
# reserved for more of the kind.
# https://www.unicode.org/Public/17.0.0/ucd/DerivedCoreProperties.txt
_IGNORABLE = (
    r"\u00ad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Beyond these, the general categories Cc, Cf, Cs and Co: controls, formats, surrogates and private
# use. https://www.unicode.org/reports/tr44/#General_Category_Values
_CONTROL = (
    r"\x00-\x1f\x7f-\x9f\u0600-\u0605\u06dd\u070f\u0890-\u0891\u08e2\ud800-\uf8ff\ufff9-\ufffb"
    r"\U000110bd\U000110cd\U00013430-\U0001343f\U000f0000-\U000ffffd\U00100000-\U0010fffd"
)
IGNORABLE = regex(f"[{_IGNORABLE}]")
INVISIBLE = regex(f"[{_IGNORABLE}{_CONTROL}]")
_BUT_LINES_AND_TABS = regex(rf"(?![\n\t])[{_IGNORABLE}{_CONTROL}]")
# Where a line ends besides LF: by Unicode (https://www.unicode.org/reports/tr14/: BK, CR, NL) and
# by `str.splitlines`. A bot that reads a comment by its lines may use either.
_LINE_END = regex("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def visible_text(text: str) -> str:
    """Return several lines without invisible characters; CRLF and CR become LF, tabs stay."""
    return _BUT_LINES_AND_TABS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def prose_lines(text: str) -> str:
    """Return the lines as `visible_text` does, with every line end that Unicode knows as LF."""
    return visible_text(_LINE_END.sub("\n", text))


def escape_invisible(text: str, also: str = "") -> str:
    """Return the text with its invisible characters, and those of `also`, as escapes of Python."""

    def escape(match: re.Match[str]) -> str:
        code = ord(match[0])
        if code > 0xFFFF:
            return f"\\U{code:08x}"
        return f"\\u{code:04x}" if code > 0xFF else f"\\x{code:02x}"

    signs = re.escape("".join(set(also)))
    return re.sub(f"[{_IGNORABLE}{_CONTROL}{signs}]", escape, text)


def name_of(char: str) -> str:
    """Return a character's number and name, as `U+200B ZERO WIDTH SPACE`."""
    return f"U+{ord(char):04X} {unicodedata.name(char, '(unassigned)')}"
