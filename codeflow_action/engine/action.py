"""What a pipeline action is, all that it may look at, and what it may answer."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.facts import Fact, Facts
from codeflow_action.engine.findings import Dropped, Finding, Severity
from codeflow_action.engine.globs import Globs, any_matches
from codeflow_action.engine.ports import Clock, Forge, Models, NoForge, Scanners, Tree
from codeflow_action.engine.proposals import Proposal
from codeflow_action.engine.pull_request import PullRequest, Trigger
from codeflow_action.engine.said import Said


class Reason(StrEnum):
    """The public, closed list of why a verdict is what it is."""

    OK = "ok"
    FINDINGS = "findings"
    DRAFT = "draft"
    BOT = "bot"
    FORK_UNKNOWN = "fork_unknown"
    OPTED_OUT = "opted_out"
    PAUSED = "paused"
    NO_KEY = "no_key"
    NO_KEY_FORK = "no_key_fork"
    NO_KEY_DEPENDABOT = "no_key_dependabot"
    UNSUPPORTED_EVENT = "unsupported_event"
    NOT_PERMITTED = "not_permitted"
    NO_REVIEWABLE_CHANGES = "no_reviewable_changes"
    UNCHANGED = "unchanged"
    BUDGET = "budget"
    DEADLINE = "deadline"
    MODEL_ERROR = "model_error"
    GATE_NOT_RUN = "gate_not_run"
    HEAD_MOVED = "head_moved"
    SHARD_MISSING = "shard_missing"
    LOW_COVERAGE = "low_coverage"
    INVALID_CONFIG = "invalid_config"


class Effort(StrEnum):
    """How much is spent on a review."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, kw_only=True)
class PathRule:
    """What holds for paths that match; the last match wins, key by key."""

    match: str
    instructions: str = ""
    effort: Effort | None = None


@dataclass(frozen=True, kw_only=True)
class Guidance:
    """What the configuration says to every action that asks a model."""

    language: str = "en"
    instructions: str = ""
    guidelines: tuple[str, ...] = ()  # paths, read where the configuration is
    only: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    never_send: tuple[str, ...] = ()
    rules: tuple[PathRule, ...] = ()

    def instructions_for(self, path: str) -> str:
        """Return the last matching rule's instructions, empty where none matches."""
        for rule in reversed(self.rules):
            if rule.instructions and any_matches((rule.match,), path):
                return rule.instructions
        return ""

    def effort_for(self, path: str, default: Effort) -> Effort:
        """Return the last matching rule's effort, `default` where none says one."""
        for rule in reversed(self.rules):
            if rule.effort is not None and any_matches((rule.match,), path):
                return rule.effort
        return default


@dataclass(frozen=True, kw_only=True)
class Task:
    """All that an action may look at. `on_bug` logs what broke inside of it and was contained.

    `found` takes what the action would answer if it were stopped now: it is kept in case that it
    is, or that the whole run dies. Whoever calls it says there too what has not been done.
    """

    pull_request: PullRequest
    trigger: Trigger
    head: Tree
    base: Tree  # at the merge-base
    policy: Tree  # where guidelines and checks are read: no change under review can write it
    scanners: Scanners
    models: Models
    clock: Clock
    forge: Forge = field(default_factory=NoForge)
    guidance: Guidance = Guidance()
    facts: Facts = field(default_factory=Facts)
    said: tuple[Said, ...] = ()  # by others, on the diff
    progress: Callable[[str], None] = lambda _text: None
    on_bug: Callable[[str, BaseException], None] = lambda _name, _error: None
    found: "Callable[[Done], None]" = lambda _done: None


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """Something that was asked for and not done; the verdict cannot be `pass` over it.

    `severity` is that of the gate which did not run: an error makes the run end with 3.
    """

    reason: Reason
    detail: str
    severity: Severity = Severity.WARNING


@dataclass(frozen=True, kw_only=True)
class Done:
    """The action ran. What it could not do is in `shortfalls`; `notes` are lines for the reader."""

    findings: tuple[Finding, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    facts: tuple[Fact, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """The action had no reason to run, or may not; an expected answer, no error."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The action broke: a bug of ours, or something outside that it cannot do without."""

    detail: str
    hint: str = ""
    exit_code: int = 70


type Outcome = Done | Skipped | Failed


class Only(BaseModel):
    """Limits one pipeline entry; what is not named does not limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    events: tuple[Trigger, ...] = ()
    drafts: bool | None = None
    labels: tuple[str, ...] = ()
    paths: Globs = ()
    authors: tuple[str, ...] = ()
    forks: bool | None = None

    def why_not(self, pull_request: PullRequest, trigger: Trigger) -> str:
        """Return which limit keeps the action out, empty when none does."""
        changed = [file.path for file in pull_request.files]
        limits = {
            "events": self.events and trigger not in self.events,
            "drafts": self.drafts is not None and self.drafts is not pull_request.draft,
            "labels": self.labels and not set(self.labels) & set(pull_request.labels),
            "paths": self.paths and not any(any_matches(self.paths, path) for path in changed),
            "authors": self.authors and pull_request.author.login not in self.authors,
            "forks": self.forks is not None and self.forks is not pull_request.is_fork,
        }
        return ", ".join(f"only.{name}" for name, keeps_out in limits.items() if keeps_out)


class Action(BaseModel, ABC):
    """One step of the pipeline; its fields are its options in the configuration.

    Class attributes say what it needs of others, what it gives them, which triggers it answers to,
    and whether it asks a model: one that does is not run where the run has no model. One that
    `checks` nothing gives context only: no verdict is green because it ran, or red because it did
    not.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    needs: ClassVar[tuple[type[Fact], ...]] = ()
    gives: ClassVar[tuple[type[Fact], ...]] = ()
    triggers: ClassVar[frozenset[Trigger]] = frozenset(
        {Trigger.CHANGED, Trigger.MANUAL, Trigger.LOCAL, Trigger.LABELED}
    )
    asks_models: ClassVar[bool] = False
    checks: ClassVar[bool] = True

    only: Only = Only()

    @abstractmethod
    async def run(self, task: Task) -> Outcome:
        """Look at the task and answer; touches nothing else."""

    def answers_to(self, trigger: Trigger) -> bool:
        """True when this trigger runs the action; `only.events` may add to its own list."""
        return trigger in self.triggers or trigger in self.only.events
