"""YAML as GitHub's runner reads a workflow: a tree of texts, each with the lines where it stands.

Every scalar is text here: what a value means depends on where it stands, and an expression within
it counts in quotes as well as without. Aliases stand for the node of their anchor, with its lines.
A stranger wrote the text, so it is read in the worker, within limits.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

import yaml
import yaml12

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.review.worker import UnreadableText

MAX_BYTES = 1_000_000
_MAX_NODES = 60_000  # an alias counts as all that it stands for
_MAX_DEPTH = 60  # GitHub's own limit is 50
_MARK = "${{"
_FRONT_MATTER = regex(
    rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE
)
PROMPT_KEY = "prompt below"  # no key of a workflow


@dataclass(frozen=True, kw_only=True)
class Scalar:
    """A text with its first line; `marks` are the lines on which each `${{` in it stands."""

    text: str
    line: int
    end_line: int
    marks: tuple[int, ...] = ()
    is_literal: bool = False  # a block whose line feeds are those of the file

    def line_of(self, index: int) -> int:
        """Return the line of a place in the text: exact in one line and in a literal block."""
        if self.is_literal:
            return min(self.end_line, self.line + 1 + self.text.count("\n", 0, index))
        number = self.text.count(_MARK, 0, index + len(_MARK))
        return self.marks[number - 1] if 0 < number <= len(self.marks) else self.line


@dataclass(frozen=True, kw_only=True)
class Sequence:
    """A list."""

    items: tuple["Node", ...]
    line: int


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """Keys and values in their order; of a key that stands twice GitHub takes none."""

    entries: tuple[tuple[Scalar, "Node"], ...]
    line: int

    def get(self, key: str) -> "Node | None":
        """Return the value of a key, whatever its case: GitHub ignores it for inputs and names."""
        return next((value for name, value in self.entries if name.text.lower() == key), None)

    def key(self, key: str) -> Scalar | None:
        """Return the key itself, which says where it stands."""
        return next((name for name, _ in self.entries if name.text.lower() == key), None)


type Node = Scalar | Sequence | Mapping


def read_nodes(content: bytes, _name: str) -> Node | UnreadableText:
    """Return the first document, or why it is none; runs in the worker.

    An empty text is an empty mapping.
    """
    if len(content) > MAX_BYTES:
        return UnreadableText(reason=f"it is longer than {MAX_BYTES:,} bytes")
    text = content.decode("utf-8-sig", "replace")
    try:
        return _Composer(text).document()
    except yaml.YAMLError as error:
        # libyaml refuses some of YAML 1.2 that GitHub takes. Without lines it can still be judged.
        try:
            return _without_lines(yaml12.parse_yaml(text), 0)
        except ValueError:
            problem = getattr(error, "problem", None) or "not valid YAML"
            return UnreadableText(reason=f"it is no YAML: {problem}")
    except _TooMuch as error:
        return UnreadableText(reason=str(error))


def read_front_matter(content: bytes, name: str) -> Node | UnreadableText:
    """Return the front matter of a Markdown file, with `PROMPT_KEY` for what stands below it.

    Runs in the worker. Without front matter it is an ordinary document.
    """
    match = _FRONT_MATTER.match(content)
    if match is None:
        return Mapping(entries=(), line=1)
    # A line in front keeps the numbers of the lines.
    front = read_nodes(b"\n" + match[1], name)
    if not isinstance(front, Mapping):
        return front
    line = content.count(b"\n", 0, match.end()) + 1
    text = content[match.end() :].decode("utf-8", "replace")
    prompt = Scalar(text=text, line=line - 1, end_line=line + text.count("\n"), is_literal=True)
    key = Scalar(text=PROMPT_KEY, line=line, end_line=line)
    return Mapping(entries=(*front.entries, (key, prompt)), line=1)


def _without_lines(value: object, depth: int) -> Node:
    if depth > _MAX_DEPTH:
        raise _TooMuch("it is nested too deeply")
    match value:
        case dict():
            entries = tuple(
                (Scalar(text=str(key), line=1, end_line=1), _without_lines(inner, depth + 1))
                for key, inner in value.items()
            )
            return Mapping(entries=entries, line=1)
        case list():
            items = tuple(_without_lines(inner, depth + 1) for inner in value)
            return Sequence(items=items, line=1)
        case bool() | None:
            return Scalar(text=str(value or "").lower(), line=1, end_line=1)
    return Scalar(text=str(value), line=1, end_line=1)


class _TooMuch(Exception):
    """The text stands for more than any workflow needs."""


class _Composer:
    """Builds nodes from libyaml's events."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._count = 0

    def document(self) -> Node:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                return self._node(next(self._events), 0)
        return Mapping(entries=(), line=1)

    def _line(self, event: yaml.Event) -> int:
        # libyaml also ends lines at U+0085 and U+2028; git does not.
        mark = event.start_mark
        return bisect_right(self._starts, mark.index) if mark is not None else 1

    def _node(self, event: yaml.Event, depth: int) -> Node:
        if depth > _MAX_DEPTH:
            raise _TooMuch("it is nested too deeply")
        before = self._count
        self._count += 1
        match event:
            case yaml.AliasEvent(anchor=str(anchor)):
                # An alias within its own anchor stands for nothing that GitHub takes.
                if anchor not in self._anchors:
                    raise yaml.YAMLError(f"there is no anchor {anchor[:40]!r} above")
                node, size = self._anchors[anchor]
                self._count += size
            case yaml.ScalarEvent():
                node = self._scalar(event)
            case yaml.SequenceStartEvent():
                items = []
                while not isinstance(inner := next(self._events), yaml.SequenceEndEvent):
                    items.append(self._node(inner, depth + 1))
                node = Sequence(items=tuple(items), line=self._line(event))
            case _:
                node = self._mapping(event, depth)
        if self._count > _MAX_NODES:
            raise _TooMuch(f"it has more than {_MAX_NODES:,} values")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.anchor:
            self._anchors[event.anchor] = node, self._count - before
        return node

    def _mapping(self, event: yaml.Event, depth: int) -> Mapping:
        entries: list[tuple[Scalar, Node]] = []
        while not isinstance(inner := next(self._events), yaml.MappingEndEvent):
            key = self._node(inner, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Scalar):
                continue
            if key.text == "<<" and isinstance(value, Mapping):
                entries.extend(value.entries)
            else:
                entries.append((key, value))
        return Mapping(entries=tuple(entries), line=self._line(event))

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        first, last = (
            mark.index if mark is not None else 0 for mark in (event.start_mark, event.end_mark)
        )
        source = self._text[first:last]
        # Folding and quoting leave these three signs as they are, unless they are escaped.
        marks = tuple(
            bisect_right(self._starts, first + match.start())
            for match in re.finditer(re.escape(_MARK), source)
        )
        end_line = bisect_right(self._starts, first + len(source.rstrip()))
        return Scalar(
            text=event.value,
            line=self._line(event),
            end_line=max(end_line, self._line(event)),
            marks=marks if len(marks) == event.value.count(_MARK) else (),
            is_literal=event.style == "|",
        )
