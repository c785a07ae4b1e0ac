"""Rewrites strangers' prose as Markdown of our own that does nothing but show the text.

Nothing of a stranger's Markdown is passed on (docs/adr/0014-prose-is-written-anew.md). We read a
small grammar: code between backticks, links, bold and italic words. A mistake in reading only
changes how the text looks, since all that comes out is written here. Words that would act are shown
as code, where GitHub looks for no mention, reference, address, emoji or formula; other signs are
escaped.
"""

import html
import re
from collections.abc import Iterator, Sequence
from typing import assert_never

from codeflow_action.engine.lazy import dataclass, regex

BREAK = "\u200b"  # keeps two signs apart that would act together; shown as nothing
_BROKEN = rf"\g<0>{BREAK}"  # what takes the place of a match after which a break belongs
# What bots look for in the text of a comment, in code too: a command at the start of a line, and
# the HTML comment by which they recognize their own.
BREAKS = regex(r"^[^\S\n]*(?=/\w)|<!(?=--)", re.MULTILINE)
_LINK = regex(r"!?\[((?:[^\[\]`]|`[^\[\]`]+`)*)\]\(\s*<?((?:[^\s<>()]|\([^\s<>()]*\))+)>?\s*\)")
# Bold and italic stand between spaces, so that no word is in two nodes of the page: GitHub looks
# for its references in each, and a reader sees them as one.
_EMPHASIS = regex(
    r"(?:(?<!\S)|(?<=(?<!\S)\())(\*\*|\*|_)(?=[^\s*_])(.{1,200}?)(?<=[^\s*_])\1"
    r"(?=[,.;:!?)]*(?!\S))"
)
_OPENING = "([\"'"
_ENDING = ".,;:!?)]\"'"
_PAIRS = {")": "(", "]": "["}
_MAX_ENDING = 8  # signs of punctuation after a word that stay outside its code
# Words in which GitHub sees more than text, wherever they stand:
# https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
# https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax
# https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/writing-mathematical-expressions
_ACTS = regex(
    r"@.|.@"  # mentions, addresses, `owner/repository@sha`
    r"|#\d|gh-\d|://|www\.|mailto:|xmpp:"
    r"|(?<![0-9a-z])(?=[a-f]{0,63}\d)[0-9a-f]{7,64}(?![0-9a-z])"  # a commit
    r"|:[\w+-]{1,60}:"  # an emoji
    r"|\$"  # a formula
    r"|\]\(|\[!",  # a link; an alert
    re.IGNORECASE,
)
# Such a word is also broken at these places: bots read a comment's text as it was sent.
_JOINTS = regex(
    r"@(?=.)|#(?=\d)|gh(?=-\d)|:(?=//)|www(?=\.)|(?:mailto|xmpp)(?=:)|\](?=\()", re.IGNORECASE
)
_LIKE_CODE = regex(r"[_*\\]|(?<!^)<|\w\[[^\[\]]*\]")  # names, generics, subscripts
_SIGNS = regex(r"[\\*_\[\]<|~`]|&(?=[A-Za-z#])")
# What would begin a heading, a quote, a list, or an underline of a heading or of a table's head.
_BEGINS = regex(r"[#>+=:-]|\d{1,9}(?=[.)](?:\s|$))")


@dataclass(frozen=True)
class PlainText:
    """Text that is written with every sign escaped that could act."""

    text: str


@dataclass(frozen=True)
class Code:
    """Text that is written as inline code: never blank."""

    text: str


@dataclass(frozen=True)
class Emphasis:
    """Words within one line; `mark` is `*` or `**`."""

    mark: str
    inside: tuple[PlainText | Code, ...]


type Token = PlainText | Code | Emphasis


def write_line(line: str, *, in_table: bool = False) -> str:
    """Return one line of prose as Markdown that does nothing but show it.

    It may stand at the start of a line or behind any mark of ours. For a table no bar is written:
    even an escaped one ends a cell in some renderer.
    """
    tokens = _join(_words(_read(line)))
    markdown = "".join(_write(token, in_table=in_table) for token in tokens)
    mark = _BEGINS.match(markdown)
    if mark is None:
        return markdown
    place = mark.end() if mark[0][0].isdigit() else 0  # `1\.`, but `\#`
    return f"{markdown[:place]}\\{markdown[place:]}"


def write_html(line: str) -> str:
    """Return one line of prose as HTML that does nothing but show it, with `code` its only tag.

    It is for the inside of a tag of ours that begins a line, where GitHub reads no Markdown, and
    still looks for mentions, references and emoji outside of code.
    """
    return "".join(_to_html(token) for token in _join(_words(_read(line))))


def write_code(text: str, *, in_table: bool = False) -> str:
    """Return one line as inline code; empty only when there is nothing to show.

    For a table it is split at bars, which stand between the parts as text.
    """
    if in_table and "|" in text:
        return "&#124;".join(write_code(part) for part in text.split("|"))
    if not text.strip():
        return ""
    text = text.replace("<!--", f"<!{BREAK}--")
    # Code ends at a run of as many backticks: https://spec.commonmark.org/0.31.2/#code-spans
    lengths = {len(run) for run in re.findall(r"`+", text)}
    ticks = "`" * next(count for count in range(1, len(text) + 2) if count not in lengths)
    edges = text[0] + text[-1]
    pad = " " if "`" in edges or edges == "  " else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _write(token: Token, *, in_table: bool) -> str:
    match token:
        case PlainText(text):
            # Some renderers let an escaped backtick end code, and an escaped bracket open a tag.
            entities = {"|": "&#124;" if in_table else r"\|", "`": "&#96;", "<": "&lt;"}
            return _SIGNS.sub(lambda sign: entities.get(sign[0], f"\\{sign[0]}"), text)
        case Code(text):
            return write_code(text, in_table=in_table)
        case Emphasis(mark, inside):
            return f"{mark}{''.join(_write(part, in_table=in_table) for part in inside)}{mark}"
        case _:
            assert_never(token)


