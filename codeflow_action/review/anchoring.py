"""Where a quote stands: a finding is placed by the code it quotes, a line number only helps.

The steps: the same lines; the same lines but for white space; the same with lines left out where
the quote says `...`; part of lines; lines at the given number that are nearly the same; one of its
lines where that number points. What is of the file but of no one place in it is about the file.
What is found nowhere is dropped.

Every line of a hunk may carry a comment, the unchanged ones too: so a quote of lines next to the
change is a place, and one of lines that the diff does not show is none.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import cached_property, partial
from itertools import pairwise

from codeflow_action.engine.diff import Side, commentable, hunk_at
from codeflow_action.engine.lazy import dataclass
from codeflow_action.review.bent_quotes import likest_span, plain
from codeflow_action.review.quotes import Lines, QuoteReading, readings, stretches, without_spaces
from codeflow_action.review.units import SourceFile
from codeflow_action.review.widening import head_start

_MIN_PART = 4  # characters; shorter parts of a line say nothing about where
_NEAR = 3  # lines that a model may be off by


class QuoteMatch(StrEnum):
    """How the quote was found, surest first."""

    EXACT = "exact"
    WHITESPACE = "whitespace"
    ELIDED = "elided"
    PART = "part"
    BENT = "bent"
    HINT = "hint"

    @property
    def is_whole(self) -> bool:
        """True when the place is all of the quoted lines and nothing else."""
        return self in (QuoteMatch.EXACT, QuoteMatch.WHITESPACE)


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A place in a file: 1-based lines, both included, of one side, with the code that is there.

    `in_diff` is True when GitHub takes a comment there; `on_change` when a line of it changed.
    `is_clipped` is True when the quote goes on beyond the hunk: the place is what the diff shows.
    """

    line: int
    end_line: int
    side: Side
    code: str
    match: QuoteMatch
    in_diff: bool
    on_change: bool
    is_clipped: bool = False


@dataclass(frozen=True, kw_only=True)
class WholeFile:
    """The quote is of the change, but not of one place in it.

    `code` is what was found of it, and `lines` where it begins, when that is in several places.
    """

    side: Side
    code: str
    lines: tuple[int, ...] = ()


def find_anchor(
    source: SourceFile, quote: str, side: Side, line: int | None = None
) -> Anchor | WholeFile | None:
    """Return where `quote` stands in the file, None when it is not there.

    `line` is the line at head that a model says, or the one that it stands before for a removed
    line; the quote's own numbers are believed first. Of several places the one at that line wins,
    then those in the diff, then those on the asked side, then the surest match; then the nearest
    to that line, or without one the only place on changed lines. So a quote that the diff does not
    show at head is looked for among the removed lines too, and the other way round. A changed line
    that is named and nearly says it comes before the same code elsewhere that did not change.
    """
    search = _Search(source, side, line)
    quote_readings = tuple(readings(quote))

    def first[Place: Anchor | WholeFile](
        step: Callable[[QuoteReading], Place | None],
    ) -> Place | None:
        return next(filter(None, map(step, quote_readings)), None)

    whole = first(search.whole)
    if whole is not None and not search.is_elsewhere(whole):
        return whole
    named = first(partial(search.named, only_changed=whole is not None))
    return named or whole or first(search.partly)


class _SideText:
    """One side's lines with their numbers: all of head, but of base what the diff shows."""

    def __init__(self, source: SourceFile, side: Side) -> None:
        at_head = side is Side.RIGHT
        self.side = side
        self.lines = source.lines if at_head else tuple(source.old.values())
        self.stripped_lines = tuple(line.rstrip() for line in self.lines)
        self.numbers = range(1, len(self.lines) + 1) if at_head else tuple(source.old)
        self.changed_lines = source.file.added_lines if at_head else source.file.removed_lines
        self._hunks = source.file.hunks

    @cached_property
    def squeezed_lines(self) -> tuple[str, ...]:
        return tuple(without_spaces(line) for line in self.lines)

    @cached_property
    def diff_indexes(self) -> tuple[int, ...]:
        """The indexes of the lines that the diff shows; of base only what it removes."""
        return tuple(
            index
            for index, number in enumerate(self.numbers)
            if (self.side is Side.RIGHT or number in self.changed_lines)
            and commentable(self._hunks, number, self.side)
        )

    @cached_property
    def plain_diff_lines(self) -> tuple[str, ...]:
        return tuple(plain(self.lines[index]) for index in self.diff_indexes)

    def follow(self, start: int, stop: int) -> bool:
        """True when the lines from `start` to before `stop` follow each other in the file."""
        return self.numbers[stop - 1] - self.numbers[start] == stop - 1 - start


type _Span = tuple[int, int]  # of indexes of a `_SideText`, the second not included


def _spans_by_match(
    text: _SideText, quoted_lines: Lines
) -> Iterator[tuple[QuoteMatch, Sequence[_Span]]]:
    yield (
        QuoteMatch.EXACT,
        _equal_spans(text, text.stripped_lines, [line.rstrip() for line in quoted_lines]),
    )
    target = [without_spaces(line) for line in quoted_lines]
    yield QuoteMatch.WHITESPACE, _equal_spans(text, text.squeezed_lines, target)
    yield QuoteMatch.ELIDED, _elided_spans(text, stretches(quoted_lines))
    yield QuoteMatch.PART, _partial_spans(text, target)


