"""Writes comments on the diff: one review, each comment once."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field

from pydantic import JsonValue

from codeflow_action.engine.errors import GitHubError, GitHubUnavailable, PermissionDenied
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.report import Report, ReportedFinding
from codeflow_action.integrations.github.answers import html_url
from codeflow_action.integrations.github.marks import Marks
from codeflow_action.integrations.github.read.conversation import Conversation
from codeflow_action.integrations.github.read.threads import (
    OwnThread,
    doubles,
    own_threads,
    read_threads,
)
from codeflow_action.integrations.github.write.desk import Desk
from codeflow_action.integrations.github.write.placement import Placement
from codeflow_action.integrations.github.write.render.inline_comment import (
    review_body,
    review_comment,
)
from codeflow_action.integrations.github.write.render.links import Links


@dataclass(frozen=True, kw_only=True)
class InlineReview:
    """Post what is to stand on the diff and does not yet; remove what stands there twice."""

    head_sha: str
    findings: tuple[ReportedFinding, ...]
    links: Links

    async def carry_out(self, desk: Desk) -> None:
        """Leave at the desk the comments' addresses, and which of them are still owed."""
        review = _Review(desk=desk, head_sha=self.head_sha, links=self.links)
        threads = desk.conversation.threads
        if unposted_findings := _without(self.findings, _comment_urls(threads, desk.marks)):
            threads = await review.post(unposted_findings)
        # After the review: what this run has posted beside another run's is a double only now.
        for thread in doubles(threads):
            path = f"{desk.repository_path}/pulls/comments/{thread.id}"
            if not await desk.remove(path, "a comment that stands there twice"):
                break
        comment_urls = dict.fromkeys(review.posted_ids, "") | _comment_urls(threads, desk.marks)
        desk.comment_urls |= {
            reported_finding.id: comment_urls[reported_finding.id]
            for reported_finding in self.findings
            if reported_finding.id in comment_urls
        }
        owed_ids = {finding.id for finding in _without(self.findings, comment_urls)}
        desk.owed_ids = frozenset(owed_ids - review.refused_ids)


def plan_inline_review(
    report: Report, placement: Placement, conversation: Conversation, links: Links
) -> Iterator[InlineReview]:
    """Yield the review when there is something to post, or something that may stand there twice."""
    findings = tuple(
        reported_finding
        for reported_finding in report.findings
        if reported_finding.id in placement.inline
    )
    if findings or doubles(conversation.threads):
        yield InlineReview(head_sha=report.head_sha, findings=findings, links=links)


@dataclass(kw_only=True)
class _Review:
    """One review on its way: ids of findings that GitHub has taken, and of those it refuses."""

    desk: Desk
    head_sha: str
    links: Links
    posted_ids: set[str] = field(default_factory=set)
    refused_ids: set[str] = field(default_factory=set)

    async def post(self, unposted_findings: Sequence[ReportedFinding]) -> tuple[OwnThread, ...]:
        """Post what is still missing; return the threads as they are then, as far as is known."""
        earlier = self.desk.conversation.threads
        if not self.desk.has_time("the review"):
            return earlier
        threads = await _threads_or(self.desk, earlier)  # another run may have been faster
        unposted_findings = _without(unposted_findings, _comment_urls(threads, self.desk.marks))
        if not unposted_findings:
            return threads
        await self._post_together(unposted_findings)
        return await _threads_or(self.desk, threads)

    async def _post_together(self, findings: Sequence[ReportedFinding]) -> None:
        """Post one review. GitHub rejects it whole for one bad comment: then each goes alone."""
        body: dict[str, JsonValue] = {
            "commit_id": self.head_sha,
            "event": "COMMENT",  # neither approves nor blocks: that is for people
            "body": review_body(len(findings), self.head_sha),
            "comments": [
                _comment(reported_finding, self.desk.marks, self.links)
                for reported_finding in findings
            ],
        }
        try:
            self.desk.review_url = await self._post_once("reviews", body, findings)
        except GitHubUnavailable as error:
            # Not refused, so not posted one by one: each would be another notification, and the
            # next run posts what is still owed.
            self.desk.note_refusal("the review, whose comments are in the table,", error)
        except GitHubError as error:
            if error.status == 422 and not isinstance(error, PermissionDenied):
                await self._post_one_by_one(findings, error)
            else:
                self.refused_ids.update(reported_finding.id for reported_finding in findings)
                self.desk.note_refusal("the review", error)

    async def _post_one_by_one(
        self, findings: Sequence[ReportedFinding], refusal: GitHubError
    ) -> None:
        """Post each finding alone: GitHub does not say which of them it refuses."""
        for reported_finding in findings:
            if not self.desk.has_time("a comment"):
                return
            # Outside a review every comment names its commit itself.
            comment = _comment(reported_finding, self.desk.marks, self.links)
            comment["commit_id"] = self.head_sha
            try:
                await self._post_once("comments", comment, [reported_finding])
            except (GitHubUnavailable, PermissionDenied) as error:
                self.desk.note_refusal("the inline comments, now in the table,", error)
                return
            except GitHubError:
                self.refused_ids.add(reported_finding.id)
                self.desk.note_refusal("some inline comments, now in the table,", refusal)

    async def _post_once(
        self, path: str, body: Mapping[str, JsonValue], findings: Sequence[ReportedFinding]
    ) -> str:
        """Post comments on these findings; return the answer's address, empty without one."""

        async def has_all() -> bool:
            comment_urls = _comment_urls(await _threads(self.desk), self.desk.marks)
            return not _without(findings, comment_urls)

        url = f"{self.desk.pull_path}/{path}"
        answer = await self.desk.write_once("POST", url, body, has_all)
        self.posted_ids.update(reported_finding.id for reported_finding in findings)
        return html_url(answer)


def _comment(reported_finding: ReportedFinding, marks: Marks, links: Links) -> dict[str, JsonValue]:
    finding = reported_finding.finding
    last = finding.last_line or finding.line
    comment: dict[str, JsonValue] = {
        "path": finding.path,
        "body": review_comment(
            reported_finding, marks.finding(reported_finding.id, finding.path or ""), links
        ),
        "line": last,
        "side": finding.side.value,
    }
    # https://docs.github.com/rest/pulls/comments: a range is named by its start, too.
    if finding.line != last:  # GitHub refuses a range whose ends are equal
        comment |= {"start_line": finding.line, "start_side": finding.side.value}
    return comment


def _without(
    findings: Sequence[ReportedFinding], ids: Collection[str]
) -> tuple[ReportedFinding, ...]:
    return tuple(
        reported_finding for reported_finding in findings if reported_finding.id not in ids
    )


def _comment_urls(threads: Sequence[OwnThread], marks: Marks) -> dict[str, str]:
    """Return addresses of our comments by their findings' ids; of two the older counts."""
    return {
        thread.mark.finding: thread.url
        for thread in reversed(threads)
        if marks.is_ours(thread.mark, thread.path)
    }


async def _threads(desk: Desk) -> tuple[OwnThread, ...]:
    marks, login = desk.marks, desk.conversation.login
    threads = await read_threads(desk.api, marks.repository, marks.number, login)
    return own_threads(threads, marks.name)


async def _threads_or(desk: Desk, earlier: tuple[OwnThread, ...]) -> tuple[OwnThread, ...]:
    try:
        return await _threads(desk)
    except GitHubError:
        return earlier  # what this run has posted is known all the same
