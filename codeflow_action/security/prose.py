"""Strangers' prose, written anew as Markdown: text that does nothing, and code of our own making.

Nothing of a stranger's Markdown is passed on (docs/adr/0014-prose-is-written-anew.md). A small
grammar is read: code between backticks, links, bold and italic words. What is read wrongly only
looks otherwise, since what comes out is made here: words whose signs would act are shown as code,
where GitHub looks for no mention, reference, address, emoji or formula; other signs are escaped.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

BREAK = "\u200b"  # keeps two signs apart that would act together; shown as nothing
# What robots look for in the text of a comment, wherever it stands: a command at the start of a
# line, and the comment by which they know their own again.
BREAKS = re.compile(r"^[^\S\n]*(?=/\w)|<!(?=--)", re.MULTILINE)
_LINK = re.compile(
    r"!?\[((?:[^\[\]`]|`[^\[\]`]+`)*)\]\(\s*<?((?:[^\s<>()]|\([^\s<>()]*\))+)>?\s*\)"
)
# Bold and italic stand between spaces, so that no word is in two nodes of the page: GitHub looks
# for its references in each, and a reader sees them as one.
_EMPHASIS = re.compile(
    r"(?:(?<!\S)|(?<=(?<!\S)\())(\*\*|\*|_)(?=[^\s*_])(.{1,200}?)(?<=[^\s*_])\1"
    r"(?=[,.;:!?)]*(?!\S))"
)
_OPENING = "([\"'"
_CLOSING = ".,;:!?)]\"'"
_PAIRS = {")": "(", "]": "["}
_MAX_CLOSING = 8  # signs of punctuation after a word that stay outside its code
# What GitHub makes of words wherever they stand (docs.github.com: "Autolinked references and
# URLs", "Basic writing and formatting syntax", "Writing mathematical expressions").
_ACTS = re.compile(
    r"@.|.@"  # mentions, addresses, `owner/repository@sha`
    r"|#\d|gh-\d|://|www\.|mailto:|xmpp:"
    r"|(?<![0-9a-z])(?=[a-f]{0,63}\d)[0-9a-f]{7,64}(?![0-9a-z])"  # a commit
    r"|:[\w+-]{1,60}:"  # an emoji
    r"|\$"  # a formula
    r"|\]\(|\[!",  # a link; an alert
    re.IGNORECASE,
)
# Where such a word is broken, too: robots read the text of a comment as it was sent.
_JOINTS = re.compile(
    r"@(?=.)|#(?=\d)|gh(?=-\d)|:(?=//)|www(?=\.)|(?:mailto|xmpp)(?=:)|\](?=\()", re.IGNORECASE
)
_LIKE_CODE = re.compile(r"[_*\\]|(?<!^)<|\w\[[^\[\]]*\]")  # names, generics, subscripts
_SIGNS = re.compile(r"[\\*_\[\]<|~`]|&(?=[A-Za-z#])")
# What would begin a heading, a quote, a list, or an underline of a heading or of a table's head.
_BEGINS = re.compile(r"[#>+=:-]|\d{1,9}(?=[.)](?:\s|$))")


@dataclass(frozen=True)
class Text:
    """What is written with every sign escaped that could act."""

    text: str


@dataclass(frozen=True)
class Code:
    """What is written as inline code: never blank."""

    text: str


@dataclass(frozen=True)
class Emphasis:
    """Words within one line; `mark` is `*` or `**`."""

    mark: str
    inside: tuple[Text | Code, ...]


type Token = Text | Code | Emphasis


def write_line(line: str, *, in_table: bool = False) -> str:
    """Return one line of prose as Markdown that does nothing but show it.

    It may stand at the start of a line or after any mark of ours. In a table no bar is written, as
    every one would end a cell to some reader.
    """
    written = "".join(_write(token, in_table=in_table) for token in _merged(_words(_read(line))))
    begins = _BEGINS.match(written)
    if begins is None:
        return written
    at = begins.end() if begins[0][0].isdigit() else 0
    return f"{written[:at]}\\{written[at:]}"


def write_code(text: str, *, in_table: bool = False) -> str:
    """Return one line as inline code; empty only when there is nothing to show.

    Bars part it in a table, and stand between the parts as text.
    """
    if in_table and "|" in text:
        return "&#124;".join(write_code(part) for part in text.split("|"))
    if not text.strip():
        return ""
    text = text.replace("<!--", f"<!{BREAK}--")
    taken = {len(run) for run in re.findall(r"`+", text)}
    ticks = "`" * next(count for count in range(1, len(text) + 2) if count not in taken)
    edges = text[0] + text[-1]
    pad = " " if "`" in edges or edges == "  " else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _write(token: Token, *, in_table: bool) -> str:
    match token:
        case Text(text):
            return _escaped(text, bar="&#124;" if in_table else r"\|")
        case Code(text):
            return write_code(text, in_table=in_table)
        case Emphasis(mark, inside):
            return f"{mark}{''.join(_write(part, in_table=in_table) for part in inside)}{mark}"
        case _:
            assert_never(token)


def _escaped(text: str, bar: str) -> str:
    # To some readers an escaped backtick still closes code, and an escaped bracket opens a tag.
    signs = {"|": bar, "`": "&#96;", "<": "&lt;"}
    return _SIGNS.sub(lambda match: signs.get(match[0], f"\\{match[0]}"), text)


def _read(line: str) -> Iterator[Token]:
    """Yield the line's tokens, of which none that is text stands beside another."""
    for token in _merged(_code_and_links(line)):
        match token:
            case Text(text):
                yield from _emphasis(text)
            case _:
                yield token


