"""The report of a run: all that is known in the end, as values."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal, assert_never

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.dismissals import Dismissal
from codeflow_action.engine.final_count import FinalCount
from codeflow_action.engine.findings import (
    DroppedFinding,
    Finding,
    Severity,
)
from codeflow_action.engine.kept_answers import KeptAnswer
from codeflow_action.engine.outcome import Done, Failed, Reason, Shortfall, Skipped, Verdict
from codeflow_action.engine.pipeline import Step
from codeflow_action.engine.platforms import Platforms
from codeflow_action.engine.proposals import ActionProposal
from codeflow_action.engine.receipt import Receipt, ReviewExtent
from codeflow_action.engine.risk import RiskAssessment
from codeflow_action.engine.spending import Spending


class FindingPlace(StrEnum):
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

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    finding: Finding
    blocking: bool
    known: bool = False
    shown: FindingPlace = FindingPlace.LISTED
    url: str = ""
    line_hash: str = ""


class DismissedFinding(BaseModel):
    """A finding that was made again and is not open, because somebody who may has dismissed it.

    It blocks nothing, and is shown nowhere but among those that were dismissed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    finding: Finding
    dismissal: Dismissal


class ActionStatus(StrEnum):
    """How an action ended."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


class ActionReport(BaseModel):
    """One action's part in the run, with all that the verdict asks of it.

    One that `reviews` has a model look for what is wrong; others may ask models about other things.
    `exit_code` is that of one that failed, else 0. `fell_short` says that not all of its work was
    done; the report's shortfalls say what.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    status: ActionStatus
    reason: str = ""
    detail: str = ""
    seconds: float = 0.0
    asks_models: bool = False
    reviews: bool = False
    checks: bool = True
    exit_code: int = 0
    fell_short: bool = False

    @classmethod
    def of(cls, step: Step) -> "ActionReport":
        """Return what the report says of a step."""
        outcome = step.outcome
        ending: dict[str, object]
        report = cls(
            name=step.action.name,
            status=ActionStatus.DONE,
            seconds=round(step.seconds, 3),
            asks_models=step.action.asks_models,
            reviews=step.action.reviews(),
            checks=step.action.checks,
        )
        match outcome:
            case Done():
                ending = {"fell_short": bool(outcome.shortfalls)}
            case Skipped():
                ending = {
                    "status": ActionStatus.SKIPPED,
                    "reason": outcome.reason.value,
                    "detail": outcome.detail,
                }
            case Failed():
                hint = f" ({outcome.hint})" if outcome.hint else ""
                ending = {
                    "status": ActionStatus.FAILED,
                    "detail": outcome.detail + hint,
                    "exit_code": outcome.exit_code,
                }
            case _:
                assert_never(outcome)
        return report.model_copy(update=ending)


class Report(BaseModel):
    """Everything a run knows in the end; written to `report_path` as JSON.

    `verdict`, `reason`, `exit_code` and `reviewed` are what `engine.verdict.judge` makes of the
    rest; by a finding it also raises the lane of `risk`. `kept_answers` are by their action. The
    report of a shard names it, such as `2/5`, and the digest of the plan that it belongs to. `seal`
    tells whoever has the same keys that nobody has changed it; it is empty for a report that is not
    passed on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    version: str
    name: str
    repository: str
    number: int | None
    base_sha: str
    merge_base_sha: str
    head_sha: str
    digest: str = ""  # of what an answer depends on beside the commits; see `Ledger.covers`
    # Until somebody decides, a report claims nothing.
    verdict: Verdict = Verdict.INCOMPLETE
    reason: Reason = Reason.GATE_NOT_RUN
    exit_code: int = 3
    findings: tuple[ReportedFinding, ...] = ()  # those that are open
    dismissals: tuple[DismissedFinding, ...] = ()
    dropped: tuple[DroppedFinding, ...] = ()
    actions: tuple[ActionReport, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    receipt: Receipt = Receipt()
    spent: Spending = Spending()
    reviewed: ReviewExtent = ReviewExtent.NONE
    no_model: str = ""  # why none could be asked, where one was wanted
    model: str = ""
    notices: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    proposals: tuple[ActionProposal, ...] = ()
    kept_answers: Mapping[str, KeptAnswer] = {}
    platforms: Platforms = Platforms()
    final_count: FinalCount | None = None  # of a run for a pull request that was closed
    risk: RiskAssessment | None = None  # None where nobody looked at the change
    seconds: float = 0.0
    shard: str = ""
    plan: str = ""
    seal: str = ""

    def count(self, severity: Severity) -> int:
        """Return how many findings are of that severity."""
        return sum(finding.finding.severity is severity for finding in self.findings)

    @property
    def blocking_count(self) -> int:
        """How many findings close the gate."""
        return sum(finding.blocking for finding in self.findings)

    def with_dismissals(self, dismissals: Mapping[str, Dismissal]) -> "Report":
        """Return the report in which the findings of these ids are not open.

        The verdict is not decided anew.
        """
        new = tuple(
            DismissedFinding(
                id=open_finding.id,
                finding=open_finding.finding,
                dismissal=dismissals[open_finding.id],
            )
            for open_finding in self.findings
            if open_finding.id in dismissals
        )
        findings = tuple(
            open_finding for open_finding in self.findings if open_finding.id not in dismissals
        )
        update = {"findings": findings, "dismissals": (*self.dismissals, *new)}
        return self.model_copy(update=update)
