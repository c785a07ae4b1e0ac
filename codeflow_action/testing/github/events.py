"""Webhook payloads, as Actions writes them to `GITHUB_EVENT_PATH`. Pure but for reading git.

https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from collections.abc import Mapping
from typing import TypedDict

from codeflow_action.testing.github import payloads, writings
from codeflow_action.testing.github.state import Pull, RepositoryState
from codeflow_action.testing.github.values import (
    Comment,
    GitHubAccount,
    JsonObject,
    Label,
    ReviewComment,
)

_ZERO = "0" * 40  # where there is no commit: before a new branch, after a deleted one
_WORKFLOW = ".github/workflows/codeflow.yml"


class Details(TypedDict, total=False):
    """What an event is about; each event uses some of these.

    `inputs` and `ref` belong to `workflow_dispatch` (a short branch name will do), `before`,
    `after` and `ref` to `push`, `base_sha` and `head_sha` to `merge_group`, `comment` (a comment
    of the pull request, or its text) to `issue_comment`, `review_comment` (one on the diff) to
    `pull_request_review_comment`. `conclusion`, `head_sha` (that of an
    older head) and `upstream` (the event that the other workflow ran for) belong to `workflow_run`.
    """

    action: str
    pull: Pull
    sender: str
    label: str
    changes: JsonObject
    comment: Comment | str
    review_comment: ReviewComment
    inputs: Mapping[str, str]
    ref: str
    before: str
    after: str
    forced: bool
    base_sha: str
    head_sha: str
    conclusion: str
    upstream: str


def payload(repository: RepositoryState, name: str, details: Details) -> JsonObject:
    """Return the payload of one event.

    Raises `ValueError` for an event that is not known here, or that the policy does not allow.
    """
    if name in repository.blocked_events:
        raise ValueError(f"Event '{name}' is not allowed to trigger Actions workflows")
    match name:
        case "pull_request" | "pull_request_target":
            event = _pull_request(details)
        case "issue_comment":
            event = _issue_comment(details)
        case "pull_request_review_comment":
            event = {
                "action": details.get("action", "created"),
                "comment": writings.review_comment(details["pull"], details["review_comment"]),
                "pull_request": payloads.pull_request_simple(details["pull"]),
            }
        case "workflow_dispatch":
            ref = _full_ref(details.get("ref", repository.default_branch))
            event = {"inputs": dict(details.get("inputs", {})), "ref": ref, "workflow": _WORKFLOW}
        case "push":
            event = _push(repository, details)
        case "merge_group":
            event = _merge_group(repository, details)
        case "workflow_run":
            event = _workflow_run(repository, details)
        case _:
            raise ValueError(f"there is no payload of the event {name!r} here")
    sender = GitHubAccount.from_login(details.get("sender", "mona"))
    return event | {
        "repository": payloads.repository(repository),
        "organization": {"login": repository.owner, "id": payloads.owner(repository)["id"]},
        "sender": payloads.user(repository.hub, sender),
    }


def _pull_request(details: Details) -> JsonObject:
    pull, action = details["pull"], details.get("action", "opened")
    shape = payloads.pull_request(pull)
    event: JsonObject = {"action": action, "number": pull.number, "pull_request": shape}
    match action:
        case "closed":  # the payload may be made before the pull request is closed
            shape["state"] = "closed"
        case "synchronize":
            event |= {"before": details.get("before", _ZERO), "after": pull.head_sha}
        case "edited":
            event["changes"] = details.get("changes", {"title": {"from": "An older title"}})
        case "labeled" | "unlabeled":
            event["label"] = payloads.label(pull.repository, Label(name=details["label"]))
    return event


def _issue_comment(details: Details) -> JsonObject:
    pull, comment = details["pull"], details["comment"]
    if isinstance(comment, str):
        comment = pull.add_comment(comment, author=details.get("sender", "mona"))
    return {
        "action": details.get("action", "created"),
        "issue": payloads.issue(pull),
        "comment": writings.comment(pull, comment),
    }


def _full_ref(ref: str) -> str:
    return ref if ref.startswith("refs/") else f"refs/heads/{ref}"


def _push(repository: RepositoryState, details: Details) -> JsonObject:
    """Return a push. In Actions its commits have no lists of files, in webhooks they have."""
    before, after = details.get("before", _ZERO), details["after"]
    is_deletion, is_creation = after == _ZERO, before == _ZERO
    has_range = not is_deletion and not is_creation
    # After a forced push the earlier commit may be gone.
    has_range = has_range and repository.objects.resolve(before) is not None
    commits = repository.objects.commits(before, after) if has_range else ()
    return {
        "ref": _full_ref(details.get("ref", repository.default_branch)),
        "before": before,
        "after": after,
        "created": is_creation,
        "deleted": is_deletion,
        "forced": details.get("forced", False),
        "base_ref": None,
        "compare": f"{repository.html_url}/compare/{before[:12]}...{after[:12]}",
        "commits": [_commit(repository, commit.sha) for commit in commits],
        "head_commit": None if is_deletion else _commit(repository, after),
        "pusher": {"name": details.get("sender", "mona"), "email": "mona@example.com"},
    }


def _commit(repository: RepositoryState, sha: str) -> JsonObject:
    commit = repository.objects.commit(sha)
    return {
        "id": sha,
        "tree_id": commit.tree,
        "distinct": True,
        "message": commit.message,
        "timestamp": commit.committer.date,
        "url": f"{repository.html_url}/commit/{sha}",
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    }


def _merge_group(repository: RepositoryState, details: Details) -> JsonObject:
    base, head = details["base_sha"], details["head_sha"]
    branch = repository.default_branch
    # The pull requests of a group stand nowhere but in the name of its branch.
    group = {
        "base_ref": f"refs/heads/{branch}",
        "base_sha": base,
        "head_ref": f"refs/heads/gh-readonly-queue/{branch}/pr-1-{base}",
        "head_sha": head,
        "head_commit": _commit(repository, head),
    }
    return {"action": details.get("action", "checks_requested"), "merge_group": group}


def _workflow_run(repository: RepositoryState, details: Details) -> JsonObject:
    """Return the begin or the end of another workflow's run."""
    action = details.get("action", "completed")
    is_over = action == "completed"
    pull = details["pull"]
    full_name = pull.head_repository or repository.full_name
    pull_reference = {
        "id": pull.id,
        "number": pull.number,
        "url": pull.api_url,
        "head": {"ref": pull.head, "sha": pull.head_sha},
        "base": {"ref": pull.base, "sha": pull.base_sha},
    }
    workflow = {"id": 1, "name": "CI", "path": ".github/workflows/ci.yml", "state": "active"}
    run = {
        "id": 1_000,
        "name": "CI",
        "workflow_id": 1,
        "path": workflow["path"],
        "event": details.get("upstream", "pull_request"),
        "status": "completed" if is_over else "queued",
        "conclusion": details.get("conclusion", "success") if is_over else None,
        "run_number": 1,
        "run_attempt": 1,
        "head_branch": pull.head,
        "head_sha": details.get("head_sha", pull.head_sha),
        "created_at": repository.hub.now(),
        "head_repository": payloads.fork(repository, full_name),
        "repository": payloads.repository(repository),
        # A fork's pull request is not named: who wants it has to look for `head_sha`.
        "pull_requests": [pull_reference] if pull.head_repository == repository.full_name else [],
        "url": f"{repository.api_url}/actions/runs/1000",
        "html_url": f"{repository.html_url}/actions/runs/1000",
    }
    return {
        "action": action,
        "workflow": workflow,
        "workflow_run": run,
    }
