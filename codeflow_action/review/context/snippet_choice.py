"""Which snippets a prompt holds: the weightiest that are not to be seen anyway, within a budget."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from codeflow_action.engine.diff import Side
from codeflow_action.review.context.snippets import Snippet, body, heading
from codeflow_action.review.units import Unit

# Of the chunk's own tokens; see "what each kind of context costs and brings" in `benchmarks/`.
_SHARE = 0.2
_FLOOR = 300  # tokens: two or three definitions for a change of one line
_CEILING = 4_000  # models get worse with what they do not need
_LEAST = 4.0  # weight; what is far, common and not imported is more often wrong than of use
_JOINT = 4  # tokens: line feeds, commas, a mark for lines that are left out


def budget_for(tokens: int) -> int:
    """Return how many tokens of context go with a chunk of that many."""
    return min(_CEILING, max(_FLOOR, int(tokens * _SHARE)))


def pick(
    snippets: Sequence[Snippet], units: Iterable[Unit], budget: int, count: Callable[[str], int]
) -> tuple[Snippet, ...]:
    """Return what the units' files want and do not show, weightiest first, within `budget` tokens.

    No line is shown twice.
    """
    units = tuple(units)
    visible = {
        (unit.path, row.number) for unit in units for row in unit.rows if row.side is Side.RIGHT
    }
    files = {unit.path for unit in units}
    picked: list[Snippet] = []
    for snippet in snippets:
        if snippet.weight < _LEAST or not files & snippet.wanted_by:
            continue
        lines = tuple(row for row in snippet.lines if (snippet.shown_path, row[0]) not in visible)
        if 2 * len(lines) <= len(snippet.lines):  # half of it can be read already
            continue
        rest = replace(snippet, lines=lines)
        is_new = all(rest.path != snippet_before.path for snippet_before in picked)
        cost = count(heading([rest]) if is_new else rest.title) + count(body(rest.lines)) + _JOINT
        if cost <= budget:
            budget -= cost
            picked.append(rest)
            visible.update((rest.shown_path, number) for number, _ in rest.lines)
    return tuple(picked)
