"""What GraphQL can change: a comment is minimized, a thread resolved, and either undone.

https://docs.github.com/en/graphql/reference/mutations
"""

from dataclasses import replace

from codeflow_action.testing.github.graph import (
    NO_ACCESS,
    Arguments,
    comment_node,
    required_arguments,
    review_comment_node,
    thread_node,
)
from codeflow_action.testing.github.selection import FieldError, QueryError
from codeflow_action.testing.github.state import Hub, Pull
from codeflow_action.testing.github.values import JsonObject

# https://docs.github.com/en/graphql/reference/enums#reportedcontentclassifiers
_REASONS = ("ABUSE", "DUPLICATE", "OFF_TOPIC", "OUTDATED", "RESOLVED", "SPAM")


def mutations(hub: Hub) -> JsonObject:
    """Return the root of mutations."""
    return {
        "__typename": "Mutation",
        "minimizeComment": lambda arguments: _minimize(hub, arguments),
        "unminimizeComment": lambda arguments: _unminimize(hub, arguments),
        "resolveReviewThread": lambda arguments: _resolve(hub, arguments, is_resolved=True),
        "unresolveReviewThread": lambda arguments: _resolve(hub, arguments, is_resolved=False),
    }


def _all_pulls(hub: Hub) -> list[Pull]:
    # A node's id alone says which thing is meant: mutations name no repository.
    return [pull for repository in hub.repositories.values() for pull in repository.pulls.values()]


def _missing_node(node: str) -> FieldError:
    return FieldError("NOT_FOUND", f"Could not resolve to a node with the global id of '{node}'")


def _minimize(hub: Hub, arguments: Arguments) -> JsonObject:
    (details,) = required_arguments("minimizeComment", arguments, "input")
    node, reason = required_arguments("minimizeComment", details, "subjectId", "classifier")
    if reason not in _REASONS:
        raise QueryError(f"Argument 'classifier' has an invalid value ({reason})")
    return _payload("minimizedComment", _fold(hub, node, reason))


def _unminimize(hub: Hub, arguments: Arguments) -> JsonObject:
    (details,) = required_arguments("unminimizeComment", arguments, "input")
    (node,) = required_arguments("unminimizeComment", details, "subjectId")
    return _payload("unminimizedComment", _fold(hub, node, ""))


def _fold(hub: Hub, node: str, reason: str) -> JsonObject:
    """Fold a comment for a reason, or show it again for none."""
    if not (hub.grants("pull_requests=write") or hub.grants("issues=write")):
        raise FieldError("FORBIDDEN", NO_ACCESS)
    for pull in _all_pulls(hub):
        for comment in pull.comments:
            if comment.node_id == node:
                new_comment = replace(comment, minimized_reason=reason)
                pull.put_comment(new_comment)
                return comment_node(pull, new_comment)
        for review_comment in pull.review_comments:
            if review_comment.node_id == node:
                new = replace(review_comment, minimized_reason=reason)
                pull.put_review_comment(new)
                return review_comment_node(pull, new)
    raise _missing_node(node)


def _resolve(hub: Hub, arguments: Arguments, *, is_resolved: bool) -> JsonObject:
    (details,) = required_arguments("resolveReviewThread", arguments, "input")
    (node,) = required_arguments("resolveReviewThread", details, "threadId")
    # Refused for the tokens of installations whatever they may write. GitHub's own
    # https://github.com/github/gh-aw documents it as a limit of those tokens.
    if hub.viewer.is_bot or not hub.grants("pull_requests=write"):
        raise FieldError("FORBIDDEN", NO_ACCESS)
    for pull in _all_pulls(hub):
        for first in pull.review_comments:
            if f"PRRT_{first.thread}" == node and first.id == first.thread:
                if is_resolved:
                    pull.resolve(first.id, author=hub.viewer.login)
                else:
                    pull.resolved_threads -= {first.id}
                return _payload("thread", thread_node(pull, first, pull.review_comments))
    raise _missing_node(node)


def _payload(name: str, value: JsonObject) -> JsonObject:
    return {"__typename": "Payload", "clientMutationId": None, name: value}
