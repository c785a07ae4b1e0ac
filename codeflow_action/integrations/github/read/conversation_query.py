"""The one question about a pull request's conversation, and what its answer means.

What it costs, by the rules of
https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api, for one
page at its largest. Points: a connection counts as often as it is asked, which is once for each
node above it. That makes 6 of the pull request and 300 of threads (`opening`, its `reactions`,
`comments`), 306 together; a hundredth of it is 3 points, of 1,000 in an hour that all jobs of a
repository share. Were thumbs asked of every comment instead of those that open a thread, it would
be 24. Nodes: 455 of the pull request, and of threads 100 + 100 * 10 + 100 * 20; that is 3,555 of
500,000.
"""

from collections.abc import Iterator
from dataclasses import field, replace

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from codeflow_action.engine.diff import Side
from codeflow_action.engine.discussion import ApprovalState, DiscussionComment, Speaker, Thread
from codeflow_action.engine.errors import NotFound
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.pull_request import Association, LinkedIssue
from codeflow_action.integrations.github.read.approval import Timeline, TimelineEvent, TimelineKind
from codeflow_action.integrations.github.read.threads import MAX_COMMENT, commented_code

# The first for tokens with `issues: read` only in private repositories; the second may be alike.
OPTIONAL = ("closingIssuesReferences", "timelineItems")
_MAX_ISSUE = 4_000  # characters of an issue's text

QUERY = """
query($owner: String!, $name: String!, $number: Int!, $after: String, $thread: String) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      closingIssuesReferences(first: 5) {
        nodes { number title body repository { nameWithOwner } }
      }
      comments(first: 100, after: $after) {
        nodes {
          databaseId id url body viewerDidAuthor authorAssociation
          author { __typename login }
          createdAt updatedAt lastEditedAt isMinimized
        }
        pageInfo { hasNextPage endCursor }
      }
      timelineItems(last: 100, itemTypes: [
        LABELED_EVENT, UNLABELED_EVENT, HEAD_REF_FORCE_PUSHED_EVENT, HEAD_REF_DELETED_EVENT,
        HEAD_REF_RESTORED_EVENT, BASE_REF_CHANGED_EVENT
      ]) {
        nodes {
          __typename
          ... on LabeledEvent { createdAt label { name } actor { __typename login } }
          ... on UnlabeledEvent { createdAt label { name } actor { __typename login } }
          ... on HeadRefForcePushedEvent { createdAt afterCommit { oid } }
          ... on HeadRefDeletedEvent { createdAt }
          ... on HeadRefRestoredEvent { createdAt }
          ... on BaseRefChangedEvent { createdAt }
        }
        pageInfo { hasPreviousPage }
      }
      reviews(last: 50, states: [PENDING]) { nodes { databaseId viewerDidAuthor } }
      texts: reviews(last: 100, states: [APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED]) {
        nodes {
          databaseId id url body viewerDidAuthor authorAssociation
          author { __typename login }
          createdAt: submittedAt state
        }
        pageInfo { hasPreviousPage }
      }
      reviewThreads(first: 100, after: $thread) {
        nodes {
          id path line startLine diffSide isResolved isOutdated originalLine originalStartLine
          resolvedBy { __typename login }
          opening: comments(first: 1) {
            nodes {
              diffHunk
              reactions(content: THUMBS_DOWN, first: 10) { nodes { user { login } } }
            }
          }
          comments(first: 20) {
            totalCount
            nodes {
              databaseId id url body viewerDidAuthor authorAssociation
              author { __typename login }
              createdAt lastEditedAt isMinimized
            }
          }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""


# What may have changed while a run was working: 1 point, and 100 nodes. Our comment is among the
# first, because the first run writes it.
STANDING_QUERY = """
query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      headRefOid
      comments(first: 100) { nodes { databaseId url body viewerDidAuthor updatedAt } }
    }
  }
}
"""


class _Answer(BaseModel):
    # Built when an answer comes, and not before the first question is sent.
    model_config = ConfigDict(extra="ignore", defer_build=True)


class _PageInfo(_Answer):
    hasNextPage: bool = False  # noqa: N815 - GitHub's name
    hasPreviousPage: bool = False  # noqa: N815 - GitHub's name
    endCursor: str | None = None  # noqa: N815 - GitHub's name


class _Author(_Answer):
    typename: str = Field(default="", alias="__typename")
    login: str = ""


class _Reactor(_Answer):
    login: str = ""


class _Reaction(_Answer):
    user: _Reactor | None = None


class _Reactions(_Answer):
    nodes: list[_Reaction] = Field(default_factory=list)


class CommentNode(_Answer):
    """A comment, or a review's text; there are reactions to none but those that open a thread."""

    databaseId: int = 0  # noqa: N815 - GitHub's name
    id: str = ""
    url: str = ""
    body: str = ""
    viewerDidAuthor: bool = False  # noqa: N815 - GitHub's name
    authorAssociation: str = ""  # noqa: N815 - GitHub's name
    author: _Author | None = None
    createdAt: str | None = ""  # noqa: N815 - GitHub's name
    updatedAt: str = ""  # noqa: N815 - GitHub's name
    lastEditedAt: str | None = None  # noqa: N815 - GitHub's name
    isMinimized: bool = False  # noqa: N815 - GitHub's name
    state: str = ""

    def comment(self, downvoters: tuple[str, ...] = ()) -> DiscussionComment:
        """Return it as a value; what is not ours is cut."""
        # The account of somebody who has left is nobody's: GitHub shows it as `ghost`.
        author = self.author or _Author(login="ghost")
        association = self.authorAssociation
        return DiscussionComment(
            id=self.databaseId,
            node_id=self.id,
            speaker=Speaker(
                login=author.login.removesuffix("[bot]"),
                is_bot=author.typename == "Bot",
                is_us=self.viewerDidAuthor,
                association=Association(association)
                if association in Association
                else Association.NONE,
            ),
            # A mark of ours stands at the end.
            body=self.body if self.viewerDidAuthor else self.body[:MAX_COMMENT],
            time=self.createdAt or "",
            url=self.url,
            is_edited=self.lastEditedAt is not None,
            is_minimized=self.isMinimized,
            downvoters=downvoters,
            review_state=ApprovalState(self.state) if self.state in ApprovalState else None,
        )


