"""Threads on the diff of a pull request: as REST lists them, and which of them are ours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.diff import Side
from codeflow_action.engine.discussion import (
    NO_DISCUSSION,
    ApprovalState,
    Discussion,
    DiscussionComment,
    Speaker,
    Thread,
)
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.opinions import is_talk_of_people
from codeflow_action.engine.pull_request import Association
from codeflow_action.integrations.github.answers import parse_as
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.marks import FindingMark, Marks, read_finding

MAX_COMMENT = 4_000  # characters of a comment by others
_MAX_CODE = 2_000  # characters of the lines that a thread was begun at


@dataclass(frozen=True, kw_only=True)
class OwnThread:
    """A thread on the diff that begins with a comment of ours about one finding.

    That its author is our login is GitHub's word; whether the mark is ours, `Marks.is_ours` tells.
    """

    thread: Thread
    mark: FindingMark

    @property
    def opening(self) -> DiscussionComment:
        """Our comment."""
        return self.thread.comments[0]

    @property
    def id(self) -> int:
        """The REST API's id of our comment."""
        return self.opening.id

    @property
    def url(self) -> str:
        """Where people find it."""
        return self.opening.url

    @property
    def path(self) -> str:
        """The file that it stands at."""
        return self.thread.path

    @property
    def has_reply(self) -> bool:
        """True when somebody has answered it."""
        return len(self.thread.comments) > 1 or self.thread.is_cut


def own_threads(threads: Iterable[Thread], name: str) -> tuple[OwnThread, ...]:
    """Return those that a comment of ours about a finding begins, under that name, oldest first."""
    own = [
        OwnThread(thread=thread, mark=mark)
        for thread in threads
        if thread.comments[0].speaker.is_us
        if (mark := read_finding(thread.comments[0].body, name))
    ]
    return tuple(sorted(own, key=lambda thread: thread.id))


def with_findings(discussion: Discussion, marks: Marks) -> Discussion:
    """Return the discussion in which our threads name their findings; only a seal proves one."""

    def with_finding(thread: Thread) -> Thread:
        own = own_threads([thread], marks.name)
        is_proven = own and marks.seal.is_secret and marks.is_ours(own[0].mark, thread.path)
        return replace(thread, finding_id=own[0].mark.finding) if is_proven else thread

    return replace(discussion, threads=tuple(map(with_finding, discussion.threads)))


def commented_code(hunk: str, side: Side, start: int | None, end: int | None) -> str:
    """Return the lines that a comment is about, as they were then, from the hunk above it.

    GitHub cuts that hunk off below the comment's last line. `start` and `end` are numbers of that
    time; `start` is None for a single line. Empty for a comment on a file.
    """
    if end is None or not hunk.startswith("@@"):
        return ""
    other = "-" if side is Side.RIGHT else "+"
    lines = [line[1:] for line in hunk.split("\n")[1:] if line[:1] not in (other, "\\")]
    count = max(1, end - (start or end) + 1)
    return "\n".join(lines[-count:])[:_MAX_CODE]


@dataclass(frozen=True, kw_only=True)
class StandingComments:
    """Which findings have a comment on the diff: addresses of ours by the findings' ids.

    `doubtful` are findings whose comment may be another workflow's, or was sealed with a key that
    has been changed since: they are not said again there, and shown elsewhere all the same.
    `talks` are threads in which people write to each other.
    """

    urls: Mapping[str, str] = field(default_factory=dict)
    doubtful: frozenset[str] = frozenset()
    talks: tuple[Thread, ...] = ()

    @classmethod
    def of(
        cls, threads: Sequence[OwnThread], marks: Marks, discussion: Discussion = NO_DISCUSSION
    ) -> "StandingComments":
        """Sort the threads; only a seal proves that one is ours."""
        sealed = {
            thread.mark.finding: thread.url
            for thread in reversed(threads)  # of two the older counts
            if marks.seal.is_secret and marks.is_ours(thread.mark, thread.path)
        }
        unproven = {thread.mark.finding for thread in threads} - sealed.keys()
        talks = tuple(
            thread
            for thread in discussion.threads
            if is_talk_of_people(thread) and not thread.is_resolved
        )
        return cls(urls=sealed, doubtful=frozenset(unproven), talks=talks)

    def has_talk_on(self, path: str, side: Side, lines: range) -> bool:
        """True where people are writing to each other on one of these lines."""
        return any(
            thread.path == path and thread.side is side and thread.touches(lines)
            for thread in self.talks
        )


