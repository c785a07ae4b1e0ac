"""A run on record: what it looked at and what models answered, enough to run it again offline.

One JSON document. It may be written by hand, for tests: then a call without a `key` answers any
prompt of its role that contains its words.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from codeflow_action.config.layers import Effective
from codeflow_action.config.pipeline_entries import Registry
from codeflow_action.config.policy import Policy
from codeflow_action.engine.allowances import Allowance
from codeflow_action.engine.commands import Command
from codeflow_action.engine.dependencies import DependencyChange, Unavailable
from codeflow_action.engine.discussion import Discussion
from codeflow_action.engine.dismissals import Dismissal
from codeflow_action.engine.dismissed_families import DismissedFamily
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.facts import LineCoverage
from codeflow_action.engine.findings import Finding
from codeflow_action.engine.foreign_threads import ForeignThread
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.model import Completion, Prompt, Role
from codeflow_action.engine.outcome import Shortfall
from codeflow_action.engine.ports import Absent, Content, Search
from codeflow_action.engine.pull_request import PullRequest, Trigger
from codeflow_action.engine.report import FindingPlace
from codeflow_action.engine.review_traces import ReviewTrace
from codeflow_action.engine.scans import SecretMatch, WorkflowAudit
from codeflow_action.engine.shards import Shard
from codeflow_action.engine.spending import Call, Spending
from codeflow_action.engine.standing_dismissals import StandingDismissals
from codeflow_action.run.round import Start

# The tag of an envelope, where it opens and where it closes: see `untrusted.for_model`.
_TAG = regex(r"(?<=^<<<)[0-9a-f]{16}(?= )|^[0-9a-f]{16}(?=>>>$)", re.MULTILINE)


class _Part(BaseModel):
    # A field may have a better name here than in the file, where the first one stays: cassettes
    # that were recorded with it must still be read.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        defer_build=True,  # most runs record nothing
    )


class RecordedStart(_Part):
    """`round.Start`, with the configuration as data."""

    name: str
    pull_request: PullRequest
    trigger: Trigger
    policy: dict[str, JsonValue]
    actions: tuple[tuple[str, dict[str, JsonValue]], ...]
    model: str = ""
    no_model: str = ""
    digest: str = ""
    memory: Memory = Memory()
    unchanged: bool = False
    shard: Shard | None = None
    findings: tuple[Finding, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    notices: tuple[str, ...] = ()
    foreign_threads: tuple[ForeignThread, ...] = Field(default=(), alias="said")
    discussion: Discussion = Discussion()
    dismissals: dict[str, Dismissal] = {}
    standing_dismissals: StandingDismissals = StandingDismissals()
    allowances: tuple[Allowance, ...] = ()
    families: tuple[DismissedFamily, ...] = ()
    command: Command | None = None

    @model_validator(mode="before")
    @classmethod
    def _forget(cls, start: object) -> object:
        """Leave out the ledger of an older version: its entries had another form."""
        if not isinstance(start, dict):
            return start
        return {name: value for name, value in start.items() if name != "previous"}

    @classmethod
    def of(cls, start: Start) -> "RecordedStart":
        """Return it as data."""
        effective = start.effective
        actions = [(action.name, action.model_dump(mode="json")) for action in effective.actions]
        # By the fields of `Start`: what is handed in may be a whole round, which has more.
        names = [field.name for field in fields(Start) if field.name != "effective"]
        plain = {name: getattr(start, name) for name in names}
        return cls(**plain, policy=effective.policy.model_dump(mode="json"), actions=tuple(actions))

    def start(self, registry: Registry) -> Start:
        """Return what the run started from. Raises `ConfigError` for an action that is not here."""
        unknown = [name for name, _ in self.actions if name not in registry]
        if unknown:
            raise ConfigError(f"the recorded run has actions that are not installed: {unknown}")
        effective = Effective(
            policy=Policy.model_validate(self.policy),
            actions=tuple(registry[name].model_validate(options) for name, options in self.actions),
            origins={},  # only `codeflow config` shows them
        )
        plain = {name: value for name, value in self if name not in ("policy", "actions")}
        return Start(**plain, effective=effective)


class RecordedFile(_Part):
    """A file's content: `text`, or `base64` where it is none, or why it was `absent`."""

    text: str | None = None
    base64: str | None = None
    absent: Absent | None = None

    @classmethod
    def of(cls, content: Content) -> "RecordedFile":
        """Return it as data."""
        if isinstance(content, Absent):
            return cls(absent=content)
        try:
            return cls(text=content.decode())
        except UnicodeDecodeError:
            return cls(base64=base64.b64encode(content).decode("ascii"))

    @property
    def content(self) -> Content:
        """The content as a `Tree` gives it."""
        if self.absent is not None:
            return self.absent
        return base64.b64decode(self.base64) if self.base64 else (self.text or "").encode()


class RecordedTree(_Part):
    """What was read of one commit."""

    sha: str = ""
    files: dict[str, RecordedFile] = {}
    paths: tuple[str, ...] | None = None  # None: never listed, or it could not be
    searches: dict[str, Search | None] = {}  # by `search_key`
    sizes: dict[str, int] = {}
    reads_singly: bool = False


class RecordedScan(_Part):
    """What the scanner said of these files, by a digest of them."""

    key: str
    matches: tuple[SecretMatch, ...] = ()
    failure: str = Field(default="", alias="failed")


