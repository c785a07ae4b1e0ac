"""The environment that a runner gives to a job: what the `GITHUB_*` variables say, per event.

https://docs.github.com/en/actions/reference/workflows-and-actions/variables
"""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

from codeflow_action.testing.github.state import RepositoryState
from codeflow_action.testing.github.values import GitHubAccount, JsonObject

# Made anew for each step, and read after it even if it fails.
_FILES = {
    "GITHUB_OUTPUT": "output",
    "GITHUB_ENV": "env",
    "GITHUB_STATE": "state",
    "GITHUB_PATH": "path",
    "GITHUB_STEP_SUMMARY": "step_summary",
}


# The same for every job here.
_CONSTANTS = {
    "CI": "true",
    "GITHUB_ACTION": "__self",
    "GITHUB_ACTIONS": "true",
    "GITHUB_ACTION_REF": "v1",
    "GITHUB_ACTION_REPOSITORY": "org/codeflow",
    "GITHUB_JOB": "codeflow",
    "GITHUB_REF_PROTECTED": "false",
    "GITHUB_RETENTION_DAYS": "90",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_RUN_ID": "1000",
    "GITHUB_RUN_NUMBER": "1",
    "GITHUB_WORKFLOW": "CodeFlow",
    "RUNNER_ARCH": "X64",
    "RUNNER_ENVIRONMENT": "github-hosted",
    "RUNNER_NAME": "stand-in",
    "RUNNER_OS": "Linux",
    "RUNNER_TOOL_CACHE": "/opt/hostedtoolcache",
}


@dataclass(frozen=True, kw_only=True)
class _Checkout:
    """What an event's job works on.

    https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
    """

    ref: str
    sha: str
    head_ref: str = ""
    base_ref: str = ""


def runner_variables(
    repository: RepositoryState,
    event_name: str,
    event_path: Path,
    *,
    workspace: Path,
    folder: Path,
    actor: str,
) -> dict[str, str]:
    """Return the variables; see `ServedRepository.environment`."""
    payload = json.loads(event_path.read_bytes())
    checkout = _checkout(repository, event_name, payload)
    # The name without what all refs of its kind begin with: `feature`, or `7/merge`.
    ref_name = re.sub(r"^refs/(heads|tags|pull)/", "", checkout.ref)
    hub = repository.hub
    workflow = f"{repository.full_name}/.github/workflows/codeflow.yml"
    temporary = folder / "runner_temp"
    temporary.mkdir(parents=True, exist_ok=True)
    for file in _FILES.values():
        (folder / file).write_bytes(b"")
    return {
        **_CONSTANTS,
        **{name: str(folder / file) for name, file in _FILES.items()},
        "GITHUB_ACTOR": actor,
        "GITHUB_ACTOR_ID": str(GitHubAccount.from_login(actor).id),
        "GITHUB_API_URL": hub.api_url,
        "GITHUB_BASE_REF": checkout.base_ref,
        "GITHUB_EVENT_NAME": event_name,
        "GITHUB_EVENT_PATH": str(event_path),
        "GITHUB_GRAPHQL_URL": f"{hub.api_url.removesuffix('/v3')}/graphql",
        "GITHUB_HEAD_REF": checkout.head_ref,
        "GITHUB_REF": checkout.ref,
        "GITHUB_REF_NAME": ref_name,
        "GITHUB_REF_TYPE": "tag" if checkout.ref.startswith("refs/tags/") else "branch",
        "GITHUB_REPOSITORY": repository.full_name,
        "GITHUB_REPOSITORY_ID": str(repository.id),
        "GITHUB_REPOSITORY_OWNER": repository.owner,
        "GITHUB_REPOSITORY_OWNER_ID": str(GitHubAccount.from_login(repository.owner).id),
        "GITHUB_SERVER_URL": hub.server_url,
        "GITHUB_SHA": checkout.sha,
        "GITHUB_TRIGGERING_ACTOR": actor,
        "GITHUB_WORKFLOW_REF": f"{workflow}@refs/heads/{repository.default_branch}",
        "GITHUB_WORKFLOW_SHA": checkout.sha,
        "GITHUB_WORKSPACE": str(workspace),
        "RUNNER_TEMP": str(temporary),
        "RUNNER_WORKSPACE": str(workspace.parent),
    }


def _checkout(repository: RepositoryState, event_name: str, payload: JsonObject) -> _Checkout:
    default = f"refs/heads/{repository.default_branch}"
    tip = repository.tip(repository.default_branch) or ""
    match event_name:
        case "pull_request":
            return _pull_request_checkout(payload["pull_request"])
        # The workflow and its commit come from the default branch, whatever the base is:
        # https://docs.github.com/en/actions/reference/security/securely-using-pull_request_target
        case "pull_request_target":
            return replace(_pull_request_checkout(payload["pull_request"]), ref=default, sha=tip)
        case "workflow_dispatch":
            ref = payload["ref"]
            return _Checkout(ref=ref, sha=repository.objects.resolve(ref) or tip)
        case "push":
            return _Checkout(ref=payload["ref"], sha=payload["after"])
        case "merge_group":
            group = payload["merge_group"]
            return _Checkout(ref=group["head_ref"], sha=group["head_sha"])
        case _:
            return _Checkout(ref=default, sha=tip)


def _pull_request_checkout(pull: JsonObject) -> _Checkout:
    """Return the merge commit; of a merged pull request, the base branch.

    Real jobs do not start while there are conflicts. Here they get the head then.
    """
    base, head = pull["base"], pull["head"]
    ref, sha = f"refs/pull/{pull['number']}/merge", pull["merge_commit_sha"] or head["sha"]
    if pull["merged"]:
        ref, sha = f"refs/heads/{base['ref']}", base["sha"]
    return _Checkout(ref=ref, sha=sha, head_ref=head["ref"], base_ref=base["ref"])
