"""What models have cost today on one author's pull requests, by our own sealed comments on them.

One bounded question. Whatever it cannot answer counts as spent: an author decides how many pull
requests there are, and how many comments stand before ours.
"""

from collections.abc import Iterator
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from codeflow_action.engine.errors import GitHubError
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.ledger import Ledger
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.marks import Marks

_MAX_PULLS = 50  # of one author, touched on one day
_MAX_COMMENTS = 20  # of a pull request: ours comes with the first run
# https://docs.github.com/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
_LOGIN = regex(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?")

_QUERY = """
query($search: String!, $pulls: Int!, $comments: Int!) {
  search(query: $search, type: ISSUE, first: $pulls) {
    issueCount
    nodes {
      ... on PullRequest {
        number state isDraft headRefOid
        comments(first: $comments) { totalCount nodes { body viewerDidAuthor } }
      }
    }
  }
}
"""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)


class _Comment(_Answer):
    body: str = ""
    viewerDidAuthor: bool = False  # noqa: N815 - GitHub's name


class _Comments(_Answer):
    totalCount: int  # noqa: N815 - GitHub's name
    nodes: list[_Comment] = Field(default_factory=list)


class _Pull(_Answer):
    number: int
    state: str
    isDraft: bool = False  # noqa: N815 - GitHub's name
    headRefOid: str  # noqa: N815 - GitHub's name
    comments: _Comments

    def ledger(self, marks: Marks) -> Ledger | None:
        """Return what our own comment says, None without one that we have sealed."""
        own_marks = replace(marks, number=self.number)
        ledgers = (
            own_marks.read_ledger(comment.body)
            for comment in self.comments.nodes
            if comment.viewerDidAuthor
        )
        return next(filter(None, ledgers), None)


class _Search(_Answer):
    issueCount: int  # noqa: N815 - GitHub's name
    nodes: list[_Pull] = Field(default_factory=list)


class _Data(_Answer):
    search: _Search


@dataclass(frozen=True, kw_only=True)
class AuthorDay:
    """One author's pull requests on one day. `reserve` is what a run may use, in tokens."""

    login: str
    day: str  # of UTC, as `2026-11-30`
    reserve: int

    async def spent(self, api: GitHubApi, marks: Marks) -> int | None:
        """Return the tokens that were asked for, None where that cannot be told.

        `marks` are those of the pull request that asks.
        """
        if not _LOGIN.fullmatch(self.login):
            return None
        words = f"repo:{marks.repository} is:pr author:{self.login} updated:>={self.day}"
        variables: dict[str, JsonValue] = {"search": words}
        variables |= {"pulls": _MAX_PULLS, "comments": _MAX_COMMENTS}
        try:
            search = _Data.model_validate(await api.graphql(_QUERY, variables)).search
        except (GitHubError, ValidationError):
            return None
        counts = list(self._counts(search.nodes, marks))
        is_whole = search.issueCount <= len(search.nodes)
        return sum(count or 0 for count in counts) if is_whole and None not in counts else None

    def _counts(self, pulls: list[_Pull], marks: Marks) -> Iterator[int | None]:
        for pull in pulls:
            ledger = pull.ledger(marks)
            if ledger is None and pull.comments.totalCount > len(pull.comments.nodes):
                yield None  # ours may be among the rest
            if ledger and ledger.day == self.day:
                yield ledger.day_tokens
            # A run for the head that no comment of ours tells may be under way.
            is_told = ledger is not None and ledger.head_sha == pull.headRefOid
            is_waiting = pull.state == "OPEN" and not pull.isDraft and not is_told
            if is_waiting and pull.number != marks.number:
                yield self.reserve
