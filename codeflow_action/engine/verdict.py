"""The verdict of a run: what it came to, why, and with which exit code."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.findings import (
    Finding,
    Severity,
)
from codeflow_action.engine.outcome import Done, Failed, Reason, Shortfall, Skipped
from codeflow_action.engine.pipeline import Step


class Verdict(StrEnum):
    """The run in one word."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    INCOMPLETE = "incomplete"
    SKIPPED = "skipped"


class FailOn(StrEnum):
    """The least severity that closes the gate."""

    NEVER = "never"
    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"

    def blocks(self, severity: Severity) -> bool:
        """True when a finding of that severity closes the gate."""
        return self is not FailOn.NEVER and severity.at_least(Severity(self.value))


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


_NEUTRAL = frozenset({Reason.NO_REVIEWABLE_CHANGES, Reason.UNSUPPORTED_EVENT})


def decide(
    *,
    steps: Sequence[Step],
    shortfalls: Iterable[Shortfall],
    blocking: int,
    coverage: float | None,
    gate: GateRules,
) -> Decision:
    """Return the verdict of a run whose pipeline was started.

    The worst exit code wins (70 > 2 > 3 > 1 > 0) and brings its verdict along; among equals a
    failure says more than an incomplete run. Green needs every action done, or skipped for a
    reason that is shown.
    """
    candidates = [
        *(_of_failure(step.outcome) for step in steps if isinstance(step.outcome, Failed)),
        *(_of_shortfall(shortfall, gate) for shortfall in shortfalls),
    ]
    if blocking:
        candidates.append(_decision(Verdict.FAIL, Reason.FINDINGS, 1))
    skips = [step.outcome.reason for step in steps if isinstance(step.outcome, Skipped)]
    if _coverage_is_low(coverage, skips, steps, gate):
        candidates.append(_decision(Verdict.FAIL, Reason.LOW_COVERAGE, 1))
    if candidates:
        return max(candidates, key=_weight)
    return _unhindered(steps, skips)


def _decision(verdict: Verdict, reason: Reason, exit_code: int) -> Decision:
    return Decision(verdict=verdict, reason=reason, exit_code=exit_code)


def _weight(decision: Decision) -> tuple[int, bool]:
    return (70, 2, 3, 1, 0).index(decision.exit_code) * -1, decision.verdict is Verdict.FAIL


def _of_failure(failed: Failed) -> Decision:
    reason = Reason.INVALID_CONFIG if failed.exit_code == 2 else Reason.GATE_NOT_RUN
    return _decision(Verdict.INCOMPLETE, reason, failed.exit_code)


def _of_shortfall(shortfall: Shortfall, gate: GateRules) -> Decision:
    match shortfall.reason:
        case Reason.MODEL_ERROR if gate.on_error is OnError.FAIL:
            code = 3
        case Reason.GATE_NOT_RUN if shortfall.severity is Severity.ERROR:
            code = 3
        case _:
            code = 0
    return _decision(Verdict.INCOMPLETE, shortfall.reason, code)


def _coverage_is_low(
    coverage: float | None, skips: Sequence[Reason], steps: Sequence[Step], gate: GateRules
) -> bool:
    if not gate.min_coverage or any(reason in _DELIBERATE for reason in skips):
        return False
    if not any(step.action.asks_models for step in steps) or Reason.UNCHANGED in skips:
        return coverage is not None and coverage < gate.min_coverage
    if Reason.NO_REVIEWABLE_CHANGES in skips:
        return False
    return (coverage or 0.0) < gate.min_coverage


def _unhindered(steps: Sequence[Step], skips: Sequence[Reason]) -> Decision:
    """Return the verdict when nothing went wrong: did anything run, and what was held back?"""
    told = [reason for reason in skips if reason not in _NEUTRAL]
    done = [step.action for step in steps if isinstance(step.outcome, Done)]
    if any(action.checks for action in done):
        return _decision(Verdict.PASS, told[0] if told else Reason.OK, 0)
    reason = (told or list(skips) or [Reason.OK if done else Reason.NO_REVIEWABLE_CHANGES])[0]
    return _decision(Verdict.SKIPPED, reason, 0)