class RecordedForge(_Part):
    """What the forge said of two commits, in the words of `forge_key`, and of a head."""

    dependency_changes: dict[str, tuple[DependencyChange, ...] | Unavailable] = {}
    review_traces: dict[str, tuple[ReviewTrace, ...] | Unavailable | None] = {}


class RecordedHistory(_Part):
    """How many earlier commits touch each path; None where the commits were not at hand."""

    churn: dict[str, int] | None = None


class RecordedAudit(_Part):
    """What the audit of these workflows came to, by a digest of them."""

    key: str
    audit: WorkflowAudit = Field(default_factory=WorkflowAudit)
    failure: str = Field(default="", alias="failed")


class RecordedModels(_Part):
    """What the run's models said of themselves, in the order in which they were asked.

    Estimates and what is left of the budget decide how prompts are packed. So they are on record:
    a replay whose numbers differed would ask other questions than those that have answers.
    """

    available: bool = True
    why_not: str = ""
    label: str = ""
    finders: int = 1
    input_tokens_per_prompt: int = 60_000
    input_tokens_left: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()


class RecordedToolReports(_Part):
    """What became of other tools' reports: themselves they are too large, and full of secrets."""

    findings: tuple[Finding, ...] = ()
    coverage: LineCoverage = LineCoverage()
    shortfalls: tuple[Shortfall, ...] = ()
    notices: tuple[str, ...] = ()


class RecordedCall(_Part):
    """One question and its answer, or the error. `key` is the prompt's; see `prompt_key`."""

    role: Role
    key: str = ""
    contains: str = ""
    prompt: JsonValue = None  # for people to read
    completion: Completion | None = None
    error: str = ""  # the class's name
    message: str = ""
    hint: str = ""
    room: int | None = None  # of a prompt that was too long: tokens that its parts may have


class RecordedEnd(_Part):
    """What a replay cannot know again: times, money, and where GitHub showed what."""

    seconds: float = 0.0
    steps: tuple[float, ...] = ()
    spending: Spending = Field(default=Spending(), alias="spent")
    shown_at: dict[str, tuple[FindingPlace, str]] = Field(default={}, alias="shown")  # by finding
    line_hashes: dict[str, str] = {}  # of whole files, which are not all on record
    head_moved: bool = False

    @field_validator("spending", mode="before")
    @classmethod
    def _sum_of_calls(cls, value: object) -> object:
        """Read an older record too, which has every call by itself."""
        if not isinstance(value, dict) or isinstance(value.get("calls", 0), int):
            return value
        calls = TypeAdapter(tuple[Call, ...]).validate_python(value["calls"])
        return Spending.of(calls, value.get("reused", 0))


class Cassette(_Part):
    """The whole record."""

    cassette: Literal[1] = 1
    codeflow: str
    start: RecordedStart
    head: RecordedTree = RecordedTree()
    base: RecordedTree = RecordedTree()
    policy: RecordedTree | None = None  # None: it is the base
    scans: tuple[RecordedScan, ...] = ()
    forge: RecordedForge = RecordedForge()
    history: RecordedHistory = RecordedHistory()
    audits: tuple[RecordedAudit, ...] = ()
    models: RecordedModels = RecordedModels()
    tool_reports: RecordedToolReports | None = None  # None: none were read
    calls: tuple[RecordedCall, ...] = ()
    end: RecordedEnd = RecordedEnd()

    @classmethod
    def parse(cls, text: str, name: str) -> "Cassette":
        """Read one. Raises `ConfigError` that says where it is wrong."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            # One is enough: a cassette is made by a program, so all its faults have one cause.
            problem = error.errors(include_url=False, include_input=False)[0]
            path = ".".join(map(str, problem["loc"])) or "it"
            raise ConfigError(
                f"{name} is no cassette of this version: {path}: {problem['msg']}",
                hint="record it anew with the version that is to replay it",
            ) from None


def prompt_key(prompt: Prompt) -> str:
    """Return what tells one question from all others: everything that is asked, and how.

    But for the tags of envelopes: they are digests of their texts before anything was redacted.
    """
    plain = readable(prompt)
    return _digest({**plain, "parts": [_TAG.sub("", part.text) for part in prompt.parts]})


def readable(prompt: Prompt) -> dict[str, JsonValue]:
    """Return a prompt as data."""
    return {
        "instructions": prompt.instructions,
        "parts": [part.text for part in prompt.parts],
        "reply": prompt.reply.__name__ if prompt.reply else None,
        "max_output_tokens": prompt.max_output_tokens,
    }


def forge_key(base_sha: str, head_sha: str) -> str:
    """Return what tells one pair of commits from all others."""
    return f"{base_sha}...{head_sha}"


def search_key(names: Sequence[str], paths: Sequence[str]) -> str:
    """Return what tells one search from all others."""
    return _digest([list(names), list(paths)])


def files_key(files: Mapping[str, bytes]) -> str:
    """Return what tells one set of files from all others."""
    return _digest({path: hashlib.sha256(files[path]).hexdigest() for path in files})


def _digest(value: JsonValue) -> str:
    # 40 of SHA-256's 64 digits are enough: these keys tell questions apart, and secure nothing.
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:40]
