"""Writes to GitHub that happen once, whatever becomes of their answers."""

from collections.abc import Awaitable, Callable

from codeflow_action.engine.errors import NotFound
from codeflow_action.integrations.github.api import GitHubApi, Uncertain

# Seconds between two looks. GitHub ends a request of its own after ten, and until then may carry
# out what it has answered with a 502 (https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api).
_LOOKS = (1.0, 3.0, 6.0)


async def carry_out[T](
    api: GitHubApi, write: Callable[[], Awaitable[T]], find: Callable[[], Awaitable[T | None]]
) -> T:
    """Return what the write, or `find` after an answer that was lost, comes to.

    `find` looks whether GitHub has it. The write is repeated once, and only when it has shown for
    ten seconds that it has not. Raises what either raises; `Uncertain` when it may still happen.
    """
    try:
        return await write()
    except Uncertain:
        if (found := await _look(api, find)) is not None:
            return found
        if not api.may_write:
            raise
    try:
        return await write()
    except Uncertain:
        if (found := await _look(api, find)) is not None:
            return found
        raise


async def remove(api: GitHubApi, path: str) -> None:
    """Delete something; that it is gone already is as good. Raises `GitHubError`."""
    try:
        await api.delete(path)
    except NotFound:
        return
    except Uncertain:
        if not await api.pause(_LOOKS[0]):
            raise
        await _remove_again(api, path)


async def _remove_again(api: GitHubApi, path: str) -> None:
    try:
        await api.delete(path)
    except NotFound:
        return


async def _look[T](api: GitHubApi, find: Callable[[], Awaitable[T | None]]) -> T | None:
    for seconds in _LOOKS:
        has_time = await api.pause(seconds)
        found = await find()
        if found is not None or not has_time:
            return found
    return None