def _code_and_links(line: str) -> Iterator[Text | Code]:
    """Yield code as such, and links and images as their text with the address as code."""
    start = 0
    for found in sorted((*_code_spans(line), *_link_spans(line)), key=lambda span: span.start):
        if found.start >= start:
            yield Text(line[start : found.start])
            yield from found.tokens
            start = found.end
    yield Text(line[start:])


@dataclass(frozen=True, kw_only=True)
class _Span:
    """Where something stands in a line, its marks included, and what it is."""

    start: int
    end: int
    tokens: tuple[Text | Code, ...]


def _link_spans(line: str) -> Iterator[_Span]:
    for link in _LINK.finditer(line):
        label = tuple(_code_and_links(f"{link[1].strip()} " if link[1].strip() else ""))
        tokens = (*label, Text("("), Code(_broken(link[2])), Text(")"))
        yield _Span(start=link.start(), end=link.end(), tokens=tokens)


def _code_spans(line: str) -> Iterator[_Span]:
    """Yield code that is not blank; a backslash before the first backtick makes all of it text."""
    runs = list(re.finditer(r"`+", line))
    following: dict[int, int] = {}  # by length: which run comes next
    closings: list[int | None] = []
    for at in range(len(runs) - 1, -1, -1):
        closings.append(following.get(len(runs[at][0])))
        following[len(runs[at][0])] = at
    closings.reverse()
    past = 0
    for at, (run, closing) in enumerate(zip(runs, closings, strict=True)):
        if at < past or closing is None or line[max(run.start() - 1, 0)] == "\\":
            continue
        end = runs[closing]
        if inside := line[run.end() : end.start()].strip():
            yield _Span(start=run.start(), end=end.end(), tokens=(Code(inside),))
            past = closing + 1


def _emphasis(text: str) -> Iterator[Token]:
    start = 0
    for found in _EMPHASIS.finditer(text):
        yield Text(text[start : found.start()])
        inside = _merged(_words([Text(found[2])]))
        yield Emphasis("*" * len(found[1]), tuple(_flat(inside)))
        start = found.end()
    yield Text(text[start:])


def _flat(tokens: Sequence[Token]) -> Iterator[Text | Code]:
    return (token for token in tokens if not isinstance(token, Emphasis))


def _words(tokens: Iterator[Token] | Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens with those words of text as code that would act or look like code."""
    is_first = True
    for token in tokens:
        if not isinstance(token, Text):
            yield token
            is_first = False
            continue
        for word in re.split(r"(\s+)", token.text):
            yield from _word(word, is_first=is_first)
            is_first = is_first and not word


def _word(word: str, *, is_first: bool) -> Iterator[Text | Code]:
    before, core, after = _core(word)
    acts = _ACTS.search(word) or (is_first and re.match(r"/\w", word))
    is_quoted = before[-1:] in ("'", '"') and before[-1:] == after[:1]
    if acts or (_is_code(core) and "`" not in core and not is_quoted):
        yield from (Text(before), Code(_broken(core)), Text(after))
    else:
        yield Text(word)


def _is_code(core: str) -> bool:
    return not core.startswith("<") and bool(_LIKE_CODE.search(core) and re.search(r"\w", core))


def _broken(word: str) -> str:
    return _JOINTS.sub(lambda match: f"{match[0]}{BREAK}", word)


def _core(word: str) -> tuple[str, str, str]:
    """Return a word without the punctuation of the sentence around it, and that on both sides."""
    core = word.lstrip(_OPENING)
    before = word[: len(word) - len(core)]
    for _sign in range(_MAX_CLOSING):
        closing = core[-1:]
        opening = _PAIRS.get(closing)
        is_paired = opening is not None and core.count(closing) <= core.count(opening)
        if not closing or closing not in _CLOSING or is_paired:
            break
        core = core[:-1]
    return before, core, word[len(before) + len(core) :]


def _merged(tokens: Iterator[Token]) -> list[Token]:
    """Return the tokens with neighbours of one kind as one: two runs of backticks would join."""
    merged: list[Token] = []
    for token in tokens:
        match merged[-1] if merged else None, token:
            case (_, Text("")):
                pass
            case (Text(left), Text(right)):
                merged[-1] = Text(left + right)
            case (Code(left), Code(right)):
                merged[-1] = Code(left + right)
            case _:
                merged.append(token)
    return merged


def break_commands(text: str) -> str:
    """Return lines of code of which no robot takes one for its command or for its mark."""
    return BREAKS.sub(lambda match: f"{match[0]}{BREAK}", text)
