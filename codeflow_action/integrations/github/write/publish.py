"""The only writer to GitHub: one review, one sticky comment, at most one check run.

Every write is idempotent by a mark; one whose answer was lost is looked for before it is repeated.
What GitHub refuses is shown elsewhere and said, never lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from codeflow_action.engine.errors import GitHubError, PermissionDenied
from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.outcome import Verdict
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.engine.report import Report, ReportedFinding, Shown
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.marks import Marks
from codeflow_action.integrations.github.read.conversation import State
from codeflow_action.integrations.github.write import check_run as checks
from codeflow_action.integrations.github.write import render
from codeflow_action.integrations.github.write.inline import Outcome, ReviewWriter
from codeflow_action.integrations.github.write.notes import Notes
from codeflow_action.integrations.github.write.once import remove
from codeflow_action.integrations.github.write.plan import Audience, wants_comment, without_comment
from codeflow_action.integrations.github.write.sticky import StickyWriter


@dataclass(frozen=True, kw_only=True)
class Published:
    """What came of it. `notes` say what could not be written, for the summary and the log.

    `unreached` is the first of them that GitHub did not refuse but never got.
    """

    findings: tuple[ReportedFinding, ...]
    comment_url: str = ""
    review_url: str = ""
    notes: tuple[str, ...] = ()
    unreached: str = ""
    head_moved: bool = False
    annotated: bool = False  # by a check run; else the job's log does it


@dataclass(kw_only=True)
class Publisher:
    """Publishes one report on one pull request, as long as `api` has time.

    `make_ledger` gets the findings as posted, and the ids of those that the next run has to post.
    `notices` are what the comment says of the run's configuration.
    """

    api: GitHubApi
    pull_request: PullRequest
    audience: Audience
    state: State
    marks: Marks
    links: render.Links
    make_ledger: Callable[[Sequence[ReportedFinding], frozenset[str]], Ledger]
    notices: tuple[str, ...] = ()
    _notes: Notes = field(default_factory=Notes)

    async def publish(self, report: Report) -> Published:
        """Write what is to be written; raises nothing that GitHub says."""
        number = self.audience.number
        if number is None:
            return await self._with_check(report, Published(findings=report.findings))
        if await self._head_moved(number):
            note = "the head moved while this run was working: the run for the new head speaks"
            return Published(findings=report.findings, notes=(note,), head_moved=True)
        await self._drop_pending(number)
        outcome = await self._review(report)
        findings = self._settled(report.findings, outcome)
        report = report.model_copy(update={"findings": findings})
        published = await self._with_check(
            report, Published(findings=findings, review_url=outcome.review_url)
        )
        comment_url = await self._sticky(report, outcome.owed)
        if not comment_url:
            published = _without_table(published)
        return self._told(published, comment_url=comment_url)

    def _path(self, rest: str) -> str:
        return f"/repos/{self.pull_request.repository}/{rest}"

    def _told(self, published: Published, **changes: Any) -> Published:  # noqa: ANN401 - fields
        notes = self._notes
        return replace(published, notes=tuple(notes.texts), unreached=notes.unreached, **changes)

    async def _head_moved(self, number: int) -> bool:
        try:
            answer = await self.api.get(self._path(f"pulls/{number}"))
        except GitHubError:
            return False  # the writes will tell
        head = answer.get("head") if isinstance(answer, dict) else None
        sha = head.get("sha") if isinstance(head, dict) else None
        return isinstance(sha, str) and sha != self.pull_request.head_sha

    async def _drop_pending(self, number: int) -> None:
        """Delete a review of ours that was left pending: it would refuse every later one."""
        for review in self.state.pending_reviews:
            try:
                await remove(self.api, self._path(f"pulls/{number}/reviews/{review}"))
            except GitHubError as error:
                self._notes.left("a pending review", error)

    async def _review(self, report: Report) -> Outcome:
        writer = ReviewWriter(api=self.api, marks=self.marks, state=self.state, notes=self._notes)
        return await writer.write(report)

    def _settled(
        self, findings: Sequence[ReportedFinding], outcome: Outcome
    ) -> tuple[ReportedFinding, ...]:
        """Return the findings as they are shown now: inline only if GitHub has the comment."""
        settled: list[ReportedFinding] = []
        for one in findings:
            if one.shown is not Shown.INLINE:
                settled.append(one)
            elif one.id in outcome.urls:
                settled.append(one.model_copy(update={"url": outcome.urls[one.id]}))
            else:
                shown = without_comment(self.audience)
                settled.append(one.model_copy(update={"shown": shown, "url": ""}))
        return tuple(settled)

    async def _with_check(self, report: Report, published: Published) -> Published:
        """Write a check run where the job itself is no check of the pull request."""
        if self.audience.is_check or report.verdict is Verdict.SKIPPED:
            return self._told(published)
        annotated = False
        if not self.api.may_write:
            self._notes.no_time("the check run")
            return self._told(published)
        try:
            await checks.write(self.api, self.marks, report)
            annotated = True
        except PermissionDenied:
            self._notes.texts.append(
                "this job is no check of the pull request, and without `checks: write` its "
                "verdict is advisory"
            )
        except GitHubError as error:
            self._notes.refused("the check run", error)
        return self._told(published, annotated=annotated)

    async def _sticky(self, report: Report, owed: frozenset[str]) -> str:
        sticky = self.state.sticky
        if not wants_comment(report, self.audience, exists=sticky is not None):
            return ""
        ledger = self.make_ledger(report.findings, owed)
        mark = self.marks.ledger_line(ledger, sticky.body if sticky else "")
        notes = (*self.notices, *self._notes.texts)
        body = render.sticky(report, ledger, mark, self.links, notes)
        writer = StickyWriter(api=self.api, marks=self.marks, state=self.state, notes=self._notes)
        return await writer.write(body)


def _without_table(published: Published) -> Published:
    """Let the job's log show what the comment's table would have, had there been a comment."""
    findings = tuple(
        one.model_copy(update={"shown": Shown.ANNOTATION}) if one.shown is Shown.TABLE else one
        for one in published.findings
    )
    if findings == published.findings:
        return published
    return replace(published, findings=findings, annotated=False)
