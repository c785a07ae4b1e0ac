"""Statements that stop a program in a debugger, or silently skip every other test."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from codeflow_action.actions.quality_gates.code_only import CFAMILY, JS, code_only
from codeflow_action.actions.quality_gates.gate import Change, Checked, Gate, Level, Subject
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """A statement that nobody means to commit, in files with these suffixes.

    The pattern's first group that matched is what the statement is called.
    """

    suffixes: frozenset[str]
    pattern: re.Pattern[str]
    what: str


def _row(suffixes: frozenset[str] | str, pattern: str, what: str) -> Leftover:
    wanted = frozenset({suffixes}) if isinstance(suffixes, str) else suffixes
    return Leftover(suffixes=wanted, pattern=re.compile(pattern), what=what)


_STOPS = "stops the program in a debugger"
_FOCUS = "runs this test alone and skips all others"
_DUMPS = "dumps a value and ends the request"
# `test`, `test.describe`, `it.concurrent` ...: what a focused test may begin with.
_SUITE = r"(?<![\w.$])(?:describe|it|test|context|suite|specify)(?:\.\w+){0,3}"

LEFTOVERS: tuple[Leftover, ...] = (
    _row(JS, r"(?:^|[;{})]|=>|\belse)\s*(debugger)\s*(?:;|\}|$)", _STOPS),
    _row(JS, rf"({_SUITE}\.only)\b(?:\.\w+)?\s*[(`]", _FOCUS),
    # A method or function may be called so too: a test has a title and a body.
    _row(JS, r"""(?:^|[;{}])\s*(fdescribe|fit|fcontext)\s*\(\s*(["'`])\s*\2\s*,""", _FOCUS),
    _row(".py", r"(?:^|[;:])\s*(breakpoint\(\))", _STOPS),
    _row(".py", r"(?:^|[;:])\s*((?:import|from)\s+(?:i?pdb|pudb|pdbpp|wdb))\b", _STOPS),
    _row(".py", r"\b((?:i?pdb|pudb|wdb)\.set_trace)\(", _STOPS),
    _row(".rb", r"\b(binding\.(?:pry|irb|break))\b(?!\?)|^\s*(byebug|debugger)\s*$", _STOPS),
    _row(".rb", r"^\s*(?:RSpec\.)?(fdescribe|fcontext|fit|fspecify)[ (].*\bdo\b", _FOCUS),
    _row(".rs", r"\b(dbg!)\s*[(\[{]", "prints and is meant for debugging only"),
    _row(".php", r"\b(xdebug_break)\s*\(", _STOPS),
    _row(".php", r"(?:^|[;{}])\s*@?(dd|ddd)\s*\(", _DUMPS),
    _row(".go", r"\b(runtime\.Breakpoint)\(\)", _STOPS),
    _row(".cs", r"^(?!.*\bIsAttached\b).*\b(Debugger\.(?:Break|Launch))\(\)", _STOPS),
    _row(frozenset({".ex", ".exs"}), r"\b(IEx\.pry)\b", _STOPS),
    _row(frozenset({".pl", ".pm"}), r"(\$DB::single)\s*=\s*1", _STOPS),
    _row(
        CFAMILY,
        r"^(?!\s*#\s*define\b).*\b(__debugbreak\s*\(\s*\)|raise\s*\(\s*SIGTRAP\s*\))",
        _STOPS,
    ),
)


class DebugLeftovers(Gate):
    """A debugger statement or a focused test was left in."""

    name = "debug_leftovers"
    level: Level = Level.WARNING

    async def check(self, subject: Subject) -> Checked:
        """Report added lines whose code matches the table; strings and comments are no code."""
        findings = (
            _finding(change, number, text, found)
            for change in subject.texts
            for number, text, found in _leftovers(change)
        )
        return Checked(findings=tuple(findings))


@dataclass(frozen=True, kw_only=True)
class _Found:
    leftover: Leftover
    statement: str


def _leftovers(change: Change) -> Iterator[tuple[int, str, _Found]]:
    """Yield number, text and what was found of added lines: one finding a line is enough."""
    suffix = PurePosixPath(change.path).suffix.lower()
    rows = [row for row in LEFTOVERS if suffix in row.suffixes]
    code = _code(change, suffix) if rows else ()
    for number, text in change.added:
        line = code[number - 1] if number <= len(code) else code_only(text, suffix)
        if found := _first(rows, line):
            yield number, text, found


def _code(change: Change, suffix: str) -> Sequence[str]:
    """Return the head's lines with strings and comments blanked, none where head is not there."""
    if not isinstance(change.head, bytes):
        return ()
    return code_only(change.head.decode("utf-8", "replace"), suffix).split("\n")


def _first(rows: Sequence[Leftover], text: str) -> _Found | None:
    for row in rows:
        if match := row.pattern.search(text):
            statement = next(group for group in match.groups() if group)
            return _Found(leftover=row, statement=statement)
    return None


def _finding(change: Change, number: int, text: str, found: _Found) -> Finding:
    return Finding(
        severity=Severity.ERROR,
        category=Category.MAINTAINABILITY,
        path=change.path,
        line=number,
        title=f"Debug leftover: {found.statement}",
        message=f"This {found.leftover.what}. Remove it before merging.",
        evidence=Evidence.DETERMINISTIC,
        sources=("quality_gates",),
        rule=DebugLeftovers.name,
        code=text.strip(),
    )
