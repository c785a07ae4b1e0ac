"""The report of a run, and the verdict that follows from it."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Literal, assert_never

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.facts import ReviewCoverage
from codeflow_action.engine.findings import (
    Dropped,
    Finding,
    Severity,
)
from codeflow_action.engine.omissions import Reviewed
from codeflow_action.engine.outcome import Done, Failed, Reason, Skipped
from codeflow_action.engine.pipeline import Step
from codeflow_action.engine.platforms import Platforms
from codeflow_action.engine.spending import Spent
from codeflow_action.engine.verdict import Verdict


class Shown(StrEnum):
    """Where a reader meets a finding; each is shown once, and listed in the sticky comment."""

    INLINE = "inline"
    ANNOTATION = "annotation"
    TABLE = "table"
    LISTED = "listed"  # nowhere but in the report, outputs and summary


class ReportedFinding(BaseModel):
    """A finding with its name, what it does to the gate, and where it is shown.

    `known` is True when an earlier run on this pull request has shown it where it belongs, as far
    as a sealed ledger tells: without a key nothing is. `line_hash` is code scanning's, empty where
    it was not worked out.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    finding: Finding
    blocking: bool
    known: bool = False
    shown: Shown = Shown.LISTED
    url: str = ""
    line_hash: str = ""


class ActionStatus(StrEnum):
    """How an action ended."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


class ActionReport(BaseModel):
    """One action's part in the run."""

    model_config = ConfigDict(frozen=True)

    name: str
    status: ActionStatus
    reason: str = ""
    detail: str = ""
    seconds: float = 0.0


class FileReceipt(BaseModel):
    """What became of one changed file: read wholly, partly, or left out with a reason."""

    model_config = ConfigDict(frozen=True)

    path: str
    changed: int
    reviewed: int
    reason: str = ""
    reviewable: bool = True


class Receipt(BaseModel):
    """What a model has read, in changed lines. `share` is None when no model was asked."""

    model_config = ConfigDict(frozen=True)

    share: float | None = None
    reviewable_lines: int = 0
    reviewed_lines: int = 0
    files: tuple[FileReceipt, ...] = ()
    notes: tuple[str, ...] = ()


class ModelMoney(BaseModel):
    """What one model was asked for in one role. `seconds` add up requests that ran side by side."""

    model_config = ConfigDict(frozen=True)

    role: str
    model: str
    calls: int = 0
    failed: dict[str, int] = {}
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float | None = 0.0
    seconds: float = 0.0


class Money(BaseModel):
    """What the models cost. `calls` were answered, `failed_calls` not, `reused` from the cache.

    `cost_usd` is None when a price is unknown.
    """

    model_config = ConfigDict(frozen=True)

    calls: int = 0
    failed_calls: int = 0
    reused: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float | None = 0.0
    models: tuple[str, ...] = ()
    by_model: tuple[ModelMoney, ...] = ()


class ShortfallReport(BaseModel):
    """Something that was asked for and not done."""

    model_config = ConfigDict(frozen=True)

    reason: Reason
    detail: str
    severity: Severity


class Report(BaseModel):
    """Everything a run knows in the end; written to `report_path` as JSON."""

    model_config = ConfigDict(frozen=True)

    schema_version: Literal[1] = 1
    version: str
    name: str
    repository: str
    number: int | None
    base_sha: str
    merge_base_sha: str
    head_sha: str
    verdict: Verdict
    reason: Reason
    exit_code: int
    findings: tuple[ReportedFinding, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    actions: tuple[ActionReport, ...] = ()
    shortfalls: tuple[ShortfallReport, ...] = ()
    receipt: Receipt = Receipt()
    spent: Money = Money()
    reviewed: Reviewed = Reviewed.NOT_ASKED
    no_model: str = ""  # why none could be asked, where one was wanted
    model: str = ""
    notices: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    platforms: Platforms = Platforms()
    seconds: float = 0.0

    def count(self, severity: Severity) -> int:
        """Return how many findings are of that severity."""
        return sum(one.finding.severity is severity for one in self.findings)

    @property
    def blocking_count(self) -> int:
        """How many findings close the gate."""
        return sum(one.blocking for one in self.findings)


def report_actions(steps: Iterable[Step]) -> tuple[ActionReport, ...]:
    """Return each action's part in the run."""
    return tuple(_report_action(step) for step in steps)


def _report_action(step: Step) -> ActionReport:
    outcome = step.outcome
    match outcome:
        case Done():
            status, reason, detail = ActionStatus.DONE, "", ""
        case Skipped():
            status, reason, detail = ActionStatus.SKIPPED, outcome.reason.value, outcome.detail
        case Failed():
            hint = f" ({outcome.hint})" if outcome.hint else ""
            status, reason, detail = ActionStatus.FAILED, "", outcome.detail + hint
        case _:
            assert_never(outcome)
    seconds = round(step.seconds, 3)
    return ActionReport(
        name=step.action.name, status=status, reason=reason, detail=detail, seconds=seconds
    )


def report_coverage(coverage: ReviewCoverage | None) -> Receipt:
    """Return the coverage receipt, empty when no model was asked."""
    if coverage is None:
        return Receipt()
    files = [
        FileReceipt(
            path=file.path,
            changed=file.changed,
            reviewed=file.reviewed,
            reason=file.reason,
            reviewable=reviewable,
        )
        for group, reviewable in ((coverage.files, True), (coverage.excluded, False))
        for file in group
    ]
    return Receipt(
        share=round(coverage.share, 4),
        reviewable_lines=coverage.reviewable_lines,
        reviewed_lines=coverage.reviewed_lines,
        files=tuple(files),
        notes=coverage.notes,
    )


def how_reviewed(receipt: Receipt, steps: Iterable[Step], *, wanted: bool) -> Reviewed:
    """Return how much of the change a model has read; `wanted` where one should have."""
    if receipt.share is not None:
        is_short = receipt.reviewed_lines < receipt.reviewable_lines or receipt.share < 1
        if not is_short:
            return Reviewed.FULL
        return Reviewed.PART if receipt.share or receipt.reviewed_lines else Reviewed.NONE
    asking = [step.outcome for step in steps if step.action.asks_models]
    tried = any(not isinstance(outcome, Skipped) for outcome in asking)
    return Reviewed.NONE if asking and (wanted or tried) else Reviewed.NOT_ASKED


def report_spent(spent: Spent) -> Money:
    """Return what was spent in the report's words."""
    usage, answered = spent.usage, len(spent.answered)
    return Money(
        calls=answered,
        failed_calls=len(spent.calls) - answered,
        reused=spent.reused,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_tokens=usage.cached_tokens,
        cost_usd=_rounded(spent.cost_usd),
        models=spent.models,
        by_model=tuple(_by_model(spent)),
    )


def _by_model(spent: Spent) -> Iterable[ModelMoney]:
    """Yield a row for each role and model, in the order in which they were first asked."""
    for role, model in dict.fromkeys((call.role, call.model) for call in spent.calls):
        calls = tuple(call for call in spent.calls if (call.role, call.model) == (role, model))
        part = Spent(calls=calls)
        yield ModelMoney(
            role=role.value,
            model=model,
            calls=len(part.answered),
            failed=dict(Counter(call.error for call in calls if call.error)),
            input_tokens=part.usage.input_tokens,
            output_tokens=part.usage.output_tokens,
            cached_tokens=part.usage.cached_tokens,
            cost_usd=_rounded(part.cost_usd),
            seconds=round(sum(call.seconds for call in calls), 3),
        )


def _rounded(cost_usd: float | None) -> float | None:
    return None if cost_usd is None else round(cost_usd, 6)
