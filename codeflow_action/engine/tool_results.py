"""What other tools report, before anyone knows whether it is about this change."""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum, StrEnum, auto

from codeflow_action.engine.findings import Severity
from codeflow_action.engine.lazy import dataclass


class Filter(StrEnum):
    """Which of other tools' results count, by their lines (the words of reviewdog)."""

    ADDED = "added"  # any of its lines was added
    DIFF_CONTEXT = "diff_context"  # any of its lines is in a hunk, added or context
    FILE = "file"  # its file is in the diff
    NOFILTER = "nofilter"


@dataclass(frozen=True, kw_only=True)
class ReportSelection:
    """Which reports are read, by patterns in the workspace, and which of their results count."""

    sarif: tuple[str, ...] = ()
    filter: Filter = Filter.ADDED
    coverage: tuple[str, ...] = ()


class OffsetUnit(Enum):
    """What an offset counts (SARIF 2.1.0, 3.14.27 and 3.30)."""

    UTF16 = auto()  # code units: of two for a sign outside the basic plane
    CODE_POINTS = auto()
    BYTES = auto()


@dataclass(frozen=True, kw_only=True)
class OffsetRegion:
    """A stretch of a file by where it begins, counted from 0, and how long it is."""

    start: int
    length: int = 0
    unit: OffsetUnit


@dataclass(frozen=True, kw_only=True)
class Spot:
    """One place as a report names it.

    `paths` are readings of what the report wrote, the likeliest first: relative or absolute, with
    forward slashes. Lines are 1-based and included, None where the report has none; then `region`
    may say where. `snippet` is the text that the tool saw there, empty where it does not say.
    """

    paths: tuple[str, ...]
    line: int | None = None
    end_line: int | None = None
    region: OffsetRegion | None = None
    snippet: str = ""


@dataclass(frozen=True, kw_only=True)
class ToolResult:
    """One result of one tool. All texts are a stranger's; `purpose` says what the rule is for."""

    tool: str
    rule: str = ""
    severity: Severity
    message: str
    purpose: str = ""
    tags: tuple[str, ...] = ()
    has_security_severity: bool = False
    is_old: bool = False  # the tool itself says that it was there before
    spots: tuple[Spot, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ToolLog:
    """What one report file holds. Each of the counts is of results that are not in `results`.

    `failures` are runs that did not look at all they should, by their tools' own account: a
    sentence each, with a stranger's words in it.
    """

    results: tuple[ToolResult, ...] = ()
    suppressed_count: int = 0
    unreadable_count: int = 0  # no object, or without a word
    own_count: int = 0  # CodeFlow's own: its SARIF is often uploaded beside the others'
    excess_count: int = 0  # past the limit of one file
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CoverageLog:
    """Hits of lines in one coverage report, by file; a file by its readings, as in `Spot`.

    What is unknown is in no count of lines: `unread_count` are lines without a readable number or
    count of runs, `excess_count` those past the limit of one report.
    """

    files: dict[tuple[str, ...], dict[int, bool]] = field(default_factory=dict)
    unread_count: int = 0
    excess_count: int = 0

    @property
    def line_count(self) -> int:
        """Lines of which the report says whether they were run."""
        return sum(map(len, self.files.values()))


@dataclass(frozen=True, kw_only=True)
class ReadReports[Log]:
    """Reports by their paths in the workspace, and what could not be read, each with the reason."""

    logs: Mapping[str, Log] = field(default_factory=dict)
    failures: tuple[str, ...] = ()
