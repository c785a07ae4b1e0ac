"""Which snippets a prompt holds: the weightiest that are not to be seen anyway, within a budget."""

import re
from collections.abc import Callable, Iterable, Sequence

from codeflow_action.review.context.snippets import Snippet
from codeflow_action.review.units import Unit

# Of the chunk's own tokens; see "what each kind of context costs and brings" in `benchmarks/`.
_SHARE = 0.2
_FLOOR = 300  # tokens: two or three definitions for a change of one line
_CEILING = 4_000  # models get worse with what they do not need
_ROW = re.compile(r"[+ ] *(\d+) \| ")


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
    shown = {(unit.path, number) for unit in units for number in _numbers(unit)}
    files = {unit.path for unit in units}
    chosen: list[Snippet] = []
    for snippet in snippets:
        if not files & snippet.wanted_by or _is_shown(snippet, shown):
            continue
        cost = count(snippet.text) + 1
        if cost <= budget:
            budget -= cost
            chosen.append(snippet)
            shown.update((snippet.shown_path, number) for number, _ in snippet.lines)
    return tuple(chosen)


def _numbers(unit: Unit) -> Iterable[int]:
    return (int(found[1]) for row in unit.rows if (found := _ROW.match(row.text)))


def _is_shown(snippet: Snippet, shown: set[tuple[str, int]]) -> bool:
    """True when half of its lines or more can be read already."""
    known = sum((snippet.shown_path, number) in shown for number, _ in snippet.lines)
    return 2 * known >= len(snippet.lines)
