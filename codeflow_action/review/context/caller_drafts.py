"""Who uses what the change changed: the lines that break when a signature or a name goes."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log2

from codeflow_action.engine.files import is_test
from codeflow_action.engine.guidance import ContextKind
from codeflow_action.engine.ports import Hit
from codeflow_action.review.context.definition_drafts import look
from codeflow_action.review.context.needs import ContextNeed, NameChange
from codeflow_action.review.context.neighbourhood import Neighbourhood
from codeflow_action.review.context.snippet_draft import SnippetDraft

_AROUND = 1  # lines before and after the call
# What nobody can have called yet needs no caller; what changed its shape breaks them.
_LIMIT = {NameChange.ADDED: 0, NameChange.BODY: 1, NameChange.SIGNATURE: 3, NameChange.REMOVED: 3}
_WEIGHT = {
    NameChange.ADDED: 0.0,
    NameChange.BODY: 16.0,
    NameChange.SIGNATURE: 36.0,
    NameChange.REMOVED: 40.0,
}
_COMMON = 40  # uses; a change to such a name is found by compilers and tests, not by three of them
_NO_USE = re.compile(
    r"^\s*(?:import|from|using|use|#include|require|package|export \{|//|#|\*|/\*|--)"
)


def caller_drafts(
    needs: Iterable[ContextNeed], hits: Mapping[str, Sequence[Hit]]
) -> Iterator[SnippetDraft]:
    """Yield the nearest uses of each changed name."""
    for need in needs:
        if need.change is None or not _LIMIT[need.change]:
            continue
        uses = list(_uses(need, hits.get(need.name, ())))
        if len(uses) > _COMMON:
            continue
        for hit in uses[: _LIMIT[need.change]]:
            yield SnippetDraft(
                kind=ContextKind.CALLER,
                path=hit.path,
                name=need.name,
                lines=tuple(range(max(1, hit.line - _AROUND), hit.line + _AROUND + 1)),
                weight=_WEIGHT[need.change] - 2.0 * log2(1 + len(uses)),
                wanted_by=need.path,
            )


def _uses(need: ContextNeed, hits: Sequence[Hit]) -> Iterator[Hit]:
    """Yield lines that call or name it, nearest first, one in each run of lines."""
    neighbourhood = Neighbourhood([need.path])
    shown_lines: set[tuple[str, int]] = set()
    for hit in sorted(hits, key=lambda hit: (neighbourhood.distance(hit.path), hit.path, hit.line)):
        near = any((hit.path, hit.line - back) in shown_lines for back in range(2 * _AROUND + 1))
        if _NO_USE.match(hit.text) or look(hit) == 2 or is_test(hit.path) or near:
            continue
        shown_lines.add((hit.path, hit.line))
        yield hit
