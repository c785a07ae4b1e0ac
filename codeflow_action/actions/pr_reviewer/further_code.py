"""More code for the second round, beside a remark's own: definitions, and callers."""

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence

from codeflow_action.engine.action import Task
from codeflow_action.engine.findings import Finding
from codeflow_action.review.context import Mask, Material, Snippet, around, render
from codeflow_action.review.units import SourceFile

_MAX_SNIPPETS = 2
_MAX_TOKENS = 300  # of one remark's further code
_MAX_NAMES = 8
_IN_BACKTICKS = re.compile(r"`([A-Za-z_$][\w$]{2,79})(?:\(\))?`")
_CALL = re.compile(r"([A-Za-z_$][\w$]{2,79})\s*\(")


async def further_code(
    findings: Sequence[Finding], sources: Sequence[SourceFile], mask: Mask, task: Task
) -> Mapping[int, tuple[Snippet, ...]]:
    """Return snippets by the finding's index, nothing where there is none worth showing."""
    # Where the tree cannot be listed it cannot be searched: each file would be a request.
    if not findings or await task.head.list() is None:
        return {}
    material = Material(task.head, sources, task.guidance.never_send, mask)
    paths = {source.file.path for source in sources}
    snippets = await asyncio.gather(
        *(_snippets(finding, paths, material, task) for finding in findings)
    )
    return {index: of_finding for index, of_finding in enumerate(snippets) if of_finding}


async def _snippets(
    finding: Finding, paths: Collection[str], material: Material, task: Task
) -> tuple[Snippet, ...]:
    if finding.path is None or finding.path not in paths:
        return ()
    # What the remark names comes before what its code calls.
    names = (*_IN_BACKTICKS.findall(finding.message), *_CALL.findall(finding.code))
    names = tuple(dict.fromkeys(names))[:_MAX_NAMES]
    snippets = []
    room = _MAX_TOKENS
    for snippet in (await around(names, finding.path, material))[:_MAX_SNIPPETS]:
        room -= task.models.count_tokens(render((snippet,)))
        if room < 0:
            break
        snippets.append(snippet)
    return tuple(snippets)
