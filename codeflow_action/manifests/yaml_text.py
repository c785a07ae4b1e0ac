"""YAML as plain values, each with its position: YAML 1.2's core schema, within limits.

PyYAML builds values by YAML 1.1: `off` is a boolean there, `1:2` is 62, and `!!float ''` breaks it.
So libyaml only splits the text into events, and the values are built here. Tags, merge keys and
keys that are not text are refused. A stranger may have written the text: whatever is wrong with it
raises a `DocumentError`, and nothing else is raised. https://yaml.org/spec/1.2.2/
"""

import math
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping

import yaml
from pydantic import JsonValue

from codeflow_action.engine.lazy import dataclass, regex

MAX_BYTES = 256_000
_MAX_NODES = 20_000  # an alias counts as all that it stands for
_MAX_DEPTH = 30
_MAX_NUMBER = 40  # characters: no setting needs more, and Python refuses to print 4,300 digits
_MAX_QUOTE = 60  # characters of the text that a message quotes

type Path = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Position:
    """1-based line and column."""

    line: int
    column: int


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong with a text."""

    message: str
    place: Position | None = None

    def at(self, name: str) -> str:
        """Return `name:line:column: message`."""
        if self.place:
            name = f"{name}:{self.place.line}:{self.place.column}"
        return f"{name}: {self.message}"


@dataclass(frozen=True, kw_only=True)
class Document:
    """A parsed text: its value, and where each key and each element of a list stands.

    What an alias stands for has no places of its own.
    """

    value: Mapping[str, JsonValue]
    places: Mapping[Path, Position]

    def place(self, path: Path) -> Position | None:
        """Return where `path` stands, or else the nearest key around it that has a place."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path)


class DocumentError(Exception):
    """The text is not YAML as it is taken here, or not a mapping; carries one `Problem`."""

    def __init__(self, message: str, place: Position | None = None) -> None:
        super().__init__(message)
        self.problem = Problem(message=message, place=place)


def parse(content: bytes | str) -> Document:
    """Return the document; an empty text is an empty mapping. Raises `DocumentError`."""
    text = _text(content)
    value, places = _Reader(text).document()
    if value is None:
        return Document(value={}, places={})
    if not isinstance(value, dict):
        raise DocumentError("must be a mapping of keys", places.get(()))
    return Document(value=value, places=places)


