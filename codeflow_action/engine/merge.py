"""Joins the reports of runs that have each looked at a part of one change."""

from collections.abc import Iterable

from codeflow_action.engine.errors import CodeFlowError
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.platforms import Platforms
from codeflow_action.engine.receipt import Receipt
from codeflow_action.engine.report import (
    ActionReport,
    ActionStatus,
    Report,
    ReportedFinding,
)
from codeflow_action.engine.risk import Lane, RiskAssessment
from codeflow_action.engine.verdict import EXIT_CODES, NEUTRAL, GateRules, judge

# What has to be the same, or the parts are not of one change under one configuration.
_IDENTITY_FIELDS = (
    "name",
    "repository",
    "number",
    "base_sha",
    "merge_base_sha",
    "head_sha",
    "digest",
)


def merge(first: Report, second: Report, rules: GateRules) -> Report:
    """Return the report of both parts together, with its verdict decided anew.

    Of one change it makes no difference in which order parts are merged, but for the order of
    notices and the like. A finding, shortfall or notice of both stands in it once.
    Raises `CodeFlowError` for reports that are not of the same change.
    """
    for name in _IDENTITY_FIELDS:
        first_value, second_value = getattr(first, name), getattr(second, name)
        if first_value != second_value:
            raise CodeFlowError(
                f"two reports cannot be merged: {name} is {first_value!r} in one and "
                f"{second_value!r} in the other",
                hint="only merge reports of one workflow run",
            )
    whole = first.model_copy(
        update={
            "findings": _unique_findings((*first.findings, *second.findings)),
            "dropped": (*first.dropped, *second.dropped),
            "actions": _merge_actions((*first.actions, *second.actions)),
            "shortfalls": _union(first.shortfalls, second.shortfalls),
            "receipt": _merge_receipts(first, second),
            "spent": first.spent + second.spent,
            "no_model": first.no_model or second.no_model,
            "model": first.model or second.model,
            "notices": _union(first.notices, second.notices),
            "notes": _union(first.notes, second.notes),
            "proposals": _union(first.proposals, second.proposals),
            "kept_answers": {**second.kept_answers, **first.kept_answers},
            "platforms": second.platforms if first.platforms == Platforms() else first.platforms,
            "risk": _worse_risk(first.risk, second.risk),
            "seconds": round(first.seconds + second.seconds, 3),
        }
    )
    return judge(whole, rules)


def _merge_receipts(first: Report, second: Report) -> Receipt:
    """Return the receipt of both, which says so where one part has no lines in it."""
    has_receipt = any(part.receipt.share is not None for part in (first, second))
    is_unread = any(
        part.receipt.share is None
        and any(
            action.reviews
            and (action.status is not ActionStatus.SKIPPED or Reason(action.reason) not in NEUTRAL)
            for action in part.actions
        )
        for part in (first, second)
    )
    receipt = first.receipt + second.receipt
    lacks_part = receipt.lacks_part or (has_receipt and is_unread)
    return receipt.model_copy(update={"lacks_part": lacks_part})


def _worse_risk(*risks: RiskAssessment | None) -> RiskAssessment | None:
    """Return the assessment that asks most of people; each part has looked at the whole change."""
    order = (Lane.PERSON, Lane.UNKNOWN, Lane.LOW)
    return min(filter(None, risks), key=lambda risk: order.index(risk.lane), default=None)


def _union[T](first: Iterable[T], second: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _unique_findings(findings: Iterable[ReportedFinding]) -> tuple[ReportedFinding, ...]:
    """Return each finding once, gravest first.

    Equal findings of one file are told apart by their number in that file, and a file is in one
    part only: so an id that both parts have stands for one finding, about the pull request itself.
    """
    by_id: dict[str, ReportedFinding] = {}
    for reported_finding in findings:
        by_id.setdefault(reported_finding.id, reported_finding)
    return tuple(
        sorted(by_id.values(), key=lambda reported_finding: reported_finding.finding.order)
    )


def _merge_actions(actions: Iterable[ActionReport]) -> tuple[ActionReport, ...]:
    """Return each action once, with the worse of its endings and the time that both took."""
    by_name: dict[str, ActionReport] = {}
    for action in actions:
        twin = by_name.get(action.name, action)
        worse = min(twin, action, key=_ending_rank)
        if twin is not action:
            sums = {
                "seconds": round(twin.seconds + action.seconds, 3),
                "fell_short": twin.fell_short or action.fell_short,
            }
            worse = worse.model_copy(update=sums)
        by_name[action.name] = worse
    return tuple(by_name.values())


def _ending_rank(action: ActionReport) -> tuple[int, int]:
    """Return where an ending stands, the worst first.

    One that had nothing to do in its part is no worse than one that has done its work.
    """
    if action.status is ActionStatus.FAILED:
        # A report of an older version names no code: then it was a bug.
        return 0, EXIT_CODES.index(action.exit_code or 70)
    if action.status is ActionStatus.DONE:
        return 2, 0
    return (3 if Reason(action.reason) in NEUTRAL else 1), 0
