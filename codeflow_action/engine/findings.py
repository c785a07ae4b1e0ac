"""What an action found: one type, many outputs."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field, model_validator

from codeflow_action.engine.citation import Citation
from codeflow_action.engine.diff import Hunk, Side, commentable
from codeflow_action.engine.lazy import regex

FINDINGS_SCHEMA_VERSION = 1  # also `Report.schema_version`


class Severity(StrEnum):
    """How much it matters; the same three words in every output."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"

    @property
    def rank(self) -> int:
        """0 for the gravest; sorts findings."""
        return _RANK[self]

    def at_least(self, severity: "Severity") -> bool:
        """True when this matters as much as `severity`, or more."""
        return self.rank <= severity.rank


_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTICE: 2}


class FailOn(StrEnum):
    """The least severity that closes the gate."""

    NEVER = "never"
    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"

    def blocks(self, severity: Severity) -> bool:
        """True when a finding of that severity closes the gate."""
        return self is not FailOn.NEVER and severity.at_least(Severity(self.value))


class Evidence(StrEnum):
    """Why a reader may believe it, strongest first."""

    DETERMINISTIC = "deterministic"  # a program decided
    PROVEN = "proven"  # a model said so, and code checked that it is so and is wrong
    VERIFIED = "verified"  # a second look failed to refute it
    QUOTED = "quoted"  # a model said so, about code that is really there


class Category(StrEnum):
    """What kind of trouble it is."""

    SECURITY = "security"
    CORRECTNESS = "correctness"
    CONCURRENCY = "concurrency"
    DATA_LOSS = "data_loss"
    COMPATIBILITY = "compatibility"
    PERFORMANCE = "performance"
    TESTS = "tests"
    MAINTAINABILITY = "maintainability"
    CONFIGURATION = "configuration"


class Suggestion(BaseModel):
    """Text that replaces `start_line..end_line` of the head file, both 1-based and included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start_line: int = Field(ge=1)
    end_line: int = Field(ge=1)
    replacement: str


class Finding(BaseModel):
    """One remark about one place.

    `line` and `end_line` are 1-based and included; both None for a remark about a whole file, and
    `path` is None for one about the pull request. `code` is the text it speaks of, as it stands
    in the file; it makes the fingerprint, and may be empty for a remark about a file. `symbol` is
    the qualified name of the function or type around it, empty where that is not known. `advice` is
    the end of the message that says what to do, where there is such an end. A secret's value is in
    no field.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    severity: Severity
    category: Category
    path: str | None = None
    line: int | None = Field(default=None, ge=1)
    end_line: int | None = Field(default=None, ge=1)
    side: Side = Side.RIGHT
    title: str
    message: str
    evidence: Evidence
    sources: tuple[str, ...]  # "quality_gates", "pr_reviewer", a SARIF tool's name
    rule: str  # stable within its source, such as "secrets/aws-access-key"
    citation: Citation | None = None  # the project's own rule that the code breaks
    suggestion: Suggestion | None = None
    code: str = ""
    advice: str = ""
    symbol: str = ""
    confidence: float = Field(default=1.0, ge=0, le=1)

    @model_validator(mode="after")
    def _lines_are_a_range(self) -> "Finding":
        if self.end_line is not None and (self.line is None or self.end_line < self.line):
            raise ValueError("end_line needs a line that is not after it")
        if self.line is not None and self.path is None:
            raise ValueError("a line needs a path")
        return self

    @property
    def last_line(self) -> int | None:
        """`end_line`, or `line` for a single line."""
        return self.line if self.end_line is None else self.end_line

    def is_on(self, hunks: Sequence[Hunk]) -> bool:
        """True when GitHub takes a review comment on its lines; the hunks are its file's."""
        first, last = self.line, self.last_line
        if first is None or last is None:
            return False
        return commentable(hunks, last, self.side, first if first < last else None)

    @property
    def is_deterministic(self) -> bool:
        """True when no model had a part in it."""
        return self.evidence is Evidence.DETERMINISTIC

    @property
    def order(self) -> tuple[int, str, int, str]:
        """Gravest first, then by place."""
        return self.severity.rank, self.path or "", self.line or 0, self.rule


class DropStage(StrEnum):
    """Where on its way to the reader a candidate was turned back."""

    SHAPE = "shape"  # the reply broke its schema here
    ANCHOR = "anchor"  # the quote is not in the file
    SCOPE = "scope"  # about lines that this pull request does not change
    PROOF = "proof"
    VERIFY = "verify"
    DUPLICATE = "duplicate"
    FLOOR = "floor"  # below the least severity or confidence asked for
    DISMISSED = "dismissed"  # its like was dismissed on another pull request
    CAP = "cap"  # over the number of comments asked for; shown in the table


class DroppedFinding(BaseModel):
    """A candidate that is not shown, and why; every one of them is in the report."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: DropStage
    reason: str
    title: str
    path: str | None = None
    line: int | None = None


_SPACE = regex(r"\s+")


def fingerprint(finding: Finding, occurrence: int = 0, origin: str = "") -> str:
    """Return 16 hex digits that stay the same while the code they speak of stays.

    Neither line numbers nor the wording take part, so that a shift of lines or a model's other
    words do not make it a new finding. `occurrence` counts equal ones in one symbol of a file from
    0. `origin` is the path's identity, where that is another than the path.
    """
    kind = finding.rule if finding.is_deterministic else finding.category.value
    code = _SPACE.sub(" ", finding.code).strip()
    # A gate's title is as fixed as its rule; a model's is never twice the same.
    text = code or (finding.title if finding.is_deterministic else "")
    place = (origin or finding.path or "", finding.side.value, finding.symbol)
    parts = (kind, *place, text, str(occurrence))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def identify(
    findings: Iterable[Finding], origins: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Finding]:
    """Return findings by fingerprint, gravest first; equal ones are told apart by their order.

    `origins` are identities of paths that have changed, by path.
    """
    counts: Counter[str] = Counter()
    by_id: dict[str, Finding] = {}
    # By place alone: what is graver today than yesterday is the same one.
    for finding in sorted(findings, key=_place):
        origin = origins.get(finding.path or "", "")
        first = fingerprint(finding, origin=origin)
        by_id[fingerprint(finding, counts[first], origin)] = finding
        counts[first] += 1
    return dict(sorted(by_id.items(), key=lambda pair: pair[1].order))


def _place(finding: Finding) -> tuple[str, int, str]:
    return finding.path or "", finding.line or 0, finding.rule
