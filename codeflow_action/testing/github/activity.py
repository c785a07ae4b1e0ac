"""The route that tells when a branch was moved, by the server's clock; forks have one, too.

https://docs.github.com/en/rest/repos/repos#list-repository-activities
"""

import re

from codeflow_action.testing.github.exchange import (
    ApiCall,
    Response,
    Route,
    json_response,
    not_found,
)
from codeflow_action.testing.github.payloads import user
from codeflow_action.testing.github.state import RepositoryState
from codeflow_action.testing.github.values import BranchMove, GitHubAccount, JsonObject

_DEFAULT_PAGE = 30
_LARGEST_PAGE = 100
_ZERO = "0" * 40


def _list(call: ApiCall) -> Response:
    """Return moves, the newest first. A private repository's need `contents: read` there."""
    full_name = f"{call.args['head_owner']}/{call.args['head_name']}".lower()
    repositories = [
        repository
        for repository in call.hub.repositories.values()
        if _is_seen(call, repository, full_name)
    ]
    if not repositories:
        raise not_found()
    query = call.request.query
    branch = query.get("ref", "").removeprefix("refs/heads/")
    shapes = [
        _shape(repository, move)
        for repository in repositories
        for move in repository.moves
        if move.repository.lower() == full_name and branch in ("", move.branch)
    ]
    text = query.get("per_page", "")
    size = min(int(text) if text.isdecimal() else _DEFAULT_PAGE, _LARGEST_PAGE)
    return json_response(shapes[::-1][:size])


def _is_seen(call: ApiCall, repository: RepositoryState, full_name: str) -> bool:
    """Return True where the token sees a repository, or a fork of it, under that name."""
    repository.refresh()
    own_name = repository.full_name.lower()
    heads = {(pull.head_repository or "").lower() for pull in repository.pulls.values()}
    # The token of a job is for its own repository: it sees no other private one.
    is_readable = full_name == own_name and call.hub.grants("contents=read")
    return full_name in heads | {own_name} and (is_readable or not repository.private)


def _shape(repository: RepositoryState, move: BranchMove) -> JsonObject:
    kind = "force_push" if move.is_forced else "push"
    return {
        "id": move.id,
        "node_id": f"PSH_{move.id}",
        "before": move.before,
        "after": move.after,
        "ref": f"refs/heads/{move.branch}",
        "timestamp": move.time,
        "activity_type": "branch_creation" if move.before == _ZERO else kind,
        "actor": user(repository.hub, GitHubAccount.from_login("mona")),
    }


ROUTES = (
    Route(
        method="GET",
        # Not the names of other routes: a fork is not served, and is known all the same.
        pattern=re.compile(r"/repos/(?P<head_owner>[^/]+)/(?P<head_name>[^/]+)/activity"),
        answer=_list,
    ),
)
