"""What GraphQL can see: the viewer, a pull request's conversation and its review threads.

https://docs.github.com/en/graphql/reference/objects
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from codeflow_action.testing.github import writings
from codeflow_action.testing.github.selection import FieldError, QueryError
from codeflow_action.testing.github.state import Hub, Pull, RepositoryState
from codeflow_action.testing.github.values import (
    Comment,
    Contribution,
    GitHubAccount,
    JsonObject,
    Reaction,
    ReviewComment,
    ReviewState,
    ServedCheckRun,
    ServedReview,
    ServedStatus,
    TimelineEntry,
)

# https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#node-limit
MAX_NODES = 100  # of `first` and `last`
MAX_BLOB_TEXT = (
    512_000  # bytes of a blob's `text`: https://github.com/sveltia/sveltia-cms/issues/950
)
# https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue
_CLOSING_KEYWORD = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+([\w.-]+/[\w.-]+)?#(\d+)", re.IGNORECASE
)
NO_ACCESS = "Resource not accessible by integration"
type Arguments = Mapping[str, Any]


def queries(hub: Hub) -> JsonObject:
    """Return the root of queries."""
    viewer = {"__typename": "User", "id": f"U_{hub.viewer.id}", "login": hub.viewer.login}
    return {
        "__typename": "Query",
        "viewer": viewer,
        "repository": lambda arguments: _repository(hub, arguments),
        "search": lambda arguments: _search(hub, arguments),
    }


def _search(hub: Hub, arguments: Arguments) -> JsonObject:
    """Find pull requests by the qualifiers that it knows.

    https://docs.github.com/search-github/searching-on-github/searching-issues-and-pull-requests
    """
    text, _kind = required_arguments("search", arguments, "query", "type")
    words = dict(word.split(":", 1) for word in text.split())
    if words.keys() - {"repo", "is", "author", "updated"} or words.get("is") != "pr":
        raise QueryError(f"The search {text!r} is none that is served here")
    repository = hub.repositories.get(words["repo"].lower())
    if repository is None or (repository.private and not hub.grants("pull_requests=read")):
        pulls: list[Pull] = []
    else:
        repository.refresh()
        pulls = [
            pull
            for pull in repository.pulls.values()
            if pull.author.login.lower() == words["author"].lower()
            and pull.update_day >= words["updated"].removeprefix(">=")
        ]
    return {"issueCount": len(pulls)} | _connection("search", pulls, _pull_node)(arguments)


def _repository(hub: Hub, arguments: Arguments) -> JsonObject:
    owner, name = required_arguments("repository", arguments, "owner", "name")
    repository = hub.repositories.get(f"{owner}/{name}".lower())
    if repository is None:
        message = f"Could not resolve to a Repository with the name '{owner}/{name}'."
        raise FieldError("NOT_FOUND", message)
    if repository.private and not hub.grants("pull_requests=read"):
        raise FieldError("FORBIDDEN", NO_ACCESS)
    repository.refresh()

    def pull(arguments: Arguments) -> JsonObject:
        (number,) = required_arguments("pullRequest", arguments, "number")
        pull = repository.pulls.get(number)
        if pull is None:
            message = f"Could not resolve to a PullRequest with the number of {number}."
            raise FieldError("NOT_FOUND", message)
        return _pull_node(pull)

    return {
        "__typename": "Repository",
        "id": f"R_{repository.id}",
        "nameWithOwner": repository.full_name,
        "isPrivate": repository.private,
        "pullRequest": pull,
        "pullRequests": lambda arguments: _pulls(repository, arguments),
        "object": lambda arguments: _git_object(repository, arguments),
    }


def _pulls(repository: RepositoryState, arguments: Arguments) -> JsonObject:
    """Return pull requests in the order in which they were opened, as `orderBy` may turn it."""
    order = arguments.get("orderBy") or {}
    # As nothing here tells when a pull request was updated, both orders are one.
    if order and order.get("field") not in ("CREATED_AT", "UPDATED_AT"):
        raise QueryError(f"The order {order!r} is none that is served here")
    states = arguments.get("states")
    pulls = [
        pull
        for pull in repository.pulls.values()
        if states is None or ("MERGED" if pull.is_merged else pull.state.upper()) in states
    ]
    pulls = sorted(pulls, key=lambda pull: pull.number, reverse=order.get("direction") == "DESC")
    return _connection("pullRequests", pulls, _pull_node)(arguments)


def _git_object(repository: RepositoryState, arguments: Arguments) -> JsonObject | None:
    (oid,) = required_arguments("object", arguments, "oid")
    if (content := repository.objects.blob(oid)) is not None:
        if not repository.hub.grants("contents=read"):
            raise FieldError("FORBIDDEN", NO_ACCESS)
        return _blob_node(oid, content)
    return _commit(repository, oid)


def _blob_node(oid: str, content: bytes) -> JsonObject:
    """Return a file's text; what is no UTF-8 is transcoded, so that it is not what git has.

    https://docs.github.com/en/graphql/reference/objects#blob
    """
    is_truncated, is_binary = len(content) > MAX_BLOB_TEXT, b"\0" in content[:8_000]
    text = content[:MAX_BLOB_TEXT].decode("utf-8", "replace")
    return {
        "__typename": "Blob",
        "oid": oid,
        "byteSize": len(content),
        "isBinary": None if is_truncated else is_binary,
        "isTruncated": is_truncated,
        "text": None if is_binary else text,
    }


def _commit(repository: RepositoryState, oid: str) -> JsonObject | None:
    if repository.objects.resolve(oid) != oid:
        return None
    statuses = [_status_node(status) for status in repository.statuses if status.sha == oid]
    runs = [_check_run_node(run) for run in repository.check_runs if run.head_sha == oid]
    contexts = [*statuses, *runs]

    def rollup(_arguments: Arguments) -> JsonObject | None:
        # Each half has a permission of its own.
        hub = repository.hub
        needs = ("checks=read", "statuses=read")
        if repository.private and not all(map(hub.grants, needs)):
            raise FieldError("FORBIDDEN", NO_ACCESS)
        if not contexts:
            return None
        return {
            "__typename": "StatusCheckRollup",
            "contexts": _connection("contexts", contexts, lambda context: context),
        }

    return {"__typename": "Commit", "oid": oid, "statusCheckRollup": rollup}


# A fragment's type is not checked here, so a node of a union has the fields of all its members.
_CONTEXT: Mapping[str, None] = dict.fromkeys(
    ("state", "description", "creator", "status", "conclusion", "title", "summary", "checkSuite")
)


def _status_node(status: ServedStatus) -> JsonObject:
    return {
        **_CONTEXT,
        "__typename": "StatusContext",
        "state": status.state.upper(),
        "description": status.description,
        "creator": _author(status.creator),
    }


def _check_run_node(run: ServedCheckRun) -> JsonObject:
    return {
        **_CONTEXT,
        "__typename": "CheckRun",
        "status": run.status.upper(),
        "conclusion": run.conclusion.upper() or None,
        "title": run.title or None,
        "summary": run.summary or None,
        "checkSuite": {
            "__typename": "CheckSuite",
            "app": {"__typename": "App", "slug": run.app},
        },
    }


def required_arguments(field: str, arguments: Arguments, *names: str) -> tuple[Any, ...]:
    """Return arguments that must be there. Raises `QueryError`."""
    missing_names = [name for name in names if arguments.get(name) is None]
    if missing_names:
        listing = ", ".join(missing_names)
        raise QueryError(f"Field '{field}' is missing required arguments: {listing}")
    return tuple(arguments[name] for name in names)


def _pull_node(pull: Pull) -> JsonObject:
    viewer = pull.repository.hub.viewer
    visible = [
        comment
        for comment in pull.review_comments
        if not comment.is_pending or comment.author == viewer
    ]
    threads = [comment for comment in visible if comment.thread == comment.id]
    return {
        "__typename": "PullRequest",
        "id": f"PR_{pull.id}",
        "number": pull.number,
        "title": pull.title,
        "body": pull.body or "",  # null in REST, never here
        "url": pull.html_url,
        "headRefOid": pull.head_sha,
        "headRefName": pull.head,
        "baseRefOid": pull.base_sha,
        "baseRefName": pull.base,
        "state": "MERGED" if pull.is_merged else pull.state.upper(),
        "isDraft": pull.draft,
        "locked": pull.is_locked,
        "author": _author(pull.author),
        "closingIssuesReferences": lambda arguments: _closing_issues(pull, arguments),
        "comments": _connection(
            "comments", pull.comments, lambda comment: comment_node(pull, comment)
        ),
        "reviews": lambda arguments: _reviews(pull, arguments),
        "timelineItems": lambda arguments: _timeline(pull, arguments),
        "reviewThreads": _connection(
            "reviewThreads", threads, lambda first: thread_node(pull, first, visible)
        ),
    }


def _timeline(pull: Pull, arguments: Arguments) -> JsonObject:
    (wanted_kinds,) = required_arguments("timelineItems", arguments, "itemTypes")
    events = [event for event in pull.timeline if event.enum_name in wanted_kinds]
    return _connection("timelineItems", events, _timeline_node)(arguments)


def _timeline_node(event: TimelineEntry) -> JsonObject:
    node = {"__typename": event.kind, "createdAt": event.time, "actor": _author(event.actor)}
    if event.head_sha:
        node["afterCommit"] = {"__typename": "Commit", "oid": event.head_sha}
    return node | ({"label": {"__typename": "Label", "name": event.label}} if event.label else {})


def _closing_issues(pull: Pull, arguments: Arguments) -> JsonObject:
    repository = pull.repository
    # Issues have a permission of their own; without it the rest of the pull request is still given.
    if repository.private and not repository.hub.grants("issues=read"):
        raise FieldError("FORBIDDEN", NO_ACCESS)
    # Keywords in the description count only when the base is the default branch.
    text = (pull.body or "") if pull.base == repository.default_branch else ""
    references = [
        (full_name or repository.full_name, int(number))
        for full_name, number in _CLOSING_KEYWORD.findall(text)
    ]
    return _connection(
        "closingIssuesReferences",
        [issue for issue in repository.issues if (issue.repository, issue.number) in references],
        lambda issue: {
            "__typename": "Issue",
            "number": issue.number,
            "title": issue.title,
            "body": issue.body,
            "repository": {"__typename": "Repository", "nameWithOwner": issue.repository},
        },
    )(arguments)


def _author(account: GitHubAccount) -> JsonObject:
    # REST writes an app's login with `[bot]`, GraphQL without.
    return {"__typename": account.type, "login": account.login.removesuffix("[bot]")}


def comment_node(pull: Pull, comment: Comment) -> JsonObject:
    """Return a comment of the conversation."""
    page = writings.comment_page(pull, comment)
    return _shared_fields(pull, comment, "IssueComment", page) | _comment_fields(comment)


def _comment_fields(comment: Comment | ReviewComment) -> JsonObject:
    """Return what comments have in common, wherever they stand."""
    is_edited = comment.updated_at != comment.created_at
    return {
        "createdAt": comment.created_at,
        "updatedAt": comment.updated_at,
        "lastEditedAt": comment.updated_at if is_edited else None,
        "isMinimized": bool(comment.minimized_reason),
        "minimizedReason": comment.minimized_reason.lower() or None,
        "reactions": lambda arguments: _reactions(comment.reactions, arguments),
    }


# https://docs.github.com/en/graphql/reference/enums#reactioncontent
_REACTIONS = {"+1": "THUMBS_UP", "-1": "THUMBS_DOWN"}


def _reactions(reactions: Sequence[Reaction], arguments: Arguments) -> JsonObject:
    content = arguments.get("content")
    wanted_reactions = [
        reaction
        for reaction in reactions
        if content in (None, _REACTIONS.get(reaction.content, reaction.content.upper()))
    ]
    return _connection(
        "reactions",
        wanted_reactions,
        lambda reaction: {
            "__typename": "Reaction",
            "content": _REACTIONS.get(reaction.content, reaction.content.upper()),
            # Only people and their accounts: an app's reaction has no user.
            "user": None if reaction.user.is_bot else _author(reaction.user),
        },
    )(arguments)


def _shared_fields(pull: Pull, text: Contribution, typename: str, url: str) -> JsonObject:
    """Return what all that people write has in common."""
    return {
        "__typename": typename,
        "id": text.node_id,
        # The number that REST knows it by; the first field is 32 bits wide and closing down.
        "databaseId": text.id,
        "fullDatabaseId": str(text.id),
        "body": text.body,
        "url": url,
        "author": _author(text.author),
        "authorAssociation": text.association,
        "viewerDidAuthor": text.author == pull.repository.hub.viewer,
    }


def _reviews(pull: Pull, arguments: Arguments) -> JsonObject:
    viewer, states = pull.repository.hub.viewer, arguments.get("states")
    # GraphQL takes one value where a list is asked for: it is a list of one.
    wanted_states = [states] if isinstance(states, str) else states
    reviews = [
        review
        for review in pull.reviews
        if (review.state is not ReviewState.PENDING or review.author == viewer)
        and (wanted_states is None or review.state.value in wanted_states)
    ]
    page = f"{pull.html_url}#pullrequestreview"
    return _connection(
        "reviews",
        reviews,
        lambda review: (
            _shared_fields(pull, review, "PullRequestReview", f"{page}-{review.id}")
            | {
                "state": review.state.value,
                "comments": _review_comments(pull, review),
                "submittedAt": review.submitted_at or None,
                "commit": {"__typename": "Commit", "oid": review.commit_id},
            }
        ),
    )(arguments)


def _review_comments(pull: Pull, review: ServedReview) -> Callable[[Arguments], JsonObject]:
    """Return a review's comments; one that answers another in a thread is among them."""
    return _connection(
        "comments",
        [comment for comment in pull.review_comments if comment.review_id == review.id],
        lambda comment: (
            review_comment_node(pull, comment)
            | {
                "replyTo": None
                if comment.thread == comment.id
                else {"__typename": "PullRequestReviewComment", "id": f"PRRC_{comment.thread}"}
            }
        ),
    )


