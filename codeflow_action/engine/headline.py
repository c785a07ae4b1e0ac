"""A run in one sentence: what came of it and, before anything else, what was not done.

All words are ours and no stranger's, so that it may stand in a comment, a log and a terminal.
"""

from collections.abc import Iterator, Mapping
from typing import assert_never

from codeflow_action.engine.omissions import keeps_models_away, omission_cause
from codeflow_action.engine.outcome import Reason, Verdict
from codeflow_action.engine.quantities import count
from codeflow_action.engine.receipt import ReviewExtent
from codeflow_action.engine.report import ActionStatus, Report

_SHORTFALLS: Mapping[Reason, str] = {
    Reason.GATE_NOT_RUN: "not every gate ran to its end",
    Reason.LOW_COVERAGE: "not all files were read",
    Reason.BUDGET: "the change did not fit into the budget or the model's context",
    Reason.DEADLINE: "time ran out",
    Reason.MODEL_ERROR: "a model gave no usable answer",
    Reason.INVALID_CONFIG: "the repository's configuration was not used",
    Reason.HEAD_MOVED: "the head moved during the run",
    Reason.SHARD_MISSING: "a part of the run is missing",
}


def headline(report: Report) -> str:
    """Return the sentence, as plain text without a full stop."""
    if report.final_count:
        return f"CodeFlow: {report.final_count.sentence.removesuffix('.')}"
    return "; ".join((f"CodeFlow: {outcome(report)}", *gaps(report)))


def gaps(report: Report) -> tuple[str, ...]:
    """Return what was not done, a clause each: what broke weighs most, then what was asked for."""
    broken_actions = (
        f"the action {action.name} broke"
        for action in report.actions
        if action.status is ActionStatus.FAILED
    )
    shortfalls = (
        _SHORTFALLS.get(shortfall.reason, "some work was not done")
        for shortfall in report.shortfalls
    )
    # A run that was skipped says why by its reason alone.
    is_explained = (report.verdict, report.reviewed) == (Verdict.SKIPPED, ReviewExtent.NOT_ASKED)
    review_gaps = () if is_explained else _review_gaps(report)
    return tuple(dict.fromkeys((*broken_actions, *shortfalls, *review_gaps)))


def outcome(report: Report) -> str:
    """Return what the run came to, without what was not done."""
    blocking_count = report.blocking_count
    number = len(report.findings)
    total = count(number, "finding")
    was_read = report.reviewed in (ReviewExtent.FULL, ReviewExtent.PART)
    match report.verdict:
        case Verdict.PASS:
            result = f" with {total}, none blocking" if number else ", nothing found"
            return f"passed{'' if was_read else ' its gates'}{result}"
        case Verdict.FAIL if blocking_count:
            part = f"{blocking_count:,} of " if blocking_count < number else ""
            return f"{part}{total} must be fixed"
        case Verdict.FAIL:
            return "failed: too little of the change was reviewed"
        case Verdict.INCOMPLETE:
            return f"incomplete, {total} so far"
        case Verdict.SKIPPED:
            return f"skipped ({omission_cause(report.reason) or report.reason.value})"
        case _:
            assert_never(report.verdict)


def review_sentence(report: Report) -> str:
    """Return in one clause how much of the change a model has read, and why no more."""
    if report.reviewed is ReviewExtent.FULL:
        lines = report.receipt.reviewed_lines
        return f"a model read all {lines:,} changed lines" if lines else "a model read all of it"
    reasons = [action.reason for action in report.actions if action.reviews]
    if Reason.UNSUPPORTED_EVENT in reasons:
        return "no model is asked on this event"
    return next(_review_gaps(report), "nothing in this change was for a model to read")


def _review_gaps(report: Report) -> Iterator[str]:
    receipt = report.receipt
    match report.reviewed:
        case ReviewExtent.FULL:
            return
        case ReviewExtent.PART if receipt.lacks_part:
            yield "a part of the change was read by no model"
        case ReviewExtent.PART if receipt.reviewable_lines:
            lines = f"{receipt.reviewed_lines:,} of {receipt.reviewable_lines:,}"
            yield f"a model read {lines} changed lines"
        case ReviewExtent.PART:  # in an earlier run
            yield f"a model read {receipt.share or 0:.0%} of the changed lines"
        case ReviewExtent.NONE:
            cause = f": {report.no_model}" if report.no_model else ""
            yield f"no model reviewed this{cause}"
        case ReviewExtent.NOT_ASKED:
            reasons = dict.fromkeys(action.reason for action in report.actions if action.reason)
            causes = [reason for reason in reasons if keeps_models_away(Reason(reason))]
            if causes:
                yield f"no model was asked: {omission_cause(causes[0])}"
        case _:
            assert_never(report.reviewed)
