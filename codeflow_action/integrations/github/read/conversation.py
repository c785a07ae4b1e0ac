"""What was written on a pull request before: our comment and leftovers, and others' words."""

from dataclasses import field, replace
from functools import cached_property

from pydantic import JsonValue, ValidationError

from codeflow_action.engine.discussion import Discussion, DiscussionComment, Thread
from codeflow_action.engine.errors import GitHubError, NotFound, PermissionDenied
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.pull_request import LinkedIssue
from codeflow_action.integrations.github.answers import parse_as
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.marks import sticky_start
from codeflow_action.integrations.github.read.approval import Timeline
from codeflow_action.integrations.github.read.conversation_query import (
    OPTIONAL,
    QUERY,
    STANDING_QUERY,
    CommentNode,
    ConversationPage,
)
from codeflow_action.integrations.github.read.threads import (
    OwnThread,
    RestItem,
    own_threads,
    read_threads,
)

ACTIONS_BOT = "github-actions[bot]"
_MAX_PAGES = 20  # of 100 comments and 100 threads; ours is usually among the first
# Characters of what others have said, all comments together: as much as 500 of the longest that are
# kept. Whoever writes more than that is not read to the end, and hides nothing of ours.
_MAX_TEXT = 2_000_000


@dataclass(frozen=True, kw_only=True)
class Sticky:
    """Our comment. `time` is when it was written last, by the server's clock; empty by REST."""

    id: int
    url: str
    body: str
    time: str = ""


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """What stands on a pull request. `stickies` are sorted by id: the first is the one that counts.

    They are no part of the `discussion`. `name` is the run's: only marks of that name are ours.
    `login` is what our writes carry, `issues` are what the pull request closes. The `timeline` is
    empty where GraphQL cannot be asked.
    """

    name: str = ""
    stickies: tuple[Sticky, ...] = ()
    discussion: Discussion = field(default_factory=Discussion, repr=False)
    pending_reviews: tuple[int, ...] = ()
    login: str = ""
    issues: tuple[LinkedIssue, ...] = field(default=(), repr=False)
    timeline: Timeline = field(default_factory=Timeline, repr=False)

    @property
    def sticky(self) -> Sticky | None:
        """The comment to edit, None when there is none yet."""
        return self.stickies[0] if self.stickies else None

    @cached_property
    def threads(self) -> tuple[OwnThread, ...]:
        """The threads that our comments on findings have begun, oldest first."""
        return own_threads(self.discussion.threads, self.name)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What stands on a pull request just before we write.

    `head_sha` is empty where GitHub does not tell; `stickies` are as in `Conversation`, and empty
    where nobody knows, too.
    """

    head_sha: str
    stickies: tuple[Sticky, ...] = ()


async def read_conversation(
    api: GitHubApi, repository: str, number: int, name: str
) -> Conversation:
    """Return what was written. Anyone can paste our marker, so authorship is GitHub's word.

    One GraphQL query; REST where GraphQL is not to be had. That does not tell who resolved a thread
    or put a thumb down, nor what happened to the head.
    """
    try:
        return await _by_graphql(api, repository, number, name)
    except ValidationError:
        return await _by_rest(api, repository, number, name)
    except GitHubError as error:
        if not _is_for_rest(error):
            raise
        return await _by_rest(api, repository, number, name)


def _is_for_rest(error: GitHubError) -> bool:
    """True where GraphQL is not to be had: an older server, or a token or a way without it."""
    return isinstance(error, NotFound | PermissionDenied) or error.status is None


async def _by_graphql(api: GitHubApi, repository: str, number: int, name: str) -> Conversation:
    owner, _, repo = repository.partition("/")
    after: str | None = None
    thread: str | None = None
    stickies: list[Sticky] = []
    comments: list[DiscussionComment] = []
    threads: list[Thread] = []
    for _page in range(_MAX_PAGES):
        variables: dict[str, JsonValue] = {"owner": owner, "name": repo, "number": number}
        variables |= {"after": after, "thread": thread}
        page = ConversationPage.of(await api.graphql(QUERY, variables, optional=OPTIONAL))
        for node in page.comments:
            if sticky := _sticky(node, name):
                stickies.append(sticky)
            else:
                comments.append(node.comment())
        threads += page.threads
        after, thread = page.cursors(after, thread)
        if not page.has_next:
            break
    texts = page.node.texts  # the same on each page
    discussion = Discussion(
        comments=tuple(comments),
        reviews=tuple(node.comment() for node in texts.nodes),
        threads=tuple(threads),
        is_cut=page.has_next,
        has_more_reviews=texts.pageInfo.hasPreviousPage,
    )
    return Conversation(
        name=name,
        stickies=tuple(sorted(stickies, key=lambda sticky: sticky.id)),
        discussion=bounded(discussion),
        pending_reviews=page.pending_reviews,
        login=page.login or ACTIONS_BOT,
        issues=page.issues(repository),
        timeline=page.timeline,
    )


def _sticky(node: CommentNode, name: str) -> Sticky | None:
    """Return our comment of that name, None for any other comment."""
    if not (node.viewerDidAuthor and node.body.startswith(sticky_start(name))):
        return None
    return Sticky(id=node.databaseId, url=node.url, body=node.body, time=node.updatedAt)


async def read_standing(api: GitHubApi, repository: str, number: int, name: str) -> Standing:
    """Return the head and our comment as they are now. Raises `GitHubError`.

    One question; where GraphQL is not to be had, REST is asked for the head alone.
    """
    owner, _, repo = repository.partition("/")
    variables: dict[str, JsonValue] = {"owner": owner, "name": repo, "number": number}
    try:
        page = ConversationPage.of(await api.graphql(STANDING_QUERY, variables))
    except ValidationError:
        page = None
    except GitHubError as error:
        if not _is_for_rest(error) or api.is_over:
            raise
        page = None
    if page:
        nodes = [_sticky(node, name) for node in page.comments]
        stickies = sorted((node for node in nodes if node), key=lambda sticky: sticky.id)
        return Standing(head_sha=page.head_sha, stickies=tuple(stickies))
    answer = await api.get(f"/repos/{repository}/pulls/{number}")
    head = answer.get("head") if isinstance(answer, dict) else None
    sha = head.get("sha") if isinstance(head, dict) else None
    return Standing(head_sha=sha if isinstance(sha, str) else "")


def bounded(discussion: Discussion, max_text: int = _MAX_TEXT) -> Discussion:
    """Return the discussion with at most so many characters of others' text; ours stays whole."""
    room = max_text

    def with_room(comments: tuple[DiscussionComment, ...]) -> tuple[DiscussionComment, ...]:
        nonlocal room
        result = []
        for comment in comments:
            fits = comment.speaker.is_us or len(comment.body) <= room
            room -= 0 if comment.speaker.is_us or not fits else len(comment.body)
            result.append(comment if fits else replace(comment, body=""))
        return tuple(result)

    # The diff first: what is said there is about findings.
    threads = tuple(
        replace(thread, comments=with_room(thread.comments)) for thread in discussion.threads
    )
    comments = with_room(discussion.comments)
    reviews = with_room(discussion.reviews)
    is_cut = discussion.is_cut or (threads, comments) != (discussion.threads, discussion.comments)
    return Discussion(
        comments=comments,
        reviews=reviews,
        threads=threads,
        is_cut=is_cut,
        has_more_reviews=discussion.has_more_reviews or reviews != discussion.reviews,
    )


