"""What was written on a pull request before: our comment and leftovers, others' on the diff."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from codeflow_action.engine.diff import Side
from codeflow_action.engine.errors import GitHubError, NotFound, PermissionDenied
from codeflow_action.engine.foreign_threads import ForeignThread
from codeflow_action.engine.pull_request import Association, LinkedIssue
from codeflow_action.integrations.github.answers import parse_as
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.marks import read_finding, sticky_start
from codeflow_action.integrations.github.read.approval import Timeline, TimelineEvent, TimelineKind
from codeflow_action.integrations.github.read.threads import OwnThread, RestItem, read_threads

ACTIONS_BOT = "github-actions[bot]"
_MAX_PAGES = 20  # of 100 comments and 100 threads; ours is usually among the first
_MAX_COMMENT = 4_000  # characters of a comment on the diff
# The first for tokens with `issues: read` only in private repositories; the second may be alike.
_OPTIONAL = ("closingIssuesReferences", "timelineItems")
_MAX_ISSUE = 4_000  # characters of an issue's text

_QUERY = """
query($owner: String!, $name: String!, $number: Int!, $after: String, $thread: String) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      headRefOid
      author { login }
      closingIssuesReferences(first: 5) {
        nodes { number title body repository { nameWithOwner } }
      }
      comments(first: 100, after: $after) {
        nodes { databaseId url body viewerDidAuthor updatedAt }
        pageInfo { hasNextPage endCursor }
      }
      timelineItems(last: 100, itemTypes: [
        LABELED_EVENT, HEAD_REF_FORCE_PUSHED_EVENT, HEAD_REF_DELETED_EVENT,
        HEAD_REF_RESTORED_EVENT, BASE_REF_CHANGED_EVENT
      ]) {
        nodes {
          __typename
          ... on LabeledEvent { createdAt label { name } actor { __typename login } }
          ... on HeadRefForcePushedEvent { createdAt }
          ... on HeadRefDeletedEvent { createdAt }
          ... on HeadRefRestoredEvent { createdAt }
          ... on BaseRefChangedEvent { createdAt }
        }
        pageInfo { hasPreviousPage }
      }
      reviews(last: 50, states: [PENDING]) { nodes { databaseId viewerDidAuthor } }
      reviewThreads(first: 100, after: $thread) {
        nodes {
          path line startLine diffSide isResolved isOutdated
          comments(first: 1) {
            totalCount
            nodes {
              databaseId url body viewerDidAuthor authorAssociation
              author { __typename login }
            }
          }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""


@dataclass(frozen=True, kw_only=True)
class Sticky:
    """Our comment. `time` is when it was written last, by the server's clock; empty by REST."""

    id: int
    url: str
    body: str
    time: str = ""


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """Ours among what is there. `stickies` are sorted by id: the first is the one that counts.

    So are `threads`, our comments on the diff; `foreign_threads` are what others have begun there.
    `login` is what our writes carry, `issues` are what the pull request closes. The `timeline` is
    empty where GraphQL cannot be asked.
    """

    stickies: tuple[Sticky, ...] = ()
    threads: tuple[OwnThread, ...] = field(default=(), repr=False)
    pending_reviews: tuple[int, ...] = ()
    login: str = ""
    foreign_threads: tuple[ForeignThread, ...] = field(default=(), repr=False)
    issues: tuple[LinkedIssue, ...] = field(default=(), repr=False)
    timeline: Timeline = field(default_factory=Timeline, repr=False)

    @property
    def sticky(self) -> Sticky | None:
        """The comment to edit, None when there is none yet."""
        return self.stickies[0] if self.stickies else None


class _Answer(BaseModel):
    # Built when an answer comes, and not before the first question is sent.
    model_config = ConfigDict(extra="ignore", defer_build=True)


class _Node(_Answer):
    databaseId: int  # noqa: N815 - GitHub's name
    viewerDidAuthor: bool = False  # noqa: N815 - GitHub's name
    url: str = ""
    body: str = ""
    updatedAt: str = ""  # noqa: N815 - GitHub's name


class _PageInfo(_Answer):
    hasNextPage: bool = False  # noqa: N815 - GitHub's name
    hasPreviousPage: bool = False  # noqa: N815 - GitHub's name
    endCursor: str | None = None  # noqa: N815 - GitHub's name


class _Comments(_Answer):
    nodes: list[_Node] = Field(default_factory=list)
    pageInfo: _PageInfo = Field(default_factory=_PageInfo)  # noqa: N815 - GitHub's name


class _Author(_Answer):
    typename: str = Field(default="", alias="__typename")
    login: str = ""


class _ThreadComment(_Answer):
    databaseId: int = 0  # noqa: N815 - GitHub's name
    url: str = ""
    viewerDidAuthor: bool = False  # noqa: N815 - GitHub's name
    authorAssociation: str = ""  # noqa: N815 - GitHub's name
    author: _Author | None = None
    body: str = ""


class _ThreadComments(_Answer):
    totalCount: int = 0  # noqa: N815 - GitHub's name
    nodes: list[_ThreadComment] = Field(default_factory=list)


class _Thread(_Answer):
    path: str
    line: int | None = None
    startLine: int | None = None  # noqa: N815 - GitHub's name
    diffSide: Side = Side.RIGHT  # noqa: N815 - GitHub's name
    isResolved: bool = False  # noqa: N815 - GitHub's name
    isOutdated: bool = False  # noqa: N815 - GitHub's name
    comments: _ThreadComments = Field(default_factory=_ThreadComments)


class _Threads(_Answer):
    nodes: list[_Thread] = Field(default_factory=list)
    pageInfo: _PageInfo = Field(default_factory=_PageInfo)  # noqa: N815 - GitHub's name


class _RepositoryName(_Answer):
    nameWithOwner: str = ""  # noqa: N815 - GitHub's name


class _Issue(_Answer):
    number: int
    title: str = ""
    body: str = ""
    repository: _RepositoryName = Field(default_factory=_RepositoryName)


class _Issues(_Answer):
    nodes: list[_Issue | None] = Field(default_factory=list)


class _LabelName(_Answer):
    name: str


class _TimelineNode(_Answer):
    kind: TimelineKind = Field(alias="__typename")
    createdAt: str  # noqa: N815 - GitHub's name
    label: _LabelName | None = None
    actor: _Author | None = None


class _TimelineItems(_Answer):
    nodes: list[_TimelineNode] = Field(default_factory=list)
    pageInfo: _PageInfo = Field(default_factory=_PageInfo)  # noqa: N815 - GitHub's name


class _PullRequestNode(_Answer):
    author: _Author | None = None
    closingIssuesReferences: _Issues | None = None  # noqa: N815 - GitHub's name
    reviewThreads: _Threads = Field(default_factory=_Threads)  # noqa: N815 - GitHub's name
    comments: _Comments = Field(default_factory=_Comments)
    reviews: _Comments = Field(default_factory=_Comments)
    timelineItems: _TimelineItems | None = None  # noqa: N815 - GitHub's name


async def read_conversation(
    api: GitHubApi, repository: str, number: int, name: str
) -> Conversation:
    """Return our own traces. Anyone can paste our marker, so authorship is GitHub's word.

    One GraphQL query; REST where GraphQL is not to be had, without what others have said: threads
    are GraphQL's alone.
    """
    try:
        return await _by_graphql(api, repository, number, name)
    except (NotFound, PermissionDenied, ValidationError):  # an older server, or a token without it
        return await _by_rest(api, repository, number, name)
    except GitHubError as error:
        if error.status is not None:
            raise
        return await _by_rest(api, repository, number, name)


async def _by_graphql(api: GitHubApi, repository: str, number: int, name: str) -> Conversation:
    owner, _, repo = repository.partition("/")
    after: str | None = None
    thread: str | None = None
    stickies: list[Sticky] = []
    pending_reviews: list[int] = []
    foreign_threads: list[ForeignThread] = []
    threads: list[OwnThread] = []
    issues: tuple[LinkedIssue, ...] = ()
    login = ""
    for _page in range(_MAX_PAGES):
        variables: dict[str, JsonValue] = {"owner": owner, "name": repo, "number": number}
        variables |= {"after": after, "thread": thread}
        data = await api.graphql(_QUERY, variables, optional=_OPTIONAL)
        pull, login = _pull_node(data)
        stickies += [
            Sticky(id=node.databaseId, url=node.url, body=node.body, time=node.updatedAt)
            for node in pull.comments.nodes
            if node.viewerDidAuthor and node.body.startswith(sticky_start(name))
        ]
        pending_reviews = [node.databaseId for node in pull.reviews.nodes if node.viewerDidAuthor]
        foreign_threads += _foreign_threads(pull)
        threads += _own_threads(pull, name)
        issue_nodes = pull.closingIssuesReferences.nodes if pull.closingIssuesReferences else []
        issues = tuple(
            LinkedIssue(number=issue.number, title=issue.title, body=issue.body[:_MAX_ISSUE])
            for issue in issue_nodes
            # An issue of another repository may be for other eyes.
            if issue and issue.repository.nameWithOwner.lower() == repository.lower()
        )
        pages = pull.comments.pageInfo, pull.reviewThreads.pageInfo
        # Two lists are paged through side by side: one request brings a page of each.
        # Of a list that is at its end, the page after its last is empty.
        after, thread = pages[0].endCursor or after, pages[1].endCursor or thread
        if not any(page.hasNextPage for page in pages):
            break
    return Conversation(
        stickies=tuple(sorted(stickies, key=lambda sticky: sticky.id)),
        threads=tuple(sorted(threads, key=lambda thread: thread.id)),
        pending_reviews=tuple(pending_reviews),
        login=login,
        foreign_threads=tuple(foreign_threads),
        issues=issues,
        timeline=_timeline(pull),
    )


def _timeline(pull: _PullRequestNode) -> Timeline:
    items = pull.timelineItems or _TimelineItems()
    events = [
        TimelineEvent(
            kind=node.kind,
            time=node.createdAt,
            label=node.label.name if node.label else "",
            # The login of an app, which GraphQL tells without `[bot]`, may be a person's, too.
            login=node.actor.login if node.actor and node.actor.typename == "User" else "",
        )
        for node in items.nodes
    ]
    return Timeline(events=tuple(events), is_cut=items.pageInfo.hasPreviousPage)


def _own_threads(pull: _PullRequestNode, name: str) -> Iterator[OwnThread]:
    for thread in pull.reviewThreads.nodes:
        first = next(iter(thread.comments.nodes), None)
        mark = read_finding(first.body, name) if first and first.viewerDidAuthor else None
        if first and mark:
            yield OwnThread(
                id=first.databaseId,
                url=first.url,
                path=thread.path,
                mark=mark,
                has_reply=thread.comments.totalCount > 1,
            )


def _foreign_threads(pull: _PullRequestNode) -> Iterator[ForeignThread]:
    """Yield what threads on lines that are still there begin with."""
    owner = pull.author.login if pull.author else ""
    for thread in pull.reviewThreads.nodes:
        first = next(iter(thread.comments.nodes), None)
        if first is None or first.author is None or first.viewerDidAuthor or thread.isOutdated:
            continue
        is_bot = first.author.typename == "Bot"
        association = first.authorAssociation
        is_known = association in Association and Association(association).has_earlier_commits
        # Nobody silences a finding on their own change: such words may stand for ours.
        if first.author.login == owner or not (is_bot or is_known):
            continue
        yield ForeignThread(
            path=thread.path,
            line=thread.startLine or thread.line,
            end_line=thread.line,
            side=thread.diffSide,
            login=first.author.login,
            is_bot=is_bot,
            body=first.body[:_MAX_COMMENT],
            resolved=thread.isResolved,
        )


def _pull_node(data: JsonValue) -> tuple[_PullRequestNode, str]:
    viewer = data.get("viewer") if isinstance(data, dict) else None
    login = viewer.get("login") if isinstance(viewer, dict) else None
    repository = data.get("repository") if isinstance(data, dict) else None
    node = repository.get("pullRequest") if isinstance(repository, dict) else None
    if node is None:
        raise NotFound("GitHub's GraphQL API does not see this pull request", status=404)
    return _PullRequestNode.model_validate(node), str(login or ACTIONS_BOT)


async def _by_rest(api: GitHubApi, repository: str, number: int, name: str) -> Conversation:
    try:
        user = await api.get("/user")
    except GitHubError:  # an installation's token may not ask
        user = None
    user_login = user.get("login") if isinstance(user, dict) else None
    login = user_login if isinstance(user_login, str) else ACTIONS_BOT
    comments = await api.get_pages(f"/repos/{repository}/issues/{number}/comments")
    reviews = await api.get_pages(f"/repos/{repository}/pulls/{number}/reviews")
    threads = await read_threads(api, repository, number, name, login)
    stickies = [
        Sticky(id=item.id, url=item.html_url, body=item.body or "")
        for item in (parse_as(RestItem, comment) for comment in comments)
        if item.is_by(login) and (item.body or "").startswith(sticky_start(name))
    ]
    return Conversation(
        stickies=tuple(sorted(stickies, key=lambda sticky: sticky.id)),
        threads=threads,
        pending_reviews=tuple(
            item.id
            for item in (parse_as(RestItem, review) for review in reviews)
            if item.state == "PENDING" and item.is_by(login)
        ),
        login=login,
    )
