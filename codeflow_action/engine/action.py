"""What a pipeline action is, all that it may look at, and what it may answer."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from codeflow_action.engine.commands import Command, CommandName
from codeflow_action.engine.discussion import Discussion
from codeflow_action.engine.dismissals import Dismissal
from codeflow_action.engine.effective_values import EffectiveValue
from codeflow_action.engine.facts import Fact, Facts
from codeflow_action.engine.foreign_threads import ForeignThread
from codeflow_action.engine.git_attributes import AttributeFiles
from codeflow_action.engine.globs import Globs, any_matches
from codeflow_action.engine.guidance import Guidance
from codeflow_action.engine.kept_answers import KeptAnswer
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.outcome import Done, Outcome
from codeflow_action.engine.ports import (
    Clock,
    Forge,
    History,
    Models,
    NoForge,
    NoHistory,
    NoReportFiles,
    ReportFiles,
    Scanners,
    Tree,
)
from codeflow_action.engine.pull_request import PullRequest, Trigger
from codeflow_action.engine.receipt import Receipt
from codeflow_action.engine.shards import Shard
from codeflow_action.engine.tool_results import ReportSelection


@dataclass(frozen=True, kw_only=True)
class Task:
    """All that an action may look at. `on_bug` logs what broke inside of it and was contained.

    `command` is what a comment asks for, None on every other event. `configuration` is for people
    who ask for it: what an action uses is in its options, or in `guidance`. `discussion` is what
    has been said on the pull request so far, `dismissals` what it comes to, by the ids of findings,
    and `memory` what earlier rounds know of it.

    `shard` is the part of the change that a model is asked about, None for all of it. What needs no
    model looks at the whole change.

    `kept_answers` are what models have answered earlier runs' actions, by the name of the action.

    `keep` takes what the action would answer if it were stopped now, in case that it is, or that
    the whole run dies. Such an answer also says what has not been done yet.
    """

    pull_request: PullRequest
    trigger: Trigger
    head: Tree
    base: Tree  # at the merge base
    policy: Tree  # where guidelines and checks are read: no change under review can write it
    attributes: AttributeFiles  # of `policy`
    scanners: Scanners
    models: Models
    clock: Clock
    forge: Forge = field(default_factory=NoForge)
    history: History = field(default_factory=NoHistory)
    reports: ReportFiles = field(default_factory=NoReportFiles)
    guidance: Guidance = field(default_factory=Guidance)
    report_selection: ReportSelection = field(default_factory=ReportSelection)
    facts: Facts = field(default_factory=Facts)
    foreign_threads: tuple[ForeignThread, ...] = ()
    discussion: Discussion = field(default_factory=Discussion)
    memory: Memory = field(default_factory=Memory)
    command: Command | None = None
    dismissals: Mapping[str, Dismissal] = field(default_factory=dict)
    configuration: tuple[EffectiveValue, ...] = ()
    shard: Shard | None = None
    key_shapes: tuple[str, ...] = ()  # regular expressions of what the keys of providers look like
    progress: Callable[[str], None] = lambda _text: None
    on_bug: Callable[[str, BaseException], None] = lambda _name, _error: None
    keep: Callable[[Done], None] = lambda _partial: None
    kept_answers: Mapping[str, KeptAnswer] = field(default_factory=dict)


class Only(BaseModel):
    """Limits one pipeline entry; what is not named does not limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    events: tuple[Trigger, ...] = Field(default=(), description="On these events alone.")
    drafts: bool | None = Field(
        default=None, description="`true`: for drafts alone; `false`: for all but drafts."
    )
    labels: tuple[str, ...] = Field(default=(), description="With one of these labels alone.")
    paths: Globs = Field(
        default=(), description="Where a changed file matches one of these patterns alone."
    )
    authors: tuple[str, ...] = Field(default=(), description="For these authors alone, by login.")
    forks: bool | None = Field(
        default=None, description="`true`: for forks alone; `false`: for all but forks."
    )

    def why_not(self, pull_request: PullRequest, trigger: Trigger) -> str:
        """Return which limit keeps the action out, empty when none does."""
        paths = [file.path for file in pull_request.files]
        limits = {
            "events": self.events and trigger not in self.events,
            "drafts": self.drafts is not None and self.drafts is not pull_request.draft,
            "labels": self.labels and not set(self.labels) & set(pull_request.labels),
            "paths": self.paths and not any(any_matches(self.paths, path) for path in paths),
            "authors": self.authors and pull_request.author.login not in self.authors,
            "forks": self.forks is not None and self.forks is not pull_request.is_fork,
        }
        return ", ".join(f"only.{name}" for name, keeps_out in limits.items() if keeps_out)


class Action(BaseModel, ABC):
    """One step of the pipeline; its fields are its options in the configuration.

    Class attributes say what it needs of others, what it gives them, which triggers and `commands`
    it answers to, and whether it asks a model: one that does is not run where the run has no
    model, unless it `runs_without_models` as well and then has less to say. A fact whose class
    `gives` does not name makes the action fail. One that `checks` nothing gives context only: no
    verdict is green because it ran, or red because it did not.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    needs: ClassVar[tuple[type[Fact], ...]] = ()
    gives: ClassVar[tuple[type[Fact], ...]] = ()
    triggers: ClassVar[frozenset[Trigger]] = frozenset(
        {Trigger.CHANGED, Trigger.MANUAL, Trigger.LOCAL, Trigger.LABELED}
    )
    commands: ClassVar[frozenset[CommandName]] = frozenset()
    asks_models: ClassVar[bool] = False
    runs_without_models: ClassVar[bool] = False
    checks: ClassVar[bool] = True

    only: Only = Field(default=Only(), description="Limits when this action runs.")

    @classmethod
    def reviews(cls) -> bool:
        """True where a model reads the change for it to find what is wrong: it gives a receipt."""
        return cls.asks_models and Receipt in cls.gives

    @classmethod
    def depends_on_models(cls) -> bool:
        """True for one that has nothing to say where the run has no model."""
        return cls.asks_models and not cls.runs_without_models

    @abstractmethod
    async def run(self, task: Task) -> Outcome:
        """Look at the task and answer; touches nothing else."""

    def answers_to(self, trigger: Trigger, command: CommandName | None = None) -> bool:
        """True when this trigger runs the action; `only.events` may add to its own list.

        A `command` runs those that name it. The comment is written anew as a whole, so what asks no
        model runs beside them, but for a question. To ask for a review is to start the run by hand.
        """
        if trigger in self.triggers or trigger in self.only.events:
            return True
        if command is None or command in self.commands:
            return command is not None
        if command.is_question or Trigger.MANUAL not in self.triggers:
            return False
        # During a pause those that ask a model say why they do not.
        return command in (CommandName.REVIEW, CommandName.PAUSE) or not self.depends_on_models()
