"""What one round starts from, and running it: the same for the Action, a laptop, and a replay."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import field

from codeflow_action.config.layers import Effective
from codeflow_action.engine.action import Task
from codeflow_action.engine.allowances import Allowance, allowed_findings
from codeflow_action.engine.commands import Command
from codeflow_action.engine.discussion import Discussion
from codeflow_action.engine.dismissals import Dismissal
from codeflow_action.engine.dismissed_families import DismissedFamily
from codeflow_action.engine.findings import Finding
from codeflow_action.engine.foreign_threads import ForeignThread
from codeflow_action.engine.git_attributes import AttributeFiles
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.outcome import Done, Shortfall
from codeflow_action.engine.pipeline import BugSink, Step, run_pipeline
from codeflow_action.engine.ports import (
    Clock,
    Forge,
    History,
    Models,
    NoHistory,
    ReportFiles,
    Scanners,
    Tree,
)
from codeflow_action.engine.pull_request import PullRequest, Trigger
from codeflow_action.engine.shards import Shard
from codeflow_action.engine.spending import Spending
from codeflow_action.engine.standing_dismissals import NONE_STANDING, StandingDismissals
from codeflow_action.engine.tracing import Tracer


@dataclass(frozen=True, kw_only=True)
class Start:
    """All that is known before an action runs.

    `digest` is what an answer depends on besides the commits. `unchanged` says that models have
    reviewed all of it before: their findings stand in the ledger of the `memory`. `findings`,
    `shortfalls` and `notices` are of the run itself, such as a broken configuration.
    `shard` is the part of the change that models are asked about, None for all of it.
    `discussion` is what has been said so far, and `foreign_threads` are what others have begun on
    the diff; `dismissals` are what it comes to, by the ids of findings, beside the repository's
    `standing_dismissals` and the `allowances` of rules, and `families` what was dismissed on other
    pull requests. `no_model` says why no model can be asked, where one was wanted; else it is
    empty.
    `command` is what a comment asks for, None on every other event.
    """

    name: str
    pull_request: PullRequest
    trigger: Trigger
    effective: Effective
    model: str = ""
    no_model: str = ""
    digest: str = ""
    memory: Memory = field(default_factory=Memory)
    unchanged: bool = False
    shard: Shard | None = None
    findings: tuple[Finding, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    notices: tuple[str, ...] = ()
    foreign_threads: tuple[ForeignThread, ...] = ()
    discussion: Discussion = field(default_factory=Discussion)
    dismissals: Mapping[str, Dismissal] = field(default_factory=dict)
    standing_dismissals: StandingDismissals = NONE_STANDING
    allowances: tuple[Allowance, ...] = ()
    families: tuple[DismissedFamily, ...] = ()
    command: Command | None = None

    def decisions(self, findings: Mapping[str, Finding]) -> Mapping[str, Dismissal]:
        """Return the dismissals of these findings, by their ids: what people said here counts."""
        return {
            **allowed_findings(self.allowances, findings),
            **self.standing_dismissals.decisions(findings),
            **self.dismissals,
        }

    @property
    def is_answer(self) -> bool:
        """True where a question was asked: what comes of it says nothing new of the change."""
        return self.command is not None and self.command.name.is_question

    @property
    def previous(self) -> Ledger | None:
        """The ledger that earlier runs have left."""
        return self.memory.ledger


@dataclass(frozen=True, kw_only=True)
class Ports:
    """What actions reach the outside through, and what keys of providers look like there.

    `key_shapes` are regular expressions; a replay needs none, because a cassette holds no key.
    """

    head: Tree
    base: Tree  # at the merge base, as in `Task`
    policy: Tree
    scanners: Scanners
    models: Models
    clock: Clock
    forge: Forge
    reports: ReportFiles
    history: History = field(default_factory=NoHistory)
    key_shapes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Round(Start):
    """One run of the pipeline, with all that its report needs."""

    steps: tuple[Step, ...]
    spent: Spending
    seconds: float

    @property
    def answers(self) -> tuple[Done, ...]:
        """What the actions that ran have answered."""
        return tuple(step.outcome for step in self.steps if isinstance(step.outcome, Done))

    @property
    def covering_ledger(self) -> Ledger | None:
        """The ledger that speaks for the models, where they have reviewed all of it before."""
        return self.previous if self.unchanged else None

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """The run's own, the actions', and those of earlier rounds that still stand."""
        memory = self.memory
        earlier = (memory.standing(entry) for entry in memory.open_entries)
        return (
            *self.findings,
            *(finding for answer in self.answers for finding in answer.findings),
            *filter(None, earlier),
        )

    @property
    def all_shortfalls(self) -> tuple[Shortfall, ...]:
        """The run's own and the actions'."""
        return (
            *self.shortfalls,
            *(shortfall for answer in self.answers for shortfall in answer.shortfalls),
        )

    @property
    def all_notices(self) -> tuple[str, ...]:
        """The run's own and the actions'."""
        return (*self.notices, *(notice for answer in self.answers for notice in answer.notices))


@dataclass(frozen=True, kw_only=True)
class Observer:
    """Who hears of a round while it runs: what is being done, and what broke and was contained.

    `keep` takes the round as it would be if it ended now, and whether its gates are done; `on_step`
    each step as it ends.
    """

    progress: Callable[[str], None]
    on_bug: BugSink
    keep: Callable[[Round, bool], None] = lambda _round, _gates_done: None
    on_step: Callable[[Step], None] = lambda _step: None


async def run_round(
    start: Start,
    ports: Ports,
    observer: Observer,
    *,
    start_time: float,
    stop: asyncio.Event,
    tracer: Tracer,
) -> Round:
    """Run the pipeline. `start_time` is when the run began, on the clock."""
    task = _task(start, ports, observer)

    # Also for a round that is not over: who watches the run delivers it if it is cut short.
    def round_(steps: tuple[Step, ...]) -> Round:
        seconds = ports.clock.now() - start_time
        return Round(**vars(start), steps=steps, spent=ports.models.spent, seconds=seconds)

    steps = await run_pipeline(
        start.effective.actions,
        task,
        observer.on_bug,
        stop,
        tracer,
        tell=lambda state: observer.keep(round_(state.steps), state.gates_done),
        on_step=observer.on_step,
    )
    return round_(steps)


def _task(start: Start, ports: Ports, observer: Observer) -> Task:
    return Task(
        pull_request=start.pull_request,
        trigger=start.trigger,
        head=ports.head,
        base=ports.base,
        policy=ports.policy,
        attributes=AttributeFiles(ports.policy, [file.path for file in start.pull_request.files]),
        scanners=ports.scanners,
        models=ports.models,
        clock=ports.clock,
        forge=ports.forge,
        history=ports.history,
        reports=ports.reports,
        guidance=start.effective.policy.guidance,
        report_selection=start.effective.policy.report_selection,
        foreign_threads=start.foreign_threads,
        kept_answers=start.previous.kept_answers if start.previous else {},
        memory=start.memory,
        discussion=start.discussion,
        command=start.command,
        dismissals=start.dismissals,
        configuration=start.effective.values,
        shard=start.shard,
        key_shapes=ports.key_shapes,
        progress=observer.progress,
        on_bug=observer.on_bug,
    )
