"""Counts the paths in which two trees differ, before git lists them.

The same tree object can stand in many places: 250 kB of objects can hold ten million paths, and git
holds a whole diff in memory before it writes a line. Here each pair of trees is looked at once.
"""

from collections.abc import Iterator
from dataclasses import field
from typing import NamedTuple

from codeflow_action.engine.errors import RepositoryError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.integrations.objects import Objects, TreeEntry

MAX_CHANGED = 20_000  # paths of one change; GitHub itself lists 3,000 (REST: list-pull-files)
_MAX_ENTRIES = 2_000_000  # of tree objects that are looked at
_MAX_TREE = 8_000_000  # bytes of one tree object
_MAX_DEPTH = 100
_MAX_LEFT_OUT = 50  # folders that are named; past that their parents are left out whole
_HOPELESS = 1_000_000  # paths of a folder in which no smaller one is looked for


class _Child(NamedTuple):
    """What differs under one name: a file or not, and a tree on either side, empty for none."""

    name: bytes
    files: int
    old: str
    new: str


@dataclass
class ChangeSize:
    """The size of a change, and what of it is too large. Methods raise `RepositoryError`."""

    objects: Objects
    room: int = MAX_CHANGED
    _counts: dict[tuple[str, str], int] = field(default_factory=dict, init=False)
    _left: int = field(default=_MAX_ENTRIES, init=False)

    def left_out(self, old: str, new: str) -> tuple[bytes, ...]:
        """Return the folders without which at most `room` paths differ; `b""` is the root.

        `old` and `new` are trees, or what leads to one. The smaller folders are kept.
        """
        sides = [self.objects.header(f"{name}^{{tree}}") for name in (old, new)]
        if None in sides:
            raise RepositoryError("the commits to compare are not here")
        root = _Child(b"", 0, *(side.oid for side in sides if side))
        if self._count(root, 0) <= self.room:
            return ()
        omissions: list[bytes] = []
        self._fit(root, b"", self.room, omissions)
        return tuple(omissions)

    def _fit(self, folder: _Child, path: bytes, room: int, omissions: list[bytes]) -> int:
        """Leave out what does not fit; return the room that is left."""
        depth = path.count(b"/") + 1 if path else 0
        children = list(self._children(folder))
        files = sum(child.files for child in children)
        if files > room:
            omissions.append(path)
            return room
        room -= files
        trees = [(self._count(child, depth + 1), child) for child in children]
        for count, child in sorted(trees):
            below = path + b"/" + child.name if path else child.name
            if count <= room:
                room -= count
            elif count <= _HOPELESS and len(omissions) < _MAX_LEFT_OUT:
                room = self._fit(child, below, room, omissions)
            else:
                omissions.append(below)
        return room

    def _count(self, folder: _Child, depth: int) -> int:
        pair = folder.old, folder.new
        if folder.old == folder.new:
            return 0
        if depth > _MAX_DEPTH or self._left <= 0:
            return _HOPELESS + 1
        if pair not in self._counts:
            self._counts[pair] = sum(
                child.files + self._count(child, depth + 1) for child in self._children(folder)
            )
        return self._counts[pair]

    def _children(self, folder: _Child) -> Iterator[_Child]:
        old, new = self._entries(folder.old), self._entries(folder.new)
        if old is None or new is None:
            yield _Child(b"", _HOPELESS + 1, "", "")
            return
        for name in old.keys() | new.keys():
            entries = old.get(name), new.get(name)
            if entries[0] != entries[1]:
                is_file = any(entry and not entry.is_tree for entry in entries)
                trees = (entry.oid if entry and entry.is_tree else "" for entry in entries)
                yield _Child(name, int(is_file), *trees)

    def _entries(self, oid: str) -> dict[bytes, TreeEntry] | None:
        """Return a tree by names, None when it is too large to be looked at."""
        if not oid:
            return {}
        header = self.objects.header(oid)
        if header is None or header.kind != "tree":
            raise RepositoryError(f"the tree {oid} is not here")
        if header.size > _MAX_TREE or self._left <= 0:
            return None
        entries = self.objects.tree(header)
        self._left -= len(entries)
        return {entry.name: entry for entry in entries}