class _Comments(_Answer):
    nodes: list[CommentNode] = Field(default_factory=list)
    pageInfo: _PageInfo = Field(default_factory=_PageInfo)  # noqa: N815 - GitHub's name


class _OpeningComment(_Answer):
    diffHunk: str = ""  # noqa: N815 - GitHub's name
    reactions: _Reactions | None = None


class _Opening(_Answer):
    nodes: list[_OpeningComment] = Field(default_factory=list)

    @property
    def diff_hunk(self) -> str:
        """The part of the diff that it was written below."""
        return self.nodes[0].diffHunk if self.nodes else ""

    @property
    def downvoters(self) -> tuple[str, ...]:
        """Who has put a thumb down on it."""
        lists = [node.reactions or _Reactions() for node in self.nodes]
        users = [reaction.user for reactions in lists for reaction in reactions.nodes]
        return tuple(user.login for user in users if user and user.login)


class _ThreadComments(_Answer):
    totalCount: int = 0  # noqa: N815 - GitHub's name
    nodes: list[CommentNode] = Field(default_factory=list)


class _Thread(_Answer):
    id: str = ""
    path: str
    line: int | None = None
    startLine: int | None = None  # noqa: N815 - GitHub's name
    diffSide: Side = Side.RIGHT  # noqa: N815 - GitHub's name
    isResolved: bool = False  # noqa: N815 - GitHub's name
    isOutdated: bool = False  # noqa: N815 - GitHub's name
    originalLine: int | None = None  # noqa: N815 - GitHub's name
    originalStartLine: int | None = None  # noqa: N815 - GitHub's name
    resolvedBy: _Author | None = None  # noqa: N815 - GitHub's name
    opening: _Opening = Field(default_factory=_Opening)
    comments: _ThreadComments = Field(default_factory=_ThreadComments)

    @property
    def value(self) -> Thread | None:
        """The thread, None where its comments are not to be seen."""
        if not self.comments.nodes:
            return None
        first, *replies = self.comments.nodes
        comments = (first.comment(self.opening.downvoters), *(node.comment() for node in replies))
        # Whoever resolved it by an app's token is no person.
        is_person = self.resolvedBy is not None and self.resolvedBy.typename == "User"
        return Thread(
            node_id=self.id,
            path=self.path,
            line=self.line,
            start_line=self.startLine,
            side=self.diffSide,
            code=commented_code(
                self.opening.diff_hunk, self.diffSide, self.originalStartLine, self.originalLine
            ),
            is_outdated=self.isOutdated,
            is_resolved=self.isResolved,
            resolver=self.resolvedBy.login if self.resolvedBy and is_person else "",
            comments=comments,
            is_cut=self.comments.totalCount > len(comments),
        )


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


class _Commit(_Answer):
    oid: str = ""


class _TimelineNode(_Answer):
    kind: TimelineKind = Field(alias="__typename")
    createdAt: str  # noqa: N815 - GitHub's name
    label: _LabelName | None = None
    actor: _Author | None = None
    afterCommit: _Commit | None = None  # noqa: N815 - GitHub's name


