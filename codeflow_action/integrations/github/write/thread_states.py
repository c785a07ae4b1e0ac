"""Brings our threads on the diff up to date: what was fixed is closed, what came back is open.

Decided by what stands there and not by what has just happened, so that a run that was cut short is
made good by the next one. A thread in which a person has written is theirs: it stays as it is.
"""

from collections.abc import Collection, Iterator
from functools import partial

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.errors import GitHubError, PermissionDenied
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.opinions import has_people
from codeflow_action.integrations.github.answers import parse_as
from codeflow_action.integrations.github.api import Uncertain
from codeflow_action.integrations.github.marks import Marks
from codeflow_action.integrations.github.read.threads import OwnThread
from codeflow_action.integrations.github.write.desk import Desk

# Each takes up to three requests, and what is left over is done by the next run.
_MAX_THREADS = 10
# Their names are GitHub's: https://docs.github.com/graphql/reference/mutations
_RESOLVE = """
mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }
"""
_UNRESOLVE = """
mutation($id: ID!) { unresolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }
"""
_MINIMIZE = """
mutation($id: ID!) {
  minimizeComment(input: {subjectId: $id, classifier: RESOLVED}) {
    minimizedComment { isMinimized }
  }
}
"""
_UNMINIMIZE = """
mutation($id: ID!) {
  unminimizeComment(input: {subjectId: $id}) { unminimizedComment { isMinimized } }
}
"""
# The line that we put below a comment's first one. Bounded: people can edit our comments.
_STATE_LINE = regex(r"\n\n[^\n]{1,200} <!-- codeflow:state:(fixed|back) -->(?=\n|\Z)")


@dataclass(frozen=True, kw_only=True)
class FixedThread:
    """Close a thread whose finding is fixed at `head_sha`."""

    thread: OwnThread
    head_sha: str

    async def carry_out(self, desk: Desk) -> None:
        """Resolve the thread. Where the token may not, strike our comment out and fold it."""
        thread, opening = self.thread.thread, self.thread.opening
        if not desk.has_time("the thread of a fixed finding"):
            return
        try:
            if await _resolve(desk, _RESOLVE, thread.node_id):
                return
            body = fixed_body(opening.body, self.head_sha)
            if body != opening.body:
                await _edit(desk, opening.id, body)
            if not opening.is_minimized:
                await _mutate(desk, _MINIMIZE, opening.node_id)
        except GitHubError as error:
            desk.note_refusal("that a finding is fixed", error)


@dataclass(frozen=True, kw_only=True)
class ReopenedThread:
    """Show a thread again whose finding was fixed and came back at `head_sha`."""

    thread: OwnThread
    head_sha: str

    async def carry_out(self, desk: Desk) -> None:
        """Say in our comment that it is back, show the comment, and open its thread."""
        thread, opening = self.thread.thread, self.thread.opening
        if not desk.has_time("the thread of a finding that came back"):
            return
        try:
            body = reopened_body(opening.body, self.head_sha)
            if body != opening.body:
                await _edit(desk, opening.id, body)
            if opening.is_minimized:
                await _mutate(desk, _UNMINIMIZE, opening.node_id)
            # Last: where the token may not, nothing else is missing.
            if thread.is_resolved:
                await _resolve(desk, _UNRESOLVE, thread.node_id)
        except GitHubError as error:
            desk.note_refusal("that a finding came back", error)


def plan_thread_states(
    threads: Collection[OwnThread],
    marks: Marks,
    *,
    fixed_ids: Collection[str],
    reopened_ids: Collection[str],
    open_ids: Collection[str],
    head_sha: str,
) -> Iterator[FixedThread | ReopenedThread]:
    """Yield what has to be done to our threads, for the first few that need it.

    The ids are of findings: `open_ids` of those that stand in the report, and `reopened_ids` of
    those among them that were fixed before this run.
    """
    writes: list[FixedThread | ReopenedThread] = []
    for own in threads:
        is_proven = marks.seal.is_secret and marks.is_ours(own.mark, own.path)
        # GraphQL alone tells whether a thread is resolved, and by whom.
        if not is_proven or not own.thread.node_id or has_people(own.thread):
            continue
        finding_id, state = own.mark.finding, _state(own.opening.body)
        if finding_id in fixed_ids and not own.thread.is_resolved:
            if state != "fixed" or not own.opening.is_minimized:
                writes.append(FixedThread(thread=own, head_sha=head_sha))
        elif finding_id in open_ids and (finding_id in reopened_ids or state == "fixed"):
            writes.append(ReopenedThread(thread=own, head_sha=head_sha))
    yield from writes[:_MAX_THREADS]


def fixed_body(body: str, head_sha: str) -> str:
    """Return our comment struck out, with a word on why; as it is where it has that already."""
    if _state(body) == "fixed":
        return body
    first, rest = _parts(body)
    return f"~~{first}~~{_state_line(f'Fixed in {head_sha[:7]}.', 'fixed')}{rest}"


def reopened_body(body: str, head_sha: str) -> str:
    """Return our comment as it was, with a word that it is back; as it is where it has that."""
    if _state(body) == "back":
        return body
    first, rest = _parts(body)
    return f"{first}{_state_line(f'It is back in {head_sha[:7]}.', 'back')}{rest}"


def _state_line(text: str, state: str) -> str:
    return f"\n\n{text} <!-- codeflow:state:{state} -->"


def _state(body: str) -> str:
    """Return the state that a comment of ours names, empty while it is as it was posted."""
    match = _STATE_LINE.search(body.replace("\r\n", "\n"))
    return match[1] if match else ""


def _parts(body: str) -> tuple[str, str]:
    """Return a comment's first line and the rest, as they were posted."""
    body = _STATE_LINE.sub("", body.replace("\r\n", "\n"), count=1)
    first, line_break, rest = body.partition("\n")
    if first.startswith("~~") and first.endswith("~~"):
        first = first[2:-2]
    return first, line_break + rest


class _Comment(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)
    body: str = ""


async def _edit(desk: Desk, comment_id: int, body: str) -> None:
    path = f"{desk.repository_path}/pulls/comments/{comment_id}"

    async def is_written() -> bool:
        return parse_as(_Comment, await desk.api.get(path)).body == body

    await desk.write_once("PATCH", path, {"body": body}, is_written)


async def _resolve(desk: Desk, mutation: str, node_id: str) -> bool:
    """Resolve a thread or open it; False where the token may not, which is tried once a run.

    The job's own token is refused whatever it may write, and only an attempt tells
    (https://github.com/github/gh-aw documents it).
    """
    if not desk.may_resolve:
        return False
    try:
        await _mutate(desk, mutation, node_id)
    except PermissionDenied:
        desk.may_resolve = False
    return desk.may_resolve


async def _mutate(desk: Desk, mutation: str, node_id: str) -> None:
    """Change a state. To set it twice does no harm, so that a lost answer is asked for again."""
    change = partial(desk.api.mutate, mutation, {"id": node_id})
    try:
        await change()
    except Uncertain:
        if not await desk.api.pause(1.0):
            raise
        await change()
