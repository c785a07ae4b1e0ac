"""Comments, reviews and check runs as GitHub's REST API shows them. Pure."""

from codeflow_action.testing.github.payloads import issue_url, user
from codeflow_action.testing.github.state import Pull, RepositoryState
from codeflow_action.testing.github.values import (
    CheckRun,
    Comment,
    JsonObject,
    ReviewComment,
    ServedReview,
)


def comment(pull: Pull, written: Comment) -> JsonObject:
    """Return a comment of the conversation (GitHub REST: issue-comment)."""
    known = pull.repository
    return {
        "url": f"{known.api_url}/issues/comments/{written.id}",
        "html_url": comment_page(pull, written),
        "issue_url": issue_url(pull),
        "id": written.id,
        "node_id": written.node_id,
        "user": user(known.hub, written.author),
        "created_at": written.created_at,
        "updated_at": written.updated_at,
        "author_association": written.association,
        "body": written.body,
        "reactions": {"total_count": len(written.reactions)},
        "performed_via_github_app": None,
    }


def comment_page(pull: Pull, written: Comment) -> str:
    """Return a comment's address for people."""
    return f"{pull.html_url}#issuecomment-{written.id}"


def review(pull: Pull, written: ServedReview) -> JsonObject:
    """Return a review (GitHub REST: pull-request-review); a pending one has no `submitted_at`."""
    shape: JsonObject = {
        "id": written.id,
        "node_id": written.node_id,
        "user": user(pull.repository.hub, written.author),
        "body": written.body,
        "state": written.state.value,
        "html_url": f"{pull.html_url}#pullrequestreview-{written.id}",
        "pull_request_url": pull.api_url,
        "author_association": written.association,
        "commit_id": written.commit_id,
    }
    return shape | ({"submitted_at": written.submitted_at} if written.submitted_at else {})


def review_comment(pull: Pull, written: ReviewComment) -> JsonObject:
    """Return a comment on the diff (GitHub REST: pull-request-review-comment).

    An outdated one has no `line`, only its `original_line`.
    """
    known, anchor = pull.repository, written.anchor
    line = pull.line_now(written)
    span = (anchor.line or 0) - (anchor.start_line or anchor.line or 0)
    start = line - span if line and anchor.start_line else None
    reply = {"in_reply_to_id": written.thread} if written.thread != written.id else {}
    return {
        "url": f"{known.api_url}/pulls/comments/{written.id}",
        "html_url": review_comment_page(pull, written),
        "pull_request_url": pull.api_url,
        "id": written.id,
        "node_id": written.node_id,
        "pull_request_review_id": written.review_id,
        "user": user(known.hub, written.author),
        "author_association": written.association,
        "body": written.body,
        "path": anchor.path,
        "commit_id": pull.head_sha if line or anchor.is_file else written.commit_id,
        "original_commit_id": written.commit_id,
        "diff_hunk": written.diff_hunk,
        "subject_type": "file" if anchor.is_file else "line",
        "side": anchor.side.value,
        "start_side": anchor.start_side.value if anchor.start_line else None,
        "line": line,
        "start_line": start,
        "original_line": anchor.line,
        "original_start_line": anchor.start_line,
        "created_at": written.created_at,
        "updated_at": written.updated_at,
    } | reply


def review_comment_page(pull: Pull, written: ReviewComment) -> str:
    """Return the address of a comment on the diff for people."""
    return f"{pull.html_url}#discussion_r{written.id}"


def check_run(known: RepositoryState, run: CheckRun) -> JsonObject:
    """Return a check run (GitHub REST: check-run)."""
    page = f"{known.html_url}/runs/{run.id}"
    return {
        "id": run.id,
        "node_id": f"CR_{run.id}",
        "name": run.name,
        "head_sha": run.head_sha,
        "external_id": run.external_id,
        "url": f"{known.api_url}/check-runs/{run.id}",
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
            "annotations_url": f"{known.api_url}/check-runs/{run.id}/annotations",
        },
        "check_suite": {"id": 1},
        "app": {"id": 15_368, "slug": "github-actions", "name": "GitHub Actions"},
        "pull_requests": [],
    }
