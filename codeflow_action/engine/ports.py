"""What the domain needs from outside, as protocols; `integrations` and `ai` implement them."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from codeflow_action.engine.dependencies import DependencyChange, Unavailable
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import LLMProvider, Role
from codeflow_action.engine.review_traces import ReviewTrace
from codeflow_action.engine.scans import SecretMatch, WorkflowAudit
from codeflow_action.engine.spending import Spending
from codeflow_action.engine.tool_results import CoverageLog, ReadReports, ToolLog


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


class Scanners(Protocol):
    """Deterministic scanners that live in libraries of their own."""

    async def secrets(self, files: Mapping[str, bytes]) -> tuple[SecretMatch, ...]:
        """Find secrets in whole files, by path. Raises `ScannerFailed`."""
        ...

    async def workflows(self, files: Mapping[str, bytes]) -> WorkflowAudit:
        """Find what is dangerous in workflows and actions, by path. Raises `ScannerFailed`."""
        ...


class History(Protocol):
    """The commits before a change, as far as they are at hand; nothing is fetched for it."""

    async def churn(self, paths: Sequence[str]) -> Mapping[str, int] | None:
        """Return how many of the newest 1,000 commits before the change touch each path.

        Moves are not followed. None where the commits are not at hand, as in a shallow clone; never
        raises.
        """
        ...


class NoHistory:
    """Implements `History` where there is none at hand."""

    async def churn(self, paths: Sequence[str]) -> None:
        """Return that nobody knows."""


class Forge(Protocol):
    """What the place that hosts the repository knows beyond its files; only ever read."""

    async def dependency_changes(
        self, base_sha: str, head_sha: str
    ) -> tuple[DependencyChange, ...] | Unavailable:
        """Return which dependencies come and go between two commits; never raises.

        One request a page. Ask only where a manifest or lock was changed.
        """
        ...

    async def review_traces(self, head_sha: str) -> tuple[ReviewTrace, ...] | Unavailable | None:
        """Return what reviewers have left on the pull request with that head; never raises.

        None where there is no pull request. Costs a request or two.
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

    async def review_traces(self, head_sha: str) -> None:
        """Return that there is no pull request."""


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
    def spent(self) -> Spending:
        """What this run has used so far."""
        ...


class ReportFiles(Protocol):
    """What other tools have left in the workspace, and the checkout that they looked at.

    Calls read files, so they belong in a thread. None of them raises.
    """

    @property
    def roots(self) -> tuple[str, ...]:
        """Folders that the checkout is known by, here and where the tools have run."""
        ...

    def tool_logs(self, patterns: Sequence[str]) -> ReadReports[ToolLog]:
        """Return what the SARIF files say that match."""
        ...

    def coverage_logs(self, patterns: Sequence[str]) -> ReadReports[CoverageLog]:
        """Return what the coverage reports say that match."""
        ...

    def holds(self, path: str) -> bool:
        """True when the checkout has something at that path."""
        ...

    def read_copy(self, path: str) -> bytes | None:
        """Return a file as it lies in the checkout, None where it does not."""
        ...

    def clean(self, text: str) -> str:
        """Return a text of a report without the secrets that a search finds in it."""
        ...


class NoReportFiles:
    """Implements `ReportFiles` where there is no workspace."""

    roots: tuple[str, ...] = ()

    def tool_logs(self, patterns: Sequence[str]) -> ReadReports[ToolLog]:
        """Return that nothing matches."""
        return ReadReports(failures=tuple(f"no file matches {text!r}" for text in patterns))

    def coverage_logs(self, patterns: Sequence[str]) -> ReadReports[CoverageLog]:
        """Return that nothing matches."""
        return ReadReports(failures=tuple(f"no file matches {text!r}" for text in patterns))

    def holds(self, path: str) -> bool:  # noqa: ARG002 - the port
        """Return that nothing is there."""
        return False

    def read_copy(self, path: str) -> bytes | None:  # noqa: ARG002 - the port
        """Return that nothing is there."""
        return None

    def clean(self, text: str) -> str:
        """Return the text, which is of no report."""
        return text


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
