"""The configuration's shape: what `.github/codeflow.yml` may say, and the defaults.

Strict: an unknown key is an error, a wrong type is an error, a pattern must compile. The pipeline's
entries are kept as written here and become actions in `config.pipeline_entries`.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

from codeflow_action.config.addresses import ADDRESS, check_address
from codeflow_action.config.repository_path import RepositoryPath
from codeflow_action.engine.allowances import Allowance
from codeflow_action.engine.commands import CommandAccess
from codeflow_action.engine.dismissals import DismissalWay
from codeflow_action.engine.findings import FailOn
from codeflow_action.engine.globs import Glob, Globs
from codeflow_action.engine.guidance import Effort, Guidance, PathRule
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.proposals import CommentMode
from codeflow_action.engine.shards import MAX_SHARDS
from codeflow_action.engine.tool_results import Filter, ReportSelection
from codeflow_action.engine.verdict import GateRules, OnError

# Where projects and their tools write down how code is to look; those that exist are read.
DEFAULT_GUIDELINES = (
    "REVIEW.md",
    "AGENTS.md",
    "CLAUDE.md",
    ".github/copilot-instructions.md",
    ".github/instructions",
    ".cursor/rules",
    ".cursorrules",
    ".gemini/styleguide.md",
    "GEMINI.md",
    "BUGBOT.md",
    ".cursor/BUGBOT.md",
    ".clinerules",
    ".windsurfrules",
    ".coderabbit.yaml",
    ".coderabbit.yml",
    "CONTRIBUTING.md",
    ".github/CONTRIBUTING.md",
    "docs/CONTRIBUTING.md",
)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Mode(StrEnum):
    """How much of a pull request is looked at."""

    FULL = "full"
    GATES = "gates"
    SKIP = "skip"


class ForkMode(StrEnum):
    """As `Mode`; `known` is full for authors with earlier commits here and gates for others.

    `full` is an older word for `all`.
    """

    GATES = "gates"
    KNOWN = "known"
    ALL = "all"
    FULL = "full"
    SKIP = "skip"

    @property
    def mode(self) -> Mode:
        """What it means for an author of whom nothing is known."""
        match self:
            case ForkMode.ALL | ForkMode.FULL:
                return Mode.FULL
            case ForkMode.GATES | ForkMode.KNOWN:
                return Mode.GATES
            case ForkMode.SKIP:
                return Mode.SKIP


class When(_Section):
    """Which pull requests are reviewed, only checked by gates, or left alone.

    `bots` move dependencies, `agents` write code; `engine/machine_authors.py` knows which is which.
    """

    drafts: Mode = Field(default=Mode.GATES, description="For drafts.")
    bots: Mode = Field(
        default=Mode.GATES, description="For bots that move dependencies, such as Dependabot."
    )
    agents: Mode = Field(
        default=Mode.FULL, description="For coding agents, and for apps that are no known bot."
    )
    forks: ForkMode = Field(
        default=ForkMode.KNOWN,
        description="For forks; `known` is full for authors with earlier commits here.",
    )
    skip_label: str = Field(
        default="codeflow:skip", description="The label that asks for gates alone, and no comment."
    )
    review_label: str = Field(
        default="codeflow:review",
        description="The label that asks for a full review of what is held back.",
    )


class Rule(_Section):
    """What holds for paths that match; the last match wins, key by key."""

    match: Glob = Field(description="The pattern of the paths.")
    instructions: str = Field(
        default="", description="What models are told about these files beside the rest."
    )
    effort: Effort | None = Field(
        default=None, description="How much is spent on these files; else what holds for all."
    )


class Paths(_Section):
    """Which paths models see. Gates have an `ignore` of their own."""

    only: Globs = Field(
        default=(), description="Patterns; with any, models review matching files alone."
    )
    ignore: Globs = Field(default=(), description="Patterns of files that models do not review.")
    never_send: Globs = Field(
        default=(), description="Patterns of files of which models never get a line in any form."
    )
    rules: tuple[Rule, ...] = Field(
        default=(), description="What holds for some paths; the last match wins, key by key."
    )


class PriceOverride(_Section):
    """US dollars for a million tokens."""

    input: float = Field(ge=0, allow_inf_nan=False, description="Of tokens that are sent.")
    output: float = Field(
        ge=0, allow_inf_nan=False, description="Of tokens that the model writes, its thoughts too."
    )
    cached: float | None = Field(
        default=None,
        ge=0,
        allow_inf_nan=False,
        description="Of sent tokens that the provider had cached; else as `input`.",
    )


# The first colon ends the provider's name; a model's own name may have more of them.
_REF = regex(r"[a-z0-9_.-]+:\S+")
# The shape of RFC 5646, section 2.1; whether a language of that name exists is not looked up.
_TAG = regex(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def _ref(text: str) -> str:
    if not _REF.fullmatch(text):
        raise ValueError("write provider:model")
    return text


def _tag(text: str) -> str:
    if not _TAG.fullmatch(text):
        raise ValueError("write a BCP 47 tag such as en or pt-BR")
    return text


type Ref = Annotated[
    str, AfterValidator(_ref), Field(json_schema_extra={"pattern": f"^{_REF.pattern}$"})
]
type Tag = Annotated[
    str, AfterValidator(_tag), Field(json_schema_extra={"pattern": f"^{_TAG.pattern}$"})
]

_DAY = regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        text = ""
    if not _DAY.fullmatch(text):
        raise ValueError("write a day such as 2027-01-31")
    return text


type Day = Annotated[
    str,
    AfterValidator(_day),
    Field(json_schema_extra={"format": "date", "pattern": f"^{_DAY.pattern}$"}),
]

type Url = Annotated[
    str,
    AfterValidator(lambda text: check_address(text) if text else text),
    Field(json_schema_extra={"pattern": f"^({ADDRESS.pattern})?$"}),
]


class Roles(_Section):
    """Models of its own for a kind of prompt. Several that find are joined at high effort."""

    find: Ref | tuple[Ref, ...] | None = Field(
        default=None, description="Who reads the change; several are joined at high effort."
    )
    verify: Ref | None = Field(default=None, description="Who tries to refute each remark.")
    describe: Ref | None = Field(default=None, description="Who describes the pull request.")
    reply: Ref | None = Field(default=None, description="Who answers questions in comments.")


class ModelsSection(_Section):
    """Which models are asked, in which order, and what their absence means."""

    default: Ref | None = Field(
        default=None,
        description="The model, as `provider:model`; else the first provider with a key.",
    )
    fallback: tuple[Ref, ...] = Field(
        default=(), description="Who is asked, in this order, when the model before cannot serve."
    )
    roles: Roles = Field(default=Roles(), description="Models of their own for some questions.")
    base_url: Url = Field(
        default="",
        description="Another address of the provider; with `openai` any server of its API.",
    )
    on_error: OnError = Field(
        default=OnError.WARN,
        description="Whether a run fails, with exit code 3, when no model could answer.",
    )
    prices: Mapping[str, PriceOverride] = Field(
        default={}, description="Prices by `provider:model`, before those that are built in."
    )
    request_timeout: float = Field(
        default=240,
        ge=1,
        le=3600,
        allow_inf_nan=False,
        description="Seconds that one request may take; a slow local model needs more.",
    )

    @property
    def refs(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Every model that is named here: its path in the configuration, and `provider:model`."""
        if self.default:
            yield ("models", "default"), self.default
        for index, ref in enumerate(self.fallback):
            yield ("models", "fallback", index), ref
        find = self.roles.find
        if isinstance(find, str):
            yield ("models", "roles", "find"), find
        for index, ref in enumerate(find if isinstance(find, tuple) else ()):
            yield ("models", "roles", "find", index), ref
        for role in ("verify", "describe", "reply"):
            if ref := getattr(self.roles, role):
                yield ("models", "roles", role), ref


