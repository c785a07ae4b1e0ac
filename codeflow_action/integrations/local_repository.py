"""A repository on this machine, looked at from one of our own: nothing in it is executed.

Ours borrows its objects, and copies its refs, its index and the settings that say how files lie on
its disk. So git reads no configuration, hook, filter or attribute of it, whoever it belongs to.
"""

import asyncio
import contextlib
import os
import re
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PurePath

from codeflow_action.engine.errors import RepositoryError
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.ports import Absent
from codeflow_action.engine.pull_request import Gap
from codeflow_action.integrations.comparison import Changeset
from codeflow_action.integrations.git import Git, GitSettings, WorkFolder
from codeflow_action.integrations.git_folders import GitFolders, Refs, find_repository, read_refs
from codeflow_action.integrations.git_tree import blob_sizes
from codeflow_action.integrations.private_repository import make_bare
from codeflow_action.integrations.repository import Repository
from codeflow_action.integrations.safe_folder import SafeFolder
from codeflow_action.integrations.scratch import room_for_git
from codeflow_action.integrations.work_tree import Snapshot, WorkTree, WorkTreeReader

_MAX_CONFIG = 1_000_000  # bytes
_EXCLUDE = PurePath("info/exclude")
_MAX_INDEX = 300_000_000  # bytes; an entry takes about 100
_SHARED_INDEX = regex(r"sharedindex\.[0-9a-f]{40,64}")
# How files lie on a disk; each takes one of these words.
_FILE_SETTINGS = frozenset(
    {
        "core.checkstat",
        "core.filemode",
        "core.ignorecase",
        "core.precomposeunicode",
        "core.symlinks",
        "core.trustctime",
    }
)
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "1", "0", "default", "minimal"})
_NO = frozenset({"false", "no", "off", "0"})