def thread_node(pull: Pull, first: ReviewComment, visible: Sequence[ReviewComment]) -> JsonObject:
    """Return the thread that a comment began; it is outdated when its line is gone."""
    anchor, line = first.anchor, pull.line_now(first)
    start_line = None
    if line is not None and anchor.line is not None and anchor.start_line is not None:
        start_line = line - (anchor.line - anchor.start_line)  # the range moves as a whole
    comments = [comment for comment in visible if comment.thread == first.id]
    return {
        "__typename": "PullRequestReviewThread",
        "id": f"PRRT_{first.id}",
        "isResolved": first.id in pull.resolved_threads,
        "resolvedBy": _resolver(pull, first),
        "isOutdated": line is None and not anchor.is_file,
        "path": first.path,
        "line": line,
        "startLine": start_line,
        "originalLine": first.line,
        "originalStartLine": anchor.start_line,
        "diffSide": anchor.side.value,
        "subjectType": "FILE" if anchor.is_file else "LINE",
        "comments": _connection(
            "comments", comments, lambda comment: review_comment_node(pull, comment)
        ),
    }


def _resolver(pull: Pull, first: ReviewComment) -> JsonObject | None:
    if first.id not in pull.resolved_threads:
        return None
    return _author(GitHubAccount.from_login(pull.resolvers.get(first.id, "mona")))


