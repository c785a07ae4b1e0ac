"""Runs actions by the facts they need; those that need nothing of each other run together."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import field, replace
from typing import assert_never

from codeflow_action.engine.action import Action, Task
from codeflow_action.engine.errors import CodeFlowError, ConfigError
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.outcome import Done, Failed, Outcome, Reason, Shortfall, Skipped
from codeflow_action.engine.tracing import NoTracer, Span, Tracer

# Seconds that an action has after a stop to put together what it has found. The runner kills ten
# seconds after its first signal (actions/runner: ProcessInvoker.cs), and there is delivery to come.
_GRACE = 1.0
# Seconds for which actions that ask a model leave the processor to those that do not.
_HEAD_START = 1.0
# Seconds for which other packages' actions leave it to ours, which end in less on all but the
# largest changes.
_HEAD_START_ON_OTHERS = 10.0


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one action answered, and how long it took in seconds."""

    action: Action
    outcome: Outcome
    seconds: float


type BugSink = Callable[[str, BaseException], None]


@dataclass(frozen=True, kw_only=True)
class PipelineState:
    """The steps of a pipeline that is still running, as they would be if it were stopped now.

    `gates_done` says that every action has ended that asks no model.
    """

    steps: tuple[Step, ...]
    gates_done: bool


@dataclass(eq=False)
class _Board:
    """What has come of each action so far, and who is told of it."""

    actions: Sequence[Action]
    tell: Callable[[PipelineState], None]
    partial_outcomes: dict[str, Done] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)  # of the actions that have ended

    def keep_partial(self, action: Action, partial: Done) -> None:
        """Keep what the action has so far; others hear of it when there is more to show."""
        _check_facts(action, partial)
        before = self.partial_outcomes.get(action.name, Done())
        self.partial_outcomes[action.name] = partial
        if len(partial.findings) > len(before.findings):
            self.tell(self.state())

    def keep(self, step: Step) -> None:
        """Keep the step of an action that has ended; when the last gate has, others hear of it."""
        self.steps[step.action.name] = step
        state = self.state()
        if state.gates_done and not step.action.asks_models:
            self.tell(state)

    def outcome_at_stop(self, action: Action) -> Done:
        """Return what is left of an action that is stopped before its end."""
        if partial := self.partial_outcomes.get(action.name):
            return partial
        if not action.checks:
            return Done()
        if action.asks_models:
            detail = f"{action.name} was stopped before its end: the run's time was up"
            return Done(shortfalls=(Shortfall(reason=Reason.DEADLINE, detail=detail),))
        # Nobody may take a gate that did not reach its end for one that was passed.
        detail = f"{action.name} was stopped before its end"
        short = Shortfall(reason=Reason.GATE_NOT_RUN, detail=detail, severity=Severity.ERROR)
        return Done(shortfalls=(short,))

    def state(self) -> PipelineState:
        """Return the steps as they would be if the pipeline were stopped now."""
        steps = [
            self.steps.get(action.name)
            or Step(action=action, outcome=self.outcome_at_stop(action), seconds=0.0)
            for action in self.actions
        ]
        gates = [action.name for action in self.actions if not action.asks_models]
        return PipelineState(steps=tuple(steps), gates_done=self.steps.keys() >= set(gates))


async def run_pipeline(
    actions: Sequence[Action],
    task: Task,
    on_bug: BugSink,
    stop: asyncio.Event | None = None,
    tracer: Tracer | None = None,
    *,
    tell: Callable[[PipelineState], None] = lambda _state: None,
    on_step: Callable[[Step], None] = lambda _step: None,
) -> tuple[Step, ...]:
    """Run every action and return their steps in the given order.

    Actions that ask no model come first: one that does waits for them for a moment, and then runs
    beside them. So does an action of another package for our own, and longer. `tell` is called at
    the start, each time they have found something, and when they are done, so that nothing is lost
    whatever happens to the rest.

    `on_step` is handed each step as soon as it has ended.
    An action that breaks becomes `Failed` and the rest goes on; `on_bug` is told the exception, so
    that it can be logged where nothing of it leaks. One that gives a fact which it does not name in
    `gives` has failed, too. When `stop` is set, what has not ended yet is cancelled and its step
    says so; what has ended counts. Cancellation passes through. Each action is a span of the
    `tracer`.
    Raises `ConfigError` when actions need facts of each other in a circle.
    """
    board = _Board(actions, tell)
    run = _Run(
        task=task,
        on_bug=on_bug,
        stop=stop or asyncio.Event(),
        tracer=tracer or NoTracer(),
        board=board,
        on_step=on_step,
    )
    tell(board.state())
    tasks: list[tuple[Action, asyncio.Task[Step]]] = []  # an action with a list has no hash
    for action in _run_order(actions):
        givers = [task for giver, task in tasks if set(giver.gives) & set(action.needs)]
        firsts = [task for first, task in tasks if _goes_first(first, action)]
        tasks.append((action, asyncio.create_task(run.after(givers, firsts, action))))
    try:
        steps = await asyncio.gather(*(task for _, task in tasks))
    finally:
        for _, action_task in tasks:
            action_task.cancel()
    return tuple(sorted(steps, key=lambda step: actions.index(step.action)))


