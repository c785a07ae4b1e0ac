"""Compares two trees with git: paths from `--raw -z`, hunks from the patch, both within limits."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field, replace
from typing import NamedTuple

from codeflow_action.engine.errors import RepositoryError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.pull_request import ChangedFile, Gap
from codeflow_action.integrations.change_size import MAX_CHANGED
from codeflow_action.integrations.git import BIG_FILE, Git
from codeflow_action.integrations.git_tree import blob_sizes, shown_path
from codeflow_action.integrations.raw_diff import RawEntry, changed_file, join, raw_entries
from codeflow_action.security.untrusted import one_line

_NO_OBJECT = frozenset("0")
_SUBMODULE = "160000"
_DIFF = ("diff", "--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=dirty")
_RENAMES = 10.0  # seconds to look for renames, which compares contents; without them it is quick
_PATCHES = 15.0  # seconds to write all patches
_MAX_PATCHES = 48_000_000  # bytes of all diffs together
MAX_LINES = 600_000  # of all diffs together
_BATCH = 100  # files whose diffs are asked for at once where all are too much
_MAX_NAMES = 60_000  # bytes of their names


class Changeset(NamedTuple):
    """What changed, and why `files` is not all of it; empty when it is."""

    files: tuple[ChangedFile, ...]
    left_out: str = ""


@dataclass
class Comparison:
    """One comparison of two trees without the folders `left_out`. Raises `RepositoryError`.

    `max_lines` is how many lines of diff are read, of all files together.
    """

    git: Git
    base: str
    head: str
    left_out: Sequence[bytes] = ()
    max_lines: int = field(default=MAX_LINES, kw_only=True)
    _renames: str = field(default="-M", init=False)

    def change(self, bring: Callable[[Iterable[str]], None]) -> Changeset:
        """Return what changed; `bring` obtains the blobs that are needed for it, in one go."""
        if b"" in self.left_out:
            return Changeset((), _omission_note(self.left_out))
        bring(
            oid
            for entry in self._raw(renames="--no-renames")
            for mode, oid in ((entry.old_mode, entry.old), (entry.new_mode, entry.new))
            if mode != _SUBMODULE and set(oid) != _NO_OBJECT  # a submodule's blobs are not here
        )
        try:
            entries = self._raw(renames=self._renames, timeout=_RENAMES)
        except RepositoryError:  # too long, or too large to be compared in memory
            self._renames = "--no-renames"
            entries = self._raw(renames=self._renames)
        files: tuple[ChangedFile, ...] = ()
        if entries:
            try:
                patch = self._run("-p", self._renames, timeout=_PATCHES, paths=())
            except RepositoryError:
                patch = None
            if patch is None or patch.count(b"\n") > self.max_lines:
                files = self._piece_by_piece(entries)
            else:
                files = join([changed_file(entry) for entry in entries], patch)
        # Git calls two things binary: what is, and text that is too large to compare.
        binary = {file.path for file in files if file.gap is Gap.BINARY}
        oids = {shown_path(entry.paths[-1]): entry.new for entry in entries}
        sizes = blob_sizes(self.git, {oids[path] for path in binary})
        large = {path for path in binary if (sizes.get(oids[path]) or 0) > BIG_FILE}
        files = tuple(
            replace(file, gap=Gap.TOO_LARGE) if file.path in large else file for file in files
        )
        return Changeset(files, _omission_note(self.left_out))

    def _raw(
        self, *, renames: str, timeout: float | None = None, paths: Sequence[bytes] = ()
    ) -> list[RawEntry]:
        output = self._run("--raw", "-z", "--no-abbrev", renames, timeout=timeout, paths=paths)
        return list(raw_entries(output))

    def _run(self, *options: str, timeout: float | None, paths: Sequence[bytes]) -> bytes:
        """Run git where what is left out is not even entered."""
        without = [f":(exclude,literal){os.fsdecode(path)}" for path in self.left_out]
        only = [f":(literal){os.fsdecode(path)}" for path in paths] or (["."] if without else [])
        range_ = ("--end-of-options", self.base, self.head, "--", *only, *without)
        return self.git.run(
            *_DIFF, *options, *range_, timeout=timeout, limit=_MAX_PATCHES, literal=False
        )

    def _piece_by_piece(self, entries: Sequence[RawEntry]) -> tuple[ChangedFile, ...]:
        """Compare the smallest files first, as far as the limits reach; name what is left."""
        until = time.monotonic() + _PATCHES
        room, lines = _MAX_PATCHES, self.max_lines
        sections: dict[str, ChangedFile] = {}
        batches = list(self._batches(entries))[::-1]
        while batches and (seconds := until - time.monotonic()) > 0:
            batch = batches.pop()
            paths = [path for entry in batch for path in entry.paths]
            try:
                raw = self._raw(renames=self._renames, timeout=seconds, paths=paths)
                patch = self._run("-p", self._renames, timeout=seconds, paths=paths)
            except RepositoryError:
                raw, patch = [], b""
            if len(patch) <= room and patch.count(b"\n") <= lines and raw:
                room -= len(patch)
                lines -= patch.count(b"\n")
                pieces = join([changed_file(entry) for entry in raw], patch)
                sections |= {file.path: file for file in pieces}
            elif len(batch) > 1:
                middle = len(batch) // 2
                batches += (batch[middle:], batch[:middle])
        files = [changed_file(entry) for entry in entries]
        return tuple(sections.get(file.path) or replace(file, gap=Gap.TOO_LARGE) for file in files)

    def _batches(self, entries: Sequence[RawEntry]) -> Iterator[list[RawEntry]]:
        oids = {oid for entry in entries for oid in (entry.old, entry.new)}
        sizes = blob_sizes(self.git, oids)
        both_sizes = {
            entry: (sizes.get(entry.old) or 0) + (sizes.get(entry.new) or 0) for entry in entries
        }
        batch: list[RawEntry] = []
        total = names = 0
        for entry in sorted(entries, key=both_sizes.__getitem__):
            size, length = both_sizes[entry], sum(map(len, entry.paths))
            full = len(batch) == _BATCH or names + length > _MAX_NAMES
            if batch and (full or total + size > BIG_FILE):
                yield batch
                batch, total, names = [], 0, 0
            batch.append(entry)
            total, names = total + size, names + length
        if batch:
            yield batch


def _omission_note(left_out: Sequence[bytes]) -> str:
    if not left_out:
        return ""
    names = [f"{one_line(shown_path(path), 80)}/" for path in left_out[:5] if path]
    extra = f" and {len(left_out) - 5} more folders" if len(left_out) > 5 else ""
    rest = f"left out: {', '.join(names)}{extra}" if names else "none of it was looked at"
    return f"more than {MAX_CHANGED:,} files are changed; {rest}"
