"""The verdict of a run: what it came to, why, and with which exit code."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.findings import FailOn, Finding, Severity
from codeflow_action.engine.outcome import Reason, Verdict
from codeflow_action.engine.receipt import ReviewExtent
from codeflow_action.engine.report import ActionStatus, Report
from codeflow_action.engine.risk import RiskAssessment, with_objection


class OnError(StrEnum):
    """What unreachable models do to the exit code."""

    WARN = "warn"
    FAIL = "fail"


class GateRules(BaseModel):
    """When the run fails; from the configuration."""

    model_config = ConfigDict(frozen=True)

    fail_on: FailOn = FailOn.ERROR
    model_findings_block: bool = False
    min_coverage: float = 0.0
    on_error: OnError = OnError.WARN

    @property
    def depends_on_models(self) -> bool:
        """True when what models find, or leave unread, may close the gate."""
        return self.model_findings_block or self.min_coverage > 0 or self.on_error is OnError.FAIL

    def blocks(self, finding: Finding) -> bool:
        """True when this finding closes the gate; models' findings only where asked for."""
        return self.fail_on.blocks(finding.severity) and (
            finding.is_deterministic or self.model_findings_block
        )


class Decision(BaseModel):
    """A verdict with its reason and the exit code that goes with it."""

    model_config = ConfigDict(frozen=True)

    verdict: Verdict
    reason: Reason
    exit_code: int


# The worst first.
EXIT_CODES = (70, 2, 3, 1, 0)
# Held back on purpose by the repository's own rules: no coverage is expected of such a run.
_DELIBERATE = frozenset(
    {
        Reason.DRAFT,
        Reason.BOT,
        Reason.FORK_UNKNOWN,
        Reason.OPTED_OUT,
        Reason.PAUSED,
        Reason.INVALID_CONFIG,  # a run that mends it must be able to pass
    }
)


NEUTRAL = frozenset({Reason.NO_REVIEWABLE_CHANGES, Reason.UNSUPPORTED_EVENT})


def judge(report: Report, rules: GateRules) -> Report:
    """Return the report with all that follows from the rest of it, whoever has made it."""
    decision = dict(decide(report, rules))
    follows = {**decision, "reviewed": review_extent(report), "risk": _raised_risk(report)}
    return report.model_copy(update=follows)


def _raised_risk(report: Report) -> RiskAssessment | None:
    """Return the risk of a change in which something was found: then a person should look."""
    grave = [
        reported_finding.finding
        for reported_finding in report.findings
        if reported_finding.finding.severity is not Severity.NOTICE
    ]
    if report.risk is None or not grave:
        return report.risk
    first = min(grave, key=lambda finding: finding.order)
    return with_objection(report.risk, f"this was found in it: {first.title}")


def review_extent(report: Report) -> ReviewExtent:
    """Return how much of the change a model has read, as the rest of the report tells it.

    `none` says that one was wanted: an action began to ask, or `no_model` says why none could be.
    Where the repository's rules, or a pipeline without a reviewer, hold models back, and where
    nobody gave a key, none was asked for. Nor was one where the change has nothing for it to read.
    """
    receipt = report.receipt
    if receipt.share is not None:
        if receipt.files and not any(file.reviewable for file in receipt.files):
            return ReviewExtent.NOT_ASKED
        # A share that is rounded up to 1 is no full review.
        has_all_lines = receipt.reviewed_lines >= receipt.reviewable_lines and receipt.share >= 1
        if has_all_lines and not receipt.lacks_part:
            return ReviewExtent.FULL
        is_begun = receipt.share or receipt.reviewed_lines
        return ReviewExtent.PART if is_begun else ReviewExtent.NONE
    reviewers = [action for action in report.actions if action.reviews]
    was_begun = any(action.status is not ActionStatus.SKIPPED for action in reviewers)
    is_missed = reviewers and (report.no_model or was_begun)
    return ReviewExtent.NONE if is_missed else ReviewExtent.NOT_ASKED


def decide(report: Report, rules: GateRules) -> Decision:
    """Return the verdict that follows from what the report holds, whoever has made it.

    The verdict that stands in it plays no part. The worst exit code wins (70 > 2 > 3 > 1 > 0) and
    brings its verdict along; among equals a failure says more than an incomplete run. Green needs
    every action done, or skipped for a reason that is shown.
    """
    candidates = []
    for action in report.actions:
        if action.status is ActionStatus.FAILED:
            # A report of an older version names no code: then it was a bug.
            code = action.exit_code or 70
            reason = Reason.INVALID_CONFIG if code == 2 else Reason.GATE_NOT_RUN
            candidates.append(_decision(Verdict.INCOMPLETE, reason, code))
    for shortfall in report.shortfalls:
        fails_run = (
            shortfall.severity is Severity.ERROR
            if shortfall.reason is Reason.GATE_NOT_RUN
            else shortfall.reason is Reason.MODEL_ERROR and rules.on_error is OnError.FAIL
        )
        candidates.append(_decision(Verdict.INCOMPLETE, shortfall.reason, 3 if fails_run else 0))
    if report.blocking_count:
        candidates.append(_decision(Verdict.FAIL, Reason.FINDINGS, 1))
    if _coverage_is_low(report, rules):
        candidates.append(_decision(Verdict.FAIL, Reason.LOW_COVERAGE, 1))
    if candidates:
        return min(
            candidates,
            key=lambda decision: (
                EXIT_CODES.index(decision.exit_code),
                decision.verdict is not Verdict.FAIL,
            ),
        )
    return _verdict_of_endings(report)


def _decision(verdict: Verdict, reason: Reason, exit_code: int) -> Decision:
    return Decision(verdict=verdict, reason=reason, exit_code=exit_code)


def _coverage_is_low(report: Report, rules: GateRules) -> bool:
    skips, share = _skip_reasons(report), report.receipt.share
    if not rules.min_coverage or any(reason in _DELIBERATE for reason in skips):
        return False
    if report.receipt.lacks_part:  # how many lines are missing is not known
        return True
    if not any(action.reviews for action in report.actions):
        return share is not None and share < rules.min_coverage
    if Reason.NO_REVIEWABLE_CHANGES in skips:
        return False
    return (share or 0.0) < rules.min_coverage


def _skip_reasons(report: Report) -> list[Reason]:
    return [
        Reason(action.reason) for action in report.actions if action.status is ActionStatus.SKIPPED
    ]


def _verdict_of_endings(report: Report) -> Decision:
    """Return the verdict when nothing went wrong: did anything run, and what was held back?"""
    skips = _skip_reasons(report)
    # A reason that says nothing about the change gives way to one that does.
    worth_telling = [reason for reason in skips if reason not in NEUTRAL]
    actions_done = [action for action in report.actions if action.status is ActionStatus.DONE]
    if any(action.checks for action in actions_done):
        return _decision(Verdict.PASS, worth_telling[0] if worth_telling else Reason.OK, 0)
    default = Reason.OK if actions_done else Reason.NO_REVIEWABLE_CHANGES
    return _decision(Verdict.SKIPPED, (*worth_telling, *skips, default)[0], 0)
