"""Added lines with what of them is code, text and comment, by a grammar or by the line alone.

A language without a grammar here is read a line at a time: a comment has its mark on the line, and
what its quotes hold is text. What began on an earlier line is not seen, so rules for such languages
ask for whole statements.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from codeflow_action.actions.quality_gates.gate import FileChange
from codeflow_action.engine.files import language
from codeflow_action.engine.lazy import regex
from codeflow_action.review.syntax.source_parts import MarkedLine, SourcePart
from codeflow_action.review.worker import UnreadableText

_DIALECTS: Mapping[str, str] = {
    ".blade.php": "blade",
    ".eex": "eex",
    ".erb": "erb",
    ".gd": "gdscript",
    ".haml": "haml",
    ".hbs": "hbs",
    ".heex": "eex",
    ".markdown": "markdown",
    ".md": "markdown",
    ".proto": "proto",
    ".slim": "slim",
    ".sol": "solidity",
    ".twig": "twig",
}
# Templates and their comments. Their code stands between words that people read, where an
# apostrophe is no quote.
_TEMPLATES: Mapping[str, str] = {
    "blade": r"\{\{--.*?(?:--\}\}|$)",
    "eex": r"<%(?:#|!--).*?(?:%>|$)",
    "erb": r"<%#.*?(?:%>|$)",
    "haml": r"^\s*-#.*",
    "hbs": r"\{\{!--.*?(?:--\}\}|$)|\{\{!.*?(?:\}\}|$)",
    "slim": r"^\s*/.*",
    "twig": r"\{#.*?(?:#\}|$)",
}


def dialect(path: str) -> str:
    """Return the language of a file, also of templates and others that nothing else here knows."""
    name = path.rpartition("/")[2].lower()
    return next(
        (dialect for suffix, dialect in _DIALECTS.items() if name.endswith(suffix)), language(path)
    )


def read_lines(
    change: FileChange, numbers: Iterable[int]
) -> Mapping[int, MarkedLine] | UnreadableText:
    """Return these added lines by their numbers. It blocks: ask from a thread."""
    parts = None if dialect(change.path) in _TEMPLATES else change.parts
    if isinstance(parts, UnreadableText):
        return parts
    if parts is not None:
        return {number: parts.line(number) for number in numbers}
    number_set = set(numbers)
    name = dialect(change.path)
    read = _markdown_reader(change.text) if name == "markdown" else None
    return {
        number: read(number, text) if read else plain_line(text, name)
        for number, text in change.added_lines
        if number in number_set and (read or name in _PATTERNS)
    }


_HASH = r"(?:^|(?<=\s))#.*"
_SLASHES = r"(?:^|(?<=[\s;{})]))//.*"
_BLOCK = r"/\*.*?(?:\*/|$)"
_ARROW = r"<!--.*?(?:-->|$)"
_STRING = (
    r"(?<![\w\\])(?:\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')"  # an apostrophe in a word is none
)
_COMMENTS: Mapping[str, str] = {
    **dict.fromkeys(
        ("gdscript", "julia", "make", "perl", "powershell", "properties", "r", "toml", "yaml"),
        _HASH,
    ),
    "ini": rf"{_HASH}|^\s*;.*",
    "dockerfile": r"^\s*#.*",  # only whole lines
    **dict.fromkeys(
        ("dart", "fsharp", "groovy", "jsonc", "less", "proto", "scss", "solidity", "zig"),
        rf"{_SLASHES}|{_BLOCK}",
    ),
    "css": _BLOCK,
    **dict.fromkeys(("markdown", "xml"), _ARROW),
    **dict.fromkeys(("haskell", "sql"), rf"(?:^|(?<=\s))--.*|{_BLOCK}"),
    "erlang": r"(?:^|(?<=\s))%.*",
    "clojure": r"(?:^|(?<=\s));.*|#_.*",
    "visual_basic": r"^\s*'.*",
}
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    name: regex(f"(?P<comment>{comment})|(?P<text>{_STRING})")
    for name, comment in _COMMENTS.items()
} | {name: regex(f"(?P<comment>{comment})") for name, comment in _TEMPLATES.items()}


def plain_line(text: str, dialect_name: str) -> MarkedLine:
    """Return a line by itself: its comments by their marks, and what its quotes hold as text."""
    marks = bytearray(len(text))
    pattern = _PATTERNS.get(dialect_name)
    for match in pattern.finditer(text) if pattern else ():
        start, end = match.span()
        part = SourcePart.COMMENT if match.lastgroup == "comment" else SourcePart.TEXT
        if part is SourcePart.TEXT:
            start, end = start + 1, end - 1
        marks[start:end] = bytes([part]) * (end - start)
    return MarkedLine(text=text, marks=bytes(marks))


def _markdown_reader(text: str) -> Callable[[int, str], MarkedLine]:
    """Return a reader of lines for which a fenced_lines block, an example for readers, is text."""
    fenced_lines: set[int] = set()
    fence = ""
    for number, line in enumerate(text.split("\n"), start=1):
        mark = line.lstrip()[:3]
        if mark in ("```", "~~~") and fence in ("", mark):
            fence = "" if fence else mark
        elif fence:
            fenced_lines.add(number)

    def read(number: int, line: str) -> MarkedLine:
        if number in fenced_lines or not line.lstrip().startswith("<!--"):
            return MarkedLine(text=line, marks=bytes([SourcePart.TEXT]) * len(line))
        return plain_line(line, "markdown")

    return read
