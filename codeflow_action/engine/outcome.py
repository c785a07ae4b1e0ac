"""How an action ended, and the public reasons for it."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.facts import Fact
from codeflow_action.engine.findings import DroppedFinding, Finding, Severity
from codeflow_action.engine.kept_answers import KeptAnswer
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.proposals import Proposal


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


class Shortfall(BaseModel):
    """Something that was asked for and not done; with one, the verdict is never `pass`.

    `severity` is that of the gate which did not run: an error makes the run exit with code 3.
    """

    model_config = ConfigDict(frozen=True)

    reason: Reason
    detail: str
    severity: Severity = Severity.WARNING


@dataclass(frozen=True, kw_only=True)
class Done:
    """The action ran. What it could not do is in `shortfalls`.

    `notes` are lines for every reader, `notices` for those of the summary and the log: they are not
    in the comment. The next run's action of that name is handed `kept_answer`.
    """

    findings: tuple[Finding, ...] = ()
    dropped: tuple[DroppedFinding, ...] = ()
    facts: tuple[Fact, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    notes: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    kept_answer: KeptAnswer | None = None


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """The action had no reason to run, or was not allowed to; an expected answer, no error."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The action broke: a bug of ours, or something outside that it cannot do without."""

    detail: str
    hint: str = ""
    exit_code: int = 70


type Outcome = Done | Skipped | Failed


class Verdict(StrEnum):
    """The run in one word."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    INCOMPLETE = "incomplete"
    SKIPPED = "skipped"
