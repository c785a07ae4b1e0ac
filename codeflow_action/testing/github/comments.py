"""Routes of comments in the conversation, with their reactions.

https://docs.github.com/en/rest/issues/comments and https://docs.github.com/en/rest/reactions
"""

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
from codeflow_action.testing.github.payloads import user
from codeflow_action.testing.github.state import Pull
from codeflow_action.testing.github.values import (
    BODY_LIMIT,
    Comment,
    JsonObject,
    Reaction,
)

# Word for word from https://github.com/telia-oss/github-pr-resource/issues/259
TOO_LONG = f"Body is too long (maximum is {BODY_LIMIT} characters)"
_CONTENTS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


def comment_text(fields: Fields, resource: str) -> str:
    """Return the body of a comment. Raises `ApiRefusal` when it is blank or too long."""
    body = fields.text("body")
    if not body.strip():
        raise invalid(resource, "body", "missing_field")
    if len(body) > BODY_LIMIT:
        raise invalid(resource, "data", "unprocessable", TOO_LONG)
    return body


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


def _react(call: ApiCall) -> Response:
    pull, comment = _find(call)
    content = call.fields().text("content")
    if content not in _CONTENTS:
        raise invalid("Reaction", "content", "invalid")
    # The same reaction of the same account is there once: asked again, it is a 200, not a 201.
    for reaction in comment.reactions:
        if (reaction.content, reaction.user) == (content, call.hub.viewer):
            return json_response(_reaction_shape(call, reaction))
    reaction = Reaction(id=call.hub.next_id(), content=content, user=call.hub.viewer)
    pull.put_comment(replace(comment, reactions=(*comment.reactions, reaction)))
    return json_response(_reaction_shape(call, reaction), status=201)


def _delete_reaction(call: ApiCall) -> Response:
    pull, comment = _find(call)
    reactions = tuple(
        reaction for reaction in comment.reactions if reaction.id != int(call.args["reaction"])
    )
    pull.put_comment(replace(comment, reactions=reactions))
    return Response(status=204)


def _reaction_shape(call: ApiCall, reaction: Reaction) -> JsonObject:
    shape = {"id": reaction.id, "content": reaction.content}
    return shape | {"user": user(call.hub, reaction.user)}


# A pull request is an issue too, so that either permission will do.
# https://docs.github.com/en/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens
_READS = ("issues=read", "pull_requests=read")
_WRITES = ("issues=write", "pull_requests=write")

ROUTES = (
    route(
        "GET",
        "/issues/{number}/comments",
        lambda call: call.list_response(call.pull.comments, partial(writings.comment, call.pull)),
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
    route(
        "GET",
        "/issues/comments/{id}/reactions",
        lambda call: call.list_response(_find(call)[1].reactions, partial(_reaction_shape, call)),
        *_READS,
    ),
    route("POST", "/issues/comments/{id}/reactions", _react, *_WRITES),
    route("DELETE", "/issues/comments/{id}/reactions/{reaction}", _delete_reaction, *_WRITES),
)
