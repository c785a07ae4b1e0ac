"""What the domain needs from outside, as protocols; `integrations` and `ai` implement them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from codeflow_action.engine.model import LLMProvider, Role, Usage


class Absent(StrEnum):
    """Why a file's content is not there."""

    MISSING = "missing"  # no such path in this version
    TOO_LARGE = "too_large"
    NOT_A_FILE = "not_a_file"  # a submodule or a folder
    UNAVAILABLE = "unavailable"  # it exists, but could not be obtained


type Content = bytes | Absent


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A line in which `name` stands as a whole word. `line` is 1-based."""

    path: str
    line: int
    text: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Search:
    """Hits in the order in which paths were asked; `searched` of `of` files were looked at."""

    hits: tuple[Hit, ...] = ()
    searched: int = 0
    of: int = 0


class Tree(Protocol):
    """The files of one commit (or of the working tree), read as data and never executed."""

    @property
    def sha(self) -> str:
        """The commit, empty for a working tree."""
        ...

    async def read_many(self, paths: Sequence[str]) -> Mapping[str, Content]:
        """Return every asked path's bytes, or why they are not there.

        A symlink's content is its target's path. Raises `RepositoryError` or `GitHubError` when
        nothing at all could be asked.
        """
        ...

    async def list(self) -> tuple[str, ...] | None:
        """Return all paths, sorted; None where the tree cannot be listed whole."""
        ...

    @property
    def reads_singly(self) -> bool:
        """True where every file that is read costs a request of its own."""
        ...

    async def sizes(self, paths: Sequence[str]) -> Mapping[str, int]:
        """Return sizes in bytes; those that are not known without obtaining contents are left out.

        Links, folders and submodules have none. Raises as `read_many` does.
        """
        ...

    async def search(self, names: Sequence[str], within: Sequence[str]) -> Search | None:
        """Return where the names stand in the files `within`, the most telling ones first.

        None where the tree cannot be searched. Names that are no words are found nowhere. How much
        is looked at and returned is capped; a failure counts as not looked at, and never raises.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class SecretMatch:
    """A secret in one file: its kind and place; the secret itself only masked.

    `start` and `end` are byte offsets of the secret in the scanned content. A `component` is half
    of a pair that says nothing alone; it is masked, not reported. So is one without a `confidence`:
    it was found beneath escapes or an encoding. `mark` is the same for the same
    secret within one run, and says nothing of it.
    """

    path: str
    line: int
    end_line: int
    rule: str
    name: str
    confidence: str  # high, medium, low, or empty
    masked: str
    start: int
    end: int
    placeholder: bool = False  # a value that every example uses
    component: bool = False
    mark: str = ""
    scanner: str = "kingfisher"  # empty for rules of our own


@dataclass(frozen=True, kw_only=True)
class WorkflowRisk:
    """Something dangerous in a workflow, an action or Dependabot's configuration.

    `severity` and `confidence` are zizmor's: high, medium, low, informational. `line` to `end_line`
    is the place itself, with its `text`, which may be a secret; `spans` are all places that take
    part, as first and last lines.
    """

    path: str
    rule: str
    severity: str
    confidence: str
    description: str
    url: str = ""
    line: int
    end_line: int
    spans: tuple[tuple[int, int], ...]
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class WorkflowAudit:
    """What an audit came to; `unread` are paths of files that are no valid workflows."""

    risks: tuple[WorkflowRisk, ...] = ()
    unread: tuple[str, ...] = ()


class Scanners(Protocol):
    """Deterministic scanners that live in libraries of their own."""

    async def secrets(self, files: Mapping[str, bytes]) -> tuple[SecretMatch, ...]:
        """Find secrets in whole files, by path. Raises `ScannerFailed`."""
        ...

    async def workflows(self, files: Mapping[str, bytes]) -> WorkflowAudit:
        """Find what is dangerous in workflows and actions, by path. Raises `ScannerFailed`."""
        ...


class ScannerFailed(Exception):
    """A scanner could not run; a gate that needs it has not been run."""


class ChangeKind(StrEnum):
    """What a change does to a dependency; a new version is a removal and an addition."""

    ADDED = "added"
    REMOVED = "removed"


class Risk(StrEnum):
    """How grave an advisory is, in the words of GitHub's advisory database."""

    CRITICAL = "critical"
    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"


