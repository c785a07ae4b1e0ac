"""Context recall: did a known finding's lines, and what it needs besides, reach a prompt?"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from codeflow_action.engine.diff import Side
from codeflow_action.evaluation.dataset import Known, Need, Place
from codeflow_action.evaluation.shown import Reading

type Contents = Mapping[str, tuple[str, ...]]  # lines by path; a file that is not there is missing


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How much of one finding could be read.

    `lines` are those that are not blank; 0 where the dataset names lines that do not exist, and
    such a finding says nothing about the reviewer. `tokens` are of the prompts with its lines.
    """

    lines: int
    shown: int
    tokens: int
    needs: tuple[bool, ...] = ()

    @property
    def is_whole(self) -> bool:
        """True when every line could be read."""
        return 0 < self.lines == self.shown


def find_reach(
    known: Known, readings: Sequence[Reading], head: Contents, before: Contents
) -> Reach:
    """Return what the prompts show of the finding. `before` is the version at the merge-base."""
    needs = tuple(_is_met(need, known, readings, head) for need in known.needs)
    if known.lines is None:
        there = [one for one in readings if any(row.is_of(known.path) for row in one.rows)]
        tokens = sum(one.tokens for one in there)
        return Reach(lines=1, shown=int(bool(there)), tokens=tokens, needs=needs)
    side = head if known.side is Side.RIGHT else before
    wanted = list(_lines(side.get(known.path, ()), *known.lines))
    found = [
        {number for number, text in wanted if _shows(reading, known, number, text)}
        for reading in readings
    ]
    return Reach(
        lines=len(wanted),
        shown=len(set().union(*found)),
        tokens=sum(one.tokens for one, lines in zip(readings, found, strict=True) if lines),
        needs=needs,
    )


def _lines(lines: Sequence[str], first: int, last: int) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, or else those there are."""
    there = list(enumerate(lines[first - 1 : last], start=first))
    yield from [one for one in there if one[1].strip()] or there


def _shows(reading: Reading, known: Known, number: int, text: str) -> bool:
    if known.side is Side.RIGHT:
        return reading.head_line(known.path, number, text)
    return reading.old_line(known.path, text)


def _is_met(need: Need, known: Known, readings: Sequence[Reading], head: Contents) -> bool:
    if need.places:
        return any(_place_is_shown(place, readings, head) for place in need.places)
    word = re.compile(rf"(?<!\w){re.escape(need.name)}(?!\w)")
    first, last = known.lines or (0, 0)
    return any(
        row.is_unchanged
        and word.search(row.code)
        and not (row.is_of(known.path) and first <= (row.number or 0) <= last)
        for reading in readings
        for row in reading.rows
    )


def _place_is_shown(place: Place, readings: Sequence[Reading], head: Contents) -> bool:
    wanted = list(_lines(head.get(place.path, ()), *place.lines))
    return bool(wanted) and all(
        any(reading.head_line(place.path, number, text) for reading in readings)
        for number, text in wanted
    )
