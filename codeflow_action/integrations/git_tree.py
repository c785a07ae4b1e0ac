"""The files of a commit, read from git objects; and those of a working tree, read from disk."""

import asyncio
import contextlib
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from codeflow_action.engine.errors import RepositoryError
from codeflow_action.engine.ports import Absent, Content, Search
from codeflow_action.integrations import searching
from codeflow_action.integrations.git import Git

MAX_FILE = 5_000_000  # bytes; larger files are not read
_LINK = "120000"  # the mode of a symbolic link


def shown_path(raw: bytes) -> str:
    r"""Return a path as text; bytes that are not UTF-8 become `\xNN`, as JSON cannot hold them."""
    return raw.decode("utf-8", "backslashreplace")


class _Entry(NamedTuple):
    is_blob: bool
    oid: str
    is_link: bool = False


class GitTree:
    """One commit's files. Nothing is checked out; a symlink's content is its target.

    `bring` obtains blobs that lack, given their object names.
    """

    def __init__(
        self, sha: str, git: Git, bring: Callable[[Iterable[str]], None] | None = None
    ) -> None:
        self._sha = sha
        self._git = git
        self._bring = bring
        self._entries: Mapping[str, _Entry] | None = None
        self._lock = asyncio.Lock()

    @property
    def sha(self) -> str:
        """The commit."""
        return self._sha

    async def list(self) -> tuple[str, ...] | None:
        """Return all paths, sorted."""
        return tuple(sorted(await self._all()))

    async def read_many(self, paths: Sequence[str]) -> Mapping[str, Content]:
        """Return contents by path; one git process reads them all."""
        entries = await self._all()
        found = {path: entry for path in paths if (entry := entries.get(path))}
        blobs = await asyncio.to_thread(
            self._blobs, {entry.oid for entry in found.values() if entry.is_blob}
        )
        return {
            path: blobs[found[path].oid]
            if path in found and found[path].is_blob
            else Absent.NOT_A_FILE
            if path in found
            else Absent.MISSING
            for path in paths
        }

    @property
    def reads_singly(self) -> bool:
        """False: one process reads them all."""
        return False

    async def sizes(self, paths: Sequence[str]) -> Mapping[str, int]:
        """Return the sizes of blobs that are here, in one go."""
        entries = await self._all()
        files = {
            path: entry.oid
            for path in paths
            if (entry := entries.get(path)) and entry.is_blob and not entry.is_link
        }
        sizes = await asyncio.to_thread(self._sizes, set(files.values()))
        return {path: size for path, oid in files.items() if (size := sizes.get(oid)) is not None}

    async def search(self, names: Sequence[str], within: Sequence[str]) -> Search | None:
        """Look in the blobs that are here, and in some that are fetched in one go where they lack.

        See `searching` for what is looked at.
        """
        entries = await self._all()
        blobs: dict[str, list[str]] = {}
        for path in within:
            entry = entries.get(path)
            if entry and entry.is_blob and (entry.oid in blobs or len(blobs) < searching.MAX_PATHS):
                blobs.setdefault(entry.oid, []).append(path)
        asked = searching.asked_names(names)
        if not asked or not blobs:
            return Search(of=len(within))
        try:
            return await asyncio.to_thread(self._search, asked, blobs, len(within))
        except RepositoryError:
            return Search(of=len(within))

    def _search(self, names: Sequence[str], blobs: Mapping[str, Sequence[str]], of: int) -> Search:
        """Look in blobs, the paths of each by its name; of equal files the first is told."""
        sizes = self._sizes(set(blobs))
        lacking = [oid for oid in blobs if sizes.get(oid) is None][: searching.MAX_FETCHED]
        if lacking and self._bring:
            with contextlib.suppress(RepositoryError):  # what still lacks is not searched
                self._bring(lacking)
            sizes |= self._sizes(set(lacking))
        here = [(oid, size) for oid in blobs if (size := sizes.get(oid)) is not None]
        chosen = searching.small_enough(here)
        if not chosen:
            return Search(of=of)
        out = self._git.run(
            *searching.GREP,
            *chosen,
            stdin=searching.as_input(names),
            accept=searching.NOTHING_FOUND,
            timeout=searching.SECONDS,
        )
        hits = searching.read_hits(out, names, {oid: blobs[oid][0] for oid in chosen})
        return Search(hits=hits, searched=sum(len(blobs[oid]) for oid in chosen), of=of)

    async def larger_than(self, paths: Iterable[str], size: int) -> frozenset[str]:
        """Return those of `paths` whose blobs are larger than `size` bytes."""
        entries = await self._all()
        oids = {path: entries[path].oid for path in paths if path in entries}
        sizes = await asyncio.to_thread(self._sizes, set(oids.values()))
        return frozenset(path for path, oid in oids.items() if (sizes.get(oid) or 0) > size)

    async def _all(self) -> Mapping[str, _Entry]:
        async with self._lock:
            if self._entries is None:
                self._entries = await asyncio.to_thread(self._read_entries)
            return self._entries

    def _read_entries(self) -> Mapping[str, _Entry]:
        out = self._git.run("ls-tree", "-r", "-z", "--full-tree", self._sha)
        entries = {}
        for line in out.split(b"\0"):
            meta, _, path = line.partition(b"\t")
            if path:
                mode, kind, oid = meta.decode("ascii").split()
                entries[shown_path(path)] = _Entry(kind == "blob", oid, mode == _LINK)
        return entries

    def _sizes(self, oids: set[str]) -> dict[str, int | None]:
        """Return sizes in bytes, None for objects that lack."""
        if not oids:
            return {}
        asked = "".join(f"{oid}\n" for oid in sorted(oids)).encode()
        out = self._git.run("cat-file", "--batch-check", stdin=asked)
        sizes: dict[str, int | None] = {}
        for line in out.decode().splitlines():
            oid, _, rest = line.partition(" ")
            kind, _, size = rest.partition(" ")
            sizes[oid] = int(size) if kind == "blob" else None
        return sizes

    def _blobs(self, oids: set[str]) -> dict[str, Content]:
        if self._bring and oids:
            with contextlib.suppress(RepositoryError):  # what still lacks is listed as such
                self._bring(oids)
        sizes = self._sizes(oids)
        small = sorted(oid for oid in oids if (sizes.get(oid) or 0) <= MAX_FILE)
        read: dict[str, Content] = dict.fromkeys(oids, Absent.TOO_LARGE)
        read |= dict.fromkeys((oid for oid in oids if sizes.get(oid) is None), Absent.UNAVAILABLE)
        asked = [oid for oid in small if sizes.get(oid) is not None]
        if asked:
            out = self._git.run(
                "cat-file", "--batch", stdin="".join(f"{oid}\n" for oid in asked).encode()
            )
            read |= _parse_batch(out)
        return read