def _run_order(actions: Sequence[Action]) -> list[Action]:
    """Return the actions so that each comes after all that give what it needs, gates early."""
    order: list[Action] = []
    rest = sorted(actions, key=lambda action: (action.asks_models, not _is_ours(action)))
    while rest:
        to_come = {fact for action in rest for fact in action.gives}
        ready = [action for action in rest if not to_come & set(action.needs)]
        if not ready:
            names = ", ".join(action.name for action in rest)
            raise ConfigError(f"the pipeline's actions wait for each other: {names}")
        order += ready
        rest = [action for action in rest if action not in ready]
    return order


def _is_ours(action: Action) -> bool:
    """False for an action of another package, of which nobody knows how long it computes."""
    return type(action).__module__.partition(".")[0] == __name__.partition(".")[0]


def _goes_first(first: Action, action: Action) -> bool:
    """True for a gate that has a head start on the action, which may keep the loop for itself."""
    if first.asks_models:
        return False
    return action.asks_models or (_is_ours(first) and not _is_ours(action))


@dataclass(frozen=True, kw_only=True)
class _Run:
    """What all steps of one pipeline share."""

    task: Task
    on_bug: BugSink
    stop: asyncio.Event
    tracer: Tracer
    board: _Board
    on_step: Callable[[Step], None]

    async def after(
        self,
        givers: Sequence[asyncio.Task[Step]],
        firsts: Sequence[asyncio.Task[Step]],
        action: Action,
    ) -> Step:
        """Run the action as soon as those have ended that give what it needs.

        `firsts` have a head start: what gates find must not depend on how long a review computes,
        or another package's action, which may hold the loop or the interpreter until it is killed.
        """
        outcomes = [step.outcome for step in await asyncio.gather(*givers)]
        if firsts:
            head_start = _HEAD_START if _is_ours(action) else _HEAD_START_ON_OTHERS
            await asyncio.wait(firsts, timeout=head_start)
        facts = [
            fact for outcome in outcomes if isinstance(outcome, Done) for fact in outcome.facts
        ]
        view = replace(
            self.task,
            facts=self.task.facts.with_facts(facts).only(action.needs),
            keep=lambda partial: self.board.keep_partial(action, partial),
        )
        with self.tracer.span(
            f"action {action.name}", {"codeflow.action.name": action.name}
        ) as span:
            start = view.clock.now()
            outcome: Outcome | None = _held_back(action, view)
            is_late = self.stop.is_set() and (action.asks_models or not _is_ours(action))
            if outcome is None and is_late:
                outcome = self.board.outcome_at_stop(action)
            if outcome is None:
                view.progress(f"{action.name}: running")
                result = await _until(self.stop, _run_contained(action, view, self.on_bug))
                outcome = result or self.board.outcome_at_stop(action)
            step = Step(action=action, outcome=outcome, seconds=view.clock.now() - start)
            _describe(span, outcome)
        self.board.keep(step)
        self.on_step(step)
        return step


def _describe(span: Span, outcome: Outcome) -> None:
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
    run = asyncio.ensure_future(work)
    end = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({run, end}, return_when=asyncio.FIRST_COMPLETED)
        if not run.done():
            await asyncio.wait({run}, timeout=_GRACE)
        return run.result() if run.done() else None
    finally:
        run.cancel()
        end.cancel()


def _held_back(action: Action, task: Task) -> Skipped | None:
    """Return why this action does not run at all, None when it does."""
    command = task.command.name if task.command else None
    if not action.answers_to(task.trigger, command):
        event = f"/codeflow {command}" if command else task.trigger.value
        return Skipped(reason=Reason.UNSUPPORTED_EVENT, detail=f"does not answer to {event}")
    if limit := action.only.why_not(task.pull_request, task.trigger):
        return Skipped(reason=Reason.OPTED_OUT, detail=f"held back by {limit}")
    if action.depends_on_models() and not task.models.available:
        return Skipped(reason=Reason(task.models.why_not))
    return None


async def _run_contained(action: Action, task: Task, on_bug: BugSink) -> Outcome:
    """The boundary around one action: whatever breaks in it stays in it."""
    try:
        outcome = await action.run(task)
        _check_facts(action, outcome)
    except CodeFlowError as error:
        return Failed(detail=str(error), hint=error.hint, exit_code=error.exit_code)
    except Exception as error:  # noqa: BLE001 - the boundary around an action: a bug in one must not lose the others' work
        on_bug(action.name, error)
        return Failed(
            detail=f"{action.name} broke: {type(error).__name__}",
            hint="this is a bug in CodeFlow: please report it with the log of this run",
        )
    return outcome


class _UndeclaredFact(CodeFlowError):
    """An action gives a fact that it does not name in `gives`: a bug of that action."""

    exit_code = 70


def _check_facts(action: Action, outcome: Outcome) -> None:
    """Raise `_UndeclaredFact` for a fact that nobody could have waited for.

    The order of actions follows from what they declare. Who needs an undeclared fact might run
    before it is there, and see it in one run and not in the next.
    """
    facts = outcome.facts if isinstance(outcome, Done) else ()
    names = [type(fact).__name__ for fact in facts if type(fact) not in action.gives]
    if names:
        raise _UndeclaredFact(
            f"{action.name} broke: it gave {', '.join(names)}, which its `gives` does not name",
            hint="this is a bug in that action: it has to name in `gives` each class of its facts",
        )
