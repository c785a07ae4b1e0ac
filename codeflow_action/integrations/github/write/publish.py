"""The only way to GitHub: walks a plan, and says where everything is shown in the end.

Every write is idempotent by a mark; one whose answer was lost is looked up before it is repeated.
What GitHub refuses is shown elsewhere and noted, never lost.
"""

from dataclasses import dataclass

from codeflow_action.engine.errors import GitHubError
from codeflow_action.engine.report import FindingPlace, Report
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.write.desk import Desk
from codeflow_action.integrations.github.write.placement import settle
from codeflow_action.integrations.github.write.plan import Publication, make_plan

_OVERTAKEN = "the head moved while this run was working: the run for the new head speaks"


@dataclass(frozen=True, kw_only=True)
class PublicationResult:
    """What came of it: the report with each finding's place, and the addresses of what was written.

    `notes` say what could not be written, for the summary and the log; `unreachable` is the first
    that GitHub did not refuse but never got. `annotate` is True where the job's log has to
    show annotations, because no check run does.
    """

    report: Report
    sticky_url: str = ""
    review_url: str = ""
    notes: tuple[str, ...] = ()
    unreachable: str = ""
    head_moved: bool = False
    annotate: bool = True


async def publish(publication: Publication, api: GitHubApi) -> PublicationResult:
    """Write what is to be written, as long as `api` has time; raises nothing that GitHub says."""
    plan = make_plan(publication)
    # GitHub would show comments on an old head as outdated, and the next run says it all anew.
    if await _has_moved(publication, api):
        report = settle(publication.report, plan.placement.standing_urls, FindingPlace.LISTED)
        return PublicationResult(report=report, notes=(_OVERTAKEN,), head_moved=True)
    desk = Desk(api=api, marks=publication.marks, conversation=publication.conversation)
    for write in plan.writes:
        await write.carry_out(desk)
    # Without a comment there is no table. What was to stand there is annotated, and by the job's
    # log, because the check run was written before that was known.
    elsewhere = FindingPlace.TABLE if desk.sticky_url else FindingPlace.ANNOTATION
    report = settle(publication.report, desk.comment_urls, elsewhere)
    is_lost = elsewhere is not plan.placement.elsewhere and any(
        not reported_finding.finding.is_deterministic and reported_finding.shown is elsewhere
        for reported_finding in report.findings
    )
    return PublicationResult(
        report=report,
        sticky_url=desk.sticky_url,
        review_url=desk.review_url,
        notes=tuple(desk.notes),
        unreachable=desk.unreachable,
        annotate=is_lost or not desk.has_annotations,
    )


def leave_unpublished(publication: Publication) -> PublicationResult:
    """Return what publishing would start from, for a run that is to write nothing."""
    placement = make_plan(publication).placement
    return PublicationResult(
        report=settle(publication.report, placement.standing_urls, placement.elsewhere)
    )


async def _has_moved(publication: Publication, api: GitHubApi) -> bool:
    """True when the pull request has another head by now; the writes tell if it cannot be read."""
    number, pull_request = publication.audience.number, publication.pull_request
    report_head = publication.report.head_sha
    if report_head != pull_request.head_sha:
        return True
    if number is None:
        return False
    try:
        answer = await api.get(f"/repos/{pull_request.repository}/pulls/{number}")
    except GitHubError:
        return False
    head = answer.get("head") if isinstance(answer, dict) else None
    sha = head.get("sha") if isinstance(head, dict) else None
    return isinstance(sha, str) and sha != report_head
