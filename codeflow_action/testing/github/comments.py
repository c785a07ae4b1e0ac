"""Routes of comments in the conversation, with their reactions."""

from dataclasses import replace

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

TOO_LONG = f"Body is too long (maximum is {BODY_LIMIT} characters)"
_CONTENTS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


def text(fields: Fields, resource: str) -> str:
    """Return the body of a comment. Raises `ApiRefusal` when it is blank or too long."""
    body = fields.text("body")
    if not body.strip():
        raise invalid(resource, "body", "missing_field")
    if len(body) > BODY_LIMIT:
        raise invalid(resource, "data", "unprocessable", TOO_LONG)
    return body


def refuse_locked(pull: Pull) -> None:
    """Refuse to write into a locked conversation. Raises `ApiRefusal`."""
    if pull.is_locked:
        raise ApiRefusal(403, "Unable to create comment because issue is locked.")


def _list(call: ApiCall) -> Response:
    pull = call.pull
    return call.page(pull.comments, lambda comment: writings.comment(pull, comment))


def _create(call: ApiCall) -> Response:
    pull = call.pull
    body = text(call.fields(), "IssueComment")
    refuse_locked(pull)
    comment = pull.add_comment(body, author=call.viewer.login, association=call.association)
    return json_response(writings.comment(pull, comment), status=201)


def _found(call: ApiCall) -> tuple[Pull, Comment]:
    wanted = int(call.args["id"])
    for pull in call.repository.pulls.values():
        for comment in pull.comments:
            if comment.id == wanted:
                return pull, comment
    raise not_found()


def _get(call: ApiCall) -> Response:
    return json_response(writings.comment(*_found(call)))


def _edit(call: ApiCall) -> Response:
    pull, comment = _found(call)
    body = text(call.fields(), "IssueComment")
    edited = replace(comment, body=body, updated_at=call.hub.now())
    pull.put_comment(edited)
    return json_response(writings.comment(pull, edited))


def _delete(call: ApiCall) -> Response:
    pull, comment = _found(call)
    pull.comments = tuple(one for one in pull.comments if one.id != comment.id)
    return Response(status=204)


def _reactions(call: ApiCall) -> Response:
    _, comment = _found(call)
    return call.page(comment.reactions, lambda reaction: _reaction(call, reaction))


def _react(call: ApiCall) -> Response:
    pull, comment = _found(call)
    content = call.fields().text("content")
    if content not in _CONTENTS:
        raise invalid("Reaction", "content", "invalid")
    for known in comment.reactions:
        if (known.content, known.user) == (content, call.viewer):
            return json_response(_reaction(call, known))
    reaction = Reaction(id=call.hub.next_id(), content=content, user=call.viewer)
    pull.put_comment(replace(comment, reactions=(*comment.reactions, reaction)))
    return json_response(_reaction(call, reaction), status=201)


def _unreact(call: ApiCall) -> Response:
    pull, comment = _found(call)
    left = tuple(one for one in comment.reactions if one.id != int(call.args["reaction"]))
    pull.put_comment(replace(comment, reactions=left))
    return Response(status=204)


def _reaction(call: ApiCall, reaction: Reaction) -> JsonObject:
    shape = {"id": reaction.id, "content": reaction.content}
    return shape | {"user": user(call.hub, reaction.user)}


_READS = ("issues=read", "pull_requests=read")
_WRITES = ("issues=write", "pull_requests=write")

ROUTES = (
    route("GET", "/issues/{number}/comments", _list, *_READS),
    route("POST", "/issues/{number}/comments", _create, *_WRITES),
    route("GET", "/issues/comments/{id}", _get, *_READS),
    route("PATCH", "/issues/comments/{id}", _edit, *_WRITES),
    route("DELETE", "/issues/comments/{id}", _delete, *_WRITES),
    route("GET", "/issues/comments/{id}/reactions", _reactions, *_READS),
    route("POST", "/issues/comments/{id}/reactions", _react, *_WRITES),
    route("DELETE", "/issues/comments/{id}/reactions/{reaction}", _unreact, *_WRITES),
)
