"""The environment that a runner gives to a job: what the `GITHUB_*` variables say, per event."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

from codeflow_action.testing.github.state import RepositoryState
from codeflow_action.testing.github.values import Account, JsonObject

_FILES = {
    "GITHUB_OUTPUT": "output",
    "GITHUB_ENV": "env",
    "GITHUB_STATE": "state",
    "GITHUB_PATH": "path",
    "GITHUB_STEP_SUMMARY": "step_summary",
}


@dataclass(frozen=True, kw_only=True)
class _Place:
    """What an event's job works on (GitHub: events that trigger workflows)."""

    ref: str
    sha: str
    head_ref: str = ""
    base_ref: str = ""


def environment(
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
    place = _place(repository, event_name, payload)
    return (
        _fixed(repository)
        | _files(folder)
        | {
            "GITHUB_ACTOR": actor,
            "GITHUB_ACTOR_ID": str(Account.from_login(actor).id),
            "GITHUB_TRIGGERING_ACTOR": actor,
            "GITHUB_BASE_REF": place.base_ref,
            "GITHUB_EVENT_NAME": event_name,
            "GITHUB_EVENT_PATH": str(event_path),
            "GITHUB_HEAD_REF": place.head_ref,
            "GITHUB_REF": place.ref,
            "GITHUB_REF_NAME": _short(place.ref),
            "GITHUB_REF_TYPE": "tag" if place.ref.startswith("refs/tags/") else "branch",
            "GITHUB_SHA": place.sha,
            "GITHUB_WORKFLOW_SHA": place.sha,
            "GITHUB_WORKSPACE": str(workspace),
            "RUNNER_WORKSPACE": str(workspace.parent),
        }
    )


def _fixed(repository: RepositoryState) -> dict[str, str]:
    """Return what is the same for every event."""
    hub = repository.hub
    workflow = f"{repository.full_name}/.github/workflows/codeflow.yml"
    graphql = f"{hub.api_url.removesuffix('/v3')}/graphql"
    return {
        "CI": "true",
        "GITHUB_ACTION": "__self",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTION_REF": "v1",
        "GITHUB_ACTION_REPOSITORY": "org/codeflow",
        "GITHUB_API_URL": hub.api_url,
        "GITHUB_GRAPHQL_URL": graphql,
        "GITHUB_JOB": "codeflow",
        "GITHUB_REF_PROTECTED": "false",
        "GITHUB_REPOSITORY": repository.full_name,
        "GITHUB_REPOSITORY_ID": str(repository.id),
        "GITHUB_REPOSITORY_OWNER": repository.owner,
        "GITHUB_REPOSITORY_OWNER_ID": str(Account.from_login(repository.owner).id),
        "GITHUB_RETENTION_DAYS": "90",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": "1000",
        "GITHUB_RUN_NUMBER": "1",
        "GITHUB_SERVER_URL": hub.server_url,
        "GITHUB_WORKFLOW": "CodeFlow",
        "GITHUB_WORKFLOW_REF": f"{workflow}@refs/heads/{repository.default_branch}",
        "RUNNER_ARCH": "X64",
        "RUNNER_ENVIRONMENT": "github-hosted",
        "RUNNER_NAME": "stand-in",
        "RUNNER_OS": "Linux",
        "RUNNER_TOOL_CACHE": "/opt/hostedtoolcache",
    }


def _files(folder: Path) -> dict[str, str]:
    temporary = folder / "runner_temp"
    temporary.mkdir(parents=True, exist_ok=True)
    made = {name: folder / file for name, file in _FILES.items()}
    for path in made.values():
        path.write_bytes(b"")
    return {name: str(path) for name, path in made.items()} | {"RUNNER_TEMP": str(temporary)}


def _place(repository: RepositoryState, event_name: str, payload: JsonObject) -> _Place:
    default = f"refs/heads/{repository.default_branch}"
    tip = repository.tip(repository.default_branch) or ""
    match event_name:
        case "pull_request":
            return _pull_request_place(payload["pull_request"])
        case "pull_request_target":
            return replace(_pull_request_place(payload["pull_request"]), ref=default, sha=tip)
        case "workflow_dispatch":
            ref = payload["ref"]
            return _Place(ref=ref, sha=repository.objects.resolve(ref) or tip)
        case "push":
            return _Place(ref=payload["ref"], sha=payload["after"])
        case "merge_group":
            group = payload["merge_group"]
            return _Place(ref=group["head_ref"], sha=group["head_sha"])
        case _:
            return _Place(ref=default, sha=tip)


def _pull_request_place(pull: JsonObject) -> _Place:
    """Return the merge commit; of a merged pull request, the base branch."""
    base, head = pull["base"], pull["head"]
    ref, sha = f"refs/pull/{pull['number']}/merge", pull["merge_commit_sha"] or head["sha"]
    if pull["merged"]:
        ref, sha = f"refs/heads/{base['ref']}", base["sha"]
    return _Place(ref=ref, sha=sha, head_ref=head["ref"], base_ref=base["ref"])


def _short(ref: str) -> str:
    for prefix in ("refs/heads/", "refs/tags/", "refs/pull/"):
        if ref.startswith(prefix):
            return ref.removeprefix(prefix)
    return ref
