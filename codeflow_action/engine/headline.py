"""A run in one sentence: what came of it and, before anything else, what was not done.

All words are ours and no stranger's, so that it may stand in a comment, a log and a terminal.
"""

from collections.abc import Iterator, Mapping
from typing import assert_never

from codeflow_action.engine.omissions import keeps_models_away
from codeflow_action.engine.outcome import Reason, Verdict
from codeflow_action.engine.receipt import ReviewExtent
from codeflow_action.engine.report import ActionStatus, Report

_UNDONE: Mapping[Reason, str] = {
    Reason.GATE_NOT_RUN: "not every gate was run to its end",
    Reason.LOW_COVERAGE: "not all files were read",
    Reason.BUDGET: "not all fitted into the budget or the model",
    Reason.DEADLINE: "time ran out",
    Reason.MODEL_ERROR: "a model did not answer, or not well",
    Reason.INVALID_CONFIG: "not all of the configuration holds",
    Reason.HEAD_MOVED: "the head moved meanwhile",
    Reason.SHARD_MISSING: "a part of the run is missing",
}


def headline(report: Report) -> str:
    """Return the sentence, as plain text without a full stop."""
    return "; ".join(("CodeFlow: " + _outcome(report), *dict.fromkeys(_not_done(report))))


def _outcome(report: Report) -> str:
    blocking_count = report.blocking_count
    count = len(report.findings)
    total = f"{count} finding" + ("" if count == 1 else "s")
    was_read = report.reviewed in (ReviewExtent.FULL, ReviewExtent.PART)
    match report.verdict:
        case Verdict.PASS:
            result = f" with {total}, none blocking" if count else ", nothing found"
            return f"passed{'' if was_read else ' its gates'}{result}"
        case Verdict.FAIL if blocking_count:
            return f"{total}, {blocking_count} blocking"
        case Verdict.FAIL:
            return "failed: too little of the change was reviewed"
        case Verdict.INCOMPLETE:
            return f"incomplete ({report.reason.value}); {total} so far"
        case Verdict.SKIPPED:
            return f"skipped ({report.reason.value})"
        case _:
            assert_never(report.verdict)


def _not_done(report: Report) -> Iterator[str]:
    """Yield what was not done, what weighs most first."""
    for action in report.actions:
        if action.status is ActionStatus.FAILED:
            yield f"{action.name} broke"
    yield from (_UNDONE.get(short.reason, "not all was done") for short in report.shortfalls)
    yield from _not_reviewed(report)


def _not_reviewed(report: Report) -> Iterator[str]:
    receipt = report.receipt
    match report.reviewed:
        case ReviewExtent.FULL:
            return
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
            if causes and report.verdict is not Verdict.SKIPPED:
                yield f"no model was asked ({causes[0]})"
        case _:
            assert_never(report.reviewed)
