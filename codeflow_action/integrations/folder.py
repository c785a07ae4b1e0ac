"""Keeps texts in a folder, a file a text: implements `engine.ports.Store`."""

import asyncio
import contextlib
import os
import re
import stat
from pathlib import Path, PurePath

from codeflow_action.integrations.safe_folder import locate

_MAX_READ = 4_000_000  # bytes of one text
_MAX_KEPT = 50_000_000  # bytes of a store; the least recently used go first
_SHELF = re.compile(r"\w\w")
_FILE = re.compile(r"\w+\.json")


class FolderStore:
    """Texts in the folder that `name` means, counted from `root`; links are not followed there."""

    def __init__(self, root: Path, name: str | PurePath) -> None:
        self._beneath, self._folder = locate(root, name)

    async def read(self, name: str) -> str | None:
        """Return the text; a link, a folder and a giant count as not there."""
        return await asyncio.to_thread(self._read, name)

    async def write(self, name: str, text: str) -> None:
        """Keep the text if the folder takes it."""
        await asyncio.to_thread(self._write, name, text)

    def prune(self) -> None:
        """Remove what was not used for longest, down to 50 MB; nothing but what we have kept."""
        total = 0
        for _mtime, size, path in sorted(self._files(), reverse=True):
            total += size
            if total > _MAX_KEPT:
                with contextlib.suppress(OSError):
                    self._beneath.remove(path)

    def _files(self) -> list[tuple[float, int, PurePath]]:
        return [
            (status.st_mtime, status.st_size, path)
            for shelf in self._names(self._folder, _SHELF)
            for path in self._names(shelf, _FILE)
            if (status := self._status(path))
        ]

    def _names(self, folder: PurePath, form: re.Pattern[str]) -> list[PurePath]:
        try:
            with self._beneath.entries(folder) as entries:
                return [folder / entry.name for entry in entries if form.fullmatch(entry.name)]
        except OSError:
            return []

    def _status(self, path: PurePath) -> os.stat_result | None:
        try:
            status = self._beneath.lstat(path)
        except OSError:  # another process has just removed it
            return None
        return status if stat.S_ISREG(status.st_mode) else None

    def _place(self, name: str) -> PurePath:
        return self._folder / name[:2] / f"{name}.json"

    def _read(self, name: str) -> str | None:
        path = self._place(name)
        try:
            raw = self._beneath.read(path, _MAX_READ)
            if raw is None:
                return None
            self._beneath.touch(path)
        except OSError:
            return None
        return raw.decode("utf-8", "replace")

    def _write(self, name: str, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._beneath.write(self._place(name), text)
