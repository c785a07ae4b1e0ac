"""Source parts: which signs of a file are code, which are comments, and which are text.

Text is what stands in strings, heredocs, regular expressions and markup; what is interpolated into
it is code. The grammar tells them apart, so that a regular expression that holds a quote, or a raw
string that ends in a backslash, swallows nothing. Where code is half written, a string that is not
closed is code: it never reaches to the end of the file.
"""

import re
from collections.abc import Iterator, Mapping
from enum import IntEnum
from functools import cached_property

from codeflow_action.engine.files import language
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.review.syntax.grammar_list import Language, language_named
from codeflow_action.review.syntax.grammars import (
    MAX_BYTES,
    Node,
    QuerySection,
    SyntaxTree,
    load_section,
    parse,
)
from codeflow_action.review.worker import UnreadableText, Worker, worker


class SourcePart(IntEnum):
    """What a sign of a file belongs to. The quotes around a string are code."""

    CODE = 0
    TEXT = 1
    COMMENT = 2


@dataclass(frozen=True, kw_only=True)
class MarkedLine:
    """One line; `marks` has the part of each of its signs."""

    text: str
    marks: bytes

    def only(self, *parts: SourcePart) -> str:
        """Return the line with everything but these parts as spaces; columns stay."""
        signs = zip(self.text, self.marks, strict=True)
        return "".join(sign if mark in parts else " " for sign, mark in signs)


@dataclass(frozen=True, kw_only=True)
class SourceParts:
    """A file's bytes, and the part that each of them belongs to."""

    content: bytes
    marks: bytes

    def line(self, number: int) -> MarkedLine:
        """Return a line by its number from 1, an empty one beyond the last. Only LF ends a line."""
        if number >= len(self._starts):
            return MarkedLine(text="", marks=b"")
        place, end = self._starts[number - 1], self._starts[number] - 1
        line = self.content[place:end]
        try:
            text = line.decode()
        except UnicodeDecodeError:
            return MarkedLine(text=line.decode("latin-1"), marks=self.marks[place:end])
        if text.isascii():
            return MarkedLine(text=text, marks=self.marks[place:end])
        marks = bytearray()
        for sign in text:
            marks.append(self.marks[place])
            place += len(sign.encode())
        return MarkedLine(text=text, marks=bytes(marks))

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        ends = (match.end() for match in re.finditer(rb"\n", self.content))
        return (0, *ends, len(self.content) + 1)


# A script in these is code, and all else is text.
_MARKUP = frozenset({"html", "svelte", "vue"})
# Without a grammar of their own, but with the same strings and comments as another.
_ALIKE: Mapping[str, str] = {"objective_c": "c"}
_SCRIPT_LANGUAGES: Mapping[str, str] = {
    "ts": "typescript",
    "typescript": "typescript",
    "tsx": "tsx",
}
_ATTRIBUTE = regex(rb"\b(lang|type)\s*=\s*[\"']?([\w/+.-]+)")
_SCRIPT_TYPE = regex(rb"module|(?:text|application)/(?:javascript|ecmascript|babel|jsx)|text/ts")
_TAG = regex(rb"<!--|<(?:script|style)(?=[\s>])", re.IGNORECASE)
_SCRIPT_END = regex(rb"</(?:script|style)", re.IGNORECASE)


def read_parts(
    path: str, content: bytes, parser: Worker | None = None
) -> SourceParts | UnreadableText | None:
    """Return which part each byte belongs to, None for a language without a grammar.

    It blocks: ask from a thread. `parser` is the worker that is asked, by default one of its own.
    """
    if language(path) not in _MARKUP and _grammar_of(path) is None:
        return None
    asked_worker = parser or worker("source parts")
    marks = asked_worker.run(find_marks, content, path, load_parts)
    if marks is None or isinstance(marks, UnreadableText):
        return marks
    return SourceParts(content=content, marks=marks)