def _parse_batch(out: bytes) -> dict[str, Content]:
    """Read `oid blob size LF content LF`, again and again (git-cat-file, batch output)."""
    read: dict[str, Content] = {}
    at = 0
    while at < len(out):
        end = out.index(b"\n", at)
        oid, kind, *size = out[at:end].decode("ascii", "replace").split(" ")
        at = end + 1
        if kind == "blob" and size:
            length = int(size[0])
            read[oid] = out[at : at + length]
            at += length + 1
    return read


class WorkingTree:
    """The files on disk inside a work tree; links are not followed."""

    def __init__(self, directory: Path, git: Git) -> None:
        self._directory = directory
        self._git = git

    @property
    def sha(self) -> str:
        """Empty: nothing is committed yet."""
        return ""

    async def list(self) -> tuple[str, ...] | None:
        """Return the paths that git knows, and those that it does not ignore."""
        out = await asyncio.to_thread(
            self._git.run, "ls-files", "--cached", "--others", "--exclude-standard", "-z"
        )
        return tuple(sorted({shown_path(raw) for raw in out.split(b"\0") if raw}))

    async def read_many(self, paths: Sequence[str]) -> Mapping[str, Content]:
        """Return contents by path."""
        return await asyncio.to_thread(lambda: {path: self._read(path) for path in paths})

    @property
    def reads_singly(self) -> bool:
        """False: the disk is near."""
        return False

    async def sizes(self, paths: Sequence[str]) -> Mapping[str, int]:
        """Return the sizes of regular files."""
        sizes = await asyncio.to_thread(lambda: [(path, self._size(path)) for path in paths])
        return {path: size for path, size in sizes if size is not None}

    async def search(self, names: Sequence[str], within: Sequence[str]) -> Search | None:
        """Look in the files as they lie on disk; links are not followed."""
        asked = searching.asked_names(names)
        if not asked or not within:
            return Search(of=len(within))
        try:
            return await asyncio.to_thread(self._search, asked, within)
        except RepositoryError:
            return Search(of=len(within))

    def _search(self, names: Sequence[str], within: Sequence[str]) -> Search:
        inside = {parent for path in within if (parent := self._inside(path)) is not None}
        sizes = (
            (path, size)
            for path in within[: searching.MAX_PATHS]
            if (self._directory / path).parent in inside
            if (size := self._size(path)) is not None
        )
        chosen = searching.small_enough(sizes)
        if not chosen:
            return Search(of=len(within))
        out = self._git.run(
            *searching.GREP,
            "--untracked",
            "--",
            *chosen,
            stdin=searching.as_input(names),
            accept=searching.NOTHING_FOUND,
            timeout=searching.SECONDS,
        )
        order = {path: at for at, path in enumerate(chosen)}
        found = searching.read_hits(out, names, {path: path for path in chosen})
        hits = sorted(found, key=lambda hit: order[hit.path])
        return Search(hits=tuple(hits), searched=len(chosen), of=len(within))

    def _inside(self, path: str) -> Path | None:
        """Return the file's folder where it lies in the work tree, links followed."""
        parent = (self._directory / path).parent
        try:
            resolved = parent.resolve()
        except (OSError, ValueError):
            return None
        return parent if resolved.is_relative_to(self._directory.resolve()) else None

    def _size(self, path: str) -> int | None:
        """Return the bytes of a regular file; None for anything else, and for what is not there."""
        try:
            status = (self._directory / path).lstat()
        except (OSError, ValueError):
            return None
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def _read(self, path: str) -> Content:
        target = self._directory / path
        inside = self._directory.resolve()
        try:
            if not target.parent.resolve().is_relative_to(inside):
                return Absent.NOT_A_FILE
            status = target.lstat()
            if stat.S_ISLNK(status.st_mode):
                return os.fsencode(target.readlink())
            if not stat.S_ISREG(status.st_mode):
                return Absent.NOT_A_FILE
            return Absent.TOO_LARGE if status.st_size > MAX_FILE else target.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return Absent.MISSING
        except (OSError, ValueError):
            return Absent.UNAVAILABLE
