"""Files below a folder in which strangers may write: no link is followed.

Any part of a path in a checkout may be a link, a pipe or a device. So each folder on the way is
opened by its name in the one above (openat(2) with O_NOFOLLOW), and what is read must be a regular
file. The folder itself is named by somebody who is trusted: links in its own path are followed.
"""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from dataclasses import field
from pathlib import Path, PurePath

from codeflow_action.engine.lazy import dataclass

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Not blocking: the name may be a pipe that nobody writes to.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class SafeFolder:
    """A folder. Paths are relative to it, and never lead out of it.

    With `may_lack` the folder is made when something is written. Methods raise `OSError` for what
    the disk refuses and for a link on the way, and `ValueError` for a path that leads out of the
    folder or names no file.
    """

    root: Path
    may_lack: bool = field(default=False, kw_only=True)

    def read(self, path: PurePath, limit: int) -> bytes | None:
        """Return a regular file's bytes; None for anything else, and for more than `limit`."""
        with self._parent(path) as parent:
            file_descriptor = os.open(path.name, _READ, dir_fd=parent)
        try:
            status = os.fstat(file_descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
                return None
            with os.fdopen(file_descriptor, "rb", closefd=False) as file:
                raw = file.read(limit + 1)
        finally:
            os.close(file_descriptor)
        return raw if len(raw) <= limit else None

    def lstat(self, path: PurePath) -> os.stat_result:
        """Return the status of what is there; of a link, not of where it leads."""
        with self._parent(path) as parent:
            return os.stat(path.name, dir_fd=parent, follow_symlinks=False)

    def read_link(self, path: PurePath) -> bytes:
        """Return where a link leads."""
        with self._parent(path) as parent:
            return os.readlink(os.fsencode(path.name), dir_fd=parent)

    def touch(self, path: PurePath) -> None:
        """Set the time of last use to now."""
        with self._parent(path) as parent:
            os.utime(path.name, dir_fd=parent, follow_symlinks=False)

    def remove(self, path: PurePath) -> None:
        """Remove a file or a link, if it is there."""
        with self._parent(path) as parent, contextlib.suppress(FileNotFoundError):
            os.unlink(path.name, dir_fd=parent)

    @contextlib.contextmanager
    def entries(self, path: PurePath) -> Iterator[Iterator[os.DirEntry[str]]]:
        """Yield the entries of a folder, which are valid as long as the block lasts."""
        with self._folder(_parts(path)) as folder, os.scandir(folder) as entries:
            yield entries

    def write(self, path: PurePath, text: str) -> None:
        """Write a file with the root's owner; a new folder gets a `.gitignore` for all of it.

        The file is written whole or not at all, even if others write it at the same time. Nothing
        is written into a `.git`.
        """
        *folders, name = _parts(path)
        if any(part.casefold() == ".git" for part in (*folders, name)):
            raise ValueError("it lies in a git folder")
        if self.may_lack:
            self.root.mkdir(parents=True, exist_ok=True)
        with self._folder([]) as root:
            owner = os.fstat(root)
        topmost = 0  # how deep the topmost new folder lies, 0 for none
        for depth, folder_name in enumerate(folders, start=1):
            with (
                self._folder(folders[: depth - 1]) as above,
                contextlib.suppress(FileExistsError),  # another may have made it just now
            ):
                os.mkdir(folder_name, dir_fd=above)
                _give(above, folder_name, owner)
                topmost = topmost or depth
        if topmost:
            with self._folder(folders[:topmost]) as folder:
                _put(folder, ".gitignore", "*\n", owner)
        with self._folder(folders) as folder:
            _put(folder, name, text, owner)

    @contextlib.contextmanager
    def _parent(self, path: PurePath) -> Iterator[int]:
        parts = _parts(path)
        if not parts:
            raise ValueError("it names no file")
        with self._folder(parts[:-1]) as folder:
            yield folder

    @contextlib.contextmanager
    def _folder(self, parts: Sequence[str]) -> Iterator[int]:
        current = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in parts:
                try:
                    below = os.open(part, _FOLDER, dir_fd=current)
                except NotADirectoryError as error:  # for a link too: both flags are given
                    what = "a link or a file is in the way"
                    raise NotADirectoryError(error.errno, what, part) from error
                os.close(current)
                current = below
            yield current
        finally:
            os.close(current)


def locate(folder: Path, name: str | PurePath) -> tuple[SafeFolder, PurePath]:
    """Return the place that a trusted person names, relative to `folder`.

    A place below `folder` is reached without following links. Another is reached through the folder
    that holds it, by the path as given.
    """
    path = Path(os.path.abspath(folder / name))  # noqa: PTH100 - `resolve` follows links
    root = Path(os.path.abspath(folder))  # noqa: PTH100
    if path.is_relative_to(root):
        return SafeFolder(root), path.relative_to(root)
    return SafeFolder(path.parent, may_lack=True), PurePath(path.name)


def _parts(path: PurePath) -> tuple[str, ...]:
    if path.is_absolute() or ".." in path.parts:
        raise ValueError("it leads out of the folder")
    return path.parts


def _put(folder: int, name: str, text: str, owner: os.stat_result) -> None:
    new = f".{name[:100]}.{secrets.token_hex(8)}.new"
    try:
        with os.fdopen(
            os.open(new, _WRITE, 0o666, dir_fd=folder), "w", encoding="utf-8", errors="replace"
        ) as file:
            file.write(text)
        _give(folder, new, owner)
        # A link at the target's place is replaced, not followed.
        os.replace(new, name, src_dir_fd=folder, dst_dir_fd=folder)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new, dir_fd=folder)


def _give(folder: int, name: str, owner: os.stat_result) -> None:
    """Give it to the root's owner: the container runs as root, later steps do not."""
    if os.geteuid() == 0:
        os.chown(name, owner.st_uid, owner.st_gid, dir_fd=folder, follow_symlinks=False)