def review_comment_node(pull: Pull, comment: ReviewComment) -> JsonObject:
    """Return a comment on the diff."""
    page = writings.review_comment_page(pull, comment)
    return _shared_fields(pull, comment, "PullRequestReviewComment", page) | {
        "path": comment.path,
        "diffHunk": comment.diff_hunk,
        **_comment_fields(comment),
    }


def _connection[T](
    name: str, values: Sequence[T], shape: Callable[[T], JsonObject]
) -> Callable[[Arguments], JsonObject]:
    """Return a connection: a function of `first`/`after` or `last`/`before`.

    https://docs.github.com/en/graphql/guides/using-pagination-in-the-graphql-api
    """

    def page(arguments: Arguments) -> JsonObject:
        start, stop = _span(name, arguments, len(values))
        nodes = [shape(value) for value in values[start:stop]]
        return {
            "__typename": "Connection",
            "totalCount": len(values),
            "nodes": nodes,
            "edges": [
                {"__typename": "Edge", "cursor": f"cursor:{number}", "node": node}
                for number, node in enumerate(nodes, start=start + 1)
            ],
            "pageInfo": {
                "__typename": "PageInfo",
                "hasNextPage": stop < len(values),
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
        message = f"You must provide a `first` or `last` value to properly paginate the `{name}`"
        raise FieldError("MISSING_PAGINATION_BOUNDARIES", f"{message} connection.")
    if size > MAX_NODES:
        word = "last" if first is None else "first"
        message = f"Requesting {size} records on the `{name}` connection exceeds the `{word}` limit"
        raise FieldError("EXCESSIVE_PAGINATION", f"{message} of {MAX_NODES} records.")
    if first is None:
        stop = _cursor_number(arguments.get("before"), length + 1) - 1
        return max(0, stop - size), stop
    start = _cursor_number(arguments.get("after"), 0)
    return start, min(length, start + size)


def _cursor_number(text: str | None, default: int) -> int:
    if text is None:
        return default
    number = text.removeprefix("cursor:")
    if not number.isdecimal():
        raise FieldError("INVALID_CURSOR_ARGUMENTS", f"`{text}` does not appear to be a cursor.")
    return int(number)