def _equal_spans(text: _SideText, keys: Sequence[str], target: Sequence[str]) -> list[_Span]:
    """Return every run of consecutive lines that equals the target."""
    size = len(target)
    return [
        (start, start + size)
        for start in range(len(keys) - size + 1)
        if keys[start] == target[0]
        and tuple(keys[start : start + size]) == tuple(target)
        and text.follow(start, start + size)
    ]


def _elided_spans(text: _SideText, quoted_stretches: Sequence[Lines]) -> list[_Span]:
    """Return the shortest spans that hold all stretches in their order."""
    if not quoted_stretches:
        return []
    first_runs, *later_runs = [
        _equal_spans(text, text.squeezed_lines, [without_spaces(line) for line in stretch])
        for stretch in quoted_stretches
    ]
    shortest: dict[int, int] = {}
    for start, end in first_runs:
        stop = end
        for runs in later_runs:
            index = bisect_left(runs, (stop, 0)) if stop else len(runs)
            stop = runs[index][1] if index < len(runs) else 0
        if stop and text.follow(start, stop):
            shortest[stop] = start
    return [(start, stop) for stop, start in shortest.items()]


def _partial_spans(text: _SideText, target: Sequence[str]) -> list[_Span]:
    """Return the runs that hold the target, where it begins or ends within a line."""
    if len("".join(target)) < _MIN_PART:
        return []
    keys, size = text.squeezed_lines, len(target)
    first, middle, last = target[0], tuple(target[1:-1]), target[-1]
    if size == 1:
        return [(start, start + 1) for start, key in enumerate(keys) if first in key]
    return [
        (start, start + size)
        for start in range(len(keys) - size + 1)
        if keys[start].endswith(first)
        and keys[start + size - 1].startswith(last)
        and keys[start + 1 : start + size - 1] == middle
        and text.follow(start, start + size)
    ]


