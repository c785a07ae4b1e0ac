"""The scalars of YAML with their paths and lines, in whatever way they are written.

Only events are read, so that no tag builds anything and no key is refused. Aliases are followed,
`<<` merges, and several documents follow each other. Text with a template's marks is often no
YAML; then the lines alone tell what they can. https://yaml.org/spec/1.2.2/
"""

import re
from bisect import bisect_right
from typing import NamedTuple

import yaml

from codeflow_action.manifests import indented
from codeflow_action.manifests.package import NotUnderstood

type LeafPath = tuple[str | int, ...]

_MAX_BYTES = 1_000_000
_MAX_LEAVES = 50_000  # an alias counts as all that it stands for
_MAX_DEPTH = 60


class Leaf(NamedTuple):
    """A scalar. `line` is 1-based; what an alias stands for has the line of its anchor."""

    path: LeafPath
    value: str
    line: int

    @property
    def key(self) -> str:
        """The last key of the path, that of the list for an element of one."""
        return next((part for part in reversed(self.path) if isinstance(part, str)), "")


def leaves(text: str) -> list[Leaf]:
    """Return all scalars. Raises `NotUnderstood` where there are too many or too deep ones."""
    if len(text) > _MAX_BYTES:
        raise NotUnderstood("it is too long to be read as YAML")
    try:
        return _event_leaves(text)
    except (yaml.YAMLError, UnicodeError):
        return [
            Leaf((*entry.path, *inner), value, entry.line)
            for entry in indented.entries(text)
            for inner, value in (
                ((), entry.value),
                *(((key,), value) for key, value in indented.flow(entry.value).items()),
            )
        ]


class _Open:
    """A collection that has not ended: where it stands, and what comes next in it."""

    def __init__(self, path: LeafPath, anchor: str | None, first: int, *, is_list: bool) -> None:
        self.path, self.anchor, self.first = path, anchor, first
        self.index = 0 if is_list else None
        self.key: str | None = None

    @property
    def is_at_key(self) -> bool:
        """True in a mapping that waits for a key."""
        return self.index is None and self.key is None

    def next_path(self) -> LeafPath:
        """Return the path of the value that begins now."""
        if self.index is not None:
            self.index += 1
            return (*self.path, self.index - 1)
        # A key may be a list, a mapping or an alias; what stands in it is read too.
        key, self.key = self.key, "?" if self.key is None else None
        # What is merged belongs to the mapping itself: https://yaml.org/type/merge.html
        return self.path if key in ("<<", None) else (*self.path, key)


class _Leaves:
    """Collects scalars from events, in the order in which they come."""

    def __init__(self, text: str) -> None:
        self.scalars: list[Leaf] = []
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._anchors: dict[str, tuple[LeafPath, int, int]] = {}  # a path, and the leaves below
        self._stack: list[_Open] = []

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.DocumentStartEvent():
                self._anchors.clear()
            case yaml.CollectionEndEvent():
                collection = self._stack.pop()
                self._remember(collection.anchor, collection.path, collection.first)
            case yaml.ScalarEvent() if self._stack and self._stack[-1].is_at_key:
                self._stack[-1].key = event.value
            case yaml.NodeEvent():
                path = self._stack[-1].next_path() if self._stack else ()
                self._begin(event, path)
        if len(self._stack) > _MAX_DEPTH:
            raise NotUnderstood("it is nested too deeply")
        if len(self.scalars) > _MAX_LEAVES:
            raise NotUnderstood("it has too many values")

    def _begin(self, event: yaml.NodeEvent, path: LeafPath) -> None:
        first = len(self.scalars)
        match event:
            case yaml.CollectionStartEvent():
                is_list = isinstance(event, yaml.SequenceStartEvent)
                self._stack.append(_Open(path, event.anchor, first, is_list=is_list))
            case yaml.ScalarEvent(start_mark=mark):
                line = bisect_right(self._starts, mark.index if mark else 0)
                self.scalars.append(Leaf(path, event.value, line))
                self._remember(event.anchor, path, first)
            case _ if event.anchor in self._anchors:
                base, start, end = self._anchors[event.anchor]
                # Aliases of aliases can stand for more than any memory holds ("billion laughs").
                if first + end - start > _MAX_LEAVES:
                    raise NotUnderstood("its aliases stand for too much")
                self.scalars += [
                    Leaf((*path, *leaf.path[len(base) :]), leaf.value, leaf.line)
                    for leaf in self.scalars[start:end]
                ]

    def _remember(self, anchor: str | None, path: LeafPath, first: int) -> None:
        if anchor:
            self._anchors[anchor] = (path, first, len(self.scalars))


def _event_leaves(text: str) -> list[Leaf]:
    collector = _Leaves(text)
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        collector.take(event)
    return collector.scalars
