"""What a gate is: a few pure lines over prepared values."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.engine.ports import Absent, Content, Scanners
from codeflow_action.engine.pull_request import ChangedFile, FileKind, FileStatus, Gap

MAX_LINE = 2_000  # characters; longer lines are data, and patterns stay linear


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
    def added(self) -> Iterator[tuple[int, str]]:
        """Added lines with their numbers at head, without those longer than `MAX_LINE`."""
        for hunk in self.file.hunks:
            for line in hunk.added:
                if line.new is not None and len(line.text) <= MAX_LINE:
                    yield line.new, line.text

    @property
    def not_looked_at(self) -> str:
        """Why the file could not be looked at whole, empty when it could."""
        if not self.is_text:
            return ""
        if self.file.gap is not None:
            return f"its diff is {self.file.gap.value.replace('_', ' ')}"
        if isinstance(self.head, Absent) and self.file.hunks:
            return f"its content is {self.head.value.replace('_', ' ')}"
        return ""


class Gate(ABC):
    """One deterministic check. Its docstring's first line is what people read about it."""

    name: ClassVar[str]
    default: ClassVar[Level]

    @abstractmethod
    async def check(
        self, changes: Sequence[Change], level: Level, scanners: Scanners
    ) -> tuple[Finding, ...]:
        """Return what is wrong in the added lines. Raises `ScannerFailed` when it cannot look."""
