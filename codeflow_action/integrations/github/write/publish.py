"""The only way to GitHub: walks a plan, and says where everything is shown in the end.

Every write is idempotent by a mark; one whose answer was lost is looked up before it is repeated.
What GitHub refuses is shown elsewhere and noted, never lost.
"""

from dataclasses import replace

from codeflow_action.engine.errors import GitHubError, GitHubUnavailable
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.life import join
from codeflow_action.engine.outcome import Reason, Shortfall
from codeflow_action.engine.report import FindingPlace, Report
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.read.conversation import Standing, read_standing
from codeflow_action.integrations.github.write.desk import Desk
from codeflow_action.integrations.github.write.placement import settle
from codeflow_action.integrations.github.write.plan import Publication, make_plan
from codeflow_action.integrations.github.write.sticky import keep_spending

# With it a run can block, but not pass: a finding that blocks still stands in the older commit, and
# the next run decides on the newer.
OVERTAKEN = Shortfall(
    reason=Reason.HEAD_MOVED,
    detail="the head moved while this run was working: the run for the new head speaks",
)


@dataclass(frozen=True, kw_only=True)
class PublicationResult:
    """What came of it: the report with each finding's place, and the addresses of what was written.

    `notes` say what could not be written, for the summary and the log, `notices` are for the
    summary alone; `unreachable` is the first
    that GitHub did not refuse but never got. `head_shortfall` says that the pull request has a
    newer head, or that no time was left to ask. `annotate` is True where the job's log has to show
    annotations, because no check run does.
    """

    report: Report
    sticky_url: str = ""
    review_url: str = ""
    reply_url: str = ""
    notes: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    unreachable: str = ""
    head_shortfall: Shortfall | None = None
    annotate: bool = True


async def publish(
    publication: Publication, api: GitHubApi, *, dry_run: bool = False
) -> PublicationResult:
    """Write what is to be written, as long as `api` has time; raises nothing that GitHub says.

    A `dry_run` does everything else.
    """
    desk = Desk(api=api, marks=publication.marks, conversation=publication.conversation)
    standing = await _look(publication, desk)
    head_shortfall = standing if isinstance(standing, Shortfall) else None
    if isinstance(standing, Standing):
        publication = _renewed(publication, standing)
        desk.conversation = publication.conversation
        is_moved = standing.head_sha not in ("", publication.report.head_sha)
        # GitHub would show comments on an old head as outdated, and the next run says it all anew.
        head_shortfall = OVERTAKEN if is_moved and not publication.is_answer else None
    plan = make_plan(publication)
    is_overtaken = head_shortfall == OVERTAKEN
    if is_overtaken and not dry_run and _is_charged(publication):
        await keep_spending(publication.ledger, desk)
    if is_overtaken or dry_run:
        place = FindingPlace.LISTED if is_overtaken else plan.placement.elsewhere
        return PublicationResult(
            report=settle(publication.report, plan.placement.standing_urls, place),
            notes=tuple(desk.notes),
            unreachable=desk.unreachable,
            head_shortfall=head_shortfall,
        )
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
        reply_url=desk.reply_url,
        notes=tuple(desk.notes),
        notices=tuple(desk.notices),
        unreachable=desk.unreachable,
        head_shortfall=head_shortfall,
        annotate=is_lost or not desk.has_annotations,
    )


def _is_charged(publication: Publication) -> bool:
    """True where a stranger decides how often others' keys are used, and one was."""
    return (
        publication.pull_request.is_fork
        and publication.report.spent.tokens > 0
        and publication.audience.has_comment
        and publication.marks.seal.is_secret
        and publication.seal_ledger
    )


async def _look(publication: Publication, desk: Desk) -> Standing | Shortfall | None:
    """Return what stands on the pull request now, or why the report may not be about its head.

    None where there is nothing to ask, or GitHub has refused to answer. That it could not be
    reached is left at the desk, as for a write.
    """
    number, pull_request = publication.audience.number, publication.pull_request
    if publication.is_answer:
        # An answer is about the head that was asked about, whatever came since; without a price it
        # leaves our comment alone.
        is_asked = publication.report.spent.tokens > 0 and not desk.api.is_over
        if not is_asked:
            return None
    elif publication.report.head_sha != pull_request.head_sha:
        return OVERTAKEN
    if number is None:
        return None
    if desk.api.is_over:
        return Shortfall(
            reason=Reason.DEADLINE, detail="no time was left to ask whether the head has moved"
        )
    try:
        return await read_standing(
            desk.api, pull_request.repository, number, publication.marks.name
        )
    except GitHubError as error:
        # A refusal is the token's, and the verdict on this head stands; out of reach is no verdict.
        if isinstance(error, GitHubUnavailable) and not publication.is_answer:
            desk.unreachable = f"whether the head has moved could not be asked: {error.with_hint}"
            desk.notes.append(desk.unreachable)
        return None


def _renewed(publication: Publication, standing: Standing) -> Publication:
    """Return the publication with our comment as it stands now.

    What another run has left in the ledger while this one was working stays. A pause that was begun
    or ended then goes on: only its own command may change it.
    """
    if not standing.stickies:
        return publication
    conversation = replace(publication.conversation, stickies=standing.stickies)
    ledger, command = publication.ledger, publication.command
    present = publication.marks.read_ledger(standing.stickies[0].body)
    if present:
        before = publication.conversation.sticky
        base = publication.marks.read_ledger(before.body) if before else None
        ledger = join(ledger, base, present)
    if present and not (command and command.name.sets_pause):
        ledger = ledger.model_copy(update={"is_paused": present.is_paused})
    return replace(publication, conversation=conversation, ledger=ledger)
