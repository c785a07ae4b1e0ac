"""What a gate is: a few pure lines over prepared values."""

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from codeflow_action.actions.quality_gates.caps import capped
from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.engine.globs import Globs, any_matches
from codeflow_action.engine.ports import Absent, Content, Forge, NoForge, Scanners, Tree
from codeflow_action.engine.pull_request import ChangedFile, FileKind, FileStatus, Gap
from codeflow_action.review.syntax.languages import language_of

MAX_LINE = 2_000  # characters; longer lines are data, and patterns stay linear
# What is a text beside what has a grammar here.
_TEXT = re.compile(
    r"(?:^|/)(?:\.env[^/]*|Dockerfile|Makefile)$"
    r"|\.(?:cfg|conf|css|env|html?|ini|json|md|properties|ps1|sql|tfvars|toml|vue|xml|ya?ml)$",
    re.IGNORECASE,
)


class Level(StrEnum):
    """The gravest severity that a gate may give, or `off`."""

    OFF = "off"
    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"

    @property
    def severity(self) -> Severity:
        """The severity of that name; `off` has none and is never asked."""
        return Severity(self.value)

    def cap(self, severity: Severity) -> Severity:
        """Return `severity`, or this level where that is milder."""
        return max(severity, self.severity, key=lambda one: one.rank)


@dataclass(frozen=True, kw_only=True)
class Change:
    """A changed file with its head content, as gates look at it."""

    file: ChangedFile
    head: Content

    @property
    def path(self) -> str:
        """The path at head."""
        return self.file.path

    @property
    def is_text(self) -> bool:
        """False for what gates have nothing to look at in: gone, binary, links, submodules."""
        return (
            self.file.kind is FileKind.REGULAR
            and self.file.status is not FileStatus.REMOVED
            and self.file.gap is not Gap.BINARY
        )

    @property
    def hides_text(self) -> bool:
        """True for what is named like a text and is none: one zero byte makes git show no line."""
        return (
            self.file.gap is Gap.BINARY
            and self.file.status is not FileStatus.REMOVED
            and (language_of(self.path) is not None or bool(_TEXT.search(self.path)))
        )

    @cached_property
    def text(self) -> str:
        """The head file, empty where it is not there; lines end at LF alone."""
        return self.head.decode("utf-8", "replace") if isinstance(self.head, bytes) else ""

    @property
    def added(self) -> Iterator[tuple[int, str]]:
        """Added lines with their numbers at head, without those longer than `MAX_LINE`."""
        return ((number, text) for number, text in self.added_whole if len(text) <= MAX_LINE)

    @property
    def added_whole(self) -> Iterator[tuple[int, str]]:
        """All added lines with their numbers at head, long ones too: only for linear searches."""
        for hunk in self.file.hunks:
            for line in hunk.added:
                if line.new is not None:
                    yield line.new, line.text

    @property
    def not_looked_at(self) -> str:
        """Why the file could not be looked at whole, empty when it could."""
        if self.hides_text:
            return "it is binary by its content, and text by its name"
        if not self.is_text:
            return ""
        if self.file.gap is not None:
            return f"its diff is {self.file.gap.value.replace('_', ' ')}"
        if isinstance(self.head, Absent) and self.file.hunks:
            return f"its content is {self.head.value.replace('_', ' ')}"
        return ""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What gates look at, read once for all of them.

    `changes` are all changed files that are not ignored, removed ones and binaries too. `base` is
    the tree at the merge-base. The forge is asked about `base.sha` and `head.sha`.
    """

    changes: tuple[Change, ...]
    head: Tree
    base: Tree
    scanners: Scanners
    forge: Forge = field(default_factory=NoForge)

    @property
    def texts(self) -> tuple[Change, ...]:
        """The changed files with lines to look at."""
        return tuple(change for change in self.changes if change.is_text)

    def without(self, patterns: Sequence[str]) -> "Subject":
        """Return the subject without the files that match."""
        kept = (one for one in self.changes if not any_matches(patterns, one.path))
        return replace(self, changes=tuple(kept))


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a gate has to say. `notes` are lines for the summary; `gaps` is what it did not see.

    Findings may be given one by one: of a rule with many, few are kept (`caps`). They are capped at
    the gate's level afterwards, so a gate says what it thinks. `secret_lines` are paths and lines
    that no finding may quote, also where the secret's own is not shown.
    """

    findings: Iterable[Finding] = ()
    notes: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    secret_lines: frozenset[tuple[str, int]] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "findings", capped(self.findings))


class Gate(BaseModel, ABC):
    """One deterministic check; its fields are its options, beside `level` and `ignore`.

    In the configuration a level alone stands for a mapping with that level. The docstring's first
    line is what people read about the gate.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]

    level: Level
    ignore: Globs = ()

    @model_validator(mode="before")
    @classmethod
    def _level_alone(cls, given: object) -> object:
        return {"level": given} if isinstance(given, str) else given

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema of both ways to write it."""
        levels: JsonSchemaValue = {"enum": [level.value for level in Level]}
        return {"anyOf": [levels, handler.resolve_ref_schema(handler(core_schema))]}

    @abstractmethod
    async def check(self, subject: Subject) -> Checked:
        """Return what is wrong in the added lines. Raises `ScannerFailed` when it cannot look."""


class LineGate(Gate):
    """A gate that waits for nothing: it looks in a thread, as a change may be large."""

    async def check(self, subject: Subject) -> Checked:
        """Return what is wrong in the added lines."""
        return await asyncio.to_thread(self.look, subject)

    @abstractmethod
    def look(self, subject: Subject) -> Checked:
        """Return what is wrong in the added lines."""
