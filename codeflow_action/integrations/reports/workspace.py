"""Finds and reads files that other steps have left in the workspace, and none outside it."""

from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path, PurePath

from codeflow_action.engine.globs import any_matches, compile_glob
from codeflow_action.engine.lazy import dataclass
from codeflow_action.integrations.reports.report_json import NotAReport
from codeflow_action.integrations.safe_folder import SafeFolder

MAX_BYTES = 32_000_000  # of one report
MAX_FILES = 100
_MAX_ENTRIES = 300_000  # files and folders that are looked at
_MAX_DEPTH = 100  # folders below one another
_MAX_SOURCE = 5_000_000  # bytes of a source file, as `Tree` reads them
_NOT_ENTERED = frozenset({".git", "node_modules"})
_MAGIC = "*?[{"


@dataclass(frozen=True, kw_only=True)
class ReportMatch:
    """Paths relative to the workspace, sorted; `misses` are the patterns that no file matches.

    `surplus` counts the files past `MAX_FILES`; `is_whole` is False when not all was looked at.
    """

    files: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()
    surplus: int = 0
    is_whole: bool = True


class Workspace:
    """The folder of a job. Links are followed nowhere, as a pull request may hold them.

    `roots` are the same folder's names in other places, such as the host's for a container. At most
    about `max_entries` files and folders are looked at for one list of patterns, and of folders in
    one another `max_depth`.
    """

    def __init__(
        self,
        folder: Path,
        roots: Sequence[str] = (),
        *,
        max_entries: int = _MAX_ENTRIES,
        max_depth: int = _MAX_DEPTH,
    ) -> None:
        self._max_entries = max_entries
        self._max_depth = max_depth
        self._folder = folder.resolve()
        self.roots = tuple(dict.fromkeys((*roots, str(folder), str(self._folder))))
        self._checkout = _checkout(self._folder)
        if self._checkout != self._folder:
            below = self._checkout.relative_to(self._folder)
            self.roots = (*(f"{root}/{below}" for root in self.roots), *self.roots)

    def match(self, patterns: Sequence[str]) -> ReportMatch:
        """Return the files that the patterns match, relative to the workspace's root."""
        folder = SafeFolder(self._folder)
        root_patterns = []
        paths: set[str] = set()
        misses = []
        room = self._max_entries
        is_whole = True
        for pattern in patterns:
            plain = pattern.removeprefix("!").removeprefix("./")
            root = next((root for root in self.roots if plain.startswith(f"{root}/")), "")
            plain = plain.removeprefix(root).lstrip("/")
            # `any_matches` counts a pattern from the root only if it begins with a slash.
            root_pattern = f"/{plain}{'**' if plain.endswith('/') else ''}"
            if pattern.startswith("!"):
                root_patterns.append(f"!{root_pattern}")
                continue
            root_patterns.append(root_pattern)
            listing = _files_below(folder, root_pattern, room, self._max_depth)
            room -= listing.entry_count
            is_whole = is_whole and listing.is_whole
            glob = compile_glob(root_pattern)
            hits = [path for path in listing.files if glob.fullmatch(path)]
            paths.update(hits)
            misses += [] if hits else [pattern]
        files = sorted(path for path in paths if any_matches(root_patterns, path))
        return ReportMatch(
            files=tuple(files[:MAX_FILES]),
            misses=tuple(misses),
            surplus=max(0, len(files) - MAX_FILES),
            is_whole=is_whole,
        )

    def read_report(self, path: str) -> bytes:
        """Return a report's bytes. Raises `NotAReport`."""
        try:
            raw = SafeFolder(self._folder).read(PurePath(path), MAX_BYTES)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", "no such name")
            raise NotAReport(f"it cannot be read ({reason})") from error
        if raw is None:
            raise NotAReport(f"it is no regular file of at most {MAX_BYTES // 1_000_000} MB")
        return raw

    def read_source(self, path: str) -> bytes | None:
        """Return the bytes of a file of the checkout, None if it is not there or cannot be read."""
        try:
            return SafeFolder(self._checkout).read(PurePath(path), _MAX_SOURCE)
        except (OSError, ValueError):
            return None

    def holds(self, path: str) -> bool:
        """True when the checkout has something at that path."""
        try:
            SafeFolder(self._checkout).lstat(PurePath(path))
        except (OSError, ValueError):
            return False
        return True


@dataclass(frozen=True, kw_only=True)
class _FolderListing:
    """Files below a folder; `is_whole` is False when it goes on where nobody looked."""

    files: tuple[str, ...]
    entry_count: int  # files and folders that were looked at
    is_whole: bool


def _files_below(root: SafeFolder, pattern: str, room: int, max_depth: int) -> _FolderListing:
    """Return the files in the folder that a pattern begins with, as deep as it reaches.

    At most about `room` files and folders are looked at. Links are not entered.
    """
    parts = pattern.strip("/").split("/")
    prefix = list(takewhile(lambda part: not any(sign in part for sign in _MAGIC), parts[:-1]))
    is_deep = "**" in pattern or "{" in pattern
    folders = [("/".join(prefix), max_depth if is_deep else len(parts) - len(prefix))]
    files = []
    entry_count, is_cut = 0, False
    while folders and entry_count < room:
        folder, depth = folders.pop()
        try:
            with root.entries(PurePath(folder)) as entries:
                listing = [
                    (
                        entry.name,
                        entry.is_file(follow_symlinks=False),
                        entry.is_dir(follow_symlinks=False),
                    )
                    for entry in entries
                ]
        except (OSError, ValueError):
            continue
        entry_count += len(listing)
        for name, is_file, is_folder in listing:
            # Bytes that are not UTF-8 come as lone surrogates: no pattern can name them.
            if any("\ud800" <= char <= "\udfff" for char in name):
                continue
            path = f"{folder}/{name}" if folder else name
            if is_file:
                files.append(path)
            elif is_folder and name not in _NOT_ENTERED:
                if depth > 1:
                    folders.append((path, depth - 1))
                else:
                    is_cut = is_cut or is_deep
    return _FolderListing(
        files=tuple(files), entry_count=entry_count, is_whole=not folders and not is_cut
    )


def _checkout(workspace: Path) -> Path:
    """Return where the repository is: the workspace, or the only folder in it that has a `.git`."""
    if (workspace / ".git").exists():
        return workspace
    try:
        checkouts = [
            folder for folder in workspace.iterdir()
            if not folder.is_symlink() and (folder / ".git").exists()
        ]  # fmt: skip
    except OSError:
        return workspace
    return checkouts[0] if len(checkouts) == 1 else workspace
