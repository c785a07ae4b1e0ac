"""Reads what `git diff` writes: files from `--raw -z`, hunks from the patch."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from codeflow_action.engine.diff import DiffSyntaxError, parse_hunks
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.pull_request import ChangedFile, FileKind, FileStatus, Gap
from codeflow_action.integrations.git_tree import shown_path

_STATUS = {
    "A": FileStatus.ADDED,
    "M": FileStatus.MODIFIED,
    "D": FileStatus.REMOVED,
    "R": FileStatus.RENAMED,
    "C": FileStatus.COPIED,
    "T": FileStatus.TYPE_CHANGED,
}
_KIND = {"120000": FileKind.SYMLINK, "160000": FileKind.SUBMODULE}
_NO_MODE = "000000"
_MADE_EXECUTABLE = ("100644", "100755")
_MAX_PATCH = 20_000_000  # characters of one file's diff


class RawEntry(NamedTuple):
    """One record of `--raw -z`: modes and object names before and after, and one or two paths."""

    old_mode: str
    new_mode: str
    old: str
    new: str
    letter: str
    paths: tuple[bytes, ...]


def raw_entries(raw: bytes) -> Iterator[RawEntry]:
    """Read `:mode mode sha sha status NUL path NUL [path NUL]` (git-diff-tree, raw output).

    A path may begin as a record does, so paths are counted, never told by their looks.
    """
    fields = iter(raw.split(b"\0"))
    for header in fields:
        if not header.startswith(b":"):
            continue
        old_mode, new_mode, old, new, status = header[1:].decode("ascii").split(" ")
        count = 2 if status[0] in "RC" else 1
        paths = tuple(next(fields) for _ in range(count))
        yield RawEntry(old_mode, new_mode, old, new, status[0], paths)


def changed_file(entry: RawEntry) -> ChangedFile:
    """Return the file without its hunks."""
    mode = entry.old_mode if entry.new_mode == _NO_MODE else entry.new_mode
    return ChangedFile(
        path=shown_path(entry.paths[-1]),
        previous_path=shown_path(entry.paths[0]) if len(entry.paths) > 1 else None,
        status=_STATUS.get(entry.letter, FileStatus.MODIFIED),
        kind=_KIND.get(mode, FileKind.REGULAR),
        made_executable=(entry.old_mode, entry.new_mode) == _MADE_EXECUTABLE,
    )


def join(entries: Sequence[ChangedFile], patch: bytes) -> tuple[ChangedFile, ...]:
    """Give each entry its hunks; a patch that does not line up leaves gaps, never wrong hunks."""
    sections = list(_sections(patch.decode("utf-8", "replace")))
    count = sum(2 if entry.status is FileStatus.TYPE_CHANGED else 1 for entry in entries)
    if len(sections) != count:
        return tuple(replace(entry, gap=Gap.UNAVAILABLE) for entry in entries)
    files: list[ChangedFile] = []
    position = 0
    for entry in entries:
        if entry.status is FileStatus.TYPE_CHANGED:
            position += 1  # git writes a removal, then an addition, which holds what is there now
        files.append(_with_hunks(entry, sections[position]))
        position += 1
    return tuple(files)


_HEADER = "diff --git "
_COUNTS = regex(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


def _sections(patch: str) -> Iterator[str]:
    """Split a patch into files; inside a hunk its counts say what is content, not its looks."""
    start: int | None = None
    position = old = new = 0
    while position < len(patch):
        end = patch.find("\n", position)
        end = len(patch) if end < 0 else end
        mark = patch[position : position + 1]
        if old > 0 or new > 0:
            old -= mark in ("-", " ", "")
            new -= mark in ("+", " ", "")
        elif patch.startswith(_HEADER, position):
            if start is not None:
                yield patch[start:position]
            start = position
        elif mark == "@" and (counts := _COUNTS.match(patch, position)):
            old, new = int(counts[1] or 1), int(counts[2] or 1)
        position = end + 1
    if start is not None:
        yield patch[start:]


def _with_hunks(entry: ChangedFile, section: str) -> ChangedFile:
    if entry.kind is FileKind.SUBMODULE:
        return entry
    if len(section) > _MAX_PATCH:
        return replace(entry, gap=Gap.TOO_LARGE)
    head, hunks, _ = section.partition("\n@@ -")
    if not hunks:
        binary = "\nBinary files " in head or "\nGIT binary patch" in head
        return replace(entry, gap=Gap.BINARY) if binary else entry
    try:
        return replace(entry, hunks=parse_hunks(section))
    except DiffSyntaxError:
        return replace(entry, gap=Gap.UNAVAILABLE)