def load_parts(path: str) -> None:
    """Load what the file's language needs, before its time is counted."""
    grammar = _grammar_of(path)
    if grammar is not None:
        load_section(grammar, QuerySection.PARTS)


def find_marks(content: bytes, path: str) -> bytes | UnreadableText | None:
    """Parse the file and return the part of each byte; runs in the worker."""
    grammar = _grammar_of(path)
    if grammar is not None:
        tree = parse(content, grammar)
        return _marks(tree) if isinstance(tree, SyntaxTree) else tree
    if len(content) > MAX_BYTES:
        return UnreadableText(reason=f"it is larger than {MAX_BYTES:,} bytes")
    marks = bytearray([SourcePart.TEXT]) * len(content)
    for start, end, script_language in _sections(content):
        grammar = language_named(script_language)
        if grammar is None:
            _paint(marks, start, end, SourcePart.COMMENT)
            continue
        tree = parse(content[start:end], grammar)
        if not isinstance(tree, SyntaxTree):
            return tree
        marks[start:end] = _marks(tree)
    return bytes(marks)


def _grammar_of(path: str) -> Language | None:
    name = language(path)
    return language_named(_ALIKE.get(name, name))


def _sections(content: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield the places of scripts with their languages, and of comments with none."""
    place = 0
    while tag_match := _TAG.search(content, place):
        tag = tag_match[0].lower()
        start = tag_match.end()
        if tag == b"<!--":
            end = content.find(b"-->", start)
            place = len(content) if end < 0 else end
            yield tag_match.start(), place, ""
            continue
        start = content.find(b">", start) + 1
        if not start:
            return
        end_match = _SCRIPT_END.search(content, start)
        place = end_match.start() if end_match else len(content)
        attributes = dict(_ATTRIBUTE.findall(content, tag_match.end(), start))
        if tag == b"<style":
            comments = re.finditer(rb"/\*[^*]*(?:\*(?!/)[^*]*)*", content[start:place])
            yield from ((start + match.start(), start + match.end(), "") for match in comments)
        elif _SCRIPT_TYPE.fullmatch(attributes.get(b"type", b"module")):
            script_language = attributes.get(b"lang", b"").decode().lower()
            yield start, place, _SCRIPT_LANGUAGES.get(script_language, "javascript")


_PART_OF_CAPTURE: Mapping[str, SourcePart] = {
    "code": SourcePart.CODE,
    "text": SourcePart.TEXT,
    "comment": SourcePart.COMMENT,
    "macro": SourcePart.TEXT,  # C's: what it stands for does not happen here
}
_QUOTES = b"\"'`"


def _marks(tree: SyntaxTree) -> bytes:
    """Return the part of each byte: of nodes within each other the inner one decides."""
    content = tree.content
    marks = bytearray(len(content))
    nodes = [
        (node, name)
        for name, nodes_of_name in tree.captures(QuerySection.PARTS).items()
        for node in nodes_of_name
    ]
    nodes.sort(key=lambda pair: (pair[0].start_byte, -pair[0].end_byte))
    for node, name in nodes:
        start, end = node.start_byte, node.end_byte
        if name == "text":
            if _is_open(node):
                continue
            # Patterns see that a string stands there, and where it ends.
            is_quoted = end - start > 1 and content[start] in _QUOTES
            if is_quoted and content[start] == content[end - 1]:
                start, end = start + 1, end - 1
        _paint(marks, start, end, _PART_OF_CAPTURE[name])
        if name == "macro" and (comment := content.find(b"//", start, end)) >= 0:
            _paint(marks, comment, end, SourcePart.COMMENT)
    return bytes(marks)


def _is_open(node: Node) -> bool:
    """True for a string or heredoc whose end is missing."""
    last = node.child(node.child_count - 1) if node.child_count else None
    if last is None:
        return False
    return last.is_missing or (last.type == "heredoc_end" and last.start_byte == last.end_byte)


def _paint(marks: bytearray, start: int, end: int, part: SourcePart) -> None:
    marks[start:end] = bytes([part]) * (end - start)