# Of the section `models`: what decides whose key goes where, and what that may cost. Whoever can
# change these can send a key, or the code, to an address of their own. How slow a server may be is
# a property of its address.
ADDRESSING_KEYS = ("default", "fallback", "roles", "base_url", "prices", "request_timeout")


# A job on GitHub's own runners ends after six hours, 360 minutes, whatever it does.
class Budget(_Section):
    """Hard limits of a run; `max_cost_usd_per_pr` is of all runs on one pull request.

    `max_tokens_per_author_per_day` is of all runs on the pull requests from forks of one author
    who may not write here: five runs that use all that one may.
    """

    max_tokens: int = Field(default=400_000, ge=0, description="Tokens that one run may use.")
    # In tokens, because not every model has a price that we know.
    max_tokens_per_author_per_day: int = Field(
        default=2_000_000,
        ge=0,
        description="Tokens on a day of UTC for one author's pull requests from forks.",
    )
    max_cost_usd: float = Field(
        default=1.0,
        ge=0,
        allow_inf_nan=False,
        description="US dollars that one run may cost, where prices are known.",
    )
    max_cost_usd_per_pr: float = Field(
        default=5.0,
        ge=0,
        allow_inf_nan=False,
        description="US dollars that all runs on one pull request may cost.",
    )
    timeout_minutes: float = Field(
        default=10,
        gt=0,
        le=350,
        allow_inf_nan=False,
        description="Minutes after which a run publishes what it has; less than the job's.",
    )


class ShardsSection(_Section):
    """Into how many shards a large change is divided where the input `shard` asks for a plan."""

    max: int = Field(default=16, ge=1, le=MAX_SHARDS, description="The most shards of a plan.")
    lines: int = Field(
        default=2_000, ge=1, description="Changed lines that one shard is to review."
    )


class GateSection(_Section):
    """When the run fails."""

    fail_on: FailOn = Field(
        default=FailOn.ERROR, description="The lowest severity that fails the run."
    )
    model_findings_block: bool = Field(
        default=False, description="Whether a model's findings can fail the run as well."
    )
    min_coverage: float = Field(
        default=0,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="The least share of the reviewable changed lines that a model has to read.",
    )


class CommandsSection(_Section):
    """Who may give commands in comments."""

    allow: CommandAccess = Field(
        default=CommandAccess.WRITE,
        description="The least role; `author` is `write`, and whoever has opened the pull request.",
    )