class _TimelineItems(_Answer):
    nodes: list[_TimelineNode] = Field(default_factory=list)
    pageInfo: _PageInfo = Field(default_factory=_PageInfo)  # noqa: N815 - GitHub's name


class _PullRequestNode(_Answer):
    headRefOid: str = ""  # noqa: N815 - GitHub's name
    closingIssuesReferences: _Issues | None = None  # noqa: N815 - GitHub's name
    reviewThreads: _Threads = Field(default_factory=_Threads)  # noqa: N815 - GitHub's name
    comments: _Comments = Field(default_factory=_Comments)
    reviews: _Comments = Field(default_factory=_Comments)
    texts: _Comments = Field(default_factory=_Comments)
    timelineItems: _TimelineItems | None = None  # noqa: N815 - GitHub's name


@dataclass(frozen=True, kw_only=True)
class ConversationPage:
    """One page of the answer. `login` is what our writes carry, empty where GitHub does not say."""

    login: str
    node: _PullRequestNode = field(repr=False)

    @classmethod
    def of(cls, data: JsonValue) -> "ConversationPage":
        """Read the `data` of the answer. Raises `NotFound`, or pydantic's `ValidationError`."""
        viewer = data.get("viewer") if isinstance(data, dict) else None
        login = viewer.get("login") if isinstance(viewer, dict) else None
        repository = data.get("repository") if isinstance(data, dict) else None
        node = repository.get("pullRequest") if isinstance(repository, dict) else None
        if node is None:
            raise NotFound("GitHub's GraphQL API does not see this pull request", status=404)
        return cls(login=str(login or ""), node=_PullRequestNode.model_validate(node))

    @property
    def head_sha(self) -> str:
        """The head, empty where the question was not asked."""
        return self.node.headRefOid

    @property
    def comments(self) -> tuple[CommentNode, ...]:
        """What stands below the description."""
        return tuple(self.node.comments.nodes)

    @property
    def threads(self) -> Iterator[Thread]:
        """What stands on the diff."""
        for node in self.node.reviewThreads.nodes:
            thread = node.value
            if thread is not None:
                # Where a person's token is ours, what we have resolved is nobody's opinion.
                is_ours = thread.resolver == self.login
                yield replace(thread, resolver="") if is_ours else thread

    @property
    def pending_reviews(self) -> tuple[int, ...]:
        """Reviews of ours that nobody else can see."""
        return tuple(node.databaseId for node in self.node.reviews.nodes if node.viewerDidAuthor)

    @property
    def has_next(self) -> bool:
        """True where there are more comments or more threads."""
        return (
            self.node.comments.pageInfo.hasNextPage or self.node.reviewThreads.pageInfo.hasNextPage
        )

    def cursors(self, after: str | None, thread: str | None) -> tuple[str | None, str | None]:
        """Return where the next page begins, after one that began at these.

        Two lists are paged through side by side: one request brings a page of each. Of a list that
        is at its end, the page after its last is empty.
        """
        comments, threads = self.node.comments.pageInfo, self.node.reviewThreads.pageInfo
        return comments.endCursor or after, threads.endCursor or thread

    def issues(self, repository: str) -> tuple[LinkedIssue, ...]:
        """Return the issues of this repository that the pull request closes."""
        references = self.node.closingIssuesReferences
        return tuple(
            LinkedIssue(number=issue.number, title=issue.title, body=issue.body[:_MAX_ISSUE])
            for issue in (references.nodes if references else [])
            # An issue of another repository may be for other eyes.
            if issue and issue.repository.nameWithOwner.lower() == repository.lower()
        )

    def _is_own(self, actor: _Author) -> bool:
        """True for the account that our writes carry; only there an app's login has `[bot]`."""
        suffix = "[bot]" if actor.typename == "Bot" else ""
        return bool(actor.login) and f"{actor.login}{suffix}" == self.login

    @property
    def timeline(self) -> Timeline:
        """What happened to head, base and labels."""
        items = self.node.timelineItems or _TimelineItems()
        events = [
            TimelineEvent(
                kind=node.kind,
                time=node.createdAt,
                label=node.label.name if node.label else "",
                # The login of an app, told without `[bot]` here, may be a person's, too.
                login=node.actor.login if node.actor and node.actor.typename == "User" else "",
                is_own=node.actor is not None and self._is_own(node.actor),
                head_sha=node.afterCommit.oid if node.afterCommit else "",
            )
            for node in items.nodes
        ]
        return Timeline(events=tuple(events), is_cut=items.pageInfo.hasPreviousPage)
