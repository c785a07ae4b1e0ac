"""Routes of reactions, alike for both kinds of comments.

https://docs.github.com/en/rest/reactions/reactions
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from codeflow_action.testing.github.exchange import (
    ApiCall,
    Response,
    Route,
    invalid,
    json_response,
    not_found,
    route,
)
from codeflow_action.testing.github.payloads import user
from codeflow_action.testing.github.state import Pull
from codeflow_action.testing.github.values import Comment, JsonObject, Reaction, ReviewComment

_CONTENTS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")
_READS = ("issues=read", "pull_requests=read")
# A comment on a pull request belongs to it, whatever its address says: a token with `issues: write`
# alone is refused (https://github.com/eneo-ai/eneo/pull/512, https://github.com/NOFireAI/ravel/pull/347).
_WRITES = ("pull_requests=write",)


def reaction_routes[C: (Comment, ReviewComment)](
    path: str, find: Callable[[ApiCall], tuple[Pull, C]], put: Callable[[Pull, C], None]
) -> tuple[Route, ...]:
    """Return the routes of the reactions to a comment at that path."""

    def react(call: ApiCall) -> Response:
        pull, comment = find(call)
        old: tuple[Reaction, ...] = comment.reactions
        content = call.fields().text("content")
        if content not in _CONTENTS:
            raise invalid("Reaction", "content", "invalid")
        # The same reaction of the same account is there once: asked again, it is a 200, not a 201.
        for reaction in old:
            if (reaction.content, reaction.user) == (content, call.hub.viewer):
                return json_response(_shape(call, reaction))
        reaction = Reaction(id=call.hub.next_id(), content=content, user=call.hub.viewer)
        put(pull, replace(comment, reactions=(*old, reaction)))
        return json_response(_shape(call, reaction), status=201)

    def remove(call: ApiCall) -> Response:
        pull, comment = find(call)
        wanted_id = int(call.args["reaction"])
        reactions = tuple(reaction for reaction in comment.reactions if reaction.id != wanted_id)
        if len(reactions) == len(comment.reactions):
            raise not_found()
        put(pull, replace(comment, reactions=reactions))
        return Response(status=204)

    def listing(call: ApiCall) -> Response:
        return call.list_response(find(call)[1].reactions, partial(_shape, call))

    return (
        route("GET", f"{path}/reactions", listing, *_READS),
        route("POST", f"{path}/reactions", react, *_WRITES),
        route("DELETE", f"{path}/reactions/{{reaction}}", remove, *_WRITES),
    )


def _shape(call: ApiCall, reaction: Reaction) -> JsonObject:
    shape = {"id": reaction.id, "content": reaction.content}
    return shape | {"user": user(call.hub, reaction.user)}
