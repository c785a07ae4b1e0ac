"""Writes the sticky comment: one on each pull request, edited in place.

It is the last write, because it lists what came of those before: its body is rendered from the
desk when its turn comes.
"""

from functools import partial

from codeflow_action.engine.errors import GitHubError, NotFound
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.life import with_spending
from codeflow_action.engine.omissions import is_news
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.proposals import ActionProposal, CommentMode, Section
from codeflow_action.engine.report import ActionStatus, Report
from codeflow_action.integrations.github.answers import html_url
from codeflow_action.integrations.github.read.conversation import Sticky, read_conversation
from codeflow_action.integrations.github.write.desk import Desk
from codeflow_action.integrations.github.write.placement import Audience
from codeflow_action.integrations.github.write.render.comment import sticky as sticky_body
from codeflow_action.integrations.github.write.render.links import Links


@dataclass(frozen=True, kw_only=True)
class StickyComment:
    """Create or edit our comment; of several the lowest id stays.

    The next run reads the `ledger` in its first line, unless this run may not `seal_ledger`: then
    what an earlier run has sealed there stays.
    """

    report: Report
    ledger: Ledger
    seal_ledger: bool
    links: Links
    notices: tuple[str, ...] = ()

    async def carry_out(self, desk: Desk) -> None:
        """Leave the comment's address at the desk, if there is a comment."""
        sticky = desk.conversation.sticky
        desk.sticky_url = sticky.url if sticky else ""
        threads = {name: _comment_id(url) for name, url in desk.comment_urls.items()}
        ledger = self.ledger.with_owed(desk.owed_ids).with_threads(threads)
        ledger = ledger.with_issues(desk.issue_numbers)
        ledger = ledger.with_labels(desk.label_changes)
        sections = [
            ActionProposal(action="", proposal=section) for section in desk.unwritten_sections
        ]
        proposals = (*self.report.proposals, *sections)
        body = sticky_body(
            self.report.model_copy(update={"proposals": proposals}),
            ledger,
            mark=desk.marks.ledger_line(
                ledger if self.seal_ledger else None, sticky.body if sticky else ""
            ),
            links=self.links,
            comment_urls=desk.comment_urls,
            notes=(*self.notices, *desk.notes),
        )
        # Two runs at once may each have created one; the older is the one that others link to.
        await _remove(desk.conversation.stickies[1:], desk)
        if (sticky and _is_same(sticky.body, body)) or not desk.has_time("the comment"):
            return
        await _put(body, desk)


_OVERTAKEN_BODY = (
    "**CodeFlow: a push came while this was reviewed**\n\n"
    "The run for the new head speaks. What the review has cost is counted."
)


@dataclass(frozen=True, kw_only=True)
class LedgerUpdate:
    """Put another ledger into our comment; what readers see of it stays as it is."""

    ledger: Ledger

    async def carry_out(self, desk: Desk) -> None:
        """Edit the comment where there is one, and where its first line changes."""
        if sticky := desk.conversation.sticky:
            desk.sticky_url = sticky.url
            line = desk.marks.ledger_line(self.ledger.with_issues(desk.issue_numbers), sticky.body)
            body = f"{line}\n{sticky.body.partition('\n')[2]}"
            if not _is_same(sticky.body, body) and desk.has_time("the comment"):
                await _put(body, desk)


_ANSWERED_BODY = (
    "**CodeFlow: a model has answered a question**\n\n"
    "Nothing was reviewed here yet. What the answer has cost is counted."
)


@dataclass(frozen=True, kw_only=True)
class SpendingNote:
    """Count what an answer has cost; what readers see of the comment stays."""

    ledger: Ledger

    async def carry_out(self, desk: Desk) -> None:
        """Edit the comment's first line, or create one that says why it is there."""
        await keep_spending(self.ledger, desk, _ANSWERED_BODY)


