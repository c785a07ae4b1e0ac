"""The second round: another call, with other code in front of it, tries to refute each finding."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from codeflow_action.actions.pr_reviewer.first_round import explained
from codeflow_action.actions.pr_reviewer.prompts import verify_prompt
from codeflow_action.actions.pr_reviewer.reply import Judgements
from codeflow_action.engine.action import Task
from codeflow_action.engine.errors import PromptTooLong, ProviderError
from codeflow_action.engine.findings import Dropped, Finding
from codeflow_action.engine.model import Completion, Role
from codeflow_action.engine.outcome import Reason, Shortfall
from codeflow_action.review.context import Snippet, render
from codeflow_action.review.units import Source
from codeflow_action.review.verification import (
    Ruling,
    apply_rulings,
    batches,
    code_around,
    unseen,
)
from codeflow_action.security.untrusted import for_model, one_line

_MAX_QUOTE = 400  # characters; the code itself is shown beside it


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What stands after the second look, what fell, and what was not looked at."""

    findings: tuple[Finding, ...]
    dropped: tuple[Dropped, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What is shown beside findings, by their index: further code, and what code has proven."""

    code: Mapping[int, tuple[Snippet, ...]] = field(default_factory=dict)
    proofs: Mapping[int, str] = field(default_factory=dict)


async def verify(
    findings: Sequence[Finding],
    sources: Mapping[str, Source],
    task: Task,
    beside: Beside,
) -> Verified:
    """Have findings judged, all batches side by side.

    `sources` are by path. What could not be judged stays `quoted`, and is counted as not done.
    """
    asked = (_judge(group, findings, sources, task, beside) for group in batches(findings))
    ruled = [one for answers in await asyncio.gather(*asked) for one in answers]
    rulings = {at: ruling for one in ruled for at, ruling in one.rulings.items()}
    kept, dropped = apply_rulings(findings, rulings)
    shortfalls = [one.shortfall for one in ruled if one.shortfall]
    judged = sum(len(one.group) for one in ruled if one.shortfall is None)
    if missing := judged - len(rulings):
        detail = f"{missing} of {len(findings)} remarks were not judged in the second look"
        shortfalls.append(Shortfall(reason=Reason.MODEL_ERROR, detail=detail))
    return Verified(findings=kept, dropped=dropped, shortfalls=tuple(dict.fromkeys(shortfalls)))


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """What came of one prompt: rulings by index, or why there are none."""

    group: Sequence[int]
    rulings: Mapping[int, Ruling] = field(default_factory=dict)
    shortfall: Shortfall | None = None


async def _judge(
    group: Sequence[int],
    findings: Sequence[Finding],
    sources: Mapping[str, Source],
    task: Task,
    beside: Beside,
) -> list[_Judged]:
    """Have a group judged; where that is too long for the model, with less code, then by halves."""
    has_code = any(beside.code.get(at) for at in group)
    material = _material(group, findings, sources, beside)
    prompt = verify_prompt(task.guidance, material, divisible=has_code or len(group) > 1)
    try:
        completion = await task.models.for_role(Role.VERIFY).generate(prompt)
    except PromptTooLong as error:
        middle = len(group) // 2
        halves = (group,) if has_code else (group[:middle], group[middle:]) if middle else ()
        if not halves:
            return [_missed(group, error)]
        less = replace(beside, code={})
        parts = [await _judge(half, findings, sources, task, less) for half in halves]
        return [one for part in parts for one in part]
    except ProviderError as error:
        return [_missed(group, error)]
    return [_Judged(group=group, rulings=_rulings(completion, group))]


def _missed(group: Sequence[int], error: ProviderError) -> _Judged:
    reason, missed = explained(error)
    detail = f"remarks were not looked at again: {missed}"
    return _Judged(group=group, shortfall=Shortfall(reason=reason, detail=detail))


def _material(
    group: Sequence[int],
    findings: Sequence[Finding],
    sources: Mapping[str, Source],
    beside: Beside,
) -> list[str]:
    """Return the code of each file, what of the further code it does not show, the remarks.

    What code has proven about a remark stands in an envelope of its own, where no remark reaches.
    """
    by_path: dict[str, list[Finding]] = {}
    for at in group:
        by_path.setdefault(findings[at].path or "", []).append(findings[at])
    codes = [code_around(mine, sources[path]) for path, mine in by_path.items() if path in sources]
    further = dict.fromkeys(one for at in group for one in beside.code.get(at, ()))
    elsewhere = render(tuple(unseen(further, codes)))
    labelled = [("code", one) for one in codes]
    labelled += [("code from elsewhere in the repository", elsewhere)] if elsewhere else []
    for at in group:
        labelled.append((f"remark {at}", _said(at, findings[at])))
        if proof := beside.proofs.get(at):
            labelled.append((f"what a program found about remark {at}", proof))
    return [for_model(label, text) for label, text in labelled]


def _said(at: int, finding: Finding) -> str:
    place = f"{finding.path}:{finding.line}" if finding.line else finding.path
    return "\n".join(
        [
            f"id: {at}",
            f"at: {one_line(str(place))}",
            f"severity: {finding.severity.value}",
            f"title: {finding.title}",
            f"message: {finding.message}",
            f"quoted code:\n{finding.code[:_MAX_QUOTE]}",
        ]
    )


def _rulings(completion: Completion, group: Sequence[int]) -> dict[int, Ruling]:
    """Return the judgements of what was asked about; the first counts where one comes twice."""
    given = Judgements.model_validate(completion.data).judgements
    return {
        one.id: Ruling(
            verdict=one.verdict,
            severity=one.severity,
            reason=f"refuted in the second look: {one_line(one.reason)}",
        )
        for one in reversed(given)
        if one.id in group
    }
