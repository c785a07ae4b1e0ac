"""Our inline comments on a pull request: which there are, which are ours, which are doubles."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from codeflow_action.integrations.github.answers import parse_as
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.marks import FindingMark, Marks, read_finding


@dataclass(frozen=True, kw_only=True)
class OwnThread:
    """A thread on the diff that begins with a comment of ours about one finding.

    That its author is our login is GitHub's word; whether the mark is ours, `Marks.is_ours` tells.
    `has_reply` is True when somebody has answered it.
    """

    id: int
    url: str
    path: str
    mark: FindingMark
    has_reply: bool = False


@dataclass(frozen=True, kw_only=True)
class StandingComments:
    """Which findings have a comment on the diff: addresses of ours by the findings' ids.

    `doubtful` are findings whose comment may be another workflow's, or was sealed with a key that
    has been changed since: they are not said again there, and shown elsewhere all the same.
    """

    urls: Mapping[str, str] = field(default_factory=dict)
    doubtful: frozenset[str] = frozenset()

    @classmethod
    def of(cls, threads: Sequence[OwnThread], marks: Marks) -> "StandingComments":
        """Sort the threads; only a seal proves that one is ours."""
        sealed = {
            thread.mark.finding: thread.url
            for thread in reversed(threads)  # of two the older counts
            if marks.seal.is_secret and marks.is_ours(thread.mark, thread.path)
        }
        unproven = {thread.mark.finding for thread in threads} - sealed.keys()
        return cls(urls=sealed, doubtful=frozenset(unproven))


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


class _RestUser(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)
    login: str = ""
    type: str = ""


class RestItem(BaseModel):
    """What somebody has written, as the REST API lists it."""

    model_config = ConfigDict(extra="ignore", defer_build=True)
    id: int
    body: str | None = ""
    html_url: str = ""
    state: str = ""
    user: _RestUser | None = None

    def is_by(self, login: str) -> bool:
        """True for what that login wrote; GraphQL may leave out the `[bot]` of an app's."""
        if self.user is None:
            return False
        is_app = self.user.type == "Bot"
        return self.user.login == login or (is_app and self.user.login == f"{login}[bot]")


class _RestComment(RestItem):
    path: str = ""
    in_reply_to_id: int | None = None


async def read_threads(
    api: GitHubApi, repository: str, number: int, name: str, login: str
) -> tuple[OwnThread, ...]:
    """Return the threads on the diff that `login` began, as they are now, oldest first. By REST."""
    answer = await api.get_pages(f"/repos/{repository}/pulls/{number}/comments")
    comments = [parse_as(_RestComment, item) for item in answer]
    replies = Counter(comment.in_reply_to_id for comment in comments)
    threads = [
        OwnThread(
            id=comment.id,
            url=comment.html_url,
            path=comment.path,
            mark=mark,
            has_reply=replies[comment.id] > 0,
        )
        for comment in comments
        if comment.is_by(login) and comment.in_reply_to_id is None
        if (mark := read_finding(comment.body or "", name))
    ]
    return tuple(sorted(threads, key=lambda thread: thread.id))
