"""Where a quote stands: a finding is placed by the code it quotes, never by a line number.

The steps, each tried only when the one before found nothing: the same lines; the same lines but
for white space; part of a single line that occurs once. What is found nowhere is dropped.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from codeflow_action.engine.diff import Hunk, LineKind, Side, commentable
from codeflow_action.review.units import Source, split_lines

_GUTTER = re.compile(r"^[-+ ] +\d* \| ?")
_MIN_PART = 4  # characters; shorter parts of a line say nothing about where


class Match(StrEnum):
    """How the quote was found."""

    EXACT = "exact"
    WHITESPACE = "whitespace"
    PART = "part"


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A place in a file: 1-based lines, both included, of one side, with the code that is there.

    `in_diff` is True when GitHub takes a comment there; `on_change` when a line of it changed.
    """

    line: int
    end_line: int
    side: Side
    code: str
    match: Match
    in_diff: bool
    on_change: bool


def find_anchor(source: Source, quote: str, side: Side) -> Anchor | None:
    """Return where `quote` stands in the file, None when it is not there.

    Of several places the one on changed lines wins, then the one inside the diff, then the first.
    A quote that is not at head is looked for among the removed lines, and the other way round.
    """
    wanted = _quoted_lines(quote)
    if not wanted:
        return None
    sides = (side, Side.LEFT if side is Side.RIGHT else Side.RIGHT)
    for one in sides:
        for match, found in _searches(_numbered(source, one), wanted):
            places = [_anchor(source, one, match, place) for place in found]
            if match is Match.PART and len(places) != 1:
                continue
            if places:
                return max(places, key=lambda place: (place.on_change, place.in_diff, -place.line))
    return None


type _Numbered = Sequence[tuple[int, str]]


def _quoted_lines(quote: str) -> tuple[str, ...]:
    """Return the quote's lines without blank ones around it, and without our line numbers."""
    lines = [line.rstrip() for line in split_lines(quote)] if quote else []
    if lines and all(_GUTTER.match(line) or not line for line in lines):
        lines = [_GUTTER.sub("", line) for line in lines]
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return tuple(lines)


def _numbered(source: Source, side: Side) -> _Numbered:
    """Return the side's lines with their numbers: all of head, but only removed ones of base."""
    if side is Side.RIGHT:
        return list(enumerate(source.lines, start=1))
    return [
        (line.old, line.text.removesuffix("\r"))
        for hunk in source.file.hunks
        for line in hunk.lines
        if line.kind is LineKind.REMOVED and line.old is not None
    ]


type _Place = Sequence[tuple[int, str]]


def _searches(lines: _Numbered, wanted: Sequence[str]) -> list[tuple[Match, list[_Place]]]:
    return [
        (Match.EXACT, _runs(lines, wanted, str.rstrip)),
        (Match.WHITESPACE, _runs(lines, wanted, _squeezed)),
        (Match.PART, _parts(lines, wanted)),
    ]


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _runs(lines: _Numbered, wanted: Sequence[str], key: Callable[[str], str]) -> list[_Place]:
    """Return every run of consecutive lines that equals the wanted ones under `key`."""
    target = [key(line) for line in wanted]
    keyed = [key(text) for _, text in lines]
    size = len(target)
    return [
        lines[at : at + size]
        for at in range(len(lines) - size + 1)
        if keyed[at] == target[0]
        and keyed[at : at + size] == target
        and lines[at + size - 1][0] - lines[at][0] == size - 1
    ]


def _parts(lines: _Numbered, wanted: Sequence[str]) -> list[_Place]:
    """Return the lines that contain a wanted single line."""
    part = _squeezed(wanted[0])
    if len(wanted) > 1 or len(part) < _MIN_PART:
        return []
    return [lines[at : at + 1] for at in range(len(lines)) if part in _squeezed(lines[at][1])]


def _anchor(source: Source, side: Side, match: Match, place: _Place) -> Anchor:
    first, last = place[0][0], place[-1][0]
    hunks = source.file.hunks
    changed = source.file.added_lines if side is Side.RIGHT else source.file.removed_lines
    return Anchor(
        line=first,
        end_line=last,
        side=side,
        code="\n".join(text for _, text in place),
        match=match,
        in_diff=_in_diff(hunks, first, last, side),
        on_change=any(number in changed for number in range(first, last + 1)),
    )


def _in_diff(hunks: Sequence[Hunk], first: int, last: int, side: Side) -> bool:
    return commentable(hunks, last, side, first if first < last else None)
