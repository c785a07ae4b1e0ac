"""Finds and reads files that other steps have left in the workspace; never what lies outside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path, PurePath
from typing import NamedTuple

from codeflow_action.engine.globs import any_matches, compile_glob
from codeflow_action.integrations.reports.report_json import NotAReport
from codeflow_action.integrations.safe_folder import SafeFolder

MAX_BYTES = 32_000_000  # of one report
MAX_FILES = 100
_MAX_ENTRIES = 300_000  # files and folders that are looked at
_MAX_SOURCE = 5_000_000  # bytes of a source file, as `Tree` reads them
_NOT_ENTERED = frozenset({".git", "node_modules"})
_MAGIC = "*?[{"


@dataclass(frozen=True, kw_only=True)
class ReportMatch:
    """Paths relative to the workspace, sorted; and the patterns that no file matches.

    `over` counts the files past `MAX_FILES`; `is_whole` is False when not all was looked at.
    """

    files: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()
    surplus: int = 0
    is_whole: bool = True


class Workspace:
    """The folder of a job. Links are followed nowhere, as a pull request may hold them.

    `roots` are the same folder's names in other places, such as the host's for a container.
    """

    def __init__(self, folder: Path, roots: Sequence[str] = ()) -> None:
        self._folder = folder.resolve()
        self.roots = tuple(dict.fromkeys((*roots, str(folder), str(self._folder))))
        self._checkout = _checkout(self._folder)
        if self._checkout != self._folder:
            below = self._checkout.relative_to(self._folder)
            self.roots = (*(f"{root}/{below}" for root in self.roots), *self.roots)

    def match(self, patterns: Sequence[str]) -> ReportMatch:
        """Return the files that the patterns mean, counted from the workspace's root."""
        root_patterns = [self._from_root(pattern) for pattern in patterns]
        entries = _Entries(self._folder)
        paths: set[str] = set()
        misses = []
        for pattern, original in zip(root_patterns, patterns, strict=True):
            if pattern.startswith("!"):
                continue
            glob = compile_glob(pattern)
            hits = [path for path in entries.below(pattern) if glob.fullmatch(path)]
            paths.update(hits)
            misses += [] if hits else [original]
        files = sorted(path for path in paths if any_matches(root_patterns, path))
        return ReportMatch(
            files=tuple(files[:MAX_FILES]),
            misses=tuple(misses),
            surplus=max(0, len(files) - MAX_FILES),
            is_whole=entries.left > 0,
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
        """Return a file of the checkout as it lies there, None where it does not."""
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

    def _from_root(self, pattern: str) -> str:
        """Return the pattern as `any_matches` counts it from the root: with a leading slash."""
        minus = "!" if pattern.startswith("!") else ""
        plain = pattern.removeprefix("!").removeprefix("./")
        root = next((root for root in self.roots if plain.startswith(f"{root}/")), "")
        plain = plain.removeprefix(root)
        return f"{minus}/{plain.lstrip('/')}{'**' if plain.endswith('/') else ''}"


class _Entry(NamedTuple):
    """What is kept of an entry when its folder is closed."""

    name: str
    is_file: bool
    is_folder: bool


class _Entries:
    """The files below folders, each folder read once, links not entered."""

    def __init__(self, root: Path) -> None:
        self._root = SafeFolder(root)
        self.left = _MAX_ENTRIES

    def below(self, pattern: str) -> Iterator[str]:
        """Yield the files in the folder that a pattern begins with, as deep as it reaches."""
        parts = pattern.strip("/").split("/")
        prefix = list(takewhile(lambda part: not any(sign in part for sign in _MAGIC), parts[:-1]))
        rest = parts[len(prefix) :]
        deep = len(rest) if "**" not in pattern and "{" not in pattern else 100
        folder = "/".join(prefix)
        yield from self._walk(folder, deep)

    def _walk(self, folder: str, deep: int) -> Iterator[str]:
        folders = [(folder, deep)]
        while folders and self.left > 0:
            folder_path, depth = folders.pop()
            for entry in self._list(folder_path):
                self.left -= 1
                path = f"{folder_path}/{entry.name}" if folder_path else entry.name
                if not _is_text(entry.name):
                    continue  # no pattern can name it, and no message
                if entry.is_file:
                    yield path
                elif depth > 1 and entry.is_folder and entry.name not in _NOT_ENTERED:
                    folders.append((path, depth - 1))

    def _list(self, folder: str) -> list[_Entry]:
        try:
            with self._root.entries(PurePath(folder)) as entries:
                return [
                    _Entry(
                        entry.name,
                        entry.is_file(follow_symlinks=False),
                        entry.is_dir(follow_symlinks=False),
                    )
                    for entry in entries
                ]
        except (OSError, ValueError):
            return []


def _is_text(name: str) -> bool:
    """False for bytes that are not UTF-8, which Python shows as lone surrogates."""
    return not any("\ud800" <= char <= "\udfff" for char in name)


def _checkout(workspace: Path) -> Path:
    """Return where the repository lies: the workspace, or the one folder in it that holds git."""
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
