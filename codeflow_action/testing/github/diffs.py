"""Reads git's diff output into what GitHub says about changed files. Pure: bytes in, values out.

It is written apart from the engine's own reader on purpose: a mistake in one shows against the
other.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from codeflow_action.testing.github.values import DiffSide

# A count of 1 is left out (https://pubs.opengroup.org/onlinepubs/9699919799/utilities/diff.html).
_HUNK_HEADER = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_NO_MODE = "000000"  # the mode of a side on which the file does not exist
_SUBMODULE = "160000"


@dataclass(frozen=True, kw_only=True)
class HunkRange:
    """The lines that one hunk spans on either side; counts may be 0."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int

    def holds(self, line: int, side: DiffSide) -> bool:
        """True when a review comment may stand at that line; context lines count on both sides."""
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
    patch: str | None = None
    additions: int = 0
    deletions: int = 0
    hunks: tuple[HunkRange, ...] = ()

    @property
    def patch_lines(self) -> int:
        """How many lines the patch has, headers of hunks included."""
        return self.patch.count("\n") + 1 if self.patch else 0

    def hunk_of(self, line: int, side: DiffSide) -> HunkRange | None:
        """Return the hunk that a line of `side` is in."""
        return next((hunk for hunk in self.hunks if hunk.holds(line, side)), None)


def read_diff(raw: bytes, patch: bytes) -> tuple[DiffEntry, ...]:
    """Join the outputs of `git diff --raw -z --no-abbrev` and `git diff -p`, which agree in order.

    Raises `ValueError` where they do not.
    """
    entries = tuple(_read_raw(raw))
    # No line inside a hunk starts with `diff --git`: each begins with a sign or a backslash.
    starts = [match.start() for match in re.finditer(rb"^diff --git ", patch, re.MULTILINE)]
    sections = [patch[start:end] for start, end in pairwise([*starts, len(patch)])]
    # git prints a change of type (a file that becomes a link) as a removal and an addition.
    counts = [2 if entry.letter == "T" else 1 for entry in entries]
    if sum(counts) != len(sections):
        raise ValueError(f"git listed {sum(counts)} changes and printed {len(sections)}")
    unread_sections = iter(sections)
    files = []
    for entry, count in zip(entries, counts, strict=True):
        bodies = []
        for _ in range(count):
            section = next(unread_sections)
            if match := re.search(rb"^@@ -", section, re.MULTILINE):
                bodies.append(section[match.start() :].removesuffix(b"\n"))
        body = b"\n".join(bodies)
        lines = body.split(b"\n")
        files.append(
            replace(
                entry,
                patch=body.decode("utf-8", "replace") if body else None,
                additions=sum(line.startswith(b"+") for line in lines),
                deletions=sum(line.startswith(b"-") for line in lines),
                hunks=read_hunks(lines),
            )
        )
    return tuple(files)


def _read_raw(raw: bytes) -> Iterator[DiffEntry]:
    """Read `:mode mode sha sha status NUL path NUL [path NUL]`.

    The format is described in https://git-scm.com/docs/diff-format.
    """
    fields = iter(raw.split(b"\0"))
    for header in fields:
        if not header:
            continue
        old_mode, new_mode, old_sha, new_sha, status = header[1:].decode("ascii").split(" ")
        first_path = json_text(next(fields))
        has_two_paths = status[0] in "RC"
        yield DiffEntry(
            path=json_text(next(fields)) if has_two_paths else first_path,
            previous_path=first_path if has_two_paths else None,
            letter=status[0],  # a score follows for renames: `R097`
            old_sha=old_sha,
            new_sha=new_sha,
            submodule=(old_mode if new_mode == _NO_MODE else new_mode) == _SUBMODULE,
        )


def json_text(raw: bytes) -> str:
    """Return a path as JSON can carry it: git's paths are bytes, JSON's strings are not."""
    return raw.decode("utf-8", "replace")


def read_hunks(lines: Sequence[bytes]) -> tuple[HunkRange, ...]:
    """Return the ranges that the headers among these lines of hunks name."""
    matches = (_HUNK_HEADER.match(line) for line in lines if line.startswith(b"@@ -"))
    return tuple(
        HunkRange(
            old_start=int(match[1]),
            old_count=int(match[2] or 1),
            new_start=int(match[3]),
            new_count=int(match[4] or 1),
        )
        for match in matches
        if match
    )


def moved_line(hunks: Sequence[HunkRange], line: int) -> int | None:
    """Return where an old line is in the new version; None when it was changed or removed.

    The hunks must be without context (`git diff --unified=0`).
    """
    shift = 0
    for hunk in hunks:
        # A hunk that only adds starts at the line that it comes after.
        first = hunk.old_start + (0 if hunk.old_count else 1)
        if line < first:
            break
        if line < first + hunk.old_count:
            return None
        shift += hunk.new_count - hunk.old_count
    return line + shift


def diff_hunk(patch: str, line: int, side: DiffSide) -> str:
    """Return a patch's hunk from its header down to the line, as GitHub quotes it."""
    quote: list[str] = []
    old = new = 0
    for text in patch.split("\n"):
        if match := _HUNK_HEADER.match(text.encode("utf-8", "replace")):
            quote = [text]
            old, new = int(match[1]) - 1, int(match[3]) - 1
            continue
        quote.append(text)
        mark = text[:1]
        old += mark in ("-", " ", "")
        new += mark in ("+", " ", "")
        number, foreign_mark = (new, "-") if side is DiffSide.RIGHT else (old, "+")
        # A backslash begins `\ No newline at end of file`, which is a line of neither side.
        if number == line and mark not in (foreign_mark, "\\"):
            return "\n".join(quote)
    return "\n".join(quote)
