"""Writes remarks on the diff: one review, each remark once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from codeflow_action.engine.errors import GitHubError, GitHubUnavailable, PermissionDenied
from codeflow_action.engine.report import Report, ReportedFinding, Shown
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.marks import Marks
from codeflow_action.integrations.github.read.conversation import State
from codeflow_action.integrations.github.read.threads import OwnThread, doubles, read_threads
from codeflow_action.integrations.github.write import render
from codeflow_action.integrations.github.write.notes import Notes
from codeflow_action.integrations.github.write.once import carry_out, remove


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Where the remarks are now: addresses by findings' ids, empty where GitHub has not told it.

    `owed` could not be posted, though GitHub did not refuse them.
    """

    urls: Mapping[str, str] = field(default_factory=dict)
    owed: frozenset[str] = frozenset()
    review_url: str = ""


@dataclass(kw_only=True)
class ReviewWriter:
    """Posts what is to stand inline and does not yet, and removes what stands there twice."""

    api: GitHubApi
    marks: Marks
    state: State
    notes: Notes
    _posted: set[str] = field(default_factory=set)  # by this run, as GitHub has said
    _refused: set[str] = field(default_factory=set)
    _review_url: str = ""

    async def write(self, report: Report) -> Outcome:
        """Return what came of it; raises nothing that GitHub says."""
        wanted = [one for one in report.findings if one.shown is Shown.INLINE]
        threads = self.state.threads
        if missing := _missing(wanted, self._urls(threads)):
            threads = await self._written(report, missing)
        await self._drop_doubles(threads)
        urls = dict.fromkeys(self._posted, "") | self._urls(threads)
        owed = {one.id for one in _missing(wanted, urls)} - self._refused
        return Outcome(urls=urls, owed=frozenset(owed), review_url=self._review_url)

    async def _written(
        self, report: Report, missing: Sequence[ReportedFinding]
    ) -> tuple[OwnThread, ...]:
        """Post what is still missing; return the threads as they are then, as far as is known."""
        if not self.api.may_write:
            self.notes.no_time("the review")
            return self.state.threads
        before = await self._threads_or(self.state.threads)  # another run may have been faster
        missing = _missing(missing, self._urls(before))
        if not missing:
            return before
        await self._post(report, missing)
        return await self._threads_or(before)

    async def _post(self, report: Report, missing: Sequence[ReportedFinding]) -> None:
        """Post one review. GitHub rejects it whole for one bad comment: then each goes alone."""
        try:
            self._review_url = await carry_out(
                self.api,
                lambda: self._post_review(report, missing),
                lambda: self._found(missing),
            )
            self._posted.update(one.id for one in missing)
        except PermissionDenied as error:
            self._refuse("the review", missing, error)
        except GitHubUnavailable as error:
            self.notes.refused("the review, whose remarks are in the table,", error)
        except GitHubError as error:
            if error.status == 422:
                await self._one_by_one(report, missing, error)
            else:
                self._refuse("the review", missing, error)

    def _refuse(self, what: str, findings: Sequence[ReportedFinding], error: GitHubError) -> None:
        self._refused.update(one.id for one in findings)
        self.notes.refused(what, error)

    async def _post_review(self, report: Report, findings: Sequence[ReportedFinding]) -> str:
        body: dict[str, JsonValue] = {
            "commit_id": report.head_sha,
            "event": "COMMENT",
            "body": render.review_body(len(findings), report.head_sha),
            "comments": [self._comment(one) for one in findings],
        }
        answer = await self.api.post(self._path("reviews"), body)
        url = answer.get("html_url") if isinstance(answer, dict) else None
        return url if isinstance(url, str) else ""

    def _comment(self, reported: ReportedFinding) -> dict[str, JsonValue]:
        finding = reported.finding
        last = finding.last_line or finding.line
        mark = self.marks.finding(reported.id, finding.path or "")
        comment: dict[str, JsonValue] = {
            "path": finding.path,
            "body": render.review_comment(reported, mark),
            "line": last,
            "side": finding.side.value,
        }
        if finding.line != last:  # equal ends are refused
            comment |= {"start_line": finding.line, "start_side": finding.side.value}
        return comment

    async def _one_by_one(
        self, report: Report, missing: Sequence[ReportedFinding], error: GitHubError
    ) -> None:
        """Post each finding alone: GitHub does not say which of them it refuses."""
        for one in missing:
            if not self.api.may_write:
                self.notes.no_time("a comment")
                return
            try:
                await self._post_alone(report, one)
            except (GitHubUnavailable, PermissionDenied) as again:
                self.notes.refused("the remarks, now in the table,", again)
                return
            except GitHubError:
                self._refuse("some inline comments, now in the table,", [one], error)

    async def _post_alone(self, report: Report, one: ReportedFinding) -> None:
        comment = {**self._comment(one), "commit_id": report.head_sha}

        async def post() -> str:
            await self.api.post(self._path("comments"), comment)
            return ""

        await carry_out(self.api, post, lambda: self._found([one]))
        self._posted.add(one.id)

    async def _found(self, findings: Sequence[ReportedFinding]) -> str | None:
        """Return the empty address when GitHub has all of these remarks, None without one."""
        return None if _missing(findings, self._urls(await self._threads())) else ""

    def _urls(self, threads: Sequence[OwnThread]) -> dict[str, str]:
        """Return addresses of our remarks by their findings; of two the older counts."""
        return {
            thread.mark.finding: thread.url
            for thread in reversed(threads)
            if self.marks.is_ours(thread.mark, thread.path)
        }

    async def _threads(self) -> tuple[OwnThread, ...]:
        marks = self.marks
        return await read_threads(
            self.api, marks.repository, marks.number, marks.name, self.state.login
        )

    async def _threads_or(self, earlier: tuple[OwnThread, ...]) -> tuple[OwnThread, ...]:
        try:
            return await self._threads()
        except GitHubError:
            return earlier  # what this run has posted is known all the same

    async def _drop_doubles(self, threads: Sequence[OwnThread]) -> None:
        for thread in doubles(threads):
            try:
                path = f"/repos/{self.marks.repository}/pulls/comments/{thread.id}"
                await remove(self.api, path)
            except GitHubError as error:
                self.notes.left("a remark that stands there twice", error)
                return

    def _path(self, rest: str) -> str:
        return f"/repos/{self.marks.repository}/pulls/{self.marks.number}/{rest}"


def _missing(
    findings: Sequence[ReportedFinding], urls: Collection[str]
) -> tuple[ReportedFinding, ...]:
    return tuple(one for one in findings if one.id not in urls)
