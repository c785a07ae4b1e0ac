"""What one run of the Action works with, and its first half: from the event to the pull request."""

import asyncio
import random
from collections.abc import Awaitable, Coroutine, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from codeflow_action.config.inputs import Inputs
from codeflow_action.engine.errors import GitHubError, GitHubUnavailable
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.outcome import Reason, Shortfall
from codeflow_action.engine.ports import Clock
from codeflow_action.engine.tracing import Tracer
from codeflow_action.hosts.job_environment import Surroundings
from codeflow_action.hosts.log import Log
from codeflow_action.hosts.messages import Activity, Send
from codeflow_action.hosts.pulse import Pulse
from codeflow_action.integrations.git import GitSettings
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.read.change_objects import ObjectSource
from codeflow_action.integrations.github.read.conversation import Conversation, read_conversation
from codeflow_action.integrations.github.read.event import (
    CommandEvent,
    Event,
    PullRequestEvent,
)
from codeflow_action.integrations.github.read.pull_request import (
    LoadedPullRequest,
    NotLoaded,
    Source,
)
from codeflow_action.integrations.scanners import BundledScanners
from codeflow_action.security.redaction import Redactor
from codeflow_action.security.untrusted import log_line

if TYPE_CHECKING:
    from codeflow_action.ai.wrappers.recording import Exchange

_CANCEL_TIME = 0.5  # seconds for work that was cancelled: threads are not waited for


class RunStopped(Exception):
    """The run was told to stop before there was anything to report."""


@dataclass(kw_only=True)
class Job:
    """What one run works with. `stop` is set by a signal, or when the time is up.

    `environment` is the one with its secrets. `today` is the date of UTC at the start. `deadline`
    is on the clock; `budget.timeout_minutes` may bring it nearer. `send` takes what whoever watches
    the run is told.
    """

    inputs: Inputs
    surroundings: Surroundings
    environment: Mapping[str, str] = field(repr=False)
    event: Event
    outsider: Reason | None
    api: GitHubApi
    git: GitSettings
    scanners: BundledScanners
    scratch: Path
    clock: Clock
    rng: random.Random
    redactor: Redactor
    log: Log
    tracer: Tracer
    stop: asyncio.Event
    start_time: float
    today: str
    deadline: float
    send: Send
    warnings: list[str] = field(default_factory=list)
    shortfalls: list[Shortfall] = field(default_factory=list)
    pulse: Pulse | None = None
    exchanges: "list[Exchange]" = field(default_factory=list)  # if they are recorded

    def begin(self, stage: str) -> None:
        """Say in the log and to the watcher what is done next."""
        self.log.info(stage)
        if self.pulse:
            self.pulse.note(stage)
        self.send(Activity(text=log_line(self.redactor.text(stage), 200)))

    async def load(
        self, *, merge_base: str = "", reads_conversation: bool = True
    ) -> tuple[LoadedPullRequest | NotLoaded, Conversation | None]:
        """Return the pull request, and what we have written on it before, read side by side.

        A shard does not ask for the latter, and takes the `merge_base` from its plan.
        """
        source = Source(
            objects=ObjectSource(
                api=self.api,
                repository=self.surroundings.repository,
                server_url=self.surroundings.server_url,
                workspace=self.surroundings.workspace,
                scratch=self.scratch,
                git=self.git,
                merge_base=merge_base,
            )
        )
        # The scanners start while GitHub is waited for.
        load_task = asyncio.ensure_future(source.load(self.event, self.inputs.pr_number))
        self.scanners.warm_up()
        if not reads_conversation:
            return await load_task, None
        match self.event:
            case PullRequestEvent() as event:
                return await _both(load_task, self._state(event.data.number))
            case CommandEvent() as event:
                return await _both(load_task, self._state(event.number))
            case _:
                pass
        # Other events do not say which pull request it is, if any: the source finds out.
        source_result = await load_task
        number = (
            source_result.pull_request.number
            if isinstance(source_result, LoadedPullRequest)
            else None
        )
        return source_result, await self._state(number) if number is not None else Conversation()

    async def _state(self, number: int) -> Conversation | None:
        """Return our earlier traces, None when they cannot be seen: then nothing is posted."""
        try:
            return await read_conversation(
                self.api, self.surroundings.repository, number, self.inputs.name
            )
        except GitHubError as error:
            detail = f"earlier comments could not be read, so none is posted: {error.with_hint}"
            # A refusal is the token's, and the gates' verdict stands; out of reach is no verdict.
            if isinstance(error, GitHubUnavailable):
                self.shortfalls.append(out_of_reach(detail))
            else:
                self.warnings.append(detail)
        return None

    async def unless_stopped[T](self, work: Coroutine[object, object, T]) -> T:
        """Return what the work comes to. Raises `RunStopped` when a signal came first."""
        work_task = asyncio.ensure_future(work)
        stop_task = asyncio.ensure_future(self.stop.wait())
        try:
            await asyncio.wait({work_task, stop_task}, return_when=asyncio.FIRST_COMPLETED)
            if not work_task.done():
                raise RunStopped
            return work_task.result()
        finally:
            work_task.cancel()
            stop_task.cancel()
            # A task that nobody awaits leaves a traceback in the log when the loop is closed.
            await asyncio.wait({work_task}, timeout=_CANCEL_TIME)
            if work_task.done() and not work_task.cancelled():
                work_task.exception()


async def end_tasks() -> None:
    """Cancel what nobody waits for any more, and let it close its connections."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        complete, _pending = await asyncio.wait(tasks, timeout=_CANCEL_TIME)
        for task in complete:
            if not task.cancelled():
                task.exception()  # else the loop logs it as one that was never looked at


async def _both[A, B](first: Awaitable[A], second: Awaitable[B]) -> tuple[A, B]:
    """Return what both come to; when one fails, the other is not left behind."""
    tasks = asyncio.ensure_future(first), asyncio.ensure_future(second)
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def out_of_reach(detail: str) -> Shortfall:
    """Return what makes a run end with 3 that could not tell GitHub what it has found."""
    return Shortfall(reason=Reason.GATE_NOT_RUN, detail=detail, severity=Severity.ERROR)
