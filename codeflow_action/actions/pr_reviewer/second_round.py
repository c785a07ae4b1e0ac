"""The second round: another call, which sees no less than the first, tries to refute findings."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace

from codeflow_action.actions.pr_reviewer.candidates import checked_suggestion
from codeflow_action.actions.pr_reviewer.control_remarks import CONTROL, with_control
from codeflow_action.actions.pr_reviewer.exhibits import Exhibit, material_of
from codeflow_action.actions.pr_reviewer.prompts import (
    intent,
    verify_instructions,
    verify_prompt,
)
from codeflow_action.actions.pr_reviewer.remarks import Judgements, RemarkJudgement
from codeflow_action.engine.action import Task
from codeflow_action.engine.diff import Side
from codeflow_action.engine.errors import PromptTooLong, ProviderError
from codeflow_action.engine.findings import DroppedFinding, Finding, Suggestion
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import Role
from codeflow_action.engine.model_failures import failure_reason
from codeflow_action.engine.outcome import Reason, Shortfall
from codeflow_action.engine.pull_request import ChangedFile, FileStatus
from codeflow_action.engine.quantities import count
from codeflow_action.review.anchoring import Anchor, QuoteMatch, WholeFile, find_anchor
from codeflow_action.review.quotes import without_spaces
from codeflow_action.review.units import SourceFile
from codeflow_action.review.verification import Ruling, RulingKind, apply_rulings, batches
from codeflow_action.security.untrusted import one_line

_REQUEST = "Judge each of these remarks."
_LEAST_SWEEP = 4  # remarks; fewer may all be wrong
_MIN_QUOTE = 4  # characters; a brace prevents nothing
_SECOND_REQUEST = "Your answer left out these remarks. Judge each of them."


@dataclass(frozen=True, kw_only=True)
class VerificationResult:
    """What stands after the second round, what fell, and what was not looked at.

    `unjudged_findings` are those of the findings that should have been judged and were not. `notes`
    are for the receipt.
    """

    findings: tuple[Finding, ...]
    unjudged_findings: tuple[Finding, ...] = ()
    drops: tuple[DroppedFinding, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    notes: tuple[str, ...] = ()


async def verify(exhibits: Sequence[Exhibit], task: Task) -> VerificationResult:
    """Have findings judged, all batches side by side.

    What could not be judged stays `quoted`, and is counted as not done.
    """
    findings = [exhibit.finding for exhibit in exhibits]
    groups = [[exhibits[index] for index in batch] for batch in batches(findings)]
    is_narrow = not _is_paid(groups, task)
    questions = (_judge(group, task, is_narrow=is_narrow) for group in groups)
    answers = [answer for batch in await asyncio.gather(*questions) for answer in batch]
    answers = _without_sweep(answers)
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
        notes=tuple(dict.fromkeys(answer.note for answer in answers if answer.note)),
    )


def _is_paid(groups: Iterable[Sequence[Exhibit]], task: Task) -> bool:
    """True when what is left of the budget pays for all that should be shown."""
    count = task.models.count_tokens
    shared_texts = (verify_instructions(task.guidance), *intent(task.pull_request))
    overhead = sum(map(count, shared_texts))
    sizes = (
        overhead + sum(map(count, material_of(with_control(group, task.guidance.language))[0]))
        for group in groups
    )
    return sum(sizes) <= task.models.input_tokens_left


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What came of one prompt: rulings by the finding's index, or why there are none.

    `note` says in the receipt why an answer that was given does not count.
    """

    group: Sequence[Exhibit]
    rulings: Mapping[int, Ruling] = field(default_factory=dict)
    shortfall: Shortfall | None = None
    note: str = ""

    def set_aside(self, cause: str) -> "_Answer":
        """Return the answer as one that was not given, because of what it says itself."""
        remarks = count(len(self.group), "remark")
        detail = f"the second look at {remarks} counts as not made: it {cause}"
        shortfall = Shortfall(reason=Reason.MODEL_ERROR, detail=detail)
        return replace(self, rulings={}, shortfall=shortfall, note=detail)


def _without_sweep(answers: Sequence[_Answer]) -> list[_Answer]:
    """Return the answers; where all of them refute all there is, they are none.

    A model that refutes whatever it is asked makes every change look clean.
    """
    verdicts = [ruling.verdict for answer in answers for ruling in answer.rulings.values()]
    is_sweep = len(verdicts) >= _LEAST_SWEEP and set(verdicts) == {RulingKind.REFUTED}
    if not is_sweep:
        return list(answers)
    cause = f"refuted all {len(verdicts)} remarks that it judged"
    return [answer.set_aside(cause) if answer.rulings else answer for answer in answers]


