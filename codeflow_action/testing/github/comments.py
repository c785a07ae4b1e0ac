"""Routes of comments in the conversation, with their reactions.

https://docs.github.com/en/rest/issues/comments
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from codeflow_action.testing.github import writings
from codeflow_action.testing.github.exchange import (
    ApiCall,
    ApiRefusal,
    Fields,
    Response,
    invalid,
    json_response,
    not_found,
    route,
)
from codeflow_action.testing.github.served_reactions import reaction_routes
from codeflow_action.testing.github.state import Pull
from codeflow_action.testing.github.values import (
    BODY_LIMIT,
    Comment,
    ReviewComment,
)

# Word for word from https://github.com/telia-oss/github-pr-resource/issues/259
TOO_LONG = f"Body is too long (maximum is {BODY_LIMIT} characters)"


def comment_text(fields: Fields, resource: str) -> str:
    """Return the body of a comment. Raises `ApiRefusal` when it is blank or too long."""
    body = fields.text("body")
    if not body.strip():
        raise invalid(resource, "body", "missing_field")
    if len(body) > BODY_LIMIT:
        raise invalid(resource, "data", "unprocessable", TOO_LONG)
    return body


def since[T: (Comment, ReviewComment)](call: ApiCall, comments: Sequence[T]) -> list[T]:
    """Return those that were changed at the time that the query names, or later."""
    time = call.request.query.get("since", "")
    return [comment for comment in comments if comment.updated_at >= time]


def refuse_locked(pull: Pull) -> None:
    """Refuse to write into a locked conversation. Raises `ApiRefusal`."""
    # On github.com people with write access may still comment; here nobody may.
    # https://docs.github.com/en/communities/moderating-comments-and-conversations/locking-conversations
    if pull.is_locked:
        raise ApiRefusal(403, "Unable to create comment because issue is locked.")


def _create(call: ApiCall) -> Response:
    pull = call.pull
    body = comment_text(call.fields(), "IssueComment")
    refuse_locked(pull)
    comment = pull.add_comment(body, author=call.hub.viewer.login, association=call.association)
    return json_response(writings.comment(pull, comment), status=201)


def _find(call: ApiCall) -> tuple[Pull, Comment]:
    # The path names no pull request: an id is unique in the repository.
    wanted_id = int(call.args["id"])
    for pull in call.repository.pulls.values():
        for comment in pull.comments:
            if comment.id == wanted_id:
                return pull, comment
    raise not_found()


def _edit(call: ApiCall) -> Response:
    pull, comment = _find(call)
    body = comment_text(call.fields(), "IssueComment")
    new = replace(comment, body=body, updated_at=call.hub.now())
    pull.put_comment(new)
    return json_response(writings.comment(pull, new))


def _delete(call: ApiCall) -> Response:
    pull, target = _find(call)
    pull.comments = tuple(comment for comment in pull.comments if comment.id != target.id)
    return Response(status=204)


# A pull request is an issue too, so that either permission will do.
# https://docs.github.com/en/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens
_READS = ("issues=read", "pull_requests=read")
_WRITES = ("issues=write", "pull_requests=write")

ROUTES = (
    route(
        "GET",
        "/issues/{number}/comments",
        lambda call: call.list_response(
            since(call, call.pull.comments), partial(writings.comment, call.pull)
        ),
        *_READS,
    ),
    route("POST", "/issues/{number}/comments", _create, *_WRITES),
    route(
        "GET",
        "/issues/comments/{id}",
        lambda call: json_response(writings.comment(*_find(call))),
        *_READS,
    ),
    route("PATCH", "/issues/comments/{id}", _edit, *_WRITES),
    route("DELETE", "/issues/comments/{id}", _delete, *_WRITES),
    *reaction_routes("/issues/comments/{id}", _find, Pull.put_comment),
)
