"""Comments, reviews and check runs as GitHub's REST API shows them. Pure."""

from codeflow_action.testing.github.payloads import issue_url, user
from codeflow_action.testing.github.state import Pull, RepositoryState
from codeflow_action.testing.github.values import (
    Comment,
    JsonObject,
    ReviewComment,
    ServedCheckRun,
    ServedReview,
)


def comment(pull: Pull, comment: Comment) -> JsonObject:
    """Return a comment of the conversation (GitHub REST: issue-comment)."""
    repository = pull.repository
    return {
        "url": f"{repository.api_url}/issues/comments/{comment.id}",
        "html_url": comment_page(pull, comment),
        "issue_url": issue_url(pull),
        "id": comment.id,
        "node_id": comment.node_id,
        "user": user(repository.hub, comment.author),
        "created_at": comment.created_at,
        "updated_at": comment.updated_at,
        "author_association": comment.association,
        "body": comment.body,
        "reactions": {"total_count": len(comment.reactions)},
        "performed_via_github_app": None,
    }


def comment_page(pull: Pull, comment: Comment) -> str:
    """Return a comment's address for people."""
    return f"{pull.html_url}#issuecomment-{comment.id}"


def review(pull: Pull, review: ServedReview) -> JsonObject:
    """Return a review (GitHub REST: pull-request-review); a pending one has no `submitted_at`."""
    shape: JsonObject = {
        "id": review.id,
        "node_id": review.node_id,
        "user": user(pull.repository.hub, review.author),
        "body": review.body,
        "state": review.state.value,
        "html_url": f"{pull.html_url}#pullrequestreview-{review.id}",
        "pull_request_url": pull.api_url,
        "author_association": review.association,
        "commit_id": review.commit_id,
    }
    return shape | ({"submitted_at": review.submitted_at} if review.submitted_at else {})


def review_comment(pull: Pull, comment: ReviewComment) -> JsonObject:
    """Return a comment on the diff (GitHub REST: pull-request-review-comment).

    An outdated one has no `line`, only its `original_line`.
    """
    repository, anchor = pull.repository, comment.anchor
    line = pull.line_now(comment)
    # A range moves as a whole.
    span = (anchor.line or 0) - (anchor.start_line or anchor.line or 0)
    start = line - span if line and anchor.start_line else None
    reply = {"in_reply_to_id": comment.thread} if comment.thread != comment.id else {}
    return {
        "url": f"{repository.api_url}/pulls/comments/{comment.id}",
        "html_url": review_comment_page(pull, comment),
        "pull_request_url": pull.api_url,
        "id": comment.id,
        "node_id": comment.node_id,
        "pull_request_review_id": comment.review_id,
        "user": user(repository.hub, comment.author),
        "author_association": comment.association,
        "body": comment.body,
        "path": anchor.path,
        "commit_id": pull.head_sha if line or anchor.is_file else comment.commit_id,
        "original_commit_id": comment.commit_id,
        "diff_hunk": comment.diff_hunk,
        "subject_type": "file" if anchor.is_file else "line",
        "side": anchor.side.value,
        "start_side": anchor.start_side.value if anchor.start_line else None,
        "line": line,
        "start_line": start,
        "original_line": anchor.line,
        "original_start_line": anchor.start_line,
        "created_at": comment.created_at,
        "updated_at": comment.updated_at,
    } | reply


def review_comment_page(pull: Pull, comment: ReviewComment) -> str:
    """Return the address of a comment on the diff for people."""
    return f"{pull.html_url}#discussion_r{comment.id}"


def check_run(repository: RepositoryState, run: ServedCheckRun) -> JsonObject:
    """Return a check run (GitHub REST: check-run)."""
    page = f"{repository.html_url}/runs/{run.id}"
    return {
        "id": run.id,
        "node_id": f"CR_{run.id}",
        "name": run.name,
        "head_sha": run.head_sha,
        "external_id": run.external_id,
        "url": f"{repository.api_url}/check-runs/{run.id}",
        "html_url": page,
        "details_url": run.details_url or page,
        "status": run.status,
        "conclusion": run.conclusion or None,
        "started_at": run.started_at,
        "completed_at": run.completed_at or None,
        "output": {
            "title": run.title or None,
            "summary": run.summary or None,
            "text": run.text or None,
            "annotations_count": len(run.annotations),
            "annotations_url": f"{repository.api_url}/check-runs/{run.id}/annotations",
        },
        # On github.com the first suite of the commit, often another workflow's:
        # https://github.com/reviewdog/reviewdog/issues/403
        "check_suite": {"id": 1},
        # The id of GitHub Actions, which `GITHUB_TOKEN` belongs to.
        "app": {"id": 15_368, "slug": "github-actions", "name": "GitHub Actions"},
        "pull_requests": [],
    }
