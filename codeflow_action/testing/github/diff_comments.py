"""Routes of comments on the diff that are no part of a larger review."""

from collections.abc import Iterator
from dataclasses import replace

from codeflow_action.testing.github import writings
from codeflow_action.testing.github.anchors import (
    FIELDS,
    AnchorProblem,
    anchor_problem,
    read_anchor,
)
from codeflow_action.testing.github.comments import refuse_locked, text
from codeflow_action.testing.github.exchange import (
    ApiCall,
    Fields,
    Response,
    invalid,
    json_response,
    malformed,
    not_found,
    route,
)
from codeflow_action.testing.github.state import Pull
from codeflow_action.testing.github.values import CommentAnchor, ReviewComment

_PERMITTED = (*FIELDS, "commit_id", "subject_type", "in_reply_to")
_RESOURCE = "PullRequestReviewComment"
_THREAD = "pull_request_review_thread"
_WORDS = {
    AnchorProblem.PATH: (f"{_THREAD}.path", "is invalid"),
    AnchorProblem.LINE: (f"{_THREAD}.line", "must be part of the diff"),
    AnchorProblem.ORDER: (f"{_THREAD}.start_line", "must precede the end line."),
    AnchorProblem.HUNK: (f"{_THREAD}.start_line", "must be part of the same hunk as the line."),
}


def _public(pull: Pull) -> Iterator[ReviewComment]:
    return (comment for comment in pull.review_comments if not comment.is_pending)


def _list(call: ApiCall) -> Response:
    pull = call.pull
    found = list(_public(pull))
    return call.page(found, lambda comment: writings.review_comment(pull, comment))


def _create(call: ApiCall) -> Response:
    pull, fields = call.pull, call.fields(permitted=_PERMITTED)
    if (parent := fields.number("in_reply_to")) is not None:
        return _answer(call, pull, parent, fields)
    body, anchor = text(fields, _RESOURCE), _anchor(fields)
    commit = fields.text("commit_id")
    refuse_locked(pull)
    if not pull.holds_commit(commit):
        said = "commit_id is not part of the pull request"
        raise invalid(_RESOURCE, "commit_id", "custom", said)
    if wrong := anchor_problem(anchor, pull.files()):
        field, said = _WORDS[wrong]
        raise invalid(_RESOURCE, field, "custom", f"{field} {said}")
    review = pull.add_review(
        author=call.viewer.login, commit_id=commit, association=call.association
    )
    comment = pull.add_review_comment(review, anchor, body)
    return json_response(writings.review_comment(pull, comment), status=201)


def _anchor(fields: Fields) -> CommentAnchor:
    kind = fields.text_or("subject_type", "line")
    if kind not in ("line", "file"):
        raise malformed(f'"subject_type" is not a member of ["line", "file"]: {kind}.')
    return CommentAnchor(path=fields.text("path")) if kind == "file" else read_anchor(fields)


def _reply(call: ApiCall) -> Response:
    return _answer(call, call.pull, int(call.args["id"]), call.fields())


def _answer(call: ApiCall, pull: Pull, parent: int, fields: Fields) -> Response:
    body = text(fields, _RESOURCE)
    refuse_locked(pull)
    first = next((one for one in _public(pull) if one.id == parent), None)
    if first is None:
        raise not_found()
    review = pull.add_review(author=call.viewer.login, association=call.association)
    comment = pull.add_review_comment(review, first.anchor, body, thread=first.thread)
    return json_response(writings.review_comment(pull, comment), status=201)


def _found(call: ApiCall) -> tuple[Pull, ReviewComment]:
    wanted = int(call.args["id"])
    for pull in call.repository.pulls.values():
        for comment in _public(pull):
            if comment.id == wanted:
                return pull, comment
    raise not_found()


def _edit(call: ApiCall) -> Response:
    pull, comment = _found(call)
    body = text(call.fields(), _RESOURCE)
    edited = replace(comment, body=body, updated_at=call.hub.now())
    pull.put_review_comment(edited)
    return json_response(writings.review_comment(pull, edited))


def _delete(call: ApiCall) -> Response:
    pull, comment = _found(call)
    pull.review_comments = tuple(one for one in pull.review_comments if one.id != comment.id)
    return Response(status=204)


_READ, _WRITE = "pull_requests=read", "pull_requests=write"

ROUTES = (
    route("GET", "/pulls/{number}/comments", _list, _READ),
    route("POST", "/pulls/{number}/comments", _create, _WRITE),
    route("POST", "/pulls/{number}/comments/{id}/replies", _reply, _WRITE),
    route("PATCH", "/pulls/comments/{id}", _edit, _WRITE),
    route("DELETE", "/pulls/comments/{id}", _delete, _WRITE),
)