class LocalRepository(Repository):
    """Somebody's repository, read through ours in a temporary folder that goes with this object.

    Methods raise `RepositoryError`.
    """

    def __init__(self, folders: GitFolders, settings: GitSettings) -> None:
        """Raise `RepositoryError`. Blocking."""
        with room_for_git():
            scratch = Path(tempfile.mkdtemp(prefix="codeflow-git-"))
        self._remove = weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)
        super().__init__(Git(scratch / "objects.git", settings))
        self.root = folders.work_tree or folders.common
        self._folders = folders
        refs = read_refs(folders)
        self._is_sha256 = any(len(oid) == 64 for oid in (*refs.names.values(), refs.head))
        make_bare(self.git, folders, is_sha256=self._is_sha256)
        with room_for_git():
            _write_refs(self.git.directory, refs)
        # Read as data: git parses a copy, and obeys none of it.
        self._config = self._settings_of(SafeFolder(folders.common), PurePath("config"))
        self._first_snapshot: Snapshot | None = None
        self._lock = threading.Lock()

    @classmethod
    async def discover(cls, directory: Path, settings: GitSettings) -> "LocalRepository | None":
        """Return the repository whose work tree or bare folder `directory` is or is inside."""
        folders = await asyncio.to_thread(find_repository, directory)
        return await asyncio.to_thread(cls, folders, settings) if folders else None

    async def remote_name(self) -> str:
        """Return `owner/name` from origin's URL, empty without one."""
        match = re.search(
            r"[:/]([^/:]+/[^/]+?)(?:\.git)?/?$", self._config.get("remote.origin.url", "").strip()
        )
        return match[1] if match else ""

    async def change(self, base: str, head: str | None) -> Changeset:
        """Return what changed from `base` to `head`; None means the working tree."""
        if head is not None:
            return await super().change(base, head)
        snapshot = await asyncio.to_thread(self._snapshot)
        change = await super().change(base, snapshot.tree)
        left_out = "; ".join(filter(None, (change.left_out, snapshot.left_out)))
        files = []
        for file in change.files:
            absence = snapshot.absent.get(file.path)
            if absence is not None:
                gap = Gap.TOO_LARGE if absence is Absent.TOO_LARGE else Gap.UNAVAILABLE
                file = replace(file, hunks=(), gap=gap)  # noqa: PLW2901 - as it can be shown
            files.append(file)
        return Changeset(tuple(files), left_out)

    def working_tree(self) -> WorkTree:
        """Return the files as they lie on disk."""
        return WorkTree(self.git, self._snapshot)

    async def staged_tree(self) -> str:
        """Return the tree that a commit of what is staged would have (git-write-tree(1))."""
        return await asyncio.to_thread(self._write_staged_tree)

    def _write_staged_tree(self) -> str:
        # Under the lock: the snapshot of the work tree changes the copy of the index.
        with self._lock, room_for_git():
            _copy_index(self._folders.own, self.git.directory)
            return self.git.run("write-tree").decode().strip()

    def _snapshot(self) -> Snapshot:
        """Return the work tree as it was at the first call."""
        with self._lock:
            if self._first_snapshot is None:
                self._first_snapshot = self._take()
            return self._first_snapshot

    def _take(self) -> Snapshot:
        work_tree = self._folders.work_tree
        if work_tree is None:
            raise RepositoryError("a bare repository has no work tree", hint="name a --head")
        with room_for_git():
            _copy_index(self._folders.own, self.git.directory)
            exclude = b""  # what is ignored in this repository alone (gitignore(5))
            with contextlib.suppress(OSError):
                exclude = SafeFolder(self._folders.common).read(_EXCLUDE, _MAX_CONFIG) or b""
            (self.git.directory / "info").mkdir(exist_ok=True)
            (self.git.directory / _EXCLUDE).write_bytes(exclude)
        settings = {name: self._config[name] for name in _FILE_SETTINGS & self._config.keys()}
        if ignore_file := self._ignore_file():
            settings["core.excludesFile"] = str(ignore_file)
        reader = WorkTreeReader(
            git=replace(self.git, folder=WorkFolder(work_tree, tuple(settings.items()))),
            objects=self.git.directory / "objects",
            files=SafeFolder(work_tree),
            is_plain=settings.get("core.filemode", "") in _NO,
            is_sha256=self._is_sha256,
        )
        return reader.snapshot()

    def _bring_blobs(self, oids: Iterable[str]) -> None:
        if any(size is None for size in blob_sizes(self.git, set(oids)).values()):
            raise RepositoryError(
                "this partial clone lacks contents that the change needs",
                hint="run `git diff BASE...HEAD` once, and git fetches them",
            )

    def _settings_of(self, folder: SafeFolder, name: PurePath) -> Mapping[str, str]:
        try:
            raw = folder.read(name, _MAX_CONFIG)
        except OSError:
            return {}
        copy = self.git.directory / "config.copy"
        with room_for_git():
            copy.write_bytes(raw or b"")
        arguments = ("config", "--file", str(copy), "--no-includes", "--null", "--list")
        output = self.git.run(*arguments, accept=(0, 128)).decode("utf-8", "replace")
        pairs = (line.partition("\n") for line in output.split("\0"))
        return {
            key: value
            for key, _, value in pairs
            if key not in _FILE_SETTINGS or value.lower() in _WORDS
        }

    def _ignore_file(self) -> Path | None:
        """Return the reader's own list of files to ignore, a regular file (gitignore(5))."""
        environment = self.git.settings.environment
        home = Path(environment.get("HOME") or os.devnull)
        shared_indexes = Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "git"
        names = [
            self._settings_of(SafeFolder(folder), PurePath(name)).get("core.excludesfile", "")
            for folder, name in ((shared_indexes, "config"), (home, ".gitconfig"))
        ]
        text = next(filter(None, reversed(names)), str(shared_indexes / "ignore"))
        path = home / text.removeprefix("~/") if text.startswith("~/") else Path(text)
        return path if path.is_absolute() and path.is_file() else None


def _write_refs(directory: Path, refs: Refs) -> None:
    lines = sorted(f"{oid} {name}\n" for name, oid in refs.names.items())
    (directory / "packed-refs").write_text("".join(lines), encoding="utf-8")
    for name, target in refs.symbolic.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"ref: {target}\n", encoding="utf-8")
    if refs.head:
        (directory / "HEAD").write_text(f"{refs.head}\n", encoding="utf-8")


def _copy_index(own: Path, directory: Path) -> None:
    """Copy the index with its time, by which git tells what may have changed in the same moment.

    See Documentation/technical/racy-git.txt. A split index lies in two files.
    """
    source = SafeFolder(own)
    with source.entries(PurePath()) as entries:
        shared_indexes = [entry.name for entry in entries if _SHARED_INDEX.fullmatch(entry.name)]
    for name in ("index", *shared_indexes):
        try:
            status = source.lstat(PurePath(name))
            content = source.read(PurePath(name), _MAX_INDEX)
        except FileNotFoundError:  # nothing was ever staged
            continue
        except OSError as error:
            raise RepositoryError(f"the index cannot be read ({error.strerror})") from error
        if content is None:
            raise RepositoryError(f"the index is no file of at most {_MAX_INDEX // 1_000_000} MB")
        copy = directory / name
        copy.write_bytes(content)
        os.utime(copy, ns=(status.st_mtime_ns, status.st_mtime_ns))
