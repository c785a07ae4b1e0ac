"""Decides what is shown where. Pure: a report in, a plan out; `publish` acts on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from codeflow_action.engine.diff import Side, commentable
from codeflow_action.engine.omissions import is_news
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.proposals import CommentMode
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.engine.report import ActionReport, ActionStatus, Report, ReportedFinding, Shown
from codeflow_action.integrations.github.read.threads import Remarks

MAX_REVIEW_COMMENTS = 30  # one review; more trips GitHub's abuse detection (reviewdog's measure)


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Where a run may speak. `number` is None for a range without a pull request.

    `is_check` is False for jobs that the pull request does not list among its checks
    (`workflow_dispatch` and comments): their verdict goes into a check run of its own.
    """

    number: int | None
    name: str = "codeflow"
    comment: CommentMode = CommentMode.AUTO
    max_inline: int = 5
    is_check: bool = True


def place(
    findings: Sequence[ReportedFinding],
    pull_request: PullRequest,
    audience: Audience,
    remarks: Remarks,
) -> tuple[ReportedFinding, ...]:
    """Return the findings with `shown` and `url` filled in; each is met once besides the table.

    Gates annotate; models comment inline, if the finding is new and GitHub takes a comment there,
    up to the cap. The rest of a model's findings is in the comment's table, or annotated where
    there is no comment. What stands on the diff stays there; where the ledger knows nothing of it,
    it counts for the cap, so that a lost ledger brings no more comments.
    """
    placed: list[ReportedFinding] = []
    room = min(audience.max_inline, MAX_REVIEW_COMMENTS) if audience.number is not None else 0
    for reported in findings:
        shown = _shown(reported, pull_request, audience, remarks, room)
        room -= shown is Shown.INLINE and not reported.known
        url = remarks.urls.get(reported.id, "") if shown is Shown.INLINE else ""
        placed.append(reported.model_copy(update={"shown": shown, "url": url}))
    return tuple(placed)


def _shown(
    reported: ReportedFinding,
    pull_request: PullRequest,
    audience: Audience,
    remarks: Remarks,
    room: int,
) -> Shown:
    if reported.finding.is_deterministic:
        return Shown.ANNOTATION
    if reported.id in remarks.urls:
        return Shown.INLINE
    is_said = reported.known or reported.id in remarks.doubtful
    if room > 0 and not is_said and can_comment(reported, pull_request):
        return Shown.INLINE
    return without_comment(audience)


def without_comment(audience: Audience) -> Shown:
    """Return where a model's finding is shown when it is not posted inline."""
    has_table = audience.number is not None and audience.comment is not CommentMode.NEVER
    return Shown.TABLE if has_table else Shown.ANNOTATION


def can_comment(reported: ReportedFinding, pull_request: PullRequest) -> bool:
    """True when GitHub takes a review comment on the finding's lines."""
    finding = reported.finding
    file = pull_request.files_by_path.get(finding.path or "")
    if file is None or finding.line is None:
        return False
    last = finding.last_line or finding.line
    start = finding.line if finding.line < last else None
    return commentable(file.hunks, last, finding.side or Side.RIGHT, start)


def wants_comment(report: Report, audience: Audience, *, exists: bool) -> bool:
    """True when there is to be a sticky comment; one that exists is kept up to date."""
    match audience.comment:
        case CommentMode.NEVER:
            return False
        case CommentMode.ALWAYS:
            return audience.number is not None
        case CommentMode.AUTO:
            return audience.number is not None and (exists or _has_news(report))


def _has_news(report: Report) -> bool:
    """True when there is a finding, a model reviewed, or what was asked for was not done."""
    undone = any(_is_undone(action, report) for action in report.actions)
    reviewed = report.receipt.share is not None
    return bool(report.findings or report.shortfalls or undone or reviewed)


def _is_undone(action: ActionReport, report: Report) -> bool:
    """True when the action was asked for and has not done its work; `OMISSIONS` says which."""
    match action.status:
        case ActionStatus.DONE:
            return False
        case ActionStatus.SKIPPED:
            return is_news(Reason(action.reason), wanted=bool(report.no_model))
        case ActionStatus.FAILED:
            return True