def is_deep(content: bytes, limit: int) -> bool:
    """True when lists and mappings are nested more than `limit` deep.

    A parser's time can grow with the square of the depth, or worse. A text that stops being YAML
    is judged by what stands before.
    """
    depth = 0
    try:
        for event in yaml.parse(content, Loader=yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > limit:
                return True
    except (yaml.YAMLError, UnicodeError):
        return False
    return False


# All but c-printable: https://yaml.org/spec/1.2.2/#51-character-set. A lone surrogate is not in it.
_UNPRINTABLE = regex("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _text(content: bytes | str) -> str:
    """Return the text without its byte order mark."""
    if len(content) > MAX_BYTES:
        raise DocumentError(f"longer than {MAX_BYTES:,} bytes")
    try:
        text = content if isinstance(content, str) else content.decode()
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        raise DocumentError("not UTF-8", _Lines(before).place(len(before))) from None
    text = text.removeprefix("\ufeff")
    if wrong := _UNPRINTABLE.search(text):
        place = _Lines(text).place(wrong.start())
        raise DocumentError(f"holds {_name(wrong[0])}, which is no text", place)
    return text


def _name(sign: str) -> str:
    name = unicodedata.name(sign, "")
    return f"U+{ord(sign):04X}{f' ({name.lower()})' if name else ''}"


class _Lines:
    """Positions in a text by its line feeds, as git counts lines: YAML ends them at more signs."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(self, index: int) -> Position:
        line = bisect_right(self._starts, index)
        return Position(line=line, column=index - self._starts[line - 1] + 1)


@dataclass(frozen=True, kw_only=True)
class _Subtree:
    """A value, how many nodes it is made of, and how many levels lie below it."""

    value: JsonValue
    nodes: int = 1
    depth: int = 0


type _NodeEvent = yaml.ScalarEvent | yaml.CollectionStartEvent


class _Reader:
    """Turns events into values and remembers where each was written."""

    def __init__(self, text: str) -> None:
        self._lines = _Lines(text)
        self._events = self._read_events(text)
        self._places: dict[Path, Position] = {}
        self._anchors: dict[str, _Subtree | None] = {}  # None: it has not ended yet
        self._left = _MAX_NODES

    def document(self) -> tuple[JsonValue, Mapping[Path, Position]]:
        """Return the only document's value, None where there is none, and the places."""
        value: JsonValue = None
        is_read = False
        for event in self._events:
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            if is_read:
                raise DocumentError("holds more than one document", self._place(event))
            value, is_read = self._node(next(self._events), ()).value, True
        return value, self._places

    def _read_events(self, text: str) -> Iterator[yaml.Event]:
        try:
            yield from yaml.parse(text, Loader=yaml.CSafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = self._lines.place(mark.index) if mark is not None else None
            raise DocumentError(f"not valid YAML: {error.problem}", place) from None
        except yaml.YAMLError as error:
            raise DocumentError(f"not valid YAML: {error}") from None

    def _place(self, event: yaml.Event) -> Position:
        mark = event.start_mark
        return self._lines.place(mark.index if mark is not None else 0)

    def _node(self, event: yaml.Event, path: Path) -> _Subtree:
        place = self._place(event)
        self._places.setdefault(path, place)
        if len(path) > _MAX_DEPTH:
            raise DocumentError("is nested too deeply", place)
        match event:
            case yaml.AliasEvent(anchor=str(anchor)):
                if anchor not in self._anchors:
                    raise DocumentError(f"there is no anchor {_short(anchor)} above", place)
                target = self._anchors[anchor]
                if target is None:
                    raise DocumentError(f"the anchor {_short(anchor)} holds itself", place)
                subtree = target
            case yaml.ScalarEvent() | yaml.CollectionStartEvent():
                subtree = self._new_node(event, path)
            case _:  # the grammar of events has nothing else here
                raise DocumentError("not valid YAML", place)
        # Aliases of aliases can stand for more nodes than any memory holds ("billion laughs").
        self._left -= subtree.nodes if isinstance(event, yaml.AliasEvent) else 1
        if self._left < 0:
            raise DocumentError(f"has more than {_MAX_NODES:,} values", place)
        if len(path) + subtree.depth > _MAX_DEPTH:
            raise DocumentError("is nested too deeply", place)
        return subtree

    def _new_node(self, event: _NodeEvent, path: Path) -> _Subtree:
        self._refuse_tag(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        match event:
            case yaml.ScalarEvent():
                subtree = _Subtree(value=self._scalar(event))
            case yaml.MappingStartEvent():
                subtree = self._mapping(path)
            case _:
                children: list[_Subtree] = []
                while not isinstance(inner := next(self._events), yaml.SequenceEndEvent):
                    children.append(self._node(inner, (*path, len(children))))
                subtree = _around([child.value for child in children], children)
        if event.anchor is not None:
            self._anchors[event.anchor] = subtree
        return subtree

    def _refuse_tag(self, event: _NodeEvent) -> None:
        if event.tag is not None:
            message = f"has the tag {_short(event.tag)}, and no tag is read here"
            raise DocumentError(message, self._place(event))

    def _mapping(self, path: Path) -> _Subtree:
        children: dict[str, _Subtree] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            place = self._place(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise DocumentError("a key must be text, not a list, a mapping or an alias", place)
            self._refuse_tag(event)
            if event.anchor is not None:
                raise DocumentError(f"a key cannot be the anchor {_short(event.anchor)}", place)
            key = self._scalar(event)
            if not isinstance(key, str):
                raise DocumentError(f"the key {_short(event.value)} must be text", place)
            if key == "<<" and event.implicit[0]:
                raise DocumentError("'<<' merges nothing here: write the keys out", place)
            if key in children:
                raise DocumentError(f"the key {_short(key)} is there twice", place)
            self._places[(*path, key)] = place
            children[key] = self._node(next(self._events), (*path, key))
        return _around({key: child.value for key, child in children.items()}, children.values())

    def _scalar(self, event: yaml.ScalarEvent) -> JsonValue:
        text: str = event.value
        place = self._place(event)
        if wrong := _UNPRINTABLE.search(text):  # written as an escape
            raise DocumentError(f"holds {_name(wrong[0])}, which is no text", place)
        if not event.implicit[0]:  # in quotes, or a block
            return text
        if text in _WORDS:
            return _WORDS[text]
        if not _NUMBER.fullmatch(text):
            return text
        if len(text) > _MAX_NUMBER:
            raise DocumentError(f"a number of {len(text):,} signs is too long", place)
        if text.startswith(("0o", "0x")):
            return int(text, 0)
        is_whole = text.lstrip("+-").isdigit()
        return int(text) if is_whole else float(text)


def _around(value: JsonValue, children: Collection[_Subtree]) -> _Subtree:
    return _Subtree(
        value=value,
        nodes=1 + sum(child.nodes for child in children),
        depth=1 + max((child.depth for child in children), default=-1),
    )


# The core schema: https://yaml.org/spec/1.2.2/#1032-tag-resolution
_WORDS: Mapping[str, JsonValue] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **{f"{sign}{word}": math.inf for sign in ("", "+") for word in (".inf", ".Inf", ".INF")},
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_NUMBER = regex(
    r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
)


def _short(text: str) -> str:
    return repr(text if len(text) <= _MAX_QUOTE else f"{text[:_MAX_QUOTE]}…")
