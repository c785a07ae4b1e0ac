"""What a gate is: one check by code alone, over files that were read for all gates at once.

A gate is one file with one class: `name` and `category` say what its findings are, fields are its
options, `check` looks, and `finding` says what is wrong. `docs/contributing/add-a-gate.md` walks
through one.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field, replace
from enum import StrEnum
from functools import cached_property
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from codeflow_action.actions.quality_gates.caps import limit_per_rule
from codeflow_action.engine.files import is_text
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.engine.globs import Globs, any_matches
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ports import Absent, Content, Forge, NoForge, Scanners, Tree
from codeflow_action.engine.pull_request import ChangedFile, FileKind, FileStatus, Gap
from codeflow_action.review.syntax.source_parts import SourceParts, read_parts
from codeflow_action.review.worker import UnreadableText

# Characters. Longer lines are data, and a pattern that is slow on one line stays harmless.
MAX_LINE = 2_000


class GateLevel(StrEnum):
    """The highest severity that a gate may give, or `off`."""

    OFF = "off"
    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"

    @property
    def severity(self) -> Severity:
        """The severity of the same name. Raises `ValueError` for `off`, which never runs."""
        return Severity(self.value)

    def cap(self, severity: Severity) -> Severity:
        """Return the milder of the two: `severity` or this level."""
        return max(severity, self.severity, key=lambda candidate: candidate.rank)


@dataclass(frozen=True, kw_only=True)
class FileChange:
    """A changed file with its content at the head, as gates look at it."""

    file: ChangedFile
    head: Content

    @property
    def path(self) -> str:
        """The path at the head."""
        return self.file.path

    @property
    def merge_base_path(self) -> str:
        """The path at the merge base: another one where the file was renamed."""
        return self.file.previous_path or self.file.path

    @property
    def has_text(self) -> bool:
        """True for a regular file with text; False if removed, binary, a link or a submodule."""
        return (
            self.file.kind is FileKind.REGULAR
            and self.file.status is not FileStatus.REMOVED
            and self.file.gap is not Gap.BINARY
        )

    @property
    def hides_text(self) -> bool:
        """True where the name says text but git says binary.

        One zero byte is enough for git to show no line of a file, so code can hide that way.
        """
        return (
            self.file.gap is Gap.BINARY
            and self.file.status is not FileStatus.REMOVED
            and is_text(self.path)
        )

    @cached_property
    def text(self) -> str:
        """The whole file at the head, empty where there is none. Only LF ends a line."""
        return self.head.decode("utf-8", "replace") if isinstance(self.head, bytes) else ""

    @cached_property
    def parts(self) -> SourceParts | UnreadableText | None:
        """What of the head is code, text and comment; None without a grammar. It blocks.

        Where the head is not there, the added lines stand alone.
        """
        if isinstance(self.head, bytes):
            return read_parts(self.path, self.head)
        lines = dict(self.added_lines)
        text = "\n".join(lines.get(number, "") for number in range(1, max(lines, default=0) + 1))
        return read_parts(self.path, text.encode())

    @property
    def added_lines(self) -> Iterator[tuple[int, str]]:
        """Added lines with their numbers at the head, without those longer than `MAX_LINE`."""
        return ((number, text) for number, text in self.all_added_lines if len(text) <= MAX_LINE)

    @cached_property
    def all_added_lines(self) -> tuple[tuple[int, str], ...]:
        """All added lines, however long: only for searches that take linear time."""
        return tuple(
            (line.new, line.text)
            for hunk in self.file.hunks
            for line in hunk.added
            if line.new is not None
        )

    @property
    def unchecked_because(self) -> str:
        """Why gates could not see the whole file, empty when they could."""
        if self.hides_text:
            return "its name says text, but its content is binary"
        if not self.has_text:
            return ""
        if self.file.gap is not None:
            return f"its diff is {self.file.gap.value.replace('_', ' ')}"
        if isinstance(self.head, Absent) and self.file.hunks:
            return f"its content is {self.head.value.replace('_', ' ')}"
        return ""


@dataclass(frozen=True, kw_only=True)
class GateSubject:
    """What gates look at, read once for all of them.

    `changes` are all changed files that are not ignored, including removed ones and binaries.
    The forge answers questions about `merge_base.sha` and `head.sha`. `repository` is its owner and
    name, empty on the command line without a remote.
    """

    changes: tuple[FileChange, ...]
    head: Tree
    merge_base: Tree
    scanners: Scanners
    forge: Forge = field(default_factory=NoForge)
    repository: str = ""

    @property
    def texts(self) -> tuple[FileChange, ...]:
        """The changed files that are text."""
        return tuple(change for change in self.changes if change.has_text)

    def without(self, patterns: Sequence[str]) -> "GateSubject":
        """Return the same subject without the files that match."""
        changes = (change for change in self.changes if not any_matches(patterns, change.path))
        return replace(self, changes=tuple(changes))


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """What a gate has to say. `notes` are lines for the summary.

    `unchecked` are what it could not check, as sentences without a subject, such as "gave up on
    a.py: it is nested too deeply": the gate's name is put in front.

    Findings may come from a generator: of a rule with many findings only a few are kept (`caps`).
    `secret_lines` are paths and lines that no gate's finding may quote, even where the finding
    about the secret itself is not shown.
    """

    findings: Iterable[Finding] = ()
    notes: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    secret_lines: frozenset[tuple[str, int]] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "findings", limit_per_rule(self.findings))


class Gate(BaseModel, ABC):
    """One deterministic check. Its fields are its options; all gates have `level` and `ignore`.

    In the configuration a level alone stands for a mapping with that level. The docstring's first
    line is what people read about the gate.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    category: ClassVar[Category] = Category.MAINTAINABILITY

    level: GateLevel
    ignore: Globs = Field(
        default=(), description="Patterns of paths that this gate does not look at."
    )

    @model_validator(mode="before")
    @classmethod
    def _expand_level(cls, options: object) -> object:
        if isinstance(options, str):
            return {"level": options}
        if not isinstance(options, dict | Gate):
            levels = ", ".join(GateLevel)
            # Pydantic takes no `TypeError` of a validator for a wrong value.
            raise ValueError(f"write {levels}, or this gate's options indented below")  # noqa: TRY004
        return options

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema of both ways to write it."""
        levels: JsonSchemaValue = {"enum": [level.value for level in GateLevel]}
        return {"anyOf": [levels, handler.resolve_ref_schema(handler(core_schema))]}

    @classmethod
    def finding(  # noqa: PLR0913 - one argument for each field that is a gate's to choose
        cls,
        path: str | None,
        line: int | None = None,
        *,
        title: str,
        message: str,
        advice: str = "",
        code: str = "",
        severity: Severity = Severity.ERROR,
        end_line: int | None = None,
        rule: str = "",
        scanner: str = "",
        category: Category | None = None,
    ) -> Finding:
        """Return a finding of this gate.

        `title` and `message` say what is wrong and why that matters, `advice` what to do: it ends
        the message, and of a finding that blocks the comment shows it alone under the title. Leave
        it in the message where that holds a fact that nobody can act without. `code` is the text
        that the finding is about: its fingerprint is made from it, so that the finding stays the
        same when lines shift. `severity` is capped at the gate's level when the gates are
        run, so most gates leave it out. `rule` is the second half of the rule's id, for a gate
        with several rules; `scanner` is the tool that found it, where that was not the gate.
        """
        return Finding(
            severity=severity,
            category=category or cls.category,
            path=path,
            line=line,
            end_line=end_line,
            title=title,
            message=f"{message} {advice}" if advice else message,
            advice=advice,
            evidence=Evidence.DETERMINISTIC,
            sources=("quality_gates", scanner) if scanner else ("quality_gates",),
            rule=f"{cls.name}/{rule}" if rule else cls.name,
            code=code,
        )

    @abstractmethod
    async def check(self, subject: GateSubject) -> GateResult:
        """Return what is wrong in the change. Raises `ScannerFailed` when it cannot look."""


class ThreadedGate(Gate):
    """A gate without I/O; it takes processor time, so it runs in a thread."""

    async def check(self, subject: GateSubject) -> GateResult:
        """Run `look` in a thread."""
        return await asyncio.to_thread(self.look, subject)

    @abstractmethod
    def look(self, subject: GateSubject) -> GateResult:
        """Return what is wrong in the change. It may not wait for anything."""
