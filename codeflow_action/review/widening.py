"""Which lines of head are shown around each hunk: those of the function or class it stands in.

The widest definition around each of its changes is shown whole where that takes at most
`6 * context` lines beyond the hunk's. Where none is that small, up to `2 * context` lines are
shown, fewer when little changed: the innermost one's signature, the name line of the type around
it, and the nearest lines. What stands in no definition stays as the diff shows it: other lines of
a module, imports above all, say little about it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from codeflow_action.engine.diff import Hunk, LineKind
from codeflow_action.review.syntax import Definition, DefinitionKind, Syntax, indented_block

_WHOLE = 6  # times the context: a function is best understood whole
_MAX_SIGNATURE = 4  # lines; longer ones are parameter lists that the body speaks of again
_SMALL_GAP = 1  # lines; the mark for what is left out takes as much
_AROUND = frozenset(
    {
        DefinitionKind.FUNCTION,
        DefinitionKind.TYPE,
        DefinitionKind.EXTENSION,
        DefinitionKind.BLOCK,
        DefinitionKind.VALUE,
    }
)
_HOLDERS = frozenset({DefinitionKind.TYPE, DefinitionKind.EXTENSION})


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """What one unit shows: hunks by their place in the file's, and lines of head beside theirs."""

    hunks: tuple[int, ...]
    lines: frozenset[int]


def widen(
    hunks: Sequence[Hunk], lines: Sequence[str], syntax: Syntax | None, context: int
) -> tuple[Stretch, ...]:
    """Return the stretches of a file in order; none share a line or overlap.

    `lines` are all of head, `syntax` what their grammar says, None where there is none.
    """
    taken = {at for hunk in hunks for at in range(hunk.new_start, head_end(hunk) + 1)}
    shown: list[Stretch] = []
    for at, hunk in enumerate(hunks):
        around = _around(hunk, lines, syntax, _Room.beside(hunk, context)) if context else set()
        mine = frozenset(line for line in around - taken if 1 <= line <= len(lines))
        taken |= mine
        shown.append(Stretch(hunks=(at,), lines=mine))
    return tuple(_filled(stretch, hunks) for stretch in _joined(shown, hunks))


