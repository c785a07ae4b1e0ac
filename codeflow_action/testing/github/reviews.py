"""Routes of reviews: all or nothing, one pending review a person, no approval by Actions.

https://docs.github.com/en/rest/pulls/reviews
"""

from dataclasses import replace
from functools import partial

from codeflow_action.testing.github import writings
from codeflow_action.testing.github.anchors import FIELDS, anchor_problem, read_anchor
from codeflow_action.testing.github.comments import TOO_LONG
from codeflow_action.testing.github.exchange import (
    ApiCall,
    Response,
    json_response,
    malformed_body,
    not_found,
    route,
    unprocessable,
)
from codeflow_action.testing.github.state import Pull
from codeflow_action.testing.github.values import (
    BODY_LIMIT,
    CommentAnchor,
    GitHubAccount,
    ReviewState,
    ServedReview,
)

# Without an event a review stays pending: nobody but its author sees it.
_STATES = {
    "": ReviewState.PENDING,
    "COMMENT": ReviewState.COMMENTED,
    "APPROVE": ReviewState.APPROVED,
    "REQUEST_CHANGES": ReviewState.CHANGES_REQUESTED,
}
# Any further review is refused, a submitted one too: https://github.com/max-sixty/tend/pull/1171
PENDING_EXISTS = "User can only have one pending review per pull request"
# The setting that allows it is off in new repositories.
# https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/enabling-features-for-your-repository/managing-github-actions-settings-for-a-repository
NO_APPROVAL = "GitHub Actions is not permitted to approve pull requests."
FOREIGN_COMMIT = "The commitOID is not part of the pull request"
LOCK_MESSAGE = "lock prevents review"


def _visible_reviews(call: ApiCall) -> list[ServedReview]:
    """Return the reviews that the viewer sees: not the pending ones of others."""
    return [
        review
        for review in call.pull.reviews
        if review.state is not ReviewState.PENDING or review.author == call.hub.viewer
    ]


def _find(call: ApiCall) -> ServedReview:
    wanted_id = int(call.args["id"])
    for review in _visible_reviews(call):
        if review.id == wanted_id:
            return review
    raise not_found()


def _list_comments(call: ApiCall) -> Response:
    pull, review = call.pull, _find(call)
    comments = [comment for comment in pull.review_comments if comment.review_id == review.id]
    return call.list_response(comments, lambda comment: writings.review_comment(pull, comment))


def _create(call: ApiCall) -> Response:
    pull, fields, viewer = call.pull, call.fields(), call.hub.viewer
    event, body = fields.text("event", ""), fields.text("body", "")
    commit = fields.text("commit_id", pull.head_sha)
    comments: list[tuple[CommentAnchor, str]] = []
    for comment in fields.objects("comments", permitted_keys=FIELDS):
        text = comment.text("body")
        if not text.strip():
            raise unprocessable("Body can't be blank")
        if len(text) > BODY_LIMIT:
            raise unprocessable(TOO_LONG)
        comments.append((read_anchor(comment), text))
    _check_event(event, body, viewer, pull, has_comments=bool(comments))
    if pull.is_locked:
        raise unprocessable(LOCK_MESSAGE)
    if not pull.holds_commit(commit):
        raise unprocessable(FOREIGN_COMMIT)
    for review in pull.reviews:
        if review.state is ReviewState.PENDING and review.author == viewer:
            raise unprocessable(PENDING_EXISTS)
    files = pull.files()
    # The first bad one rejects all, and GitHub does not say which it was:
    # https://github.com/docker/docker-agent-action/issues/24
    for anchor, _ in comments:
        if problem := anchor_problem(anchor, files):
            raise unprocessable(problem.value)
    review = pull.add_review(
        body,
        author=viewer.login,
        state=_STATES[event],
        comments=comments,
        commit_id=commit,
        association=call.association,
    )
    return json_response(writings.review(pull, review))


def _check_event(
    event: str, body: str, viewer: GitHubAccount, pull: Pull, *, has_comments: bool
) -> None:
    # GraphQL's words, from a REST endpoint: they name the type of a variable.
    if event not in _STATES:
        raise unprocessable(
            "Variable $event of type PullRequestReviewEvent was provided invalid value"
        )
    if len(body) > BODY_LIMIT:
        raise unprocessable(TOO_LONG)
    is_own_pull = viewer == pull.author
    match event:
        case "APPROVE" if viewer.is_bot:
            raise unprocessable(NO_APPROVAL)
        case "APPROVE" if is_own_pull:  # https://github.com/cpp-linter/cpp-linter/pull/51
            raise unprocessable("Can not approve your own pull request")
        case "REQUEST_CHANGES" if is_own_pull:
            raise unprocessable("Can not request changes on your own pull request")
        case "REQUEST_CHANGES" if not body.strip() and not has_comments:
            raise unprocessable("You need to leave a comment indicating the requested changes.")
        case "COMMENT" if not body.strip() and not has_comments:
            raise unprocessable("You need to leave a comment.")


def _submit(call: ApiCall) -> Response:
    pull, review, fields = call.pull, _find(call), call.fields()
    event, body = fields.text("event"), fields.text("body", review.body)
    if not event:
        raise malformed_body('"event" wasn\'t supplied.')
    has_comments = any(comment.review_id == review.id for comment in pull.review_comments)
    _check_event(event, body, call.hub.viewer, pull, has_comments=has_comments)
    if review.state is not ReviewState.PENDING:
        raise unprocessable("Can not submit a review that is not pending")
    public = replace(review, state=_STATES[event], body=body, submitted_at=call.hub.now())
    pull.reviews = tuple(public if old.id == review.id else old for old in pull.reviews)
    pull.review_comments = tuple(
        replace(comment, is_pending=False) if comment.review_id == review.id else comment
        for comment in pull.review_comments
    )
    return json_response(writings.review(pull, public))


def _delete(call: ApiCall) -> Response:
    pull, review = call.pull, _find(call)
    # A submitted review stays; it can only be dismissed.
    if review.state is not ReviewState.PENDING:
        raise unprocessable("Can not delete a non-pending pull request review")
    pull.reviews = tuple(old for old in pull.reviews if old.id != review.id)
    pull.review_comments = tuple(
        comment for comment in pull.review_comments if comment.review_id != review.id
    )
    return json_response(writings.review(pull, review))


_READ, _WRITE = "pull_requests=read", "pull_requests=write"

ROUTES = (
    route(
        "GET",
        "/pulls/{number}/reviews",
        lambda call: call.list_response(
            _visible_reviews(call), partial(writings.review, call.pull)
        ),
        _READ,
    ),
    route("POST", "/pulls/{number}/reviews", _create, _WRITE),
    route(
        "GET",
        "/pulls/{number}/reviews/{id}",
        lambda call: json_response(writings.review(call.pull, _find(call))),
        _READ,
    ),
    route("DELETE", "/pulls/{number}/reviews/{id}", _delete, _WRITE),
    route("POST", "/pulls/{number}/reviews/{id}/events", _submit, _WRITE),
    route("GET", "/pulls/{number}/reviews/{id}/comments", _list_comments, _READ),
)
