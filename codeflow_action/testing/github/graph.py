"""What GraphQL can see: the viewer, a pull request's conversation and its review threads."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from codeflow_action.testing.github import writings
from codeflow_action.testing.github.selection import FieldError, QueryError
from codeflow_action.testing.github.state import Hub, Pull
from codeflow_action.testing.github.values import (
    Account,
    Comment,
    Issue,
    JsonObject,
    ReviewComment,
    ReviewState,
    ServedReview,
)

MAX_NODES = 100  # GitHub GraphQL: `first` and `last` of a connection
NO_ACCESS = "Resource not accessible by integration"
type Arguments = Mapping[str, Any]


def queries(hub: Hub) -> JsonObject:
    """Return the root of queries."""
    return {
        "__typename": "Query",
        "viewer": _viewer(hub.viewer),
        "repository": lambda arguments: _repository(hub, arguments),
    }


def _viewer(viewer: Account) -> JsonObject:
    return {"__typename": "User", "id": f"U_{viewer.id}", "login": viewer.login}


def _repository(hub: Hub, arguments: Arguments) -> JsonObject:
    owner, name = required("repository", arguments, "owner", "name")
    known = hub.repositories.get(f"{owner}/{name}".lower())
    if known is None:
        said = f"Could not resolve to a Repository with the name '{owner}/{name}'."
        raise FieldError("NOT_FOUND", said)
    if known.private and not hub.grants("pull_requests=read"):
        raise FieldError("FORBIDDEN", NO_ACCESS)
    known.refresh()

    def pull(arguments: Arguments) -> JsonObject:
        (number,) = required("pullRequest", arguments, "number")
        found = known.pulls.get(number)
        if found is None:
            said = f"Could not resolve to a PullRequest with the number of {number}."
            raise FieldError("NOT_FOUND", said)
        return _pull(found)

    return {
        "__typename": "Repository",
        "id": f"R_{known.id}",
        "nameWithOwner": known.full_name,
        "isPrivate": known.private,
        "pullRequest": pull,
    }


def required(field: str, arguments: Arguments, *names: str) -> tuple[Any, ...]:
    """Return arguments that must be there. Raises `QueryError`."""
    missing = [name for name in names if arguments.get(name) is None]
    if missing:
        listed = ", ".join(missing)
        raise QueryError(f"Field '{field}' is missing required arguments: {listed}")
    return tuple(arguments[name] for name in names)


def _pull(pull: Pull) -> JsonObject:
    viewer = pull.repository.hub.viewer
    visible = [one for one in pull.review_comments if not one.is_pending or one.author == viewer]
    threads = [one for one in visible if one.thread == one.id]
    return {
        "__typename": "PullRequest",
        "id": f"PR_{pull.id}",
        "number": pull.number,
        "title": pull.title,
        "body": pull.body or "",
        "url": pull.html_url,
        "headRefOid": pull.head_sha,
        "headRefName": pull.head,
        "baseRefOid": pull.base_sha,
        "baseRefName": pull.base,
        "state": "MERGED" if pull.is_merged else pull.state.upper(),
        "isDraft": pull.draft,
        "locked": pull.is_locked,
        "author": _author(pull.author),
        "closingIssuesReferences": lambda arguments: _closing(pull, arguments),
        "comments": _connection("comments", pull.comments, lambda one: comment_node(pull, one)),
        "reviews": lambda arguments: _reviews(pull, arguments),
        "reviewThreads": _connection(
            "reviewThreads", threads, lambda one: thread_node(pull, one, visible)
        ),
    }


def _closing(pull: Pull, arguments: Arguments) -> JsonObject:
    repository = pull.repository
    if repository.private and not repository.hub.grants("issues=read"):
        raise FieldError("FORBIDDEN", NO_ACCESS)
    return _connection("closingIssuesReferences", pull.closing(), _issue)(arguments)


def _issue(issue: Issue) -> JsonObject:
    return {
        "__typename": "Issue",
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "repository": {"__typename": "Repository", "nameWithOwner": issue.repository},
    }


def _author(account: Account) -> JsonObject:
    return {"__typename": account.type, "login": account.graphql_login}


def comment_node(pull: Pull, comment: Comment) -> JsonObject:
    """Return a comment of the conversation."""
    return _written(pull, comment, "IssueComment", writings.comment_page(pull, comment)) | {
        "createdAt": comment.created_at,
        "updatedAt": comment.updated_at,
        "isMinimized": bool(comment.minimized_reason),
        "minimizedReason": comment.minimized_reason.lower() or None,
    }


def _written(
    pull: Pull, one: Comment | ServedReview | ReviewComment, typename: str, url: str
) -> JsonObject:
    return {
        "__typename": typename,
        "id": one.node_id,
        "databaseId": one.id,
        "fullDatabaseId": str(one.id),
        "body": one.body,
        "url": url,
        "author": _author(one.author),
        "authorAssociation": one.association,
        "viewerDidAuthor": one.author == pull.repository.hub.viewer,
    }


def _reviews(pull: Pull, arguments: Arguments) -> JsonObject:
    viewer, states = pull.repository.hub.viewer, arguments.get("states")
    wanted = [states] if isinstance(states, str) else states
    found = [
        review
        for review in pull.reviews
        if (review.state is not ReviewState.PENDING or review.author == viewer)
        and (wanted is None or review.state.value in wanted)
    ]
    return _connection("reviews", found, lambda one: _review(pull, one))(arguments)


def _review(pull: Pull, review: ServedReview) -> JsonObject:
    page = f"{pull.html_url}#pullrequestreview-{review.id}"
    return _written(pull, review, "PullRequestReview", page) | {
        "state": review.state.value,
        "submittedAt": review.submitted_at or None,
        "commit": {"__typename": "Commit", "oid": review.commit_id},
    }


def thread_node(pull: Pull, first: ReviewComment, visible: Sequence[ReviewComment]) -> JsonObject:
    """Return the thread that a comment began; it is outdated when its line is gone."""
    line = pull.line_now(first)
    inside = [one for one in visible if one.thread == first.id]
    return {
        "__typename": "PullRequestReviewThread",
        "id": f"PRRT_{first.id}",
        "isResolved": first.id in pull.resolved_threads,
        "isOutdated": line is None and not first.anchor.is_file,
        "path": first.path,
        "line": line,
        "startLine": _start_line(first, line),
        "originalLine": first.line,
        "diffSide": first.anchor.side.value,
        "subjectType": "FILE" if first.anchor.is_file else "LINE",
        "comments": _connection("comments", inside, lambda one: review_comment_node(pull, one)),
    }


def _start_line(first: ReviewComment, line: int | None) -> int | None:
    """Return where a thread of several lines begins now, None for one line or a lost one."""
    anchor = first.anchor
    if line is None or anchor.line is None or anchor.start_line is None:
        return None
    return line - (anchor.line - anchor.start_line)


def review_comment_node(pull: Pull, comment: ReviewComment) -> JsonObject:
    """Return a comment on the diff."""
    page = writings.review_comment_page(pull, comment)
    return _written(pull, comment, "PullRequestReviewComment", page) | {
        "path": comment.path,
        "createdAt": comment.created_at,
        "updatedAt": comment.updated_at,
        "isMinimized": bool(comment.minimized_reason),
        "minimizedReason": comment.minimized_reason.lower() or None,
    }


def _connection[T](
    name: str, items: Sequence[T], shape: Callable[[T], JsonObject]
) -> Callable[[Arguments], JsonObject]:
    """Return a connection: a function of `first`/`after` or `last`/`before`."""

    def page(arguments: Arguments) -> JsonObject:
        start, stop = _span(name, arguments, len(items))
        nodes = [shape(item) for item in items[start:stop]]
        return {
            "__typename": "Connection",
            "totalCount": len(items),
            "nodes": nodes,
            "edges": [
                {"__typename": "Edge", "cursor": f"cursor:{at}", "node": node}
                for at, node in enumerate(nodes, start=start + 1)
            ],
            "pageInfo": {
                "__typename": "PageInfo",
                "hasNextPage": stop < len(items),
                "hasPreviousPage": start > 0,
                "startCursor": f"cursor:{start + 1}" if nodes else None,
                "endCursor": f"cursor:{stop}" if nodes else None,
            },
        }

    return page


def _span(name: str, arguments: Arguments, length: int) -> tuple[int, int]:
    first, last = arguments.get("first"), arguments.get("last")
    size = last if first is None else first
    if size is None:
        said = f"You must provide a `first` or `last` value to properly paginate the `{name}`"
        raise FieldError("MISSING_PAGINATION_BOUNDARIES", f"{said} connection.")
    if size > MAX_NODES:
        word = "last" if first is None else "first"
        said = f"Requesting {size} records on the `{name}` connection exceeds the `{word}` limit"
        raise FieldError("EXCESSIVE_PAGINATION", f"{said} of {MAX_NODES} records.")
    if first is None:
        stop = _cursor(arguments.get("before"), length + 1) - 1
        return max(0, stop - size), stop
    start = _cursor(arguments.get("after"), 0)
    return start, min(length, start + size)


def _cursor(text: str | None, default: int) -> int:
    if text is None:
        return default
    number = text.removeprefix("cursor:")
    if not number.isdecimal():
        raise FieldError("INVALID_CURSOR_ARGUMENTS", f"`{text}` does not appear to be a cursor.")
    return int(number)
