"""What the second look sees beside a remark's own code: definitions, and callers."""

import asyncio
import re
from collections.abc import Mapping, Sequence

from codeflow_action.engine.action import Task
from codeflow_action.engine.findings import Finding
from codeflow_action.review.context import Mask, Material, Snippet, around, render
from codeflow_action.review.units import Source

_MAX_SNIPPETS = 2
_MAX_TOKENS = 300  # of one remark's further code
_MAX_NAMES = 8
_NAMED = re.compile(r"`([A-Za-z_$][\w$]{2,79})(?:\(\))?`")
_CALLED = re.compile(r"([A-Za-z_$][\w$]{2,79})\s*\(")


async def further_code(
    findings: Sequence[Finding], sources: Sequence[Source], mask: Mask, task: Task
) -> Mapping[int, tuple[Snippet, ...]]:
    """Return snippets by the finding's index, nothing where there is none worth showing.

    Nothing at all where the tree cannot be searched: each file would be a request of its own.
    """
    if not findings or await task.head.list() is None:
        return {}
    material = Material(task.head, sources, task.guidance.never_send, mask)
    by_path = {source.file.path: source for source in sources}
    found = await asyncio.gather(*(_of(one, by_path, material, task) for one in findings))
    return {at: snippets for at, snippets in enumerate(found) if snippets}


async def _of(
    finding: Finding, by_path: Mapping[str, Source], material: Material, task: Task
) -> tuple[Snippet, ...]:
    if finding.path is None or finding.path not in by_path:
        return ()
    found = await around(_names(finding), finding.path, material)
    chosen = []
    room = _MAX_TOKENS
    for snippet in found[:_MAX_SNIPPETS]:
        room -= task.models.count_tokens(render((snippet,)))
        if room < 0:
            break
        chosen.append(snippet)
    return tuple(chosen)


def _names(finding: Finding) -> tuple[str, ...]:
    """Return what the remark names, then what its code calls."""
    named = (*_NAMED.findall(finding.message), *_CALLED.findall(finding.code))
    return tuple(dict.fromkeys(named))[:_MAX_NAMES]
