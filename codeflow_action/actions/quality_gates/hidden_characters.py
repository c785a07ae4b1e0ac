"""Characters that nobody sees or that deceive, by class: where they stand, and how bad that is.

What a text needs is left alone: joiners between letters that take them, a selector behind an emoji
or an ideograph, directions of balanced right-to-left text, words of any one script.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from enum import StrEnum

from codeflow_action.actions.quality_gates.gate import MAX_LINE
from codeflow_action.actions.quality_gates.look_alikes import (
    PUNCTUATION,
    disguised_names,
    false_hosts,
    has_whole_words,
    imitations,
)
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.lazy import dataclass, regex


class SourceKind(StrEnum):
    """What a file is read as."""

    CODE = "code"  # by a compiler, an interpreter or a shell
    DATA = "data"  # configuration and tables
    MARKUP = "markup"  # text for people between names for programs
    INSTRUCTIONS = "instructions"  # by an agent, which sees what people do not
    TRANSLATION = "translation"
    PROSE = "prose"


@dataclass(frozen=True, kw_only=True)
class SourceLine:
    """An added line, and what of it is code.

    `code` and `uncommented` are as long as `text`, with spaces for what they leave out: strings and
    comments, or comments alone. `is_made_up` is true in tests and examples.
    """

    text: str
    kind: SourceKind
    code: str = ""
    uncommented: str = ""
    language: str = ""
    is_made_up: bool = False

    def is_code(self, position: int) -> bool:
        """True for a character of code itself, which stands in no string and no comment."""
        return self.code[position : position + 1] == self.text[position]

    def is_comment(self, position: int) -> bool:
        """True for a character of a comment."""
        return self.uncommented[position : position + 1] != self.text[position]

    def is_behind_comment(self, position: int) -> bool:
        """True in a comment or right behind one: a grammar knows that a separator ends it."""
        before = self.text[max(0, position - _MAX_TOKEN) : position]
        last = position - len(before) + len(before.rstrip()) - 1
        return self.is_comment(position) or (bool(before.strip()) and self.is_comment(last))

    def is_token(self, start: int, end: int) -> bool:
        """True where what surrounds a place is a whole value, and no word of a sentence."""
        text, least, most = self.text, start - _MAX_TOKEN, end + _MAX_TOKEN
        while start > max(0, least) and text[start - 1] not in _TOKEN_ENDS:
            start -= 1
        while end < min(len(text), most) and text[end] not in _TOKEN_ENDS:
            end += 1
        token = text[start:end]
        if "://" in token or "@" in token or (self.kind is SourceKind.DATA and "/" in token):
            return True  # an address
        # Far enough for any indentation; a line that is longer than all this is no assignment.
        before = text[max(0, start - _MAX_TOKEN) : start].rstrip(" \t")
        after = text[end : end + _MAX_TOKEN].lstrip(" \t\r")
        if text[start - 1 : start] in _QUOTES and after:
            return after[0] in _QUOTES and text[end] in _QUOTES
        begins = not before or before[-1] in _BEFORE_VALUE
        return begins and (not after or after[0] in _AFTER_VALUE)


@dataclass(frozen=True, kw_only=True)
class HiddenText:
    """Characters of one class on a line, and what is said about them.

    `reading` is what a person reads in their place, where that is the fault.
    """

    characters: str
    severity: Severity
    title: str
    reason: str
    reading: str = ""


_QUOTES = ("'", '"', "`")
_MAX_TOKEN = 200  # characters to each side
_TOKEN_ENDS = frozenset(" \t\r'\"`,;(){}[]<>=|")
_BEFORE_VALUE = frozenset("'\"`,;({[<=|:-&>")
_AFTER_VALUE = frozenset("'\"`,;)}]>=|:#&")

# Letters that only machines read. A flag such as Scotland's is legitimate: a black flag, the code
# of a region in tags, and a closing tag. https://www.unicode.org/reports/tr51/#valid-emoji-tag-sequences
_TAGS = regex(
    r"\U0001f3f4[\U000e0061-\U000e007a]{2}[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,3}"
    r"\U000e007f|([\U000e0000-\U000e007f])"
)
_SELECTOR = regex(r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_EMOJI_SELECTORS = frozenset("\ufe0e\ufe0f")
# What takes an emoji's selector and is no symbol by its general category:
# https://www.unicode.org/Public/UCD/latest/ucd/emoji/emoji-variation-sequences.txt
_EMOJI_BASES = frozenset("0123456789#*\u203c\u2049\u2139\u3030\u303d\u20e3")
# Punctuation of East Asia with a place to choose, and the slashed zero:
# https://www.unicode.org/Public/UCD/latest/ucd/StandardizedVariants.txt
_STANDARD_BASES = frozenset("0\u3001\u3002\uff01\uff0c\uff0e\uff1a\uff1b\uff1f")
_IDEOGRAPH = regex(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_MAX_STRAY = 2  # emoji's selectors that editing has left over
_MAX_SHAPES = 12  # of ideographs on one line: more different ones are bytes
# Of no width. Joiners belong into words of Arabic and Indic scripts, and between emoji.
_ZERO_WIDTH = regex(r"[\u00ad\u034f\u061c\u180e\u200b-\u200f\u2060-\u2064\u206a-\u206f\ufeff]+")
_JOINERS = frozenset("\u200c\u200d")
_MARKS = frozenset("\u061c\u200e\u200f")
_MESSAGE = 8  # characters of no width in a row: a message in bits
_NAME_SIGN = regex(r"[A-Za-z0-9_$]")
_KEY_END = regex(r"[\w.$-]{0,100}[\"']?\s{0,20}[:=]")
# Letters and signs that are blank. Beside letters of their script they are at home.
_BLANKS = regex(
    r"[\u115f\u1160\u3164\uffa0]+|[\u17b4\u17b5]+|\u2800+|[\U0001d159\U0001d173-\U0001d17a]+"
    r"|[\U0001bca0-\U0001bca3]+"
)
_DOTS = regex(r"[\u2801-\u28ff]")
_HOMES = {
    **dict.fromkeys("\u115f\u1160\u3164\uffa0", "HANGUL"),
    **dict.fromkeys("\u17b4\u17b5", "KHMER"),
    "\u2800": "BRAILLE",
}
# Bidirectional controls: https://trojansource.codes
_OPENING = {"\u202a": "\u202c", "\u202b": "\u202c", "\u202d": "\u202c", "\u202e": "\u202c"}
_OPENING |= {"\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069"}
_BIDI = regex(r"[\u202a-\u202e\u2066-\u2069]")
_OVERRIDES = frozenset("\u202d\u202e")
_RIGHT_TO_LEFT = regex(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff]")
# What moves a terminal's cursor or clears what it shows; colours (`m`) are harmless. ECMA-48, 8.3.
_TERMINAL = regex(r"\x08{2,}|\x1b(?!\\?\[[\d;:?]*m)|\x9b(?![\d;:]*m)|\r(?=[^\r\n])")
_CONTROLS = regex(r"[\x00-\x07\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9a\x9c-\x9f]")
# UTF-8 that was once read as Latin-1 or Windows-1252 has such pairs.
_MOJIBAKE = regex(r"[\u00c2-\u00f4\u0153\u0161\u0178\u0192][\x80-\x9f]{1,3}")
# What ends a line besides LF and CR: https://262.ecma-international.org/#sec-line-terminators, the
# same of C# in 6.3.2 of its specification, and https://yaml.org/spec/1.1/#id871136
_LINE_ENDS = {
    **dict.fromkeys(("javascript", "typescript", "tsx", "vue", "svelte"), "\u2028\u2029"),
    **dict.fromkeys(("c_sharp", "yaml"), "\x85\u2028\u2029"),
}
_SEPARATORS = regex(r"[\x85\u2028\u2029]")
# Where another space than ASCII's is part of a word, so that a command runs with another argument.
_SPACE = regex(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_SHELLS = frozenset({"bash", "dockerfile", "make"})
# Annotations, stand-ins for objects, and code points that never are characters.
_OUTSIDERS = regex(
    r"[\ufff9-\ufffc\ufdd0-\ufdef\ufffe\uffff"
    + "".join(
        chr(plane * 0x10000 + 0xFFFE) + chr(plane * 0x10000 + 0xFFFF) for plane in range(1, 17)
    )
    + r"]"
)
# Fonts of icons and prompts of shells have them in strings.
_PRIVATE = r"[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]"
_PRIVATE_NAME = regex(rf"(?:[A-Za-z0-9_$]{_PRIVATE}|{_PRIVATE}[A-Za-z0-9_$])")
_STRICT = (SourceKind.CODE, SourceKind.DATA, SourceKind.MARKUP, SourceKind.INSTRUCTIONS)
_TWO_NAMES = "Two names that look the same may be different."


def find_hidden(line: SourceLine) -> Iterator[HiddenText]:
    """Yield what is hidden in a line, one class after the other."""
    for find in _CLASSES:
        yield from find(line)


def find_hidden_in_path(path: str) -> Iterator[HiddenText]:
    """Yield what is hidden in a file's name; each folder's name is looked at as well."""
    line = SourceLine(text=path, kind=SourceKind.CODE, code=path, uncommented=path)
    for find in (_tags, _selectors, _zero_width, _blanks, _look_alikes):
        yield from find(line)
    controls = "".join(sorted({*_BIDI.findall(path), *_MARKS.intersection(path)}))
    if controls and (_OVERRIDES.intersection(controls) or not _RIGHT_TO_LEFT.search(path)):
        yield _direction(controls, Severity.ERROR)
    if controls := "".join(re.findall(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", path)):
        yield HiddenText(
            characters=controls,
            severity=Severity.ERROR,
            title="Control characters in a name",
            reason="Lists of files and terminals show another name than the file has.",
        )


def _tags(line: SourceLine) -> Iterator[HiddenText]:
    if tags := "".join(_TAGS.findall(line.text)):
        yield HiddenText(
            characters=tags,
            severity=Severity.ERROR,
            title="Tag characters carry hidden text",
            reason="Each is a letter that programs and models read and people cannot see.",
        )


def _selectors(line: SourceLine) -> Iterator[HiddenText]:
    stray, is_run, shapes = "", False, set[str]()
    for match in _SELECTOR.finditer(line.text):
        base = line.text[match.start() - 1] if match.start() else ""
        if _takes_selector(base, match[0]):
            shapes.add(match[0])
        else:
            stray += match[0]
            is_run = is_run or bool(_SELECTOR.match(base))
    odd = [selector for selector in stray if selector not in _EMOJI_SELECTORS]
    is_payload = len(stray) > _MAX_STRAY or len(shapes) > _MAX_SHAPES
    is_strict = line.kind in _STRICT
    if is_payload or (is_strict and (len(odd) > 1 or (is_run and odd))):
        yield HiddenText(
            characters=stray or "".join(sorted(shapes)),
            severity=Severity.ERROR,
            title="Variation selectors carry hidden text",
            reason="They stand where they choose no character's look, so each is a hidden byte.",
        )
    elif odd and is_strict:
        yield HiddenText(
            characters=stray,
            severity=Severity.WARNING,
            title="A variation selector stands where it does nothing",
            reason="It is left over, or makes a name differ from one that looks the same.",
        )


def _takes_selector(base: str, selector: str) -> bool:
    """True where a selector chooses the look of the character before it."""
    if not base:
        return False
    category = unicodedata.category(base)
    if selector in _EMOJI_SELECTORS:
        # Emoji that are newer than this Python's tables have no category yet.
        return (
            category in ("So", "Sm", "Sk")
            or base in _EMOJI_BASES
            or "\U0001f000" <= base < "\U0001fb00"
        )
    if selector > "\ufe0f":
        return bool(_IDEOGRAPH.match(base))
    return category in ("Lo", "Sm") or base in _STANDARD_BASES


def _zero_width(line: SourceLine) -> Iterator[HiddenText]:
    in_names, messages, is_sure = "", "", False
    for match in _ZERO_WIDTH.finditer(line.text):
        start, end = match.span()
        if match[0] == "\ufeff" and not line.text[max(0, start - _MAX_TOKEN) : start].strip():
            continue  # a byte order mark, of this file or of one that was put behind it
        if len(match[0]) >= _MESSAGE:
            messages += match[0]
        elif _splits_name(line, start, end):
            in_names += match[0]
            is_sure = is_sure or line.is_code(start) or not line.is_made_up
    if messages and line.kind is not SourceKind.TRANSLATION:
        yield HiddenText(
            characters=messages,
            severity=Severity.WARNING if line.kind is SourceKind.PROSE else Severity.ERROR,
            title="Characters without width carry hidden text",
            reason="So many in a row are bits of a message: programs read it, people cannot.",
        )
    if in_names:
        yield HiddenText(
            characters=in_names,
            severity=Severity.ERROR if is_sure else Severity.NOTICE,
            title="A name on this line contains characters without width",
            reason=_TWO_NAMES,
        )


def _splits_name(line: SourceLine, start: int, end: int) -> bool:
    """True where characters without width stand within a name, or beside one in code."""
    before, after = line.text[start - 1 : start] if start else "", line.text[end : end + 1]
    sides = [bool(_NAME_SIGN.match(before)), bool(_NAME_SIGN.match(after))]
    if line.kind is SourceKind.INSTRUCTIONS:
        return all(sides)
    if line.kind in (SourceKind.PROSE, SourceKind.TRANSLATION) or not any(sides):
        return False
    if line.kind is SourceKind.CODE and line.is_code(start):
        # Beside a letter of another script a joiner may belong to that letter.
        return all(sides) or (before + after).isascii()
    if not all(sides) or line.is_comment(start):
        return False
    is_hyphen = "\u00ad" in line.text[start:end] and line.kind is not SourceKind.CODE
    return line.is_token(start, end) and not (is_hyphen and not _KEY_END.match(line.text, end))


def _blanks(line: SourceLine) -> Iterator[HiddenText]:
    in_names, others = "", ""
    has_dots = _DOTS.search(line.text) is not None
    for match in _BLANKS.finditer(line.text):
        start, end = match.span()
        home = _HOMES.get(match[0][0], "")
        neighbours = line.text[max(0, start - 1) : start] + line.text[end : end + 1]
        if home and any(unicodedata.name(sign, "").startswith(home) for sign in neighbours):
            continue
        if home == "BRAILLE" and has_dots:
            continue  # a picture of dots
        is_named = any(_NAME_SIGN.match(sign) for sign in neighbours)
        if line.kind is SourceKind.CODE and (line.is_code(start) or is_named):
            in_names += match[0]
        elif is_named or home == "HANGUL":
            others += match[0]
    if in_names or (others and line.kind is SourceKind.INSTRUCTIONS):
        yield HiddenText(
            characters=in_names + others,
            severity=Severity.ERROR,
            title="A name on this line contains blank letters",
            reason="A blank letter is a name, or part of one, that nobody sees.",
        )
    elif others and line.kind not in (SourceKind.PROSE, SourceKind.TRANSLATION):
        yield HiddenText(
            characters=others,
            severity=Severity.WARNING,
            title="Blank letters stand on this line",
            reason="They look like spaces and are none.",
        )


def _directions(line: SourceLine) -> Iterator[HiddenText]:
    has_letters = _RIGHT_TO_LEFT.search(line.text) is not None
    if controls := "".join(_BIDI.findall(line.text)):
        is_closed = _is_balanced(controls)
        is_tame = is_closed and not _OVERRIDES.intersection(controls)
        if line.kind is SourceKind.TRANSLATION:
            yield _direction(controls, Severity.NOTICE)
        elif line.kind is SourceKind.PROSE:
            if not is_tame:
                yield _direction(controls, Severity.WARNING)
        else:
            # In tests they are cases, where nothing behind them is turned around.
            is_case = line.is_made_up and (is_closed or line.kind is SourceKind.DATA)
            is_text = is_case or (is_tame and has_letters)
            yield _direction(controls, Severity.WARNING if is_text else Severity.ERROR)
    is_checked = line.kind is SourceKind.CODE and not has_letters
    marks = "".join(
        sign
        for position, sign in enumerate(line.text if is_checked else "")
        if sign in _MARKS and line.is_code(position)
    )
    if marks:
        yield HiddenText(
            characters=marks,
            severity=Severity.ERROR,
            title="Directional marks stand in code",
            reason="They change the order in which the signs beside them are shown.",
        )


def _direction(controls: str, severity: Severity) -> HiddenText:
    return HiddenText(
        characters=controls,
        severity=severity,
        title="Hidden characters change the order of this line",
        reason="The code that runs may not be the code that you see.",
    )


def _is_balanced(controls: str) -> bool:
    """True where each control that opens is closed, and none is closed that is not open."""
    awaited = list[str]()
    for control in controls:
        if control in _OPENING:
            awaited.append(_OPENING[control])
        elif not awaited or awaited.pop() != control:
            return False
    return not awaited


def _look_alikes(line: SourceLine) -> Iterator[HiddenText]:
    if line.kind is SourceKind.TRANSLATION or len(line.text) > MAX_LINE:
        return  # a longer line is data, such as a table of letters
    is_foreign = has_whole_words(line.text)
    words = []
    for start, end, reading in imitations(line.text):
        is_name = line.kind is SourceKind.CODE and line.is_code(start)
        is_value = line.kind is not SourceKind.PROSE and (
            not line.is_comment(start) and line.is_token(start, end)
        )
        if is_name or is_value or not is_foreign:
            is_grave = is_name or (is_value and not line.is_made_up)
            words.append((line.text[start:end], reading, is_grave))
    if line.kind is SourceKind.CODE and not is_foreign:
        names = [name for name in disguised_names(line.text) if line.is_code(name[0])]
        words += [
            (line.text[start:end], reading, not line.is_made_up) for start, end, reading in names
        ]
    if words:
        is_grave = line.kind is SourceKind.INSTRUCTIONS or any(grave for _, _, grave in words)
        if line.kind is SourceKind.PROSE or (line.is_made_up and not is_grave):
            severity = Severity.NOTICE
        else:
            severity = Severity.ERROR if is_grave else Severity.WARNING
        yield HiddenText(
            characters="".join(sign for word, _, _ in words for sign in word if not sign.isascii()),
            severity=severity,
            title="Look-alikes of Latin letters stand in a Latin word",
            reason=_TWO_NAMES,
            reading=words[0][1],
        )
    yield from _false_signs(line)


def _false_signs(line: SourceLine) -> Iterator[HiddenText]:
    hosts = false_hosts(line.text)
    if hosts:
        start, end, reading = hosts[0]
        yield HiddenText(
            characters="".join(sign for sign in line.text[start:end] if not sign.isascii()),
            severity=Severity.WARNING if line.kind is SourceKind.PROSE else Severity.ERROR,
            title="A host's name contains look-alikes of punctuation",
            reason="The request goes to another host than the one that you read.",
            reading=reading,
        )
    signs = [
        sign
        for position, sign in enumerate(line.text)
        if sign in PUNCTUATION and line.kind is SourceKind.CODE and line.is_code(position)
    ]
    if signs and not hosts:
        yield HiddenText(
            characters="".join(signs),
            severity=Severity.ERROR,
            title="A look-alike of punctuation stands in code",
            reason="It ends, negates or separates nothing, though it looks so.",
            reading="".join(PUNCTUATION[sign] for sign in signs),
        )


def _controls(line: SourceLine) -> Iterator[HiddenText]:
    text = line.text.rstrip("\r")
    if line.kind in (SourceKind.TRANSLATION, SourceKind.PROSE):
        return
    if moves := "".join(match[0] for match in _TERMINAL.finditer(text)):
        yield HiddenText(
            characters=moves,
            severity=Severity.NOTICE if line.is_made_up else Severity.ERROR,
            title="Control characters change what a terminal shows of this line",
            reason="`cat`, `git diff` and logs hide a part of what runs.",
        )
    clean = _MOJIBAKE.sub("  ", text)
    move_characters = set(moves)
    matches = [match for match in _CONTROLS.finditer(clean) if match[0] not in move_characters]
    if not matches or line.is_made_up or len(line.text) > MAX_LINE:
        return
    is_code = line.kind is SourceKind.CODE and any(line.is_code(match.start()) for match in matches)
    yield HiddenText(
        characters="".join(match[0] for match in matches),
        severity=Severity.ERROR if is_code else Severity.NOTICE,
        title="Control characters stand on this line",
        reason="Nobody sees them, and programs differ in what they make of them.",
    )


def _separators(line: SourceLine) -> Iterator[HiddenText]:
    ends = _LINE_ENDS.get(line.language, "")
    characters = "".join(
        match[0]
        for match in _SEPARATORS.finditer(line.text.rstrip())
        if match[0] in ends and line.is_behind_comment(match.start())
    )
    if characters:
        yield HiddenText(
            characters=characters,
            severity=Severity.WARNING if line.is_made_up else Severity.ERROR,
            title="A hidden line separator ends a comment",
            reason="What follows it looks like a part of the comment, and runs.",
        )


def _spaces(line: SourceLine) -> Iterator[HiddenText]:
    if line.language not in _SHELLS:
        return
    spaces = "".join(m[0] for m in _SPACE.finditer(line.text) if line.is_code(m.start()))
    if spaces:
        yield HiddenText(
            characters=spaces,
            severity=Severity.WARNING,
            title="A space in a command is no ASCII space",
            reason="The shell takes it for a part of the word beside it.",
        )


def _outsiders(line: SourceLine) -> Iterator[HiddenText]:
    if line.kind is not SourceKind.CODE:
        return
    matches = [match for match in _OUTSIDERS.finditer(line.text) if match[0] != "\ufffd"]
    in_code = [match[0] for match in matches if line.is_code(match.start())]
    if matches:
        yield HiddenText(
            characters="".join(in_code or [match[0] for match in matches]),
            severity=Severity.ERROR if in_code else Severity.NOTICE,
            title="Characters that no text needs stand in code",
            reason="Annotations, stand-ins for objects and noncharacters are shown as nothing.",
        )
    private = [
        re.sub(r"[\w$]", "", match[0], flags=re.ASCII)
        for match in _PRIVATE_NAME.finditer(line.text)
        if line.is_code(match.start())
    ]
    if private:
        yield HiddenText(
            characters="".join(private),
            severity=Severity.ERROR,
            title="A name on this line contains private-use characters",
            reason="Each font shows something else in their place, or nothing.",
        )


_CLASSES: tuple[Callable[[SourceLine], Iterator[HiddenText]], ...] = (
    _directions,
    _tags,
    _selectors,
    _zero_width,
    _blanks,
    _look_alikes,
    _controls,
    _separators,
    _spaces,
    _outsiders,
)
