"""The files of a commit, read from git objects."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import batched
from typing import NamedTuple

from codeflow_action.engine.errors import RepositoryError
from codeflow_action.engine.ports import Absent, Content, Search
from codeflow_action.integrations import name_search
from codeflow_action.integrations.git import Git, GitLimit

MAX_FILE = 5_000_000  # bytes; larger files are not read
_MAX_CONTENTS = 150_000_000  # bytes of all files that are read in one go
_MAX_PATHS = 300_000  # files of a tree that is listed; Linux has 90,000
_AT_ONCE = 200  # paths in one command
_LINK = "120000"  # the mode of a symbolic link


def shown_path(raw: bytes) -> str:
    r"""Return a path as text; bytes that are not UTF-8 become `\xNN`, as JSON cannot hold them."""
    return raw.decode("utf-8", "backslashreplace")


class GitEntry(NamedTuple):
    """What lies at a path. `absent` says why it has no content, None where it has."""

    is_blob: bool
    oid: str
    is_link: bool = False
    absent: Absent | None = None


class GitTree:
    """One commit's files. Nothing is checked out; a symlink's content is its target.

    `bring` obtains blobs that lack, given their object names.
    """

    def __init__(
        self, sha: str, git: Git, bring: Callable[[Iterable[str]], None] | None = None
    ) -> None:
        self._sha = sha
        self._revision = sha  # a commit or a tree
        self._git = git
        self._bring = bring
        self._entries: Mapping[str, GitEntry] | None = None
        self._is_read = False
        self._lock = asyncio.Lock()

    @property
    def sha(self) -> str:
        """The commit."""
        return self._sha

    async def list(self) -> tuple[str, ...] | None:
        """Return all paths, sorted; None for more than 300,000, which are not listed."""
        entries = await self._all()
        return None if entries is None else tuple(sorted(entries))

    async def read_many(self, paths: Sequence[str]) -> Mapping[str, Content]:
        """Return contents by path; one git process reads them all.

        Past 150 MB in one go the largest files count as too large.
        """
        found = await self._find(paths)
        wanted = {entry.oid for entry in found.values() if entry.is_blob and entry.absent is None}
        blobs = await asyncio.to_thread(self._blobs, wanted)
        return {path: _content(found.get(path), blobs) for path in paths}

    @property
    def reads_singly(self) -> bool:
        """False: one process reads them all."""
        return False

    async def sizes(self, paths: Sequence[str]) -> Mapping[str, int]:
        """Return the sizes of blobs that are here, in one go."""
        found = await self._find(paths)
        files = {
            path: entry.oid
            for path, entry in found.items()
            if entry.is_blob and not entry.is_link and entry.absent is None
        }
        sizes = await asyncio.to_thread(blob_sizes, self._git, set(files.values()))
        return {path: size for path, oid in files.items() if (size := sizes.get(oid)) is not None}

    async def search(self, names: Sequence[str], within: Sequence[str]) -> Search | None:
        """Look in the blobs that are here, and in some that are fetched in one go where they lack.

        See `name_search` for what is looked at.
        """
        entries = await self._find(within)
        blobs: dict[str, list[str]] = {}
        for path in within:
            entry = entries.get(path)
            if entry is None or not entry.is_blob or entry.is_link or entry.absent:
                continue
            if entry.oid in blobs or len(blobs) < name_search.MAX_PATHS:
                blobs.setdefault(entry.oid, []).append(path)
        asked = name_search.asked_names(names)
        if not asked or not blobs:
            return Search(of=len(within))
        try:
            return await asyncio.to_thread(self._search, asked, blobs, len(within))
        except RepositoryError:
            return Search(of=len(within))

    def _search(self, names: Sequence[str], blobs: Mapping[str, Sequence[str]], of: int) -> Search:
        """Look in blobs, the paths of each by its name; of equal files the first is told."""
        sizes = blob_sizes(self._git, set(blobs))
        lacking = [oid for oid in blobs if sizes.get(oid) is None][: name_search.MAX_FETCHED]
        if lacking and self._bring:
            with contextlib.suppress(RepositoryError):  # what still lacks is not searched
                self._bring(lacking)
            sizes |= blob_sizes(self._git, set(lacking))
        here = [(oid, size) for oid in blobs if (size := sizes.get(oid)) is not None]
        chosen = name_search.small_enough(here)
        if not chosen:
            return Search(of=of)
        out = self._git.run(
            *name_search.GREP,
            *chosen,
            stdin=name_search.as_input(names),
            accept=name_search.NOTHING_FOUND,
            timeout=name_search.SECONDS,
        )
        hits = name_search.read_hits(out, names, {oid: blobs[oid][0] for oid in chosen})
        return Search(hits=hits, searched=sum(len(blobs[oid]) for oid in chosen), of=of)

    async def _find(self, paths: Sequence[str]) -> Mapping[str, GitEntry]:
        """Return what lies at these paths, nothing for those where nothing does."""
        entries = await self._all()
        if entries is None:
            return await asyncio.to_thread(self._read_at, paths)
        return {path: entry for path in paths if (entry := entries.get(path))}

    async def _all(self) -> Mapping[str, GitEntry] | None:
        async with self._lock:
            if not self._is_read:
                self._entries = await asyncio.to_thread(self._read_all)
                self._is_read = True
            return self._entries

    def _read_all(self) -> Mapping[str, GitEntry] | None:
        return list_tree(self._git, self._revision)

    def _read_at(self, paths: Sequence[str]) -> Mapping[str, GitEntry]:
        found: dict[str, GitEntry] = {}
        for some in batched(dict.fromkeys(paths), _AT_ONCE):
            out = self._git.run("ls-tree", "-z", "--full-tree", self._revision, "--", *some)
            found.update((path, entry) for path, entry in _listed(out) if path in some)
        return found

    def _blobs(self, oids: set[str]) -> dict[str, Content]:
        if self._bring and oids:
            with contextlib.suppress(RepositoryError):  # what still lacks is listed as such
                self._bring(oids)
        sizes = blob_sizes(self._git, oids)
        read: dict[str, Content] = dict.fromkeys(oids, Absent.UNAVAILABLE)
        asked = []
        room = _MAX_CONTENTS
        for oid, size in sorted(sizes.items(), key=lambda item: item[1] or 0):
            if size is None:
                continue
            room -= size
            if size > MAX_FILE or room < 0:
                read[oid] = Absent.TOO_LARGE
            else:
                asked.append(oid)
        if asked:
            stdin = "".join(f"{oid}\n" for oid in asked).encode()
            out = self._git.run(
                "cat-file", "--batch", stdin=stdin, limit=_MAX_CONTENTS + 200 * len(asked)
            )
            read |= _parse_batch(out)
        return read


def list_tree(git: Git, tree: str) -> Mapping[str, GitEntry] | None:
    """Return all files of a commit or tree by path, None for more than 300,000."""
    try:
        out = git.run("ls-tree", "-r", "-z", "--full-tree", tree)
    except GitLimit:
        return None
    if out.count(b"\0") > _MAX_PATHS:
        return None
    return dict(_listed(out))


def blob_sizes(git: Git, oids: Iterable[str]) -> dict[str, int | None]:
    """Return sizes in bytes, None for objects that lack; nothing is unpacked for it."""
    asked = "".join(f"{oid}\n" for oid in sorted(oids)).encode()
    out = git.run("cat-file", "--batch-check", stdin=asked) if asked else b""
    sizes: dict[str, int | None] = {}
    for line in out.decode().splitlines():
        oid, _, rest = line.partition(" ")
        kind, _, size = rest.partition(" ")
        sizes[oid] = int(size) if kind == "blob" else None
    return sizes


def _listed(out: bytes) -> Iterator[tuple[str, GitEntry]]:
    """Read `mode kind oid TAB path NUL`, again and again (git-ls-tree(1)); folders are no files."""
    start = 0
    while (end := out.find(b"\0", start)) >= 0:
        meta, _, path = out[start:end].partition(b"\t")
        mode, kind, oid = meta.decode("ascii").split()
        if kind != "tree":
            yield shown_path(path), GitEntry(kind == "blob", oid, mode == _LINK)
        start = end + 1


def _content(entry: GitEntry | None, blobs: Mapping[str, Content]) -> Content:
    if entry is None:
        return Absent.MISSING
    if entry.absent:
        return entry.absent
    return blobs[entry.oid] if entry.is_blob else Absent.NOT_A_FILE


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
