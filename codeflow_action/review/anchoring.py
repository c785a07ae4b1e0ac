"""Where a quote stands: a finding is placed by the code it quotes, never by a line number.

The steps: the same lines; the same lines but for white space; part of lines, where that part is
in one place only. Places that the diff shows come before all others. What is found nowhere is
dropped.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from codeflow_action.engine.diff import Side, commentable
from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.review.units import Source, split_lines

_GUTTER = re.compile(r"\s*[-+]? *\d* \|(?: |$)")
_MIN_PART = 4  # characters; shorter parts of a line say nothing about where


class Match(StrEnum):
    """How the quote was found, surest first."""

    EXACT = "exact"
    WHITESPACE = "whitespace"
    PART = "part"


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A place in a file: 1-based lines, both included, of one side, with the code that is there.

    `in_diff` is True when GitHub takes a comment there; `on_change` when a line of it changed.
    `clipped` is True when the quote goes on beyond the hunk: the place is what the diff shows.
    """

    line: int
    end_line: int
    side: Side
    code: str
    match: Match
    in_diff: bool
    on_change: bool
    clipped: bool = False


def find_anchor(source: Source, quote: str, side: Side) -> Anchor | None:
    """Return where `quote` stands in the file, None when it is not there.

    Of several places one in the diff wins, then one on the asked side, then the surest match, then
    one on changed lines, then the first. So a quote that the diff does not show at head is looked
    for among the removed lines too, and the other way round.
    """
    for wanted in _readings(quote):
        unseen: list[Anchor] = []
        for one in (side, Side.LEFT if side is Side.RIGHT else Side.RIGHT):
            for match, found in _searches(_numbered(source, one), wanted):
                if match is Match.PART and unseen and one is not side:
                    continue  # whole lines where they were said to be, against a part elsewhere
                places = [_anchor(source, one, match, lines) for lines in found]
                settled = _settled(match, places)
                if shown := [place for place in settled if place.in_diff]:
                    return max(shown, key=lambda place: (place.on_change, -place.line))
                unseen.extend(settled)
        if unseen:
            return unseen[0]
    return None


type _Numbered = Sequence[tuple[int, str]]


def _readings(quote: str) -> Iterator[tuple[str, ...]]:
    """Yield the quote's lines without blank ones around them, then without our line numbers.

    Code may look like our gutter (`  | 'left'` in a union type): as it stands comes first.
    """
    lines = _trimmed(split_lines(quote)) if quote else ()
    if lines:
        yield lines
    if lines and all(_GUTTER.match(line) or not line.strip() for line in lines):
        bare = _trimmed([_GUTTER.sub("", line, count=1) for line in lines])
        if bare:
            yield bare


def _trimmed(lines: Sequence[str]) -> tuple[str, ...]:
    filled = [at for at, line in enumerate(lines) if line.strip()]
    return tuple(lines[filled[0] : filled[-1] + 1]) if filled else ()


def _numbered(source: Source, side: Side) -> _Numbered:
    """Return the side's lines with their numbers: all of head, but of base what the diff shows."""
    if side is Side.RIGHT:
        return list(enumerate(source.lines, start=1))
    return list(source.old.items())


type _Place = Sequence[tuple[int, str]]


def _searches(lines: _Numbered, wanted: Sequence[str]) -> Iterator[tuple[Match, Sequence[_Place]]]:
    yield Match.EXACT, _runs(lines, wanted, str.rstrip)
    yield Match.WHITESPACE, _runs(lines, wanted, _squeezed)
    yield Match.PART, _parts(lines, wanted)


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _runs(lines: _Numbered, wanted: Sequence[str], key: Callable[[str], str]) -> list[_Place]:
    """Return every run of consecutive lines that equals the wanted ones under `key`."""
    target = [key(line) for line in wanted]
    keyed = [key(text) for _, text in lines]
    return [
        lines[at : at + len(target)]
        for at in _starts(lines, len(target))
        if keyed[at] == target[0] and keyed[at : at + len(target)] == target
    ]


def _parts(lines: _Numbered, wanted: Sequence[str]) -> list[_Place]:
    """Return the runs that hold the wanted text, where it begins or ends within a line."""
    target = [_squeezed(line) for line in wanted]
    if len("".join(target)) < _MIN_PART:
        return []
    keyed = [_squeezed(text) for _, text in lines]
    first, middle, last = target[0], target[1:-1], target[-1]
    size = len(target)
    if size == 1:
        return [lines[at : at + 1] for at, text in enumerate(keyed) if first in text]
    return [
        lines[at : at + size]
        for at in _starts(lines, size)
        if keyed[at].endswith(first)
        and keyed[at + size - 1].startswith(last)
        and keyed[at + 1 : at + size - 1] == middle
    ]


def _starts(lines: _Numbered, size: int) -> Iterator[int]:
    """Yield where runs of `size` lines begin whose numbers follow each other."""
    for at in range(len(lines) - size + 1):
        if lines[at + size - 1][0] - lines[at][0] == size - 1:
            yield at


def _settled(match: Match, places: Sequence[Anchor]) -> Sequence[Anchor]:
    """Return the places worth choosing from: those of base touch a removed line, a part is alone.

    A part that stands in several places is settled where one of them changed, or is in the diff.
    """
    places = [place for place in places if place.side is Side.RIGHT or place.on_change]
    if match is not Match.PART:
        return places
    for among in (
        [place for place in places if place.on_change],
        [place for place in places if place.in_diff],
        places,
    ):
        if among:
            return among if len(among) == 1 else ()
    return ()


def _anchor(source: Source, side: Side, match: Match, place: _Place) -> Anchor:
    first, last = place[0][0], place[-1][0]
    changed = _changed(source.file, side)
    whole = Anchor(
        line=first,
        end_line=last,
        side=side,
        code="\n".join(text for _, text in place),
        match=match,
        in_diff=_in_diff(source.file, first, last, side),
        on_change=any(number in changed for number in range(first, last + 1)),
    )
    return _clipped(source.file, whole) if whole.on_change and not whole.in_diff else whole


def _changed(file: ChangedFile, side: Side) -> frozenset[int]:
    return file.added_lines if side is Side.RIGHT else file.removed_lines


def _in_diff(file: ChangedFile, first: int, last: int, side: Side) -> bool:
    return commentable(file.hunks, last, side, first if first < last else None)


def _clipped(file: ChangedFile, anchor: Anchor) -> Anchor:
    """Return the part of the place that lies in the first hunk with a changed line of it."""
    changed = _changed(file, anchor.side)
    at = next(line for line in range(anchor.line, anchor.end_line + 1) if line in changed)
    hunk = next((one for one in file.hunks if one.holds(at, anchor.side)), None)
    if hunk is None:
        return anchor
    held = [
        line for line in range(anchor.line, anchor.end_line + 1) if hunk.holds(line, anchor.side)
    ]
    code = anchor.code.split("\n")[held[0] - anchor.line : held[-1] - anchor.line + 1]
    return replace(
        anchor,
        line=held[0],
        end_line=held[-1],
        code="\n".join(code),
        in_diff=True,
        clipped=True,
    )
