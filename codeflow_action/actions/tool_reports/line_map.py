"""From the lines of one version of a file to those of another, in time that grows with its size.

A linter in a workflow sees the merge of a pull request; comments stand on its head.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence

from codeflow_action.engine.lazy import dataclass


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
        span = self.span(line, line)
        return span[0] if span else None

    def span(self, first: int, last: int) -> tuple[int, int] | None:
        """Return the stretch from the first to the last line that is still there."""
        if self.old is None:
            first, last = max(first, 1), min(last, self.count)
            return (first, last) if first <= last else None
        start, end = bisect_left(self.old, first), bisect_right(self.old, last)
        return (self.new[start], self.new[end - 1]) if start < end else None


def map_lines(old: bytes, new: bytes) -> LineMap:
    """Return where the lines of `old` are in `new`. A CR at a line's end makes no difference."""
    before, after = split_lines(old), split_lines(new)
    if before == after:
        return LineMap(old=None, count=len(after))
    pairs = sorted(_pairs(before, after).items())
    return LineMap(
        old=tuple(old_index + 1 for old_index, _ in pairs),
        new=tuple(new_index + 1 for _, new_index in pairs),
        count=len(after),
    )


def split_lines(content: bytes) -> list[bytes]:
    """Return the lines as git counts them."""
    lines = [line.removesuffix(b"\r") for line in content.split(b"\n")]
    return lines if lines[-1] else lines[:-1]


def _pairs(before: Sequence[bytes], after: Sequence[bytes]) -> dict[int, int]:
    """Pair equal lines by index: at both ends, and around those that each version holds once.

    So begins patience diff (Bram Cohen). What it would find by looking closer is left out: that
    costs a place, and never gives one with another text.
    """
    pairs: dict[int, int] = {}
    partners: set[int] = set()
    ends = [(-1, -1), (len(before), len(after))]
    for old_anchor, new_anchor in [ends[0], *_anchors(before, after), ends[1]]:
        # Up from the line before the anchor, then down: the anchor itself, and what follows it.
        for start, step in ((-1, -1), (0, 1), (1, 1)):
            old, new = old_anchor + start, new_anchor + start
            while 0 <= old < len(before) and 0 <= new < len(after) and before[old] == after[new]:
                if old in pairs or new in partners:
                    break
                pairs[old] = new
                partners.add(new)
                old, new = old + step, new + step
    return pairs


def _anchors(before: Sequence[bytes], after: Sequence[bytes]) -> list[tuple[int, int]]:
    """Return the longest rising row of lines that each version holds exactly once.

    Patience sorting: in `tails` stands the smallest last place of a row of each length.
    """
    old_count, new_count = Counter(before), Counter(after)
    new_places = {line: new for new, line in enumerate(after) if new_count[line] == 1}
    common = [
        (old, new_places[line])
        for old, line in enumerate(before)
        if old_count[line] == 1 and line in new_places
    ]
    tails: list[int] = []
    ends: list[int] = []  # which pair each of them is
    predecessors: list[int] = []
    for number, (_, new) in enumerate(common):
        length = bisect_left(tails, new)
        predecessors.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [new]
        ends[length : length + 1] = [number]
    row = []
    number = ends[-1] if ends else -1
    while number >= 0:
        row.append(common[number])
        number = predecessors[number]
    return row[::-1]
