"""Unified diff text to hunks and lines, and which lines may carry a review comment.

Paths are never read from diff text: they come from `git diff --raw -z` or from GitHub's API, and
only the hunks of one file are parsed here. Lines end at LF alone: a CR, form feed, NEL or U+2028
inside a line belongs to the line.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from codeflow_action.engine.lazy import regex

_HUNK = regex(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)", re.DOTALL)


class LineKind(StrEnum):
    """What a diff says of a line."""

    ADDED = "+"
    REMOVED = "-"
    CONTEXT = " "


class Side(StrEnum):
    """GitHub's word for which version of a file a line number counts in."""

    LEFT = "LEFT"
    RIGHT = "RIGHT"


class DiffLine(NamedTuple):
    """One line of a hunk. `old` and `new` are 1-based line numbers, None where it has none."""

    kind: LineKind
    old: int | None
    new: int | None
    text: str


class Hunk(NamedTuple):
    """A run of changed lines with their context; starts are 1-based, 0 for an empty side."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    section: str
    lines: tuple[DiffLine, ...]

    @property
    def added(self) -> Iterator[DiffLine]:
        """The lines that the new version has and the old one lacks."""
        return (line for line in self.lines if line.kind is LineKind.ADDED)

    @property
    def removed(self) -> Iterator[DiffLine]:
        """The lines that the old version has and the new one lacks."""
        return (line for line in self.lines if line.kind is LineKind.REMOVED)

    def holds(self, line: int, side: Side) -> bool:
        """True when a review comment may stand at `line` of `side`, by GitHub's rules.

        RIGHT takes added and context lines by new number, LEFT removed and context lines by old
        number (GitHub REST: pulls/create-review).
        """
        if side is Side.RIGHT:
            return self.new_start <= line < self.new_start + self.new_count
        return self.old_start <= line < self.old_start + self.old_count


class DiffSyntaxError(ValueError):
    """Text that claims to be hunks of a unified diff and is not."""


def parse_hunks(patch: str) -> tuple[Hunk, ...]:
    r"""Return the hunks of one file's patch.

    Whatever precedes the first `@@` (git's file header) is skipped. `\ No newline at end of file`
    is no line. Raises `DiffSyntaxError` where a hunk is cut short or holds a foreign line.
    """
    lines = patch.split("\n")
    hunks: list[Hunk] = []
    position = 0
    while position < len(lines):
        match = _HUNK.match(lines[position]) if lines[position].startswith("@@ -") else None
        position += 1
        if match is None:
            continue
        body, position = _hunk_body(lines, position, match)
        old, old_count, new, new_count = _ranges(match)
        hunks.append(Hunk(old, old_count, new, new_count, match[5].rstrip("\r"), body))
    return tuple(hunks)


def _ranges(match: re.Match[str]) -> tuple[int, int, int, int]:
    old, old_count, new, new_count, _ = match.groups()
    return int(old), int(old_count or 1), int(new), int(new_count or 1)


def _hunk_body(
    lines: Sequence[str], position: int, match: re.Match[str]
) -> tuple[tuple[DiffLine, ...], int]:
    """Read as many lines as the header promises: a `-- ` line may be content, never a header."""
    old, old_left, new, new_left = _ranges(match)
    body: list[DiffLine] = []
    while old_left or new_left:
        if position >= len(lines) or (position == len(lines) - 1 and not lines[position]):
            raise DiffSyntaxError(f"hunk {match[0][:60]!r} ends before its last line")
        mark, text = lines[position][:1], lines[position][1:]
        position += 1
        if mark == "+":
            body.append(DiffLine(LineKind.ADDED, None, new, text))
            new, new_left = new + 1, new_left - 1
        elif mark == "-":
            body.append(DiffLine(LineKind.REMOVED, old, None, text))
            old, old_left = old + 1, old_left - 1
        elif mark in (" ", ""):
            body.append(DiffLine(LineKind.CONTEXT, old, new, text))
            old, new = old + 1, new + 1
            old_left, new_left = old_left - 1, new_left - 1
        elif mark != "\\":
            raise DiffSyntaxError(f"hunk {match[0][:60]!r} holds a line that starts with {mark!r}")
        if old_left < 0 or new_left < 0:
            raise DiffSyntaxError(f"hunk {match[0][:60]!r} holds more lines than it promises")
    return tuple(body), position


def commentable(
    hunks: Sequence[Hunk], line: int, side: Side, start_line: int | None = None
) -> bool:
    """True when GitHub takes a comment on `start_line..line` of `side`.

    Both ends must lie in the same hunk and `start_line` must be less than `line`
    (GitHub REST: pulls/create-review; one bad comment rejects the whole review).
    """
    if start_line is not None and start_line >= line:
        return False
    hunk = hunk_at(hunks, line, side)
    return hunk is not None and (start_line is None or hunk.holds(start_line, side))


def hunk_at(hunks: Sequence[Hunk], line: int, side: Side) -> Hunk | None:
    """Return the hunk that holds the line; hunks are in their order, so few are looked at."""

    def start(hunk: Hunk) -> int:
        return hunk.new_start if side is Side.RIGHT else hunk.old_start

    after = bisect_right(hunks, line, key=start)
    # One without lines on this side starts at the last line of the one before it.
    near = hunks[max(0, after - 2) : after]
    return next((hunk for hunk in near if hunk.holds(line, side)), None)
