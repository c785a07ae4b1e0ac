"""The second round: another call, which sees more code, tries to refute each finding."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from codeflow_action.actions.pr_reviewer.prompts import verify_prompt
from codeflow_action.actions.pr_reviewer.remarks import Judgements
from codeflow_action.engine.action import Task
from codeflow_action.engine.errors import PromptTooLong, ProviderError
from codeflow_action.engine.findings import DroppedFinding, Finding
from codeflow_action.engine.model import Completion, Role
from codeflow_action.engine.model_failures import failure_reason
from codeflow_action.engine.outcome import Reason, Shortfall
from codeflow_action.review.context import Snippet, render
from codeflow_action.review.units import SourceFile
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
class VerificationResult:
    """What stands after the second round, what fell, and what was not looked at.

    `unjudged_findings` are those of the findings that should have been judged and were not.
    """

    findings: tuple[Finding, ...]
    unjudged_findings: tuple[Finding, ...] = ()
    drops: tuple[DroppedFinding, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Exhibits:
    """What is shown with findings, by their index: further code, and what code has proven."""

    code: Mapping[int, tuple[Snippet, ...]] = field(default_factory=dict)
    proofs: Mapping[int, str] = field(default_factory=dict)


async def verify(
    findings: Sequence[Finding],
    sources: Mapping[str, SourceFile],
    task: Task,
    exhibits: Exhibits,
) -> VerificationResult:
    """Have findings judged, all batches side by side.

    `sources` are by path. What could not be judged stays `quoted`, and is counted as not done.
    """
    questions = (_judge(group, findings, sources, task, exhibits) for group in batches(findings))
    answers = [answer for batch in await asyncio.gather(*questions) for answer in batch]
    rulings = {index: ruling for answer in answers for index, ruling in answer.rulings.items()}
    survivors, drops = apply_rulings(findings, rulings)
    shortfalls = [answer.shortfall for answer in answers if answer.shortfall]
    # A prompt may be answered and still leave out a remark.
    asked_count = sum(len(answer.group) for answer in answers if answer.shortfall is None)
    if omitted_count := asked_count - len(rulings):
        detail = f"{omitted_count} of {len(findings)} remarks were not judged in the second look"
        shortfalls.append(Shortfall(reason=Reason.MODEL_ERROR, detail=detail))
    return VerificationResult(
        findings=survivors,
        unjudged_findings=tuple(
            finding for index, finding in enumerate(findings) if index not in rulings
        ),
        drops=drops,
        shortfalls=tuple(dict.fromkeys(shortfalls)),
    )


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What came of one prompt: rulings by index, or why there are none."""

    group: Sequence[int]
    rulings: Mapping[int, Ruling] = field(default_factory=dict)
    shortfall: Shortfall | None = None


async def _judge(
    group: Sequence[int],
    findings: Sequence[Finding],
    sources: Mapping[str, SourceFile],
    task: Task,
    exhibits: Exhibits,
) -> list[_Answer]:
    """Have a group judged. Where that is too long for the model: with less code, then by halves."""
    # Code from elsewhere is given up first: remarks can be judged without it.
    has_code = any(exhibits.code.get(index) for index in group)
    material = _material(group, findings, sources, exhibits)
    prompt = verify_prompt(task.guidance, material, divisible=has_code or len(group) > 1)
    try:
        completion = await task.models.for_role(Role.VERIFY).generate(prompt)
    except PromptTooLong as error:
        middle = len(group) // 2
        parts = (group,) if has_code else (group[:middle], group[middle:]) if middle else ()
        if not parts or error.room == 0:
            return [_no_answer(group, error)]
        without_code = replace(exhibits, code={})
        batches_of_parts = [
            await _judge(part, findings, sources, task, without_code) for part in parts
        ]
        return [answer for batch in batches_of_parts for answer in batch]
    except ProviderError as error:
        return [_no_answer(group, error)]
    return [_Answer(group=group, rulings=_rulings(completion, group))]


def _no_answer(group: Sequence[int], error: ProviderError) -> _Answer:
    reason, failure = failure_reason(error)
    detail = f"remarks did not get a second look: {failure}"
    return _Answer(group=group, shortfall=Shortfall(reason=reason, detail=detail))


def _material(
    group: Sequence[int],
    findings: Sequence[Finding],
    sources: Mapping[str, SourceFile],
    exhibits: Exhibits,
) -> list[str]:
    """Return the code of each file, further code that it does not show, and the remarks."""
    by_path: dict[str, list[Finding]] = {}
    for index in group:
        by_path.setdefault(findings[index].path or "", []).append(findings[index])
    texts = [
        code_around(of_path, sources[path]) for path, of_path in by_path.items() if path in sources
    ]
    snippets = dict.fromkeys(snippet for index in group for snippet in exhibits.code.get(index, ()))
    elsewhere = render(tuple(unseen(snippets, texts)))
    envelopes = [("code", text) for text in texts]
    envelopes += [("code from elsewhere in the repository", elsewhere)] if elsewhere else []
    for index in group:
        envelopes.append((f"remark {index}", _remark_text(index, findings[index])))
        # In an envelope of its own, so that no remark can pretend to be proven.
        if proof := exhibits.proofs.get(index):
            envelopes.append((f"what a program found about remark {index}", proof))
    return [for_model(label, text) for label, text in envelopes]


def _remark_text(index: int, finding: Finding) -> str:
    place = f"{finding.path}:{finding.line}" if finding.line else finding.path
    return "\n".join(
        [
            f"id: {index}",
            f"at: {one_line(str(place))}",
            f"severity: {finding.severity.value}",
            f"title: {finding.title}",
            f"message: {finding.message}",
            f"quoted code:\n{finding.code[:_MAX_QUOTE]}",
        ]
    )


def _rulings(completion: Completion, group: Sequence[int]) -> dict[int, Ruling]:
    """Return the judgements of what was asked about; of two on one remark the first counts."""
    judgements = Judgements.model_validate(completion.data).judgements
    # A remark's text may talk the model into judging another one: only what was asked about counts.
    return {
        judgement.id: Ruling(
            verdict=judgement.verdict,
            severity=judgement.severity,
            reason=f"refuted in the second look: {one_line(judgement.reason)}",
        )
        for judgement in reversed(judgements)
        if judgement.id in group
    }