async def keep_spending(ledger: Ledger, desk: Desk, new_body: str = _OVERTAKEN_BODY) -> None:
    """Keep what an overtaken run has cost: else whoever pushes fast enough pays nothing.

    `ledger` is the one that it would have left. What readers see of an earlier comment stays;
    without one, `new_body` is what a new comment says.
    """
    sticky, marks = desk.conversation.sticky, desk.marks
    before = sticky.body if sticky else ""
    line = marks.ledger_line(with_spending(marks.read_ledger(before), ledger))
    body = f"{line}\n{before.partition('\n')[2] or new_body}"
    if desk.has_time("the comment"):
        await _put(body, desk)


async def _put(body: str, desk: Desk) -> None:
    """Write our comment, and leave its address at the desk."""
    sticky = desk.conversation.sticky
    try:
        desk.sticky_url = await (_edit(sticky, body, desk) if sticky else _create(body, desk))
    except GitHubError as error:
        desk.note_refusal("the comment", error)


def wants_comment(report: Report, audience: Audience, *, exists: bool) -> bool:
    """True when there is to be a sticky comment; one that exists is kept up to date.

    Otherwise there has to be something to tell besides that the gates were passed: a finding, a
    model's review or its kept answer, an action's section, or what was asked for and not done.
    """
    if not audience.has_comment:
        return False
    if exists or audience.comment is CommentMode.ALWAYS:
        return True
    # Of what was left undone `OMISSIONS` says which a reader has to know.
    has_undone = any(
        action.status is ActionStatus.FAILED
        or (
            action.status is ActionStatus.SKIPPED
            and is_news(Reason(action.reason), is_model_wanted=bool(report.no_model))
        )
        for action in report.actions
    )
    has_section = any(isinstance(entry.proposal, Section) for entry in report.proposals)
    # Without a comment there is no memory, and every run would ask again.
    is_asked = report.receipt.share is not None or bool(report.kept_answers)
    return bool(report.findings or report.shortfalls or has_undone or has_section or is_asked)


async def _edit(sticky: Sticky, body: str, desk: Desk) -> str:
    path = f"{desk.repository_path}/issues/comments/{sticky.id}"

    async def is_edited() -> bool:
        answer = await desk.api.get(path)
        current = answer.get("body") if isinstance(answer, dict) else None
        return isinstance(current, str) and _is_same(current, body)

    try:
        answer = await desk.write_once("PATCH", path, {"body": body}, is_edited)
    except NotFound:  # somebody has deleted it since
        return await _create(body, desk)
    return html_url(answer) or sticky.url


async def _create(body: str, desk: Desk) -> str:
    """Create the comment, then look again: another run may have done so at the same time."""
    path = f"{desk.issue_path}/comments"
    written = await desk.write_once("POST", path, {"body": body}, partial(_stickies, desk))
    url = written[0].url if isinstance(written, tuple) else html_url(written)
    try:
        stickies = await _stickies(desk)
    except GitHubError:
        return url  # the next run looks again
    await _remove(stickies[1:], desk)
    return stickies[0].url if stickies else url


async def _stickies(desk: Desk) -> tuple[Sticky, ...]:
    marks = desk.marks
    conversation = await read_conversation(desk.api, marks.repository, marks.number, marks.name)
    return conversation.stickies


async def _remove(stickies: tuple[Sticky, ...], desk: Desk) -> None:
    for sticky in stickies:
        path = f"{desk.repository_path}/issues/comments/{sticky.id}"
        if not await desk.remove(path, "a second comment"):
            return


def _comment_id(url: str) -> int:
    """Return the REST id that the address of a comment on the diff ends with, 0 without one."""
    # https://docs.github.com/rest/pulls/comments shows the form.
    _, _, number = url.rpartition("#discussion_r")
    return int(number) if number.isdecimal() else 0


def _is_same(body: str, wanted_body: str) -> bool:
    # GitHub keeps line breaks as a browser sends them, and may cut white space at the ends.
    return body.replace("\r\n", "\n").strip() == wanted_body.strip()