class _Search:
    """One quote's search in one file."""

    def __init__(self, source: SourceFile, side: Side, line: int | None) -> None:
        self._file = source.file
        self._line = line
        self._texts = tuple(
            _SideText(source, searched_side)
            for searched_side in sorted(Side, key=lambda searched_side: searched_side is not side)
        )

    def whole(self, reading: QuoteReading) -> Anchor | WholeFile | None:
        """Return the best place of all the quoted lines, of those outside the diff the first."""
        hint = self._line if reading.line is None else reading.line
        unseen: list[Anchor] = []
        for text in self._texts:
            quoted_lines = reading.lines(text.side)
            for match, spans in _spans_by_match(text, quoted_lines) if quoted_lines else ():
                if match is QuoteMatch.PART and any(place.match.is_whole for place in unseen):
                    continue  # whole lines elsewhere say more than a part of one
                places = self._places(text, match, spans, hint)
                if anchor := self._choose(places, hint):
                    return anchor
                unseen.extend(places)
        if hint is not None and unseen:
            return self._nearest(unseen, hint)
        return unseen[0] if unseen else None

    def is_elsewhere(self, place: Anchor | WholeFile) -> bool:
        """True for unchanged code that is not where the model says."""
        hint = self._line
        if hint is None or not isinstance(place, Anchor) or place.on_change:
            return False
        return self._distance(place.side, place.line, place.end_line, hint) > _NEAR

    def named(self, reading: QuoteReading, *, only_changed: bool) -> Anchor | None:
        """Return the lines near the given one that say the same, or nearly.

        `only_changed` where the quote stands unchanged elsewhere: then the very line is meant, and
        it has to be a changed one.
        """
        hint = self._line if reading.line is None else reading.line
        if hint is None:
            return None
        reach = 0 if only_changed else _NEAR
        for text in self._texts:
            quoted_lines = reading.lines(text.side)
            if not quoted_lines:
                continue
            whole_spans = _spans_by_match(text, quoted_lines) if only_changed else ()
            bent_spans = self._bent_spans(text, quoted_lines, hint, only_changed=only_changed)
            for match, spans in (*whole_spans, (QuoteMatch.BENT, bent_spans)):
                at_hint = [
                    place
                    for place in self._places(text, match, spans, hint)
                    if place.in_diff
                    and (place.on_change or not only_changed)
                    and self._distance(place.side, place.line, place.end_line, hint) <= reach
                ]
                if at_hint:
                    return self._nearest(at_hint, hint)
        return None

    def _bent_spans(
        self, text: _SideText, quoted_lines: Lines, hint: int, *, only_changed: bool
    ) -> Sequence[_Span]:
        indexes = text.diff_indexes
        numbers = [text.numbers[index] for index in indexes]
        reach = 0 if only_changed else _NEAR
        span = likest_span(
            text.plain_diff_lines,
            quoted_lines,
            lambda at: self._distance(text.side, numbers[at], numbers[at], hint) <= reach,
            is_rival=lambda at: not only_changed or numbers[at] in text.changed_lines,
            gaps=frozenset(
                position
                for position, (before, index) in enumerate(pairwise(indexes), 1)
                if index != before + 1 or not text.follow(before, index + 1)
            ),
        )
        return [(indexes[span[0]], indexes[span[1] - 1] + 1)] if span else []

    def partly(self, reading: QuoteReading) -> Anchor | WholeFile | None:
        """Return what can be said when at least half of the quoted lines are in the diff.

        That is the one of them nearest to the given line, if it is in the hunk there.
        """
        hint = self._line if reading.line is None else reading.line
        hunks = self._file.hunks
        for text in self._texts:
            quoted_lines = {without_spaces(line) for line in reading.lines(text.side)}
            long_lines = {key for key in quoted_lines if len(key) >= _MIN_PART}
            indexes = [
                index for index in text.diff_indexes if text.squeezed_lines[index] in long_lines
            ]
            keys = {text.squeezed_lines[index] for index in indexes}
            if not indexes or 2 * len(keys) < len(long_lines):
                continue
            hunk = hunk_at(hunks, hint, Side.RIGHT) if hint is not None else None
            spans = [
                (index, index + 1)
                for index in indexes
                if hunk and hunk.holds(text.numbers[index], text.side)
            ]
            places = self._places(text, QuoteMatch.HINT, spans, hint)
            # A line that stands in several places is only a place where it was pointed to.
            if hint is not None:
                places = [
                    place
                    for place in places
                    if self._distance(place.side, place.line, place.end_line, hint) <= _NEAR
                    or len(indexes) == len(keys)
                ]
                if places:
                    return self._nearest(places, hint)
            code = "\n".join(text.lines[index] for index in indexes)
            return WholeFile(side=text.side, code=code)
        return None

    def _places(
        self, text: _SideText, match: QuoteMatch, spans: Sequence[_Span], hint: int | None
    ) -> list[Anchor]:
        """Return the spans as places; those of base are places where they touch a removed line."""
        places: list[Anchor] = []
        for start, stop in spans:
            numbers = text.numbers[start:stop]
            first, last = numbers[0], numbers[-1]
            changed_lines = [number for number in numbers if number in text.changed_lines]
            place = Anchor(
                line=first,
                end_line=last,
                side=text.side,
                code="\n".join(text.lines[start:stop]),
                match=match,
                in_diff=commentable(
                    self._file.hunks, last, text.side, first if first < last else None
                ),
                on_change=bool(changed_lines),
            )
            if changed_lines and not place.in_diff:
                place = self._clip(place, changed_lines, hint)
            if changed_lines or text.side is Side.RIGHT:
                places.append(place)
        return places

    def _clip(self, place: Anchor, changed_lines: Sequence[int], hint: int | None) -> Anchor:
        """Return what of the place lies in the hunk of a changed line of it, nearest the hint."""
        nearest = min(
            changed_lines, key=lambda line: self._distance(place.side, line, line, hint or 0)
        )
        hunk = hunk_at(self._file.hunks, nearest, place.side)
        if hunk is None:
            return place
        lines = range(place.line, place.end_line + 1)
        hunk_lines = [line for line in lines if hunk.holds(line, place.side)]
        code = place.code.split("\n")[hunk_lines[0] - place.line : hunk_lines[-1] - place.line + 1]
        return replace(
            place,
            line=hunk_lines[0],
            end_line=hunk_lines[-1],
            code="\n".join(code),
            in_diff=True,
            is_clipped=True,
        )

    def _choose(self, places: Sequence[Anchor], hint: int | None) -> Anchor | WholeFile | None:
        """Return the place that is meant, the file where that cannot be said, None without any."""
        in_diff = [place for place in places if place.in_diff]
        if hint is not None:
            at_hint = [
                place
                for place in places
                if place.match.is_whole
                and not self._distance(place.side, place.line, place.end_line, hint)
            ]
            if at_hint or in_diff:
                return self._nearest(at_hint or in_diff, hint)
        candidates = [place for place in in_diff if place.on_change] or in_diff
        if not candidates:
            return None
        first, *rest = candidates
        if not rest:
            return first
        lines = tuple(place.line for place in candidates)
        return WholeFile(side=first.side, code=first.code, lines=lines)

    def _nearest(self, places: Sequence[Anchor], hint: int) -> Anchor:
        return min(
            places,
            key=lambda place: (
                self._distance(place.side, place.line, place.end_line, hint),
                not place.on_change,
                place.line,
            ),
        )

    def _distance(self, side: Side, first: int, last: int, hint: int) -> int:
        """Return how many lines lie between a span and a line at head, 0 when it is inside."""
        if side is Side.LEFT:
            first, last = self._at_head.get(first, first), self._at_head.get(last, last)
        return max(first - hint, hint - last, 0)

    @cached_property
    def _at_head(self) -> dict[int, int]:
        """Where lines of base stand at head; removed ones, before which line they stood."""
        head_lines: dict[int, int] = {}
        for hunk in self._file.hunks:
            head_line = head_start(hunk)
            for line in hunk.lines:
                if line.old is not None:
                    head_lines[line.old] = head_line
                head_line += line.new is not None
        return head_lines