class AllowedRule(_Section):
    """A rule whose findings block nothing in some paths, for a reason that each report says."""

    rule: str = Field(
        min_length=1,
        max_length=200,
        description="A rule, such as `debug_leftovers/breakpoint`, or a gate for all of its rules.",
    )
    path: Glob = Field(default="**", description="The pattern of the paths where it is allowed.")
    until: Day | None = Field(
        default=None, description="The last day, such as `2027-01-31`; without one it does not end."
    )
    why: str = Field(
        min_length=1, max_length=300, description="Why; it stands in the comment and each report."
    )

    @property
    def allowance(self) -> Allowance:
        """What it comes to while it lasts."""
        return Allowance(
            rule=self.rule.casefold().strip("/"),
            way=DismissalWay.CONFIGURATION,
            # A finding without a file is everywhere, too.
            paths=() if self.path == "**" else (self.path,),
            reason=self.why,
        )


class SarifSection(_Section):
    """Which files of other tools are taken in, and which of their results count."""

    files: Globs = Field(default=(), description="Patterns of SARIF files in the workspace.")
    filter: Filter = Field(
        default=Filter.ADDED, description="Which results count, by where they stand in the change."
    )


class CoverageSection(_Section):
    """Which coverage reports the reviewer is told of."""

    files: Globs = Field(
        default=(),
        description="Patterns of Cobertura, LCOV, JaCoCo or Go reports in the workspace.",
    )


type EntryOptions = Mapping[str, JsonValue]
type Entry = str | Mapping[str, EntryOptions | None]

DEFAULT_PIPELINE: tuple[Entry, ...] = ("platform_detector", "quality_gates", "pr_reviewer")


class Policy(_Section):
    """The whole configuration with every default filled in."""

    version: Literal[1] = Field(default=1, description="Of this file's format.")
    language: Tag = Field(
        default="en", description="In which language models write: a BCP 47 tag such as `pt-BR`."
    )
    instructions: str = Field(default="", description="What models are told about this project.")
    guidelines: tuple[RepositoryPath, ...] = Field(
        default=DEFAULT_GUIDELINES,
        description="Files with the project's rules, or folders of them; a remark cites these.",
    )
    when: When = When()
    paths: Paths = Paths()
    models: ModelsSection = ModelsSection()
    budget: Budget = Budget()
    shards: ShardsSection = ShardsSection()
    sarif: SarifSection = SarifSection()
    coverage: CoverageSection = CoverageSection()
    comment: CommentMode = Field(
        default=CommentMode.AUTO, description="When there is a comment: `auto` where one says more."
    )
    pipeline: tuple[Entry, ...] = Field(
        default=DEFAULT_PIPELINE,
        description="The actions of a run: names, or one name with its options.",
    )
    gate: GateSection = GateSection()
    allow: tuple[AllowedRule, ...] = Field(
        default=(), description="Rules whose findings block nothing in some paths, with a reason."
    )
    commands: CommandsSection = CommandsSection()

    @model_validator(mode="after")
    def _has_a_pipeline(self) -> Self:
        if not self.pipeline:
            raise ValueError("the pipeline is empty: nothing would be checked")
        return self

    def with_tokens(self, limit: int | None) -> Self:
        """Return the policy with no more tokens for a run than that; None is no such limit."""
        if limit is None or limit >= self.budget.max_tokens:
            return self
        budget = self.budget.model_copy(update={"max_tokens": limit})
        return self.model_copy(update={"budget": budget})

    @property
    def guidance(self) -> Guidance:
        """What every action that asks a model is told."""
        return Guidance(
            language=self.language,
            instructions=self.instructions,
            guidelines=self.guidelines,
            only=self.paths.only,
            ignore=self.paths.ignore,
            never_send=self.paths.never_send,
            rules=tuple(
                PathRule(match=rule.match, instructions=rule.instructions, effort=rule.effort)
                for rule in self.paths.rules
            ),
        )

    def allowances(self, today: str) -> tuple[Allowance, ...]:
        """Return what `allow` comes to on that day of UTC; of days the text sorts as they do."""
        return tuple(
            rule.allowance for rule in self.allow if rule.until is None or rule.until >= today
        )

    def ended_allowances(self, today: str) -> tuple[str, ...]:
        """Return a sentence for each entry of `allow` whose last day is over on that day of UTC."""
        return tuple(
            f"`allow` of {rule.rule} in {rule.path} ended on {rule.until}: remove the entry, or "
            "give it another day"
            for rule in self.allow
            if rule.until is not None and rule.until < today
        )

    @property
    def report_selection(self) -> ReportSelection:
        """Which reports of other tools are read."""
        return ReportSelection(
            sarif=self.sarif.files, filter=self.sarif.filter, coverage=self.coverage.files
        )

    @property
    def gate_rules(self) -> GateRules:
        """When the run fails, as the report needs it."""
        return GateRules(
            fail_on=self.gate.fail_on,
            model_findings_block=self.gate.model_findings_block,
            min_coverage=self.gate.min_coverage,
            on_error=self.models.on_error,
        )
