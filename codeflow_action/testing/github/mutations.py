"""What GraphQL can change: a comment is minimized, a thread resolved."""

from dataclasses import replace

from codeflow_action.testing.github.graph import (
    NO_ACCESS,
    Arguments,
    comment_node,
    required,
    review_comment_node,
    thread_node,
)
from codeflow_action.testing.github.selection import FieldError, QueryError
from codeflow_action.testing.github.state import Hub, Pull
from codeflow_action.testing.github.values import JsonObject

_REASONS = ("ABUSE", "DUPLICATE", "OFF_TOPIC", "OUTDATED", "RESOLVED", "SPAM")


def mutations(hub: Hub) -> JsonObject:
    """Return the root of mutations."""
    return {
        "__typename": "Mutation",
        "minimizeComment": lambda arguments: _minimize(hub, arguments),
        "resolveReviewThread": lambda arguments: _resolve(hub, arguments, resolved=True),
        "unresolveReviewThread": lambda arguments: _resolve(hub, arguments, resolved=False),
    }


def _pulls(hub: Hub) -> list[Pull]:
    return [pull for known in hub.repositories.values() for pull in known.pulls.values()]


def _missing(node: str) -> FieldError:
    return FieldError("NOT_FOUND", f"Could not resolve to a node with the global id of '{node}'")


def _minimize(hub: Hub, arguments: Arguments) -> JsonObject:
    (given,) = required("minimizeComment", arguments, "input")
    node, reason = required("minimizeComment", given, "subjectId", "classifier")
    if reason not in _REASONS:
        raise QueryError(f"Argument 'classifier' has an invalid value ({reason})")
    if not (hub.grants("pull_requests=write") or hub.grants("issues=write")):
        raise FieldError("FORBIDDEN", NO_ACCESS)
    for pull in _pulls(hub):
        for comment in pull.comments:
            if comment.node_id == node:
                hidden = replace(comment, minimized_reason=reason)
                pull.put_comment(hidden)
                return _payload("minimizedComment", comment_node(pull, hidden))
        for on_diff in pull.review_comments:
            if on_diff.node_id == node:
                folded = replace(on_diff, minimized_reason=reason)
                pull.put_review_comment(folded)
                return _payload("minimizedComment", review_comment_node(pull, folded))
    raise _missing(node)


def _resolve(hub: Hub, arguments: Arguments, *, resolved: bool) -> JsonObject:
    (given,) = required("resolveReviewThread", arguments, "input")
    (node,) = required("resolveReviewThread", given, "threadId")
    # Refused for the tokens of installations whatever they may write (gh-aw documents it).
    if hub.viewer.is_bot or not hub.grants("pull_requests=write"):
        raise FieldError("FORBIDDEN", NO_ACCESS)
    for pull in _pulls(hub):
        for first in pull.review_comments:
            if f"PRRT_{first.thread}" == node and first.id == first.thread:
                pull.resolved_threads = (
                    pull.resolved_threads | {first.id}
                    if resolved
                    else pull.resolved_threads - {first.id}
                )
                return _payload("thread", thread_node(pull, first, pull.review_comments))
    raise _missing(node)


def _payload(name: str, value: JsonObject) -> JsonObject:
    return {"__typename": "Payload", "clientMutationId": None, name: value}
