"""Which lines of head are shown around each hunk: those of the function or class it stands in.

The widest definition around each of its changes is shown whole where that takes at most
`6 * context` lines beyond the hunk's. Where none is that small, up to `2 * context` lines are
shown, fewer when little changed: the innermost one's signature, the name line of the type around
it, and the nearest lines. What stands in no definition stays as the diff shows it: other lines of
a module, imports above all, say little about it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from codeflow_action.engine.diff import Hunk, LineKind
from codeflow_action.engine.lazy import dataclass
from codeflow_action.review.syntax import DefinitionKind, Syntax, indented_block

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
    hunk_lines = {number for hunk in hunks for number in range(hunk.new_start, head_end(hunk) + 1)}
    parts: list[Stretch] = []
    for number, hunk in enumerate(hunks):
        around = _around(hunk, lines, syntax, context) if context else set()
        mine = frozenset(line for line in around - hunk_lines if 1 <= line <= len(lines))
        hunk_lines |= mine
        parts.append(Stretch(hunks=(number,), lines=mine))
    return tuple(_join(parts, hunks))


def head_start(hunk: Hunk) -> int:
    """Return the first head line after what precedes the hunk; a pure removal has no own line."""
    return hunk.new_start if hunk.new_count else hunk.new_start + 1


def head_end(hunk: Hunk) -> int:
    """Return the last head line of the hunk, the one before `head_start` when it has none."""
    return head_start(hunk) + hunk.new_count - 1


def _around(hunk: Hunk, lines: Sequence[str], syntax: Syntax | None, context: int) -> set[int]:
    """Return lines beyond the hunk's, the most telling ones first, as many as there is room for."""
    whole_room = _WHOLE * context
    # Of a definition that is not shown whole, less is shown where little changed.
    changed_count = sum(line.kind is not LineKind.CONTEXT for line in hunk.lines)
    part_room = min(2 * context, context // 2 + max(1, context // 4) * changed_count)
    own = range(head_start(hunk), head_end(hunk) + 1)
    shown_lines: dict[int, None] = {}
    runs = _runs(hunk)
    places = list(dict.fromkeys(_place(run, lines, syntax, whole_room, own) for run in runs))
    for whole, place in sorted((place.is_whole, place) for place in places if place):
        limit = whole_room if whole else part_room
        nearest_lines = place.nearest(own, part_room // 2)
        for line in range(place.first, place.last + 1) if whole else (*place.head, *nearest_lines):
            if line not in own and len(shown_lines) < limit:
                shown_lines[line] = None
    return set(shown_lines)


@dataclass(frozen=True, order=True)
class _Place:
    """A definition around a change: its lines, and those that say what it is."""

    first: int
    last: int
    head: tuple[int, ...]
    is_whole: bool

    def nearest(self, own: range, limit: int) -> list[int]:
        """Return its lines beside the hunk's, nearest first."""
        before = range(min(own.start - 1, self.last), self.first - 1, -1)[:limit]
        after = range(max(own.stop, self.first), self.last + 1)[:limit]
        by_distance = sorted(
            [*enumerate(before), *enumerate(after)],
            key=lambda ranked_line: (ranked_line[0], ranked_line[1]),
        )
        return [line for _distance, line in by_distance[:limit]]


def _place(
    run: tuple[int, int], lines: Sequence[str], syntax: Syntax | None, room: int, own: range
) -> _Place | None:
    first, last = run
    if syntax is None:
        start, end = indented_block(lines, first, min(last, len(lines)))
        is_whole = _beyond(start, end, own) <= room
        return _Place(start, end, (start,), is_whole) if (start, end) != run else None
    definitions = [
        definition
        for definition in syntax.definitions_around(first, last)
        if definition.kind in _AROUND
    ]
    definitions.sort(key=lambda definition: (-definition.line_count, definition.line))
    types = [definition for definition in definitions if definition.kind in _HOLDERS]
    # The innermost type says whose this is, by the line of its name.
    type_lines = tuple(definition.name_line for definition in types[-1:])
    whole = next(
        (
            definition
            for definition in definitions
            if _beyond(definition.line, definition.end_line, own) <= room
        ),
        None,
    )
    if whole is not None:
        return _Place(whole.line, whole.end_line, type_lines, is_whole=True)
    if not definitions:
        return None
    inner = definitions[-1]
    signature_end = min(inner.signature_end, inner.name_line + _MAX_SIGNATURE - 1)
    head = (*range(inner.name_line, signature_end + 1), *type_lines)
    return _Place(inner.line, inner.end_line, head, is_whole=False)


def _beyond(first: int, last: int, own: range) -> int:
    overlap = min(last + 1, own.stop) - max(first, own.start)
    return last + 1 - first - max(0, overlap)


def _runs(hunk: Hunk) -> Iterator[tuple[int, int]]:
    """Yield first and last head line of the hunk's changes; a removal is where its lines were."""
    head_line = head_start(hunk)
    first: int | None = None
    for line in hunk.lines:
        if line.kind is LineKind.CONTEXT:
            if first is not None:
                yield first, max(first, head_line - 1)
            first = None
        elif first is None:
            first = head_line
        head_line += line.new is not None
    if first is not None:
        yield first, max(first, head_line - 1)


def _join(parts: Iterable[Stretch], hunks: Sequence[Hunk]) -> Iterator[Stretch]:
    """Join stretches that touch, or of which a later one begins before an earlier one's end.

    Gaps that are as short as the mark for them are filled.
    """
    joins: list[tuple[list[Stretch], int, int]] = []  # with their first and last line of head
    for stretch in parts:
        own_hunks = [hunks[index] for index in stretch.hunks]
        together = [stretch]
        first = min([*stretch.lines, *map(head_start, own_hunks)])
        last = max([*stretch.lines, *map(head_end, own_hunks)])
        while joins and first <= joins[-1][2] + 1:
            earlier, earlier_first, earlier_last = joins.pop()
            together = [*earlier, *together]
            first, last = min(earlier_first, first), max(earlier_last, last)
        joins.append((together, first, last))
    for together, _first, _last in joins:
        indexes = tuple(index for stretch in together for index in stretch.hunks)
        lines = {line for stretch in together for line in stretch.lines}
        spans = [(line, line) for line in lines]
        spans += [(head_start(hunks[index]), head_end(hunks[index])) for index in indexes]
        for (_, end), (start, _) in pairwise(sorted(spans)):
            if 0 < start - end - 1 <= _SMALL_GAP:
                lines.update(range(end + 1, start))
        yield Stretch(hunks=indexes, lines=frozenset(lines))
