"""Characters that nobody sees: which they are, and how to name them where they are the finding."""

import re
import unicodedata

# Unicode 17.0, DerivedCoreProperties.txt: Default_Ignorable_Code_Point. What a renderer that does
# not know them shows as nothing: joiners, fillers, variation selectors, tags, and code points that
# are reserved for more of the kind.
_IGNORABLE = (
    r"\u00ad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# The general categories Cc, Cf, Cs and Co beyond these: controls, formats, surrogates, private use.
_CONTROL = (
    r"\x00-\x1f\x7f-\x9f\u0600-\u0605\u06dd\u070f\u0890-\u0891\u08e2\ud800-\uf8ff\ufff9-\ufffb"
    r"\U000110bd\U000110cd\U00013430-\U0001343f\U000f0000-\U000ffffd\U00100000-\U0010fffd"
)
IGNORABLE = re.compile(f"[{_IGNORABLE}]")
INVISIBLE = re.compile(f"[{_IGNORABLE}{_CONTROL}]")
_BUT_LINES_AND_TABS = re.compile(rf"(?![\n\t])[{_IGNORABLE}{_CONTROL}]")
# Where Unicode ends a line, besides LF (Standard Annex 14: BK, CR, NL), and where `str.splitlines`
# does: a bot that reads a comment by its lines may go by either.
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def visible_lines(text: str) -> str:
    """Return several lines without invisible characters; CRLF and CR become LF, tabs stay."""
    return _BUT_LINES_AND_TABS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def prose_lines(text: str) -> str:
    """Return the same with every end of a line that Unicode knows as LF."""
    return visible_lines(_LINE_END.sub("\n", text))


def escaped(text: str) -> str:
    """Return the text with what cannot be seen in it written as escapes."""
    return INVISIBLE.sub(lambda match: _escape(match[0]), text)


def _escape(char: str) -> str:
    code = ord(char)
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return f"\\u{code:04x}" if code > 0xFF else f"\\x{code:02x}"


def name_of(char: str) -> str:
    """Return a character's number and name, as `U+200B ZERO WIDTH SPACE`."""
    return f"U+{ord(char):04X} {unicodedata.name(char, '(unassigned)')}"