@dataclass(frozen=True, kw_only=True)
class Advisory:
    """A published weakness of one version of a package. `id` is GitHub's, `GHSA-…`."""

    id: str
    risk: Risk
    summary: str = ""


@dataclass(frozen=True, kw_only=True)
class DependencyChange:
    """A dependency that comes or goes, as the forge sees it. All of it is a stranger's text.

    `manifest` is the path of the file that says so. `license` is an SPDX expression, empty where
    none is known. `is_runtime` is False for development, and for a scope that is not known.
    """

    kind: ChangeKind
    manifest: str
    ecosystem: str
    name: str
    version: str = ""
    license: str = ""
    is_runtime: bool = False
    advisories: tuple[Advisory, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Unavailable:
    """Why a question has no answer here; `reason` is for the reader."""

    reason: str


class Forge(Protocol):
    """What the place that hosts the repository knows beyond its files; only ever read."""

    async def dependency_changes(
        self, base_sha: str, head_sha: str
    ) -> tuple[DependencyChange, ...] | Unavailable:
        """Return which dependencies come and go between two commits; never raises.

        One request a page. Ask only where a manifest or lock was changed.
        """
        ...


class NoForge:
    """Implements `Forge` where there is none, as on the command line."""

    async def dependency_changes(
        self,
        base_sha: str,  # noqa: ARG002 - the port
        head_sha: str,  # noqa: ARG002
    ) -> Unavailable:
        """Return that nobody can be asked."""
        return Unavailable(reason="there is no GitHub to ask")


class Models(Protocol):
    """The language models of this run, one a role, with what was spent on them."""

    @property
    def available(self) -> bool:
        """False when the run has no model; then `why_not` says so in one of the public reasons."""
        ...

    @property
    def why_not(self) -> str:
        """One of the public reasons, such as `no_key`; empty when available."""
        ...

    def for_role(self, role: Role) -> LLMProvider:
        """Return the provider for that role, with all wrappers around it."""
        ...

    def all_for_role(self, role: Role) -> tuple[LLMProvider, ...]:
        """Return all providers for that role, at least one: several where that is configured."""
        ...

    @property
    def label(self) -> str:
        """`provider:model` of the default model, for people; empty when not available."""
        ...

    @property
    def input_tokens_per_prompt(self) -> int:
        """How many tokens one prompt may hold, reply not counted."""
        ...

    @property
    def input_tokens_left(self) -> int:
        """How many tokens of prompts the run's budget still pays for, replies taken off."""
        ...

    def count_tokens(self, text: str) -> int:
        """Estimate, never too low by much; see `ai.tokens`."""
        ...

    @property
    def spent(self) -> "Spent":
        """What this run has used so far."""
        ...


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request to a model. `error` is our error's name, empty for one that was answered.

    `model` is `provider:model` as it was asked for, `served_by` the model that answered, as the
    provider names it. `cost_usd` is None when the price is unknown.
    """

    role: Role
    model: str
    served_by: str = ""
    seconds: float = 0.0
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = None
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What a run's models have used: every request, and how many answers were reused."""

    calls: tuple[Call, ...] = ()
    reused: int = 0

    @property
    def answered(self) -> tuple[Call, ...]:
        """The requests that were answered, and so paid for."""
        return tuple(call for call in self.calls if not call.error)

    @property
    def usage(self) -> Usage:
        """Tokens of all of them."""
        return sum((call.usage for call in self.calls), Usage())

    @property
    def cost_usd(self) -> float | None:
        """US dollars, None when a used model's price is unknown."""
        costs = [call.cost_usd for call in self.answered]
        return None if None in costs else sum(cost for cost in costs if cost is not None)

    @property
    def models(self) -> tuple[str, ...]:
        """Who answered, as the providers name them, in the order of their first answers."""
        return tuple(dict.fromkeys(call.served_by for call in self.answered))


class Store(Protocol):
    """Texts by name that outlive a run. Neither call raises: a store is never worth a run."""

    async def read(self, name: str) -> str | None:
        """Return the text, None when there is none or it cannot be read."""
        ...

    async def write(self, name: str, text: str) -> None:
        """Keep the text, whole or not at all, where that is possible."""
        ...


class Clock(Protocol):
    """Time, passed in so that tests need not wait."""

    def now(self) -> float:
        """Seconds on a clock that never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
