"""Keeps texts in a folder, one file for each: implements `engine.ports.Store`."""

import asyncio
import contextlib
import re
import stat
from pathlib import Path, PurePath

from codeflow_action.engine.lazy import regex
from codeflow_action.integrations.safe_folder import locate

_MAX_READ = 4_000_000  # bytes of one text
_MAX_SIZE = 50_000_000  # bytes of a store
_SHELF = regex(r"\w\w")
_FILE = regex(r"\w+\.json")


class FolderStore:
    """Texts in the folder `name`, relative to `root`; links in it are not followed."""

    def __init__(self, root: Path, name: str | PurePath) -> None:
        self._root, self._folder = locate(root, name)

    async def read(self, name: str) -> str | None:
        """Return the text; None too for a link, a folder, or a file that is too large."""
        return await asyncio.to_thread(self._read, name)

    async def write(self, name: str, text: str) -> None:
        """Keep the text if the folder takes it."""
        with contextlib.suppress(OSError, ValueError):
            await asyncio.to_thread(self._root.write, self._place(name), text)

    def prune(self, limit: int = _MAX_SIZE) -> None:
        """Remove the least recently used texts, until all are `limit` bytes or less."""
        files: list[tuple[float, int, PurePath]] = []
        # The folder may hold files of others: only what is named as our own is looked at.
        for shelf in self._paths(self._folder, _SHELF):
            for path in self._paths(shelf, _FILE):
                with contextlib.suppress(OSError):  # another process has just removed it
                    status = self._root.lstat(path)
                    if stat.S_ISREG(status.st_mode):
                        files.append((status.st_mtime, status.st_size, path))
        total = 0
        for _mtime, size, path in sorted(files, reverse=True):
            total += size
            if total > limit:
                with contextlib.suppress(OSError):
                    self._root.remove(path)

    def _paths(self, folder: PurePath, form: re.Pattern[str]) -> list[PurePath]:
        try:
            with self._root.entries(folder) as entries:
                return [folder / entry.name for entry in entries if form.fullmatch(entry.name)]
        except OSError:
            return []

    def _place(self, name: str) -> PurePath:
        return self._folder / name[:2] / f"{name}.json"

    def _read(self, name: str) -> str | None:
        path = self._place(name)
        try:
            raw = self._root.read(path, _MAX_READ)
            if raw is None:
                return None
            self._root.touch(path)
        except OSError:
            return None
        return raw.decode("utf-8", "replace")
