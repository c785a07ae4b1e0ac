"""Routes of comments on the diff that are no part of a larger review.

https://docs.github.com/en/rest/pulls/comments
"""

from dataclasses import replace
from functools import partial

from codeflow_action.testing.github import writings
from codeflow_action.testing.github.anchors import (
    FIELDS,
    AnchorProblem,
    anchor_problem,
    read_anchor,
)
from codeflow_action.testing.github.comments import comment_text, refuse_locked, since
from codeflow_action.testing.github.exchange import (
    ApiCall,
    Fields,
    Response,
    invalid,
    json_response,
    malformed_body,
    not_found,
    route,
)
from codeflow_action.testing.github.served_reactions import reaction_routes
from codeflow_action.testing.github.state import Pull
from codeflow_action.testing.github.values import CommentAnchor, ReviewComment

# A comment of its own may stand on a whole file; one inside a review may not (`anchors.FIELDS`).
_PERMITTED_KEYS = (*FIELDS, "commit_id", "subject_type", "in_reply_to")
_RESOURCE = "PullRequestReviewComment"
_THREAD = "pull_request_review_thread"
# This endpoint has other words than pulls/create-review for the same faults:
# https://github.com/parkerbxyz/suggest-changes/issues/28 and
# https://github.com/ubuntu/WSL/issues/244 quote them.
_WORDS = {
    AnchorProblem.PATH: (f"{_THREAD}.path", "is invalid"),
    AnchorProblem.LINE: (f"{_THREAD}.line", "must be part of the diff"),
    AnchorProblem.ORDER: (f"{_THREAD}.start_line", "must precede the end line."),
    AnchorProblem.HUNK: (f"{_THREAD}.start_line", "must be part of the same hunk as the line."),
}


def _public_comments(pull: Pull) -> tuple[ReviewComment, ...]:
    return tuple(comment for comment in pull.review_comments if not comment.is_pending)


def _create(call: ApiCall) -> Response:
    pull, fields = call.pull, call.fields(permitted_keys=_PERMITTED_KEYS)
    # With it, everything but the body is ignored.
    if (parent := fields.number("in_reply_to")) is not None:
        return _reply(call, parent, fields)
    body = comment_text(fields, _RESOURCE)
    subject = fields.text("subject_type", "line")
    if subject not in ("line", "file"):
        raise malformed_body(f'"subject_type" is not a member of ["line", "file"]: {subject}.')
    is_file = subject == "file"
    anchor = CommentAnchor(path=fields.text("path")) if is_file else read_anchor(fields)
    commit = fields.text("commit_id")
    refuse_locked(pull)
    if not pull.holds_commit(commit):
        message = "commit_id is not part of the pull request"
        raise invalid(_RESOURCE, "commit_id", "custom", message)
    if problem := anchor_problem(anchor, pull.files()):
        field, words = _WORDS[problem]
        raise invalid(_RESOURCE, field, "custom", f"{field} {words}")
    # Every comment belongs to a review; a single one gets a review of its own.
    review = pull.add_review(
        author=call.hub.viewer.login, commit_id=commit, association=call.association
    )
    comment = pull.add_review_comment(review, anchor, body)
    return json_response(writings.review_comment(pull, comment), status=201)


def _reply(call: ApiCall, parent: int, fields: Fields) -> Response:
    pull, body = call.pull, comment_text(fields, _RESOURCE)
    refuse_locked(pull)
    first = next((comment for comment in _public_comments(pull) if comment.id == parent), None)
    if first is None:
        raise not_found()
    review = pull.add_review(author=call.hub.viewer.login, association=call.association)
    comment = pull.add_review_comment(review, first.anchor, body, thread=first.thread)
    return json_response(writings.review_comment(pull, comment), status=201)


def _find(call: ApiCall) -> tuple[Pull, ReviewComment]:
    wanted_id = int(call.args["id"])
    for pull in call.repository.pulls.values():
        for comment in _public_comments(pull):
            if comment.id == wanted_id:
                return pull, comment
    raise not_found()


def _edit(call: ApiCall) -> Response:
    pull, comment = _find(call)
    body = comment_text(call.fields(), _RESOURCE)
    new = replace(comment, body=body, updated_at=call.hub.now())
    pull.put_review_comment(new)
    return json_response(writings.review_comment(pull, new))


def _delete(call: ApiCall) -> Response:
    pull, target = _find(call)
    pull.review_comments = tuple(
        comment for comment in pull.review_comments if comment.id != target.id
    )
    return Response(status=204)


_READ, _WRITE = "pull_requests=read", "pull_requests=write"

ROUTES = (
    route(
        "GET",
        "/pulls/{number}/comments",
        lambda call: call.list_response(
            since(call, _public_comments(call.pull)), partial(writings.review_comment, call.pull)
        ),
        _READ,
    ),
    route("POST", "/pulls/{number}/comments", _create, _WRITE),
    route(
        "POST",
        "/pulls/{number}/comments/{id}/replies",
        lambda call: _reply(call, int(call.args["id"]), call.fields()),
        _WRITE,
    ),
    route(
        "GET",
        "/pulls/comments/{id}",
        lambda call: json_response(writings.review_comment(*_find(call))),
        _READ,
    ),
    route("PATCH", "/pulls/comments/{id}", _edit, _WRITE),
    route("DELETE", "/pulls/comments/{id}", _delete, _WRITE),
    route(
        "GET",
        "/pulls/comments/{id}",
        lambda call: json_response(writings.review_comment(*_find(call))),
        _READ,
    ),
    *reaction_routes("/pulls/comments/{id}", _find, Pull.put_review_comment),
)
