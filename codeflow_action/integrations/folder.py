"""Keeps texts in a folder, a file a text: implements `engine.ports.Store`."""

import asyncio
import contextlib
import re
import stat
from collections.abc import Iterator
from pathlib import Path, PurePath

from codeflow_action.integrations.safe_folder import locate

_MAX_READ = 4_000_000  # bytes of one text
_MAX_SIZE = 50_000_000  # bytes of a store; the least recently used go first
_SHELF = re.compile(r"\w\w")
_FILE = re.compile(r"\w+\.json")


class FolderStore:
    """Texts in the folder that `name` means, counted from `root`; links are not followed there."""

    def __init__(self, root: Path, name: str | PurePath) -> None:
        self._root, self._folder = locate(root, name)

    async def read(self, name: str) -> str | None:
        """Return the text; a link, a folder and a giant count as not there."""
        return await asyncio.to_thread(self._read, name)

    async def write(self, name: str, text: str) -> None:
        """Keep the text if the folder takes it."""
        with contextlib.suppress(OSError, ValueError):
            await asyncio.to_thread(self._root.write, self._place(name), text)

    def prune(self) -> None:
        """Remove what was not used for longest, down to 50 MB; nothing but what we have kept."""
        total = 0
        for _mtime, size, path in sorted(self._files(), reverse=True):
            total += size
            if total > _MAX_SIZE:
                with contextlib.suppress(OSError):
                    self._root.remove(path)

    def _files(self) -> Iterator[tuple[float, int, PurePath]]:
        """Yield what is kept: when it was last used, its bytes, its path."""
        for shelf in self._names(self._folder, _SHELF):
            for path in self._names(shelf, _FILE):
                with contextlib.suppress(OSError):  # another process has just removed it
                    status = self._root.lstat(path)
                    if stat.S_ISREG(status.st_mode):
                        yield status.st_mtime, status.st_size, path

    def _names(self, folder: PurePath, form: re.Pattern[str]) -> list[PurePath]:
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
