"""Our own comments on the last pull requests that were closed, with the ledgers in them."""

from collections.abc import Iterator
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from codeflow_action.engine.errors import NotFound
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ledger import Ledger
from codeflow_action.integrations.github.answers import parse_as
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.marks import Marks, sticky_start

MAX_PULLS = 200
# Of one question. One list of pull requests and one of comments for each of 20 are 21 requests to
# GitHub's count, of which a hundred are a point; nodes are 20 + 20 * 30 = 620 of 500,000
# (https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api).
_PAGE = 20
_MAX_COMMENTS = 30  # of a pull request: ours comes with the first run

_QUERY = """
query($owner: String!, $name: String!, $first: Int!, $comments: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequests(
      first: $first, after: $after, states: [MERGED, CLOSED],
      orderBy: {field: CREATED_AT, direction: DESC}
    ) {
      nodes {
        number state
        comments(first: $comments) { nodes { body author { __typename login } } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)


class _Writer(_Answer):
    login: str = ""


class _Comment(_Answer):
    body: str = ""
    author: _Writer | None = None


class _Comments(_Answer):
    nodes: list[_Comment] = Field(default_factory=list)


class _Pull(_Answer):
    number: int
    state: str = ""
    comments: _Comments = Field(default_factory=_Comments)


class _PageInfo(_Answer):
    hasNextPage: bool = False  # noqa: N815 - GitHub's name
    endCursor: str | None = None  # noqa: N815 - GitHub's name


class _Pulls(_Answer):
    nodes: list[_Pull] = Field(default_factory=list)
    pageInfo: _PageInfo = Field(default_factory=_PageInfo)  # noqa: N815 - GitHub's name


class _Repository(_Answer):
    pullRequests: _Pulls  # noqa: N815 - GitHub's name


class _Data(_Answer):
    repository: _Repository | None = None


@dataclass(frozen=True, kw_only=True)
class ClosedPull:
    """A pull request that is over. `ledger` is None where no comment of ours has one to believe.

    `is_rejected` where there is a comment of ours by its author whose seal does not hold.
    """

    number: int
    is_merged: bool
    ledger: Ledger | None = None
    is_rejected: bool = False


async def read_closed_pulls(
    api: GitHubApi, marks: Marks, *, author: str, last: int
) -> tuple[ClosedPull, ...]:
    """Return the last pull requests that were closed, newest first.

    `author` is the login that our comments carry. With keys a ledger counts that these have sealed;
    without any, authorship has to do. Raises `GitHubError`.
    """
    owner, _, name = marks.repository.partition("/")
    pulls: list[ClosedPull] = []
    after: str | None = None
    while len(pulls) < min(last, MAX_PULLS):
        first = min(_PAGE, last - len(pulls))
        variables: dict[str, JsonValue] = {"owner": owner, "name": name, "first": first}
        variables |= {"comments": _MAX_COMMENTS, "after": after}
        data = parse_as(_Data, await api.graphql(_QUERY, variables))
        if data.repository is None:
            raise NotFound(f"GitHub does not show the repository {marks.repository}", status=404)
        page = data.repository.pullRequests
        pulls += [_closed_pull(pull, marks, author) for pull in page.nodes]
        after = page.pageInfo.endCursor
        if not page.pageInfo.hasNextPage:
            break
    return tuple(pulls)


def _closed_pull(pull: _Pull, marks: Marks, author: str) -> ClosedPull:
    own_marks = replace(marks, number=pull.number)
    is_merged = pull.state == "MERGED"
    is_rejected = False
    for body in _own_bodies(pull, marks.name, author):
        read = own_marks.read_ledger if marks.seal.is_secret else own_marks.unproven_ledger
        if ledger := read(body):
            return ClosedPull(number=pull.number, is_merged=is_merged, ledger=ledger)
        is_rejected = True
    return ClosedPull(number=pull.number, is_merged=is_merged, is_rejected=is_rejected)


def _own_bodies(pull: _Pull, name: str, author: str) -> Iterator[str]:
    # GraphQL writes an app's login without `[bot]`.
    login = author.removesuffix("[bot]").lower()
    for comment in pull.comments.nodes:
        writer = comment.author.login.removesuffix("[bot]").lower() if comment.author else ""
        if writer == login and comment.body.startswith(sticky_start(name)):
            yield comment.body