async def _by_rest(api: GitHubApi, repository: str, number: int, name: str) -> Conversation:
    try:
        user = await api.get("/user")
    except GitHubError:  # an installation's token may not ask
        user = None
    user_login = user.get("login") if isinstance(user, dict) else None
    login = user_login if isinstance(user_login, str) else ACTIONS_BOT
    answer = await api.get_pages(f"/repos/{repository}/issues/{number}/comments")
    reviews = [
        parse_as(RestItem, review)
        for review in await api.get_pages(f"/repos/{repository}/pulls/{number}/reviews")
    ]
    threads = await read_threads(api, repository, number, login)
    items = [parse_as(RestItem, comment) for comment in answer]
    stickies = [
        item
        for item in items
        if item.is_by(login) and (item.body or "").startswith(sticky_start(name))
    ]
    comments = tuple(item.comment(login) for item in items if item not in stickies)
    texts = tuple(review.comment(login) for review in reviews if review.state != "PENDING")
    return Conversation(
        name=name,
        stickies=tuple(
            Sticky(id=item.id, url=item.html_url, body=item.body or "")
            for item in sorted(stickies, key=lambda item: item.id)
        ),
        # Nobody knows who resolved a thread, or put a thumb down.
        discussion=bounded(
            Discussion(comments=comments, reviews=texts, threads=threads, is_cut=True)
        ),
        pending_reviews=tuple(
            review.id for review in reviews if review.state == "PENDING" and review.is_by(login)
        ),
        login=login,
    )