def doubles(threads: Sequence[OwnThread]) -> tuple[OwnThread, ...]:
    """Return what says a second time what an older comment with the very same mark says.

    One that somebody has answered is no double: their words would go with it.
    """
    first: dict[tuple[str, FindingMark], int] = {}
    for thread in threads:
        key = thread.path, thread.mark
        first[key] = min(thread.id, first.get(key, thread.id))
    return tuple(
        thread
        for thread in threads
        if thread.id != first[thread.path, thread.mark] and not thread.has_reply
    )


class RestUser(BaseModel):
    """Who wrote something, as the REST API says it."""

    model_config = ConfigDict(extra="ignore", defer_build=True)
    login: str = ""
    type: str = ""


class RestItem(BaseModel):
    """What somebody has written, as the REST API lists it."""

    model_config = ConfigDict(extra="ignore", defer_build=True)
    id: int
    node_id: str = ""
    body: str | None = ""
    html_url: str = ""
    state: str = ""
    user: RestUser | None = None
    author_association: str = ""
    created_at: str = ""
    submitted_at: str | None = None  # of a review, which has no other time
    updated_at: str = ""

    def is_by(self, login: str) -> bool:
        """True for what that login wrote."""
        return is_login(self.user, login)

    def comment(self, login: str) -> DiscussionComment:
        """Return it as a value; `login` is ours. What is not ours is cut."""
        user, association = self.user or RestUser(login="ghost"), self.author_association
        is_us, body = self.is_by(login), self.body or ""
        return DiscussionComment(
            id=self.id,
            node_id=self.node_id,
            speaker=Speaker(
                login=user.login.removesuffix("[bot]"),
                is_bot=user.type == "Bot",
                is_us=is_us,
                association=Association(association)
                if association in Association
                else Association.NONE,
            ),
            body=body if is_us else body[:MAX_COMMENT],
            time=self.created_at or self.submitted_at or "",
            url=self.html_url,
            # REST tells of no edit; what changed the time may have been something else.
            is_edited=self.updated_at != self.created_at,
            review_state=ApprovalState(self.state) if self.state in ApprovalState else None,
        )


def is_login(user: RestUser | None, login: str) -> bool:
    """True for the account of that login; GraphQL may leave out the `[bot]` of an app's."""
    if user is None:
        return False
    return user.login == login or (user.type == "Bot" and user.login == f"{login}[bot]")


class _RestComment(RestItem):
    path: str = ""
    in_reply_to_id: int | None = None
    line: int | None = None
    start_line: int | None = None
    side: Side = Side.RIGHT
    subject_type: str = ""
    diff_hunk: str = ""
    original_line: int | None = None
    original_start_line: int | None = None


async def read_threads(
    api: GitHubApi, repository: str, number: int, login: str
) -> tuple[Thread, ...]:
    """Return the threads on the diff as they are now; `login` is ours.

    By REST, which does not tell which are resolved.
    """
    answer = await api.get_pages(f"/repos/{repository}/pulls/{number}/comments")
    comments = [parse_as(_RestComment, item) for item in answer]
    by_thread: dict[int, list[_RestComment]] = {}
    for comment in sorted(comments, key=lambda comment: comment.id):
        # An answer names the comment that began its thread.
        by_thread.setdefault(comment.in_reply_to_id or comment.id, []).append(comment)
    return tuple(
        Thread(
            path=thread[0].path,
            line=thread[0].line,
            start_line=thread[0].start_line,
            side=thread[0].side,
            code=commented_code(
                thread[0].diff_hunk,
                thread[0].side,
                thread[0].original_start_line,
                thread[0].original_line,
            ),
            is_outdated=thread[0].line is None and thread[0].subject_type != "file",
            comments=tuple(comment.comment(login) for comment in thread),
        )
        for number_of_first, thread in by_thread.items()
        if thread[0].id == number_of_first  # what is left of a thread whose beginning is gone
    )
