"""Files below a folder in which strangers may write too: written whole, links followed nowhere."""

import asyncio
import os
import secrets
from pathlib import Path

_MAX_READ = 4_000_000  # bytes of one text
_MAX_KEPT = 50_000_000  # bytes of a store; the least recently used go first


def write_inside(root: Path, relative: Path, text: str) -> None:
    """Write a file below `root`, owned as `root` is; a new folder ignores itself in git.

    A pull request's checkout may hold links, which must not lead the write out of the workspace.
    The file is there whole or not at all, whoever else writes it at the same time.
    Raises `OSError`, and `ValueError` for a path that leads out.
    """
    root = root.resolve()
    target = root / relative
    folder = target.parent
    if not folder.resolve().is_relative_to(root):
        raise ValueError("it leads out of the workspace")
    made = _make_folders(folder, root)
    if made:
        _put(made / ".gitignore", "*\n", root)
    _put(target, text, root)


def _put(target: Path, text: str, root: Path) -> None:
    new = target.with_name(f".{target.name}.{secrets.token_hex(8)}.new")
    try:
        with new.open("x", encoding="utf-8", errors="replace") as file:
            file.write(text)
        _give(new, root)
        new.replace(target)  # a link at the target's place is replaced, not followed
    finally:
        new.unlink(missing_ok=True)


def _make_folders(folder: Path, root: Path) -> Path | None:
    """Make the missing folders; return the topmost that is new."""
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    for part in reversed(missing):
        part.mkdir(exist_ok=True)  # another process may have made it just now
        _give(part, root)
    return missing[-1] if missing else None


def _give(path: Path, root: Path) -> None:
    """Let the root's owner have it: the container runs as root, later steps do not."""
    if os.geteuid() == 0:
        owner = root.stat()
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


class FolderStore:
    """Implements `engine.ports.Store` in the folder `relative` below `root`, a file a text."""

    def __init__(self, root: Path, relative: Path) -> None:
        self._root = root
        self._relative = relative

    async def read(self, name: str) -> str | None:
        """Return the text; a link, a folder and a giant count as not there."""
        return await asyncio.to_thread(self._read, name)

    async def write(self, name: str, text: str) -> None:
        """Keep the text if the folder takes it."""
        await asyncio.to_thread(self._write, name, text)

    def prune(self) -> None:
        """Remove what was not used for longest, down to 50 MB."""
        kept = 0
        for _used, size, path in sorted(self._files(), reverse=True):
            kept += size
            if kept > _MAX_KEPT:
                path.unlink(missing_ok=True)

    def _files(self) -> list[tuple[float, int, Path]]:
        folder = self._root / self._relative
        found = []
        for path in folder.glob("??/*.json"):
            try:
                status = path.lstat()
            except OSError:  # another process has just removed it
                continue
            found.append((status.st_mtime, status.st_size, path))
        return found

    def _place(self, name: str) -> Path:
        return self._relative / name[:2] / f"{name}.json"

    def _read(self, name: str) -> str | None:
        path = self._root / self._place(name)
        try:
            # Not blocking: the name may be a pipe that nobody writes to.
            opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(opened, "rb") as file:
                raw = file.read(_MAX_READ + 1)
            os.utime(path)
        except OSError:
            return None
        return raw.decode("utf-8", "replace") if len(raw) <= _MAX_READ else None

    def _write(self, name: str, text: str) -> None:
        try:
            write_inside(self._root, self._place(name), text)
        except (OSError, ValueError):
            return
