"""Statements that stop a program in a debugger, or silently skip every other test."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from codeflow_action.actions.quality_gates.gate import Change, Gate, Level
from codeflow_action.engine.findings import Category, Evidence, Finding
from codeflow_action.engine.ports import Scanners

_JS = frozenset({".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".vue", ".svelte"})
_C = frozenset({".c", ".cc", ".cpp", ".cxx", ".h", ".hpp", ".m", ".mm"})
_COMMENT = re.compile(r"\s*(?:#|//|/\*|\*|--|;|<!--|%)")


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """A statement that nobody means to commit, in files with these suffixes."""

    suffixes: frozenset[str]
    pattern: re.Pattern[str]
    what: str


def _row(suffixes: frozenset[str] | str, pattern: str, what: str) -> Leftover:
    wanted = frozenset({suffixes}) if isinstance(suffixes, str) else suffixes
    return Leftover(suffixes=wanted, pattern=re.compile(pattern), what=what)


_STOPS = "stops the program in a debugger"
_FOCUS = "runs this test alone and skips all others"

LEFTOVERS: tuple[Leftover, ...] = (
    _row(_JS, r"(?:^|[;{}]|=>)\s*debugger\s*(?:;|$)", _STOPS),
    _row(_JS, r"\b(?:describe|it|test|context|suite|specify)\.only\s*[(.`]", _FOCUS),
    _row(_JS, r"(?:^|[;{}])\s*(?:fdescribe|fit|fcontext)\s*\(", _FOCUS),
    _row(".py", r"(?:^|[;:])\s*breakpoint\(\)", _STOPS),
    _row(".py", r"(?:^|[;:])\s*(?:import|from)\s+(?:i?pdb|pudb|pdbpp|wdb)\b", _STOPS),
    _row(".py", r"\b(?:i?pdb|pudb|wdb)\.set_trace\(", _STOPS),
    _row(".rb", r"\bbinding\.(?:pry|irb|break)\b|^\s*(?:byebug|debugger)\s*$", _STOPS),
    _row(".rs", r"\bdbg!\s*\(", "prints and is meant for debugging only"),
    _row(".php", r"\bxdebug_break\s*\(|^\s*(?:dd|ddd)\s*\(", _STOPS),
    _row(".go", r"\bruntime\.Breakpoint\(\)", _STOPS),
    _row(".cs", r"\bDebugger\.(?:Break|Launch)\(\)", _STOPS),
    _row(frozenset({".ex", ".exs"}), r"\bIEx\.pry\b", _STOPS),
    _row(frozenset({".pl", ".pm"}), r"\$DB::single\s*=\s*1", _STOPS),
    _row(_C, r"\b__debugbreak\s*\(\s*\)|\braise\s*\(\s*SIGTRAP\s*\)", _STOPS),
)


class DebugLeftovers(Gate):
    """A debugger statement or a focused test was left in."""

    name = "debug_leftovers"
    default = Level.WARNING

    async def check(
        self,
        changes: Sequence[Change],
        level: Level,
        scanners: Scanners,  # noqa: ARG002 - a gate's signature
    ) -> tuple[Finding, ...]:
        """Report added lines that match the table, comments excepted."""
        return tuple(
            _finding(change, number, text, leftover, level)
            for change in changes
            for number, text in change.added
            if not _COMMENT.match(text)
            for leftover in _leftovers(change.path, text)
        )


def _leftovers(path: str, text: str) -> tuple[Leftover, ...]:
    """Return the first row that matches the line, or nothing: one finding a line is enough."""
    suffix = PurePosixPath(path).suffix.lower()
    matches = (
        row for row in LEFTOVERS if suffix in row.suffixes and row.pattern.search(text) is not None
    )
    return tuple(row for row, _ in zip(matches, range(1), strict=False))


def _finding(change: Change, number: int, text: str, leftover: Leftover, level: Level) -> Finding:
    statement = leftover.pattern.search(text)
    shown = statement[0].strip(" \t;{}:(=>") if statement else text.strip()
    return Finding(
        severity=level.severity,
        category=Category.MAINTAINABILITY,
        path=change.path,
        line=number,
        title=f"Debug leftover: {shown}",
        message=f"This {leftover.what}. Remove it before merging.",
        evidence=Evidence.DETERMINISTIC,
        sources=("quality_gates",),
        rule=DebugLeftovers.name,
        code=text.strip(),
    )
