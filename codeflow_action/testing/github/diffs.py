"""git's diff output to what GitHub tells of changed files. Pure: bytes in, values out.

Written apart from the product's own reader on purpose: a slip in one shows against the other.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from codeflow_action.testing.github.values import DiffSide

_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_NO_MODE = "000000"
_SUBMODULE = "160000"


@dataclass(frozen=True, kw_only=True)
class HunkRange:
    """The lines that one hunk spans on either side; counts may be 0."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int

    def holds(self, line: int, side: DiffSide) -> bool:
        """True when a review comment may stand at that line (GitHub REST: pulls/create-review)."""
        if side is DiffSide.RIGHT:
            return self.new_start <= line < self.new_start + self.new_count
        return self.old_start <= line < self.old_start + self.old_count


@dataclass(frozen=True, kw_only=True)
class DiffEntry:
    """One file of a comparison. `letter` is git's status; `patch` is None without text hunks."""

    path: str
    previous_path: str | None
    letter: str
    old_sha: str
    new_sha: str
    submodule: bool
    patch: str | None
    additions: int
    deletions: int
    hunks: tuple[HunkRange, ...]

    @property
    def status(self) -> str:
        """GitHub's word for what happened to the file (GitHub REST: diff-entry)."""
        words = {"A": "added", "D": "removed", "R": "renamed", "C": "copied"}
        return words.get(self.letter, "modified")

    @property
    def blob(self) -> str:
        """The blob that GitHub names: the new one, the old one of a removed file."""
        return self.old_sha if self.letter == "D" else self.new_sha

    @property
    def patch_lines(self) -> int:
        """How many lines the patch has, headers of hunks included."""
        return self.patch.count("\n") + 1 if self.patch else 0

    def hunk_of(self, line: int, side: DiffSide) -> HunkRange | None:
        """Return the hunk that a line of `side` is in."""
        return next((hunk for hunk in self.hunks if hunk.holds(line, side)), None)


@dataclass(frozen=True, kw_only=True)
class _Entry:
    path: str
    previous_path: str | None
    letter: str
    old_sha: str
    new_sha: str
    submodule: bool


def read_diff(raw: bytes, patch: bytes) -> tuple[DiffEntry, ...]:
    """Join the outputs of `git diff --raw -z --no-abbrev` and `git diff -p`, which agree in order.

    Raises `ValueError` where they do not.
    """
    entries = tuple(_entries(raw))
    sections = _sections(patch)
    needed = sum(2 if entry.letter == "T" else 1 for entry in entries)
    if needed != len(sections):
        raise ValueError(f"git listed {needed} changes and printed {len(sections)}")
    left = iter(sections)
    return tuple(_changed(entry, _body(entry, left)) for entry in entries)


def _body(entry: _Entry, sections: Iterator[bytes]) -> bytes:
    """Return a file's hunks; a change of type is printed as a removal and an addition."""
    bodies = [_hunks_part(next(sections)) for _ in range(2 if entry.letter == "T" else 1)]
    return b"\n".join(body for body in bodies if body)


def _entries(raw: bytes) -> Iterator[_Entry]:
    """Read `:mode mode sha sha status NUL path NUL [path NUL]` (git-diff-tree, raw output)."""
    fields = iter(raw.split(b"\0"))
    for header in fields:
        if not header:
            continue
        old_mode, new_mode, old_sha, new_sha, status = header[1:].decode("ascii").split(" ")
        first = name(next(fields))
        moved = status[0] in "RC"
        yield _Entry(
            path=name(next(fields)) if moved else first,
            previous_path=first if moved else None,
            letter=status[0],
            old_sha=old_sha,
            new_sha=new_sha,
            submodule=(old_mode if new_mode == _NO_MODE else new_mode) == _SUBMODULE,
        )


def name(raw: bytes) -> str:
    """Return a path as JSON can carry it."""
    return raw.decode("utf-8", "replace")


def _sections(patch: bytes) -> list[bytes]:
    """Cut a diff into files: no line inside a hunk starts with `diff --git`."""
    starts = [match.start() for match in re.finditer(rb"^diff --git ", patch, re.MULTILINE)]
    return [patch[start:end] for start, end in pairwise([*starts, len(patch)])]


def _hunks_part(section: bytes) -> bytes:
    match = re.search(rb"^@@ -", section, re.MULTILINE)
    return section[match.start() :].removesuffix(b"\n") if match else b""


def _changed(entry: _Entry, body: bytes) -> DiffEntry:
    lines = body.split(b"\n")
    return DiffEntry(
        path=entry.path,
        previous_path=entry.previous_path,
        letter=entry.letter,
        old_sha=entry.old_sha,
        new_sha=entry.new_sha,
        submodule=entry.submodule,
        patch=body.decode("utf-8", "replace") if body else None,
        additions=sum(line.startswith(b"+") for line in lines),
        deletions=sum(line.startswith(b"-") for line in lines),
        hunks=read_hunks(lines),
    )


def read_hunks(lines: Sequence[bytes]) -> tuple[HunkRange, ...]:
    """Return the ranges that the headers among these lines of hunks name."""
    matches = (_HUNK.match(line) for line in lines if line.startswith(b"@@ -"))
    return tuple(_hunk(match) for match in matches if match)


def _hunk(match: re.Match[bytes]) -> HunkRange:
    old_start, old_count, new_start, new_count = match.groups()
    return HunkRange(
        old_start=int(old_start),
        old_count=int(old_count or 1),
        new_start=int(new_start),
        new_count=int(new_count or 1),
    )


def moved_line(hunks: Sequence[HunkRange], line: int) -> int | None:
    """Return where an old line is in the new version; None when it was changed or removed.

    The hunks must be without context (`git diff --unified=0`).
    """
    shift = 0
    for hunk in hunks:
        first = hunk.old_start + (0 if hunk.old_count else 1)
        if line < first:
            break
        if line < first + hunk.old_count:
            return None
        shift += hunk.new_count - hunk.old_count
    return line + shift


def diff_hunk(patch: str, line: int, side: DiffSide) -> str:
    """Return a patch's hunk from its header down to the line, as GitHub quotes it."""
    taken: list[str] = []
    old = new = 0
    for text in patch.split("\n"):
        if match := _HUNK.match(text.encode("utf-8", "replace")):
            taken = [text]
            old, new = int(match[1]) - 1, int(match[3]) - 1
            continue
        taken.append(text)
        mark = text[:1]
        old += mark in ("-", " ", "")
        new += mark in ("+", " ", "")
        at, foreign = (new, "-") if side is DiffSide.RIGHT else (old, "+")
        if at == line and mark not in (foreign, "\\"):
            return "\n".join(taken)
    return "\n".join(taken)
