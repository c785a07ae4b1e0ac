"""A work tree as a tree object of our own: its files are read here, and no filter is run.

Git compares a copy of the index with what the disk says of each file (time, size, inode), so that
files which were not touched need not be read. `docs/git.md` says what differs from `git diff`.
"""

import errno
import hashlib
import os
import secrets
import stat
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from pathlib import Path, PurePath
from typing import NamedTuple

from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ports import Absent, Content
from codeflow_action.integrations.change_size import MAX_CHANGED
from codeflow_action.integrations.git import Git
from codeflow_action.integrations.git_tree import MAX_FILE, GitEntry, GitTree, list_tree, shown_path
from codeflow_action.integrations.objects import Objects
from codeflow_action.integrations.raw_diff import RawEntry, raw_entries
from codeflow_action.integrations.safe_folder import SafeFolder
from codeflow_action.integrations.scratch import room_for_git

_MAX_HASHED = 100_000_000  # bytes of a file that is compared with the index by its hash
_MAX_KEPT = 300_000_000  # bytes of all files that are kept as objects
# No such file; or one of the folders is a file, or a link, beneath which git has none.
_MISSING_ERRORS = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
_FILE, _PROGRAM, _LINK, _MODULE = "100644", "100755", "120000", "160000"


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A work tree at one moment: the tree's name, and the files whose contents it does not hold.

    In their places stand contents of our own, so that they count as changed. `left_out` says why
    not all files are there; empty when they are.
    """

    tree: str
    absent: Mapping[str, Absent] = field(default_factory=dict)
    left_out: str = ""


class _File(NamedTuple):
    mode: str
    oid: str


@dataclass(kw_only=True)
class WorkTreeReader:
    """One look at a work tree and its `files`; `objects` is the folder of our own objects.

    `is_plain` says that the disk's executable bits mean nothing (`core.fileMode=false`),
    `is_sha256` how objects are named.
    """

    git: Git
    objects: Path
    files: SafeFolder
    is_plain: bool
    is_sha256: bool
    _absent: dict[str, Absent] = field(default_factory=dict, init=False)
    _room: int = field(default=_MAX_KEPT, init=False)

    def snapshot(self) -> Snapshot:
        """Return the work tree as it is now. Raises `RepositoryError`."""
        changes = self.git.run("diff-files", "--raw", "-z", "--no-abbrev", "--ignore-submodules")
        untracked_paths = self.git.run("ls-files", "--others", "--exclude-standard", "-z")
        new = [path for path in untracked_paths.split(b"\0") if path and not path.endswith(b"/")]
        changed_entries = {entry.paths[0]: entry for entry in raw_entries(changes)}
        with self.git.objects() as objects:
            lines = [*self._lines(changed_entries, objects)]
            lines += self._lines(dict.fromkeys(new[:MAX_CHANGED]), objects)
        self.git.run("update-index", "-z", "--index-info", stdin=b"".join(lines))
        tree = self.git.run("write-tree", "--missing-ok").decode().strip()
        surplus = len(new) - MAX_CHANGED
        note = f"{surplus:,} of {len(new):,} files that git does not know" if surplus > 0 else ""
        return Snapshot(tree=tree, absent=self._absent, left_out=note)

    def _lines(self, paths: Mapping[bytes, RawEntry | None], objects: Objects) -> Iterator[bytes]:
        """Yield what `update-index --index-info` reads (git-update-index(1))."""
        for path, entry in paths.items():
            if entry and _MODULE in (entry.old_mode, entry.new_mode):
                continue  # as it is staged
            file = self._read(path, entry, objects)
            if file:
                yield f"{file.mode} {file.oid}\t".encode() + path + b"\0"
            elif entry:
                yield f"0 {'0' * len(entry.old)}\t".encode() + path + b"\0"

    def _read(self, path: bytes, entry: RawEntry | None, objects: Objects) -> _File | None:
        """Return a file as it lies there; None where there is none that git would keep."""
        place = PurePath(os.fsdecode(path))
        try:
            status = self.files.lstat(place)
            if stat.S_ISDIR(status.st_mode):
                return None
            if stat.S_ISLNK(status.st_mode):
                return _File(_LINK, self._keep(self.files.read_link(place)))
            content = self._content(place, status)
        except OSError as error:
            content = Absent.MISSING if error.errno in _MISSING_ERRORS else Absent.UNAVAILABLE
        match content:
            case Absent.MISSING:
                return None
            case Absent.TOO_LARGE if entry and self._is_as_staged(place, entry):
                return _File(entry.old_mode, entry.old)
            case Absent():
                # A content of our own in its place, so that the file counts as changed.
                self._absent[shown_path(path)] = content
                return _File(_FILE, self._keep(secrets.token_hex(32).encode()))
            case bytes():
                mode = _PROGRAM if status.st_mode & stat.S_IXUSR else _FILE
                staged_mode = entry.old_mode if entry else _FILE
                if self.is_plain and staged_mode in (_FILE, _PROGRAM):
                    mode = staged_mode
                return _File(mode, self._keep(_as_kept(content, entry, objects)))

    def _content(self, place: PurePath, status: os.stat_result) -> Content:
        if not stat.S_ISREG(status.st_mode):  # a pipe, a device
            return Absent.UNAVAILABLE
        if status.st_size > min(MAX_FILE, self._room):
            return Absent.TOO_LARGE
        content = self.files.read(place, MAX_FILE)
        return Absent.TOO_LARGE if content is None else content

    def _is_as_staged(self, place: PurePath, entry: RawEntry) -> bool:
        """True for a large file that is what the index says; its time alone has changed."""
        try:
            content = self.files.read(place, _MAX_HASHED)
        except OSError:
            return False
        return content is not None and self._loose_object(content)[0] == entry.old

    def _keep(self, content: bytes) -> str:
        """Write a loose object, and return its name."""
        oid, raw = self._loose_object(content)
        target = self.objects / oid[:2] / oid[2:]
        if not target.exists():
            self._room -= len(content)
            with room_for_git():
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(zlib.compress(raw, 1))
        return oid

    def _loose_object(self, content: bytes) -> tuple[str, bytes]:
        """Return a blob's name and its raw form (gitformat-pack(5), "loose objects")."""
        raw = b"blob %d\0%b" % (len(content), content)
        hash_name = "sha256" if self.is_sha256 else "sha1"
        return hashlib.new(hash_name, raw, usedforsecurity=False).hexdigest(), raw


def _as_kept(content: bytes, entry: RawEntry | None, objects: Objects) -> bytes:
    """Return a text with the line ends that the index has for it.

    Git can write CRLF where it keeps LF (`core.autocrlf`, `text=auto`). So a text whose lines all
    end with CRLF, and whose staged version has none, counts as one with LF.
    """
    ends = content.count(b"\r\n")
    if entry is None or not ends or ends != content.count(b"\n") or b"\0" in content:
        return content
    header = objects.header(entry.old)
    if header is None or header.kind != "blob" or header.size > MAX_FILE:
        return content
    return content if b"\r\n" in objects.read(header) else content.replace(b"\r\n", b"\n")


class WorkTree(GitTree):
    """The files of a work tree as they were when they were first asked for."""

    def __init__(self, git: Git, take: Callable[[], Snapshot]) -> None:
        super().__init__("", git)
        self._take = take

    def _read_all(self) -> Mapping[str, GitEntry] | None:
        snapshot = self._take()
        self._revision = snapshot.tree
        entries = list_tree(self._git, snapshot.tree)
        if entries is None:
            return None
        absent = {
            path: entries[path]._replace(absent=absence)
            for path, absence in snapshot.absent.items()
            if path in entries
        }
        return {**entries, **absent}
