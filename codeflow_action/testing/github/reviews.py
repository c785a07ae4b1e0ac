"""Routes of reviews: all or nothing, one pending review a person, no approval by Actions."""

from codeflow_action.testing.github import writings
from codeflow_action.testing.github.anchors import FIELDS, anchor_problem, read_anchor
from codeflow_action.testing.github.comments import TOO_LONG
from codeflow_action.testing.github.exchange import (
    ApiCall,
    Fields,
    Response,
    json_response,
    malformed,
    not_found,
    route,
    unprocessable,
)
from codeflow_action.testing.github.state import Pull
from codeflow_action.testing.github.values import (
    BODY_LIMIT,
    Account,
    CommentAnchor,
    ReviewState,
    ServedReview,
)

_STATES = {
    "": ReviewState.PENDING,
    "COMMENT": ReviewState.COMMENTED,
    "APPROVE": ReviewState.APPROVED,
    "REQUEST_CHANGES": ReviewState.CHANGES_REQUESTED,
}
PENDING_EXISTS = "User can only have one pending review per pull request"
NO_APPROVAL = "GitHub Actions is not permitted to approve pull requests."
FOREIGN_COMMIT = "The commitOID is not part of the pull request"
LOCKED = "lock prevents review"


def _visible(call: ApiCall) -> list[ServedReview]:
    """Return the reviews that the viewer sees: not the pending ones of others."""
    return [
        review
        for review in call.pull.reviews
        if review.state is not ReviewState.PENDING or review.author == call.viewer
    ]


def _found(call: ApiCall) -> ServedReview:
    wanted = int(call.args["id"])
    found = next((review for review in _visible(call) if review.id == wanted), None)
    if found is None:
        raise not_found()
    return found


def _list(call: ApiCall) -> Response:
    pull = call.pull
    return call.page(_visible(call), lambda review: writings.review(pull, review))


def _get(call: ApiCall) -> Response:
    return json_response(writings.review(call.pull, _found(call)))


def _comments(call: ApiCall) -> Response:
    pull, review = call.pull, _found(call)
    found = [one for one in pull.review_comments if one.review_id == review.id]
    return call.page(found, lambda comment: writings.review_comment(pull, comment))


def _create(call: ApiCall) -> Response:
    pull, fields = call.pull, call.fields()
    event, body = fields.text_or("event"), fields.text_or("body")
    commit = fields.text_or("commit_id", pull.head_sha)
    wanted = [_comment(one) for one in fields.objects("comments", permitted=FIELDS)]
    _check_event(event, body, call.viewer, pull, has_comments=bool(wanted))
    if pull.is_locked:
        raise unprocessable(LOCKED)
    if not pull.holds_commit(commit):
        raise unprocessable(FOREIGN_COMMIT)
    if _pending(pull, call.viewer):
        raise unprocessable(PENDING_EXISTS)
    files = pull.files()
    for anchor, _ in wanted:  # the first bad one rejects all; GitHub does not say which it was
        if wrong := anchor_problem(anchor, files):
            raise unprocessable(wrong.value)
    review = pull.add_review(
        body,
        author=call.viewer.login,
        state=_STATES[event],
        comments=wanted,
        commit_id=commit,
        association=call.association,
    )
    return json_response(writings.review(pull, review))


def _comment(fields: Fields) -> tuple[CommentAnchor, str]:
    body = fields.text("body")
    if not body.strip():
        raise unprocessable("Body can't be blank")
    if len(body) > BODY_LIMIT:
        raise unprocessable(TOO_LONG)
    return read_anchor(fields), body


def _pending(pull: Pull, viewer: Account) -> bool:
    return any(
        review.state is ReviewState.PENDING and review.author == viewer for review in pull.reviews
    )


def _check_event(event: str, body: str, viewer: Account, pull: Pull, *, has_comments: bool) -> None:
    if event not in _STATES:
        raise unprocessable(
            "Variable $event of type PullRequestReviewEvent was provided invalid value"
        )
    if len(body) > BODY_LIMIT:
        raise unprocessable(TOO_LONG)
    own = viewer == pull.author
    match event:
        case "APPROVE" if viewer.is_bot:
            raise unprocessable(NO_APPROVAL)
        case "APPROVE" if own:
            raise unprocessable("Can not approve your own pull request")
        case "REQUEST_CHANGES" if own:
            raise unprocessable("Can not request changes on your own pull request")
        case "REQUEST_CHANGES" if not body.strip() and not has_comments:
            raise unprocessable("You need to leave a comment indicating the requested changes.")
        case "COMMENT" if not body.strip() and not has_comments:
            raise unprocessable("You need to leave a comment.")


def _submit(call: ApiCall) -> Response:
    pull, review, fields = call.pull, _found(call), call.fields()
    event, body = fields.text("event"), fields.text_or("body", review.body)
    if not event:
        raise malformed('"event" wasn\'t supplied.')
    has_comments = any(one.review_id == review.id for one in pull.review_comments)
    _check_event(event, body, call.viewer, pull, has_comments=has_comments)
    if review.state is not ReviewState.PENDING:
        raise unprocessable("Can not submit a review that is not pending")
    sent = pull.submit(review, _STATES[event], body)
    return json_response(writings.review(pull, sent))


def _delete(call: ApiCall) -> Response:
    pull, review = call.pull, _found(call)
    if review.state is not ReviewState.PENDING:
        raise unprocessable("Can not delete a non-pending pull request review")
    pull.drop_review(review)
    return json_response(writings.review(pull, review))


_READ, _WRITE = "pull_requests=read", "pull_requests=write"

ROUTES = (
    route("GET", "/pulls/{number}/reviews", _list, _READ),
    route("POST", "/pulls/{number}/reviews", _create, _WRITE),
    route("GET", "/pulls/{number}/reviews/{id}", _get, _READ),
    route("DELETE", "/pulls/{number}/reviews/{id}", _delete, _WRITE),
    route("POST", "/pulls/{number}/reviews/{id}/events", _submit, _WRITE),
    route("GET", "/pulls/{number}/reviews/{id}/comments", _comments, _READ),
)
