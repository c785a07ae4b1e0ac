"""Runs actions by the facts they need; those that need nothing of each other run together."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from codeflow_action.engine.action import (
    Action,
    Done,
    Failed,
    Outcome,
    Reason,
    Shortfall,
    Skipped,
    Task,
)
from codeflow_action.engine.errors import CodeFlowError, ConfigError
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.tracing import NoTracer, Span, Tracer

_GRACE = 1.0  # seconds after a stop; the runner kills ten seconds after its signal


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one action answered, and how long it took in seconds."""

    action: Action
    outcome: Outcome
    seconds: float


type BugSink = Callable[[str, BaseException], None]


async def run_pipeline(
    actions: Sequence[Action],
    task: Task,
    on_bug: BugSink,
    stop: asyncio.Event | None = None,
    tracer: Tracer | None = None,
) -> tuple[Step, ...]:
    """Run every action and return their steps in the given order.

    An action that breaks becomes `Failed` and the rest goes on; `on_bug` is told the exception, so
    that it can be logged where nothing of it leaks. When `stop` is set, what has not ended yet is
    cancelled and its step says so; what has ended counts. Cancellation passes through. Each action
    is a span of the `tracer`.
    Raises `ConfigError` when actions need facts of each other in a circle.
    """
    stop = stop or asyncio.Event()
    tracer = tracer or NoTracer()
    running: list[tuple[Action, asyncio.Task[Step]]] = []  # an action with a list has no hash

    async def after(givers: Sequence[asyncio.Task[Step]], action: Action) -> Step:
        """Run the action as soon as those have ended that give what it needs, and no later."""
        outcomes = [step.outcome for step in await asyncio.gather(*givers)]
        given = [fact for one in outcomes if isinstance(one, Done) for fact in one.facts]
        seen = replace(task, facts=task.facts.joined(given))
        return await _traced(tracer, action, seen, on_bug, stop)

    for action in _ordered(actions):
        givers = [one for other, one in running if set(other.gives) & set(action.needs)]
        running.append((action, asyncio.create_task(after(givers, action))))
    try:
        steps = await asyncio.gather(*(one for _, one in running))
    finally:
        for _, one in running:
            one.cancel()
    return tuple(sorted(steps, key=lambda step: actions.index(step.action)))


def _ordered(actions: Sequence[Action]) -> list[Action]:
    """Return the actions so that each comes after all that give what it needs."""
    ordered: list[Action] = []
    waiting = list(actions)
    while waiting:
        missing = {fact for action in waiting for fact in action.gives}
        ready = [action for action in waiting if not missing & set(action.needs)]
        if not ready:
            names = ", ".join(action.name for action in waiting)
            raise ConfigError(f"the pipeline's actions wait for each other: {names}")
        ordered += ready
        waiting = [action for action in waiting if action not in ready]
    return ordered


async def _step(action: Action, task: Task, on_bug: BugSink, stop: asyncio.Event) -> Step:
    started = task.clock.now()
    outcome: Outcome | None = _held_back(action, task)
    if outcome is None:
        task.progress(f"{action.name}: running")
        seen = replace(task, facts=task.facts.only(action.needs))
        outcome = await _until(stop, _guarded(action, seen, on_bug)) or _stopped(action)
    return Step(action=action, outcome=outcome, seconds=task.clock.now() - started)


async def _traced(
    tracer: Tracer, action: Action, task: Task, on_bug: BugSink, stop: asyncio.Event
) -> Step:
    with tracer.span(f"action {action.name}", {"codeflow.action.name": action.name}) as span:
        step = await _step(action, task, on_bug, stop)
        _tell(span, step.outcome)
        return step


def _tell(span: Span, outcome: Outcome) -> None:
    span.set({"codeflow.action.outcome": type(outcome).__name__.lower()})
    match outcome:
        case Done():
            reasons = [short.reason.value for short in outcome.shortfalls]
            span.set(
                {
                    "codeflow.action.findings": len(outcome.findings),
                    "codeflow.action.dropped": len(outcome.dropped),
                    "codeflow.action.shortfalls": list(dict.fromkeys(reasons)),
                }
            )
        case Skipped():
            span.set({"codeflow.action.reason": outcome.reason.value})
        case Failed():
            span.set({"codeflow.action.exit_code": outcome.exit_code})
            span.fail("failed")
        case _:
            assert_never(outcome)


async def _until(stop: asyncio.Event, work: Coroutine[object, object, Outcome]) -> Outcome | None:
    """Return what the work comes to, None when it was stopped before.

    Models are let go of at a stop: what was found by then needs a moment to be put together.
    """
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            await asyncio.wait({working}, timeout=_GRACE)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        stopping.cancel()


def _stopped(action: Action) -> Done:
    """A review that was cut short is incomplete; a gate that was has not been passed."""
    if not action.checks:
        return Done()
    if action.asks_models:
        detail = f"{action.name} was stopped before its end: the run's time was up"
        return Done(shortfalls=(Shortfall(reason=Reason.DEADLINE, detail=detail),))
    detail = f"{action.name} was stopped before its end"
    short = Shortfall(reason=Reason.GATE_NOT_RUN, detail=detail, severity=Severity.ERROR)
    return Done(shortfalls=(short,))


def _held_back(action: Action, task: Task) -> Skipped | None:
    """Return why this action does not run at all, None when it does."""
    if not action.answers_to(task.trigger):
        return Skipped(
            reason=Reason.UNSUPPORTED_EVENT, detail=f"does not answer to {task.trigger.value}"
        )
    if limit := action.only.why_not(task.pull_request, task.trigger):
        return Skipped(reason=Reason.OPTED_OUT, detail=f"held back by {limit}")
    if action.asks_models and not task.models.available:
        return Skipped(reason=Reason(task.models.why_not))
    return None


async def _guarded(action: Action, task: Task, on_bug: BugSink) -> Outcome:
    """The boundary around one action: whatever breaks in it stays in it."""
    try:
        return await action.run(task)
    except CodeFlowError as error:
        return Failed(detail=str(error), hint=error.hint, exit_code=error.exit_code)
    except Exception as error:  # noqa: BLE001 - the boundary around an action: a bug in one must not lose the others' work
        on_bug(action.name, error)
        return Failed(
            detail=f"{action.name} broke: {type(error).__name__}",
            hint="this is a bug in CodeFlow: please report it with the log of this run",
        )