async def _judge(group: Sequence[Exhibit], task: Task, *, is_narrow: bool = False) -> list[_Answer]:
    """Have a group judged. Where that is too long for the model: with less code, then by halves."""
    by_number = with_control(group, task.guidance.language)
    try:
        judgements = await _ask(by_number, task, _REQUEST, is_narrow=is_narrow)
    except PromptTooLong as error:
        middle = len(group) // 2
        halves = [group[:middle], group[middle:]] if middle else []
        # Code is given up first: remarks can be judged with less of it.
        parts = halves if is_narrow else [group]
        if not parts or error.room == 0:
            return [_no_answer(group, error)]
        batches_of_parts = [await _judge(part, task, is_narrow=True) for part in parts]
        return [answer for batch in batches_of_parts for answer in batch]
    except ProviderError as error:
        return [_no_answer(group, error)]
    if gaps := {
        number: exhibit for number, exhibit in by_number.items() if number not in judgements
    }:
        # Asked once more, and about these alone; a failure leaves what there is.
        with suppress(ProviderError):
            judgements |= await _ask(gaps, task, _SECOND_REQUEST, is_narrow=is_narrow)
    rulings = {
        by_number[number].index: _ruling(judgement, by_number[number], group)
        for number, judgement in judgements.items()
    }
    control = rulings.pop(CONTROL, None)
    answer = _Answer(group=group, rulings=rulings)
    if control and control.verdict in (RulingKind.CONFIRMED, RulingKind.LOWERED):
        return [answer.set_aside("confirmed a remark that is false by the code shown")]
    return [answer]


async def _ask(
    by_number: Mapping[int, Exhibit], task: Task, request: str, *, is_narrow: bool
) -> dict[int, RemarkJudgement]:
    """Return the judgements of what is asked about; of two on one remark the first counts.

    Raises `ProviderError`.
    """
    texts, paths = material_of(by_number, is_narrow=is_narrow)
    prompt = verify_prompt(
        guidance=task.guidance,
        paths=paths,
        material=[*intent(task.pull_request), *texts],
        request=request,
        divisible=not is_narrow or len(by_number) > 1,
    )
    completion = await task.models.for_role(Role.VERIFY).generate(prompt)
    judgements = Judgements.model_validate(completion.data).judgements
    # A remark's text may talk the model into judging another one: only what was asked about counts.
    return {
        judgement.id: judgement for judgement in reversed(judgements) if judgement.id in by_number
    }


def _no_answer(group: Sequence[Exhibit], error: ProviderError) -> _Answer:
    reason, failure = failure_reason(error)
    detail = f"remarks did not get a second look: {failure}"
    return _Answer(group=group, shortfall=Shortfall(reason=reason, detail=detail))


def _ruling(judgement: RemarkJudgement, exhibit: Exhibit, group: Iterable[Exhibit]) -> Ruling:
    """Return the ruling; what is refuted by a line that is nowhere is undecided."""
    verdict = judgement.verdict
    quote = judgement.mitigation
    if verdict is RulingKind.REFUTED and quote and not _is_shown(quote, (exhibit, *group)):
        verdict = RulingKind.UNDECIDED
    return Ruling(
        verdict=verdict,
        severity=judgement.severity,
        reason=f"refuted in the second look: {one_line(judgement.reason)}",
        suggestion=_suggestion(judgement.suggestion, exhibit),
    )


def _is_shown(quote: str, exhibits: Iterable[Exhibit]) -> bool:
    """True when the quoted line stands at head, in the files or in code from elsewhere."""
    if len(without_spaces(quote)) < _MIN_QUOTE:
        return False
    return any(
        _stands_in(source, quote) for exhibit in exhibits for source in _sources_shown(exhibit)
    )


def _sources_shown(exhibit: Exhibit) -> Iterator[SourceFile]:
    if exhibit.source:
        yield exhibit.source
    for snippet in exhibit.code:
        file = ChangedFile(path=snippet.path, status=FileStatus.MODIFIED)
        yield SourceFile(file=file, lines=tuple(text for _, text in snippet.lines), old={})


def _stands_in(source: SourceFile, quote: str) -> bool:
    match find_anchor(source, quote, Side.RIGHT):
        case Anchor(side=Side.RIGHT, match=how):
            return how is not QuoteMatch.HINT
        case WholeFile(side=Side.RIGHT, lines=lines):
            return bool(lines)
        case _:
            return False


def _suggestion(replacement: str | None, exhibit: Exhibit) -> Suggestion | None:
    """Return what the second round would write in place of the finding's code, if that is sound."""
    finding, source = exhibit.finding, exhibit.source
    if replacement is None or source is None or finding.side is not Side.RIGHT:
        return None
    anchor = find_anchor(source, finding.code, finding.side, finding.line)
    if not isinstance(anchor, Anchor) or anchor.line != finding.line:
        return None
    return checked_suggestion(replacement, source, anchor)
