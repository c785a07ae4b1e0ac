"""From the lines of one version of a file to those of another, in time that grows with its size.

A linter in a workflow sees the merge of a pull request; comments stand on its head.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class LineMap:
    """Lines that both versions hold, by number in each, rising; `old` is None where all are.

    Numbers are 1-based. `count` is of the newer version's lines.
    """

    old: tuple[int, ...] | None
    new: tuple[int, ...] = ()
    count: int

    def at(self, line: int) -> int | None:
        """Return the line's number in the newer version, None where it is not there."""
        there = self.span(line, line)
        return there[0] if there else None

    def span(self, first: int, last: int) -> tuple[int, int] | None:
        """Return the stretch from the first to the last line that is still there."""
        if self.old is None:
            first, last = max(first, 1), min(last, self.count)
            return (first, last) if first <= last else None
        start, end = bisect_left(self.old, first), bisect_right(self.old, last)
        return (self.new[start], self.new[end - 1]) if start < end else None


def map_lines(old: bytes, new: bytes) -> LineMap:
    """Return where the lines of `old` are in `new`. A CR at a line's end makes no difference."""
    before, after = split(old), split(new)
    if before == after:
        return LineMap(old=None, count=len(after))
    pairs = sorted(_pairs(before, after).items())
    return LineMap(
        old=tuple(at + 1 for at, _ in pairs),
        new=tuple(to + 1 for _, to in pairs),
        count=len(after),
    )


def split(content: bytes) -> list[bytes]:
    """Return the lines as git counts them."""
    lines = [line.removesuffix(b"\r") for line in content.split(b"\n")]
    return lines if lines[-1] else lines[:-1]


def _pairs(before: Sequence[bytes], after: Sequence[bytes]) -> dict[int, int]:
    """Pair equal lines: at both ends, and around those that each version holds once.

    So begins patience diff (Bram Cohen). What it would find by looking closer is left out: that
    costs a place, and never gives one with another text.
    """
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for at, to in [(-1, -1), *_anchors(before, after), (len(before), len(after))]:
        for start, step in ((-1, -1), (0, 1), (1, 1)):
            here, there = at + start, to + start
            while _are_equal(before, after, here, there):
                if here in pairs or there in taken:
                    break
                pairs[here] = there
                taken.add(there)
                here, there = here + step, there + step
    return pairs


def _are_equal(before: Sequence[bytes], after: Sequence[bytes], at: int, to: int) -> bool:
    return 0 <= at < len(before) and 0 <= to < len(after) and before[at] == after[to]


def _anchors(before: Sequence[bytes], after: Sequence[bytes]) -> list[tuple[int, int]]:
    """Return the longest rising row of lines that each version holds exactly once."""
    times, once = Counter(before), Counter(after)
    where = {line: to for to, line in enumerate(after) if once[line] == 1}
    both = [
        (at, where[line]) for at, line in enumerate(before) if times[line] == 1 and line in where
    ]
    tails: list[int] = []  # the smallest last place of a row of each length
    ends: list[int] = []  # and which pair that is
    behind: list[int] = []
    for number, (_, to) in enumerate(both):
        length = bisect_left(tails, to)
        behind.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [to]
        ends[length : length + 1] = [number]
    row = []
    number = ends[-1] if ends else -1
    while number >= 0:
        row.append(both[number])
        number = behind[number]
    return row[::-1]