@dataclass(frozen=True, kw_only=True)
class _Room:
    """How many lines may be shown beside a hunk: for whole definitions, and for parts of one."""

    whole: int
    part: int

    @classmethod
    def beside(cls, hunk: Hunk, context: int) -> "_Room":
        """Return the room of a hunk; a part is smaller where little changed."""
        changed = sum(line.kind is not LineKind.CONTEXT for line in hunk.lines)
        part = min(2 * context, context // 2 + max(1, context // 4) * changed)
        return cls(whole=_WHOLE * context, part=part)


def head_start(hunk: Hunk) -> int:
    """Return the first head line after what precedes the hunk; a pure removal has no own line."""
    return hunk.new_start if hunk.new_count else hunk.new_start + 1


def head_end(hunk: Hunk) -> int:
    """Return the last head line of the hunk, the one before `head_start` when it has none."""
    return head_start(hunk) + hunk.new_count - 1


def _around(hunk: Hunk, lines: Sequence[str], syntax: Syntax | None, room: _Room) -> set[int]:
    """Return lines beyond the hunk's, the most telling ones first, as many as there is room for."""
    own = range(head_start(hunk), head_end(hunk) + 1)
    chosen: dict[int, None] = {}
    runs = _runs(hunk)
    places = list(dict.fromkeys(_place(run, lines, syntax, room.whole, own) for run in runs))
    for whole, place in sorted((place.is_whole, place) for place in places if place):
        wanted = place.lines if whole else (*place.head, *place.nearest(own, room.part // 2))
        most = room.whole if whole else room.part
        for line in wanted:
            if line not in own and len(chosen) < most:
                chosen[line] = None
    return set(chosen)


@dataclass(frozen=True, order=True)
class _Place:
    """A definition around a change: its lines, and those that say what it is."""

    first: int
    last: int
    head: tuple[int, ...]
    is_whole: bool

    @property
    def lines(self) -> range:
        return range(self.first, self.last + 1)

    def nearest(self, own: range, most: int) -> list[int]:
        """Return its lines beside the hunk's, nearest first."""
        before = range(min(own.start - 1, self.last), self.first - 1, -1)[:most]
        after = range(max(own.stop, self.first), self.last + 1)[:most]
        by_distance = sorted(
            [*enumerate(before), *enumerate(after)], key=lambda one: (one[0], one[1])
        )
        return [line for _distance, line in by_distance[:most]]


def _place(
    run: tuple[int, int], lines: Sequence[str], syntax: Syntax | None, room: int, own: range
) -> _Place | None:
    first, last = run
    if syntax is None:
        start, end = indented_block(lines, first, min(last, len(lines)))
        is_whole = _beyond(start, end, own) <= room
        return _Place(start, end, (start,), is_whole) if (start, end) != run else None
    holding = [one for one in syntax.holding(first, last) if one.kind in _AROUND]
    holding.sort(key=lambda one: (-one.line_count, one.line))
    whole = next((one for one in holding if _beyond(one.line, one.end_line, own) <= room), None)
    if whole is not None:
        return _Place(whole.line, whole.end_line, _names(holding), is_whole=True)
    if not holding:
        return None
    inner = holding[-1]
    return _Place(inner.line, inner.end_line, _head(inner, holding), is_whole=False)


def _beyond(first: int, last: int, own: range) -> int:
    shared = min(last + 1, own.stop) - max(first, own.start)
    return last + 1 - first - max(0, shared)


def _head(inner: Definition, holding: Sequence[Definition]) -> tuple[int, ...]:
    signature_end = min(inner.signature_end, inner.name_line + _MAX_SIGNATURE - 1)
    return (*range(inner.name_line, signature_end + 1), *_names(holding))


def _names(holding: Sequence[Definition]) -> tuple[int, ...]:
    """Return the name line of the type around a change."""
    return tuple(one.name_line for one in holding if one.kind in _HOLDERS)[-1:]


def _runs(hunk: Hunk) -> Iterator[tuple[int, int]]:
    """Yield first and last head line of the hunk's changes; a removal is where its lines were."""
    at = head_start(hunk)
    first: int | None = None
    for line in hunk.lines:
        if line.kind is LineKind.CONTEXT:
            if first is not None:
                yield first, max(first, at - 1)
            first = None
        elif first is None:
            first = at
        at += line.new is not None
    if first is not None:
        yield first, max(first, at - 1)


def _joined(shown: Iterable[Stretch], hunks: Sequence[Hunk]) -> list[Stretch]:
    """Join stretches that touch, or of which a later one begins before an earlier one's end."""
    joined: list[_Join] = []
    for stretch in shown:
        new = _Join([stretch], _first(stretch, hunks), _last(stretch, hunks))
        while joined and new.first <= joined[-1].last + 1:
            held = joined.pop()
            held.parts.extend(new.parts)
            new = _Join(held.parts, min(held.first, new.first), max(held.last, new.last))
        joined.append(new)
    return [join.whole for join in joined]


class _Join(NamedTuple):
    """Stretches that belong together, with their first and last line of head."""

    parts: list[Stretch]
    first: int
    last: int

    @property
    def whole(self) -> Stretch:
        if len(self.parts) == 1:
            return self.parts[0]
        return Stretch(
            hunks=tuple(at for part in self.parts for at in part.hunks),
            lines=frozenset().union(*(part.lines for part in self.parts)),
        )


def _first(stretch: Stretch, hunks: Sequence[Hunk]) -> int:
    return min([*stretch.lines, *(head_start(hunks[at]) for at in stretch.hunks)])


def _last(stretch: Stretch, hunks: Sequence[Hunk]) -> int:
    return max([*stretch.lines, *(head_end(hunks[at]) for at in stretch.hunks)])


def _filled(stretch: Stretch, hunks: Sequence[Hunk]) -> Stretch:
    """Return the stretch without gaps that are as short as the mark for them."""
    spans = [(line, line) for line in stretch.lines]
    spans += [(head_start(hunks[at]), head_end(hunks[at])) for at in stretch.hunks]
    fill: set[int] = set()
    for (_, end), (start, _) in pairwise(sorted(spans)):
        if 0 < start - end - 1 <= _SMALL_GAP:
            fill.update(range(end + 1, start))
    return Stretch(hunks=stretch.hunks, lines=stretch.lines | fill)