def _to_html(token: Token) -> str:
    match token:
        case PlainText(text):
            return html.escape(text)
        case Code(text):
            return f"<code>{html.escape(text)}</code>" if text.strip() else ""
        case Emphasis(_, inside):
            return "".join(map(_to_html, inside))
        case _:
            assert_never(token)


def _read(line: str) -> Iterator[Token]:
    """Yield the line's tokens: code, links, and in the text between them emphasis."""
    for token in _join(_code_and_links(line)):
        if not isinstance(token, PlainText):
            yield token
            continue
        text, start = token.text, 0
        for match in _EMPHASIS.finditer(text):
            yield PlainText(text[start : match.start()])
            inside = _join(_words([PlainText(match[2])]))
            flat = (part for part in inside if not isinstance(part, Emphasis))
            yield Emphasis("*" * len(match[1]), tuple(flat))
            start = match.end()
        yield PlainText(text[start:])


def _code_and_links(line: str) -> Iterator[PlainText | Code]:
    """Yield code as such, and links and images as their text with the address as code."""
    spans = [*_code_spans(line)]
    for link in _LINK.finditer(line):
        label = tuple(_code_and_links(f"{link[1].strip()} " if link[1].strip() else ""))
        tokens = (*label, PlainText("("), Code(_JOINTS.sub(_BROKEN, link[2])), PlainText(")"))
        spans.append(_Span(start=link.start(), end=link.end(), tokens=tokens))
    start = 0
    for span in sorted(spans, key=lambda span: span.start):
        if span.start >= start:
            yield PlainText(line[start : span.start])
            yield from span.tokens
            start = span.end
    yield PlainText(line[start:])


@dataclass(frozen=True, kw_only=True)
class _Span:
    """Where something stands in a line, its marks included, and what it is."""

    start: int
    end: int
    tokens: tuple[PlainText | Code, ...]


def _code_spans(line: str) -> Iterator[_Span]:
    """Yield code that is not blank. A backslash before the first backtick makes all of it text."""
    runs = list(re.finditer(r"`+", line))
    # Which run ends the code that each one begins: the next of its length. They are found from the
    # end, so that a line of many runs takes time linear in its length.
    next_of_length: dict[int, int] = {}
    ends: list[int | None] = []
    for index in range(len(runs) - 1, -1, -1):
        ends.append(next_of_length.get(len(runs[index][0])))
        next_of_length[len(runs[index][0])] = index
    ends.reverse()
    first_free = 0
    for index, (run, end_index) in enumerate(zip(runs, ends, strict=True)):
        is_escaped = line[max(run.start() - 1, 0)] == "\\"
        if index < first_free or end_index is None or is_escaped:
            continue
        end = runs[end_index]
        if inside := line[run.end() : end.start()].strip():
            yield _Span(start=run.start(), end=end.end(), tokens=(Code(inside),))
            first_free = end_index + 1


def _words(tokens: Iterator[Token] | Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens, with words of the text as code where they would act or look like code."""
    is_first = True  # a slash command begins a line
    for token in tokens:
        if not isinstance(token, PlainText):
            yield token
            is_first = False
            continue
        for word in re.split(r"(\s+)", token.text):
            before, core, after = _core(word)
            acts = _ACTS.search(word) or (is_first and re.match(r"/\w", word))
            # A word in quotes is quoted already, and a backtick would need a longer run around it.
            is_quoted = before[-1:] in ("'", '"') and before[-1:] == after[:1]
            is_like_code = _LIKE_CODE.search(core) and re.search(r"\w", core) and core[0] != "<"
            if acts or (is_like_code and "`" not in core and not is_quoted):
                yield from (PlainText(before), Code(_JOINTS.sub(_BROKEN, core)), PlainText(after))
            else:
                yield PlainText(word)
            is_first = is_first and not word


def _core(word: str) -> tuple[str, str, str]:
    """Return a word without the punctuation of the sentence around it, and that on both sides."""
    core = word.lstrip(_OPENING)
    before = word[: len(word) - len(core)]
    for _ in range(_MAX_ENDING):
        last = core[-1:]
        opening = _PAIRS.get(last)
        is_paired = opening is not None and core.count(last) <= core.count(opening)
        if not last or last not in _ENDING or is_paired:
            break
        core = core[:-1]
    return before, core, word[len(before) + len(core) :]


def _join(tokens: Iterator[Token]) -> list[Token]:
    """Return the tokens with neighbours of one kind as one: two runs of backticks would join."""
    joined_tokens: list[Token] = []
    for token in tokens:
        match joined_tokens[-1] if joined_tokens else None, token:
            case (_, PlainText("")):
                pass
            case (PlainText(left), PlainText(right)):
                joined_tokens[-1] = PlainText(left + right)
            case (Code(left), Code(right)):
                joined_tokens[-1] = Code(left + right)
            case _:
                joined_tokens.append(token)
    return joined_tokens


def break_commands(text: str) -> str:
    """Return lines of code, none of which a bot takes for its command or for its own mark."""
    return BREAKS.sub(_BROKEN, text)


def break_references(text: str) -> str:
    """Return text in which no word is a mention, a reference or an address."""
    return _JOINTS.sub(_BROKEN, text)
