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
from codeflow_action.integrations.kept_contents import KeptContents
from codeflow_action.integrations.name_search import SEARCH_LIMITS, SearchLimits

MAX_FILE = 5_000_000  # bytes; larger files are not read
MAX_CONTENTS = 150_000_000  # bytes of all files that are read in one go
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

    `bring` obtains blobs that lack, given their object names. `max_contents` is how many bytes are
    read in one go.
    """

    reads_singly = False  # one process reads them all

    def __init__(
        self,
        sha: str,
        git: Git,
        bring: Callable[[Iterable[str]], None] | None = None,
        *,
        max_contents: int = MAX_CONTENTS,
        search_limits: SearchLimits = SEARCH_LIMITS,
    ) -> None:
        self.sha = sha
        self._revision = sha  # a commit or a tree
        self._git = git
        self._bring = bring
        self._max_contents = max_contents
        self._search_limits = search_limits
        self._entries: Mapping[str, GitEntry] | None = None
        self._is_read = False
        self._lock = asyncio.Lock()
        self._kept = KeptContents()

    async def list(self) -> tuple[str, ...] | None:
        """Return all paths, sorted; None for more than 300,000, which are not listed."""
        entries = await self._all()
        return None if entries is None else tuple(sorted(entries))

    async def read_many(self, paths: Sequence[str]) -> Mapping[str, Content]:
        """Return contents by path; one git process reads them all.

        Past `max_contents` the largest files count as too large.
        """
        entries = await self._find(paths)
        oids = {entry.oid for entry in entries.values() if entry.is_blob and entry.absent is None}
        blobs = self._kept.of(oids)
        if absent_oids := oids - blobs.keys():
            read = await asyncio.to_thread(self._blobs, absent_oids)
            self._kept.keep(read)
            blobs |= read
        contents: dict[str, Content] = {}
        for path in paths:
            match entries.get(path):
                case None:
                    contents[path] = Absent.MISSING
                case GitEntry(absent=Absent() as absent):
                    contents[path] = absent
                case GitEntry(is_blob=True, oid=oid):
                    contents[path] = blobs[oid]
                case _:
                    contents[path] = Absent.NOT_A_FILE
        return contents

    async def sizes(self, paths: Sequence[str]) -> Mapping[str, int]:
        """Return the sizes of blobs that are here, in one go."""
        entries = await self._find(paths)
        files = {
            path: entry.oid
            for path, entry in entries.items()
            if entry.is_blob and not entry.is_link and entry.absent is None
        }
        sizes = await asyncio.to_thread(blob_sizes, self._git, set(files.values()))
        return {path: size for path, oid in files.items() if (size := sizes.get(oid)) is not None}

    async def search(self, names: Sequence[str], paths: Sequence[str]) -> Search | None:
        """Look in the blobs that are here, and in some that are fetched in one go where they lack.

        See `name_search` for what is looked at.
        """
        entries = await self._find(paths)
        blobs: dict[str, list[str]] = {}
        for path in paths:
            entry = entries.get(path)
            if entry is None or not entry.is_blob or entry.is_link or entry.absent:
                continue
            if entry.oid in blobs or len(blobs) < self._search_limits.paths:
                blobs.setdefault(entry.oid, []).append(path)
        requests = name_search.asked_names(names)
        if not requests or not blobs:
            return Search(of=len(paths))
        try:
            return await asyncio.to_thread(self._search, requests, blobs, len(paths))
        except RepositoryError:
            return Search(of=len(paths))

    def _search(
        self, names: Sequence[str], blobs: Mapping[str, Sequence[str]], total: int
    ) -> Search:
        """Look in blobs, the paths of each by its name; of equal files the first is told."""
        sizes = blob_sizes(self._git, set(blobs))
        absent_oids = [oid for oid in blobs if sizes.get(oid) is None][
            : self._search_limits.fetched
        ]
        if absent_oids and self._bring:
            with contextlib.suppress(RepositoryError):  # what still lacks is not searched
                self._bring(absent_oids)
            sizes |= blob_sizes(self._git, set(absent_oids))
        sizes_here = [(oid, size) for oid in blobs if (size := sizes.get(oid)) is not None]
        selection = name_search.small_enough(sizes_here, self._search_limits)
        if not selection:
            return Search(of=total)
        output = self._git.run(
            *name_search.GREP,
            *selection,
            stdin="".join(f"{name}\n" for name in names).encode("utf-8", "replace"),
            accept=name_search.NOTHING_FOUND,
            timeout=name_search.SECONDS,
        )
        hits = name_search.read_hits(output, names, {oid: blobs[oid][0] for oid in selection})
        return Search(hits=hits, searched=sum(len(blobs[oid]) for oid in selection), of=total)

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
        entries: dict[str, GitEntry] = {}
        for batch in batched(dict.fromkeys(paths), _AT_ONCE):
            output = self._git.run("ls-tree", "-z", "--full-tree", self._revision, "--", *batch)
            entries.update((path, entry) for path, entry in _parse_listing(output) if path in batch)
        return entries

    def _blobs(self, oids: set[str]) -> dict[str, Content]:
        if self._bring and oids:
            with contextlib.suppress(RepositoryError):  # what still lacks is listed as such
                self._bring(oids)
        sizes = blob_sizes(self._git, oids)
        read: dict[str, Content] = dict.fromkeys(oids, Absent.UNAVAILABLE)
        requests = []
        room = self._max_contents
        for oid, size in sorted(sizes.items(), key=lambda item: item[1] or 0):
            if size is None:
                continue
            room -= size
            if size > MAX_FILE or room < 0:
                read[oid] = Absent.TOO_LARGE
            else:
                requests.append(oid)
        if requests:
            stdin = "".join(f"{oid}\n" for oid in requests).encode()
            output = self._git.run(
                "cat-file", "--batch", stdin=stdin, limit=self._max_contents + 200 * len(requests)
            )
            read |= _parse_batch(output)
        return read


def list_tree(git: Git, tree: str) -> Mapping[str, GitEntry] | None:
    """Return all files of a commit or tree by path, None for more than 300,000."""
    try:
        output = git.run("ls-tree", "-r", "-z", "--full-tree", tree)
    except GitLimit:
        return None
    if output.count(b"\0") > _MAX_PATHS:
        return None
    return dict(_parse_listing(output))


def blob_sizes(git: Git, oids: Iterable[str]) -> dict[str, int | None]:
    """Return sizes in bytes, None for objects that lack; nothing is unpacked for it."""
    sizes: dict[str, int | None] = dict.fromkeys(oids)
    requests = "".join(f"{oid}\n" for oid in sorted(sizes.keys() - git.blob_sizes.keys())).encode()
    output = git.run("cat-file", "--batch-check", stdin=requests) if requests else b""
    for line in output.decode().splitlines():
        oid, _, rest = line.partition(" ")
        kind, _, size = rest.partition(" ")
        if kind == "blob":
            git.blob_sizes[oid] = int(size)
    return {oid: git.blob_sizes.get(oid) for oid in sizes}


def _parse_listing(output: bytes) -> Iterator[tuple[str, GitEntry]]:
    """Read `mode kind oid TAB path NUL`, again and again (git-ls-tree(1)); folders are no files."""
    start = 0
    while (end := output.find(b"\0", start)) >= 0:
        meta, _, path = output[start:end].partition(b"\t")
        mode, kind, oid = meta.decode("ascii").split()
        if kind != "tree":
            yield shown_path(path), GitEntry(kind == "blob", oid, mode == _LINK)
        start = end + 1


def _parse_batch(output: bytes) -> dict[str, Content]:
    """Read `oid blob size LF content LF`, again and again (git-cat-file, batch output)."""
    read: dict[str, Content] = {}
    start = 0
    while start < len(output):
        end = output.index(b"\n", start)
        oid, kind, *size = output[start:end].decode("ascii", "replace").split(" ")
        start = end + 1
        if kind == "blob" and size:
            length = int(size[0])
            read[oid] = output[start : start + length]
            start += length + 1
    return read
