"""The only writer to GitHub: one review, one sticky comment, at most one check run.

Every write is idempotent by a marker; a write whose answer was lost is looked for before it is
tried again. What GitHub refuses is shown elsewhere and said, never lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from codeflow_action.engine.errors import GitHubError, GitHubUnavailable, PermissionDenied
from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.ports import Clock
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.engine.report import Report, ReportedFinding, Shown, Verdict
from codeflow_action.integrations.github import checks, render
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.plan import Audience, wants_comment, without_comment
from codeflow_action.integrations.github.state import State, read_state

_LAST_WRITE = 3.0  # seconds before the deadline after which no write is started


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


class _Comment(BaseModel):
    class User(BaseModel):
        model_config = ConfigDict(extra="ignore")
        login: str = ""

    model_config = ConfigDict(extra="ignore")
    body: str | None = ""
    html_url: str = ""
    user: User | None = None


@dataclass(kw_only=True)
class Publisher:
    """Publishes one report on one pull request. `make_ledger` gets the findings as posted.

    `notices` are what the comment says of the run's configuration.
    """

    api: GitHubApi
    clock: Clock
    deadline: float
    pull_request: PullRequest
    audience: Audience
    state: State
    links: render.Links
    make_ledger: Callable[[Sequence[ReportedFinding]], Ledger]
    notices: tuple[str, ...] = ()
    _notes: list[str] = field(default_factory=list)
    _unreached: str = ""

    async def publish(self, report: Report) -> Published:
        """Write what is to be written; raises nothing that GitHub says."""
        number = self.audience.number
        if number is None:
            return await self._with_check(report, Published(findings=report.findings))
        if await self._head_moved(number):
            note = "the head moved while this run was working: the run for the new head speaks"
            return Published(findings=report.findings, notes=(note,), head_moved=True)
        await self._drop_pending(number)
        findings, review_url = await self._review(report, number)
        report = report.model_copy(update={"findings": findings})
        published = await self._with_check(
            report, Published(findings=findings, review_url=review_url)
        )
        comment_url = await self._sticky(report, number)
        if not comment_url:
            published = _without_table(published)
        return self._told(published, comment_url=comment_url)

    def _path(self, rest: str) -> str:
        return f"/repos/{self.pull_request.repository}/{rest}"

    def _may_write(self, what: str) -> bool:
        if self.clock.now() + _LAST_WRITE < self.deadline:
            return True
        self._notes.append(f"no time was left for {what}")
        return False

    def _refused(self, what: str, error: GitHubError) -> None:
        hint = f" ({error.hint})" if error.hint else ""
        said = f"{what} could not be written: {error}{hint}"
        self._notes.append(said)
        if isinstance(error, GitHubUnavailable):
            self._unreached = self._unreached or said

    def _told(self, published: Published, **changes: Any) -> Published:  # noqa: ANN401 - fields
        return replace(published, notes=tuple(self._notes), unreached=self._unreached, **changes)

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
                await self.api.delete(self._path(f"pulls/{number}/reviews/{review}"))
            except GitHubError as error:
                self._refused("removing a pending review", error)

    # --- the review

    async def _review(self, report: Report, number: int) -> tuple[tuple[ReportedFinding, ...], str]:
        """Post what is to stand inline; return all findings with what became of them."""
        wanted = [one for one in report.findings if one.shown is Shown.INLINE]
        if not wanted or not self._may_write("the review"):
            return self._settled(report.findings, {}), ""
        try:
            posted = await self._posted(number)
            missing = [one for one in wanted if one.id not in posted]
            url = await self._post_review(report, number, missing) if missing else ""
            return self._settled(report.findings, await self._posted(number)), url
        except PermissionDenied as error:
            self._refused("the review", error)
        except GitHubError as error:
            return await self._one_by_one(report, number, wanted, error)
        return self._settled(report.findings, {}), ""

    async def _post_review(
        self, report: Report, number: int, findings: Sequence[ReportedFinding]
    ) -> str:
        body: dict[str, JsonValue] = {
            "commit_id": report.head_sha,
            "event": "COMMENT",
            "body": render.review_body(len(findings), report.head_sha),
            "comments": [self._comment(report, one) for one in findings],
        }
        answer = await self.api.post(self._path(f"pulls/{number}/reviews"), body)
        url = answer.get("html_url") if isinstance(answer, dict) else None
        return url if isinstance(url, str) else ""

    def _comment(self, report: Report, reported: ReportedFinding) -> dict[str, JsonValue]:
        finding = reported.finding
        last = finding.last_line or finding.line
        comment: dict[str, JsonValue] = {
            "path": finding.path,
            "body": render.review_comment(report.name, reported),
            "line": last,
            "side": finding.side.value,
        }
        if finding.line != last:  # equal ends are refused
            comment |= {"start_line": finding.line, "start_side": finding.side.value}
        return comment

    async def _one_by_one(
        self,
        report: Report,
        number: int,
        wanted: Sequence[ReportedFinding],
        error: GitHubError,
    ) -> tuple[tuple[ReportedFinding, ...], str]:
        """After a refused or lost review: look what is there, then post each finding alone.

        One bad comment rejects a whole review, and GitHub does not say which it was.
        """
        posted: dict[str, str] = {}
        try:
            posted = await self._posted(number)
            for one in wanted:
                if one.id not in posted and self._may_write("a comment"):
                    await self._post_alone(report, number, one)
            posted = await self._posted(number)
        except GitHubError as again:
            self._refused("the review", again)
        if any(one.id not in posted for one in wanted):
            self._refused("some inline comments, now in the table,", error)
        return self._settled(report.findings, posted), ""

    async def _post_alone(self, report: Report, number: int, one: ReportedFinding) -> None:
        comment = {**self._comment(report, one), "commit_id": report.head_sha}
        try:
            await self.api.post(self._path(f"pulls/{number}/comments"), comment)
        except PermissionDenied:
            raise
        except GitHubError:
            return  # this is the one that GitHub refuses; it goes to the table

    async def _posted(self, number: int) -> dict[str, str]:
        """Return addresses of our inline comments by their findings' ids."""
        found: dict[str, str] = {}
        for item in await self.api.get_pages(self._path(f"pulls/{number}/comments")):
            try:
                comment = _Comment.model_validate(item)
            except ValidationError:
                continue
            login = comment.user.login.removesuffix("[bot]") if comment.user else ""
            mark = _finding_id(comment.body or "", self._name)
            if mark and login == self.state.login:
                found[mark] = comment.html_url
        return found

    @property
    def _name(self) -> str:
        return self.audience.name

    def _settled(
        self, findings: Sequence[ReportedFinding], posted: dict[str, str]
    ) -> tuple[ReportedFinding, ...]:
        """Return the findings as they are shown now: inline only if GitHub has the comment."""
        settled: list[ReportedFinding] = []
        for one in findings:
            if one.shown is not Shown.INLINE:
                settled.append(one)
            elif one.id in posted:
                settled.append(one.model_copy(update={"url": posted[one.id]}))
            else:
                shown = without_comment(self.audience)
                settled.append(one.model_copy(update={"shown": shown}))
        return tuple(settled)

    # --- the check run

    async def _with_check(self, report: Report, published: Published) -> Published:
        """Write a check run where the job itself is no check of the pull request."""
        if self.audience.is_check or report.verdict is Verdict.SKIPPED:
            return self._told(published)
        annotated = False
        if self._may_write("the check run"):
            try:
                await checks.write(self.api, self.pull_request.repository, report)
                annotated = True
            except PermissionDenied:
                self._notes.append(
                    "this job is no check of the pull request, and without `checks: write` its "
                    "verdict is advisory"
                )
            except GitHubError as error:
                self._refused("the check run", error)
        return self._told(published, annotated=annotated)

    # --- the sticky comment

    async def _sticky(self, report: Report, number: int) -> str:
        sticky = self.state.sticky
        if not wants_comment(report, self.audience, exists=sticky is not None):
            return ""
        body = render.sticky(
            report,
            self.make_ledger(report.findings),
            self.links,
            (*self.notices, *self._notes),
        )
        if sticky and sticky.body.replace("\r\n", "\n").strip() == body.strip():
            return sticky.url
        if not self._may_write("the comment"):
            return sticky.url if sticky else ""
        try:
            if sticky:
                path = self._path(f"issues/comments/{sticky.id}")
                return _url(await self.api.patch(path, {"body": body})) or sticky.url
            return await self._create(number, body)
        except GitHubError as error:
            self._refused("the comment", error)
            return sticky.url if sticky else ""

    async def _create(self, number: int, body: str) -> str:
        """Create the comment, then look again: of several, the lowest id stays."""
        failed: GitHubError | None = None
        try:
            await self.api.post(self._path(f"issues/{number}/comments"), {"body": body})
        except PermissionDenied:
            raise
        except GitHubError as error:
            failed = error  # the answer may be lost and the comment there
        state = await read_state(self.api, self.pull_request.repository, number, self._name)
        if state.sticky is None:
            if failed is None or not self._may_write("the comment"):
                raise failed or GitHubError("the comment was taken and is not there")
            return _url(
                await self.api.post(self._path(f"issues/{number}/comments"), {"body": body})
            )
        for extra in state.stickies[1:]:
            await self.api.delete(self._path(f"issues/comments/{extra.id}"))
        return state.sticky.url


def _without_table(published: Published) -> Published:
    """Let the job's log show what the comment's table would have, had there been a comment."""
    findings = tuple(
        one.model_copy(update={"shown": Shown.ANNOTATION}) if one.shown is Shown.TABLE else one
        for one in published.findings
    )
    if findings == published.findings:
        return published
    return replace(published, findings=findings, annotated=False)


def _url(answer: JsonValue) -> str:
    url = answer.get("html_url") if isinstance(answer, dict) else None
    return url if isinstance(url, str) else ""


def _finding_id(body: str, name: str) -> str:
    """Return the id in the marker at a comment's end, empty without one."""
    start = render.finding_marker(name, "").removesuffix(" -->")
    _, found, rest = body.rpartition(start)
    return rest.partition(" ")[0] if found else ""
