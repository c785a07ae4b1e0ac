"""Reads what reviewers have left on a pull request, in one GraphQL query.

GraphQL says of each author whether it is an app (`Bot`) or a person, and of each check run whose
app wrote it: a name alone can be registered by anybody.
"""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from codeflow_action.engine.dependencies import Unavailable
from codeflow_action.engine.errors import GitHubError
from codeflow_action.engine.review_traces import ReviewTrace, TraceKind
from codeflow_action.integrations.github.api import GitHubApi

_MAX_TEXT = 20_000  # characters of one text: a notice stands at its start, a commit at its end
# A token without `checks: read` and `statuses: read` may not see it.
_OPTIONAL = "statusCheckRollup"
# Of https://docs.github.com/graphql/reference/enums#commentauthorassociation those who belong here.
_MEMBER_ASSOCIATIONS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
_QUERY = """
query($owner: String!, $name: String!, $number: Int!, $head: GitObjectID!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      author { __typename login }
      reviews(last: 60) {
        nodes {
          author { __typename login }
          authorAssociation state body
          commit { oid }
          comments(first: 20) { nodes { replyTo { id } } }
        }
      }
      comments(last: 100) { nodes { author { __typename login } body } }
    }
    object(oid: $head) {
      ... on Commit {
        statusCheckRollup {
          contexts(last: 100) {
            nodes {
              __typename
              ... on StatusContext { state description creator { __typename login } }
              ... on CheckRun { status conclusion title summary checkSuite { app { slug } } }
            }
          }
        }
      }
    }
  }
}
"""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)


class _Author(_Answer):
    typename: str = Field(default="", alias="__typename")
    login: str = ""


class _Commit(_Answer):
    oid: str = ""


class _ReviewComment(_Answer):
    replyTo: JsonValue = None  # noqa: N815 - GitHub's name


class _ReviewComments(_Answer):
    nodes: list[_ReviewComment] = Field(default_factory=list)


class _Review(_Answer):
    author: _Author | None = None
    authorAssociation: str = ""  # noqa: N815 - GitHub's name
    state: str = ""
    body: str = ""
    commit: _Commit | None = None
    comments: _ReviewComments = Field(default_factory=_ReviewComments)


class _Comment(_Answer):
    author: _Author | None = None
    body: str = ""


class _Reviews(_Answer):
    nodes: list[_Review] = Field(default_factory=list)


class _Comments(_Answer):
    nodes: list[_Comment] = Field(default_factory=list)


class _PullRequestNode(_Answer):
    author: _Author | None = None
    reviews: _Reviews = Field(default_factory=_Reviews)
    comments: _Comments = Field(default_factory=_Comments)


class _App(_Answer):
    slug: str = ""


class _CheckSuite(_Answer):
    app: _App | None = None


class _Context(_Answer):
    """A commit status or a check run: the fields of both."""

    typename: str = Field(default="", alias="__typename")
    state: str | None = None
    description: str | None = None
    creator: _Author | None = None
    status: str | None = None
    conclusion: str | None = None
    title: str | None = None
    summary: str | None = None
    checkSuite: _CheckSuite | None = None  # noqa: N815 - GitHub's name


class _Contexts(_Answer):
    nodes: list[_Context] = Field(default_factory=list)


class _Rollup(_Answer):
    contexts: _Contexts = Field(default_factory=_Contexts)


class _HeadCommit(_Answer):
    statusCheckRollup: _Rollup | None = None  # noqa: N815 - GitHub's name


class _Repository(_Answer):
    pullRequest: _PullRequestNode  # noqa: N815 - GitHub's name
    object: _HeadCommit | None = None


class _Data(_Answer):
    repository: _Repository


async def read_review_traces(
    api: GitHubApi, repository: str, number: int, head_sha: str
) -> tuple[ReviewTrace, ...] | Unavailable:
    """Return the traces, without those of the pull request's author, who reviews nothing of it."""
    owner, _, name = repository.partition("/")
    variables: dict[str, JsonValue] = {"owner": owner, "name": name}
    variables |= {"number": number, "head": head_sha}
    try:
        answer = await api.graphql(_QUERY, variables, optional=_OPTIONAL)
        data = _Data.model_validate(answer).repository
    except GitHubError as error:
        return Unavailable(reason=str(error)[:200])
    except ValidationError:
        return Unavailable(reason="GitHub's answer has an unknown shape")
    author = data.pullRequest.author.login if data.pullRequest.author else ""
    traces = (*_reviews(data.pullRequest), *_comments(data.pullRequest), *_contexts(data, head_sha))
    return tuple(trace for trace in traces if trace.login and trace.login != author)


def _reviews(pull: _PullRequestNode) -> Iterator[ReviewTrace]:
    for review in pull.reviews.nodes:
        yield ReviewTrace(
            kind=TraceKind.REVIEW,
            login=review.author.login if review.author else "",
            is_app=_is_app(review.author),
            is_trusted=review.authorAssociation in _MEMBER_ASSOCIATIONS,
            text=review.body[:_MAX_TEXT],
            commit=review.commit.oid if review.commit else "",
            state=review.state.lower(),
            has_findings=any(comment.replyTo is None for comment in review.comments.nodes),
        )


def _comments(pull: _PullRequestNode) -> Iterator[ReviewTrace]:
    for comment in pull.comments.nodes:
        yield ReviewTrace(
            kind=TraceKind.COMMENT,
            login=comment.author.login if comment.author else "",
            is_app=_is_app(comment.author),
            text=comment.body[:_MAX_TEXT],
        )


def _contexts(data: _Repository, head_sha: str) -> Iterator[ReviewTrace]:
    rollup = data.object.statusCheckRollup if data.object else None
    for context in rollup.contexts.nodes if rollup else ():
        if context.typename == "StatusContext":
            yield ReviewTrace(
                kind=TraceKind.STATUS,
                login=context.creator.login if context.creator else "",
                is_app=_is_app(context.creator),
                text=(context.description or "")[:_MAX_TEXT],
                commit=head_sha,
                state=(context.state or "").lower(),
            )
        elif context.checkSuite and context.checkSuite.app:
            yield ReviewTrace(
                kind=TraceKind.CHECK,
                login=context.checkSuite.app.slug,
                is_app=True,
                text=f"{context.title or ''}\n{context.summary or ''}"[:_MAX_TEXT],
                commit=head_sha,
                state=(context.conclusion or context.status or "").lower(),
            )


def _is_app(author: _Author | None) -> bool:
    return author is not None and author.typename == "Bot"
