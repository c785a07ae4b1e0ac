"""Which commit was the head at a time of the server's clock.

When a commit was made is its author's word, and the payload of a comment in the conversation does
not say which head its writer has seen. GitHub's record of a repository's activity does: it has the
time of each push, and what the branch pointed to before and after.
"""

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.errors import GitHubError
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.integrations.github.answers import parse_as
from codeflow_action.integrations.github.api import GitHubApi

_MAX_MOVES = 100  # of one page: who pushes more often than that after a comment is not followed


class _Move(BaseModel):
    """https://docs.github.com/rest/repos/repos#list-repository-activities."""

    model_config = ConfigDict(extra="ignore", defer_build=True)
    before: str
    after: str
    timestamp: str


async def head_at(api: GitHubApi, pull_request: PullRequest, time: str) -> str | None:
    """Return the head as it was at that time, None where GitHub does not tell.

    It does not for a fork that is private or deleted, or where the job lacks `contents: read`.
    """
    if not pull_request.head_repository:
        return None
    path = f"/repos/{pull_request.head_repository}/activity"
    query: dict[str, str | int] = {
        "ref": f"refs/heads/{pull_request.head_ref}",
        "per_page": _MAX_MOVES,
    }
    try:
        answer = await api.get(path, query)
        entries = answer if isinstance(answer, list) else []
        moves = [parse_as(_Move, entry) for entry in entries]
    except GitHubError:
        return None
    # The newest comes first. Where it leads to another commit the record lags behind.
    if not moves or moves[0].after != pull_request.head_sha:
        return None
    # Times are whole seconds: nobody has seen what was pushed within the second of the comment.
    later = [move for move in moves if move.timestamp >= time]
    if len(later) == _MAX_MOVES:
        return None
    return later[-1].before if later else pull_request.head_sha
