"""Statements that stop a program in a debugger, or silently skip every other test."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from codeflow_action.actions.quality_gates.code_only import CFAMILY, JS, code_only
from codeflow_action.actions.quality_gates.gate import (
    MAX_LINE,
    FileChange,
    GateLevel,
    GateResult,
    GateSubject,
    LineGate,
)
from codeflow_action.actions.quality_gates.patterns import LinearPattern, compile_pattern
from codeflow_action.engine.files import is_foreign, language
from codeflow_action.engine.globs import Globs, any_matches


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """A statement that nobody means to commit, in files of these languages.

    The pattern's first group that matched is what the statement is called.
    """

    languages: frozenset[str]
    pattern: re.Pattern[str]
    what: str


def _row(languages: frozenset[str] | str, pattern: str, what: str) -> Leftover:
    wanted = frozenset({languages}) if isinstance(languages, str) else languages
    return Leftover(languages=wanted, pattern=re.compile(pattern), what=what)


_STOPS = "stops the program in a debugger"
_FOCUS = "runs this test alone and skips all the others"
_DUMPS = "dumps a value and ends the request"
# `test`, `test.describe`, `it.concurrent` ...: what a focused test may begin with.
_SUITE = r"(?<![\w.$])(?:Deno\.)?(?:describe|it|test|context|suite|specify|bench)(?:\.\w+){0,3}"
_PDB = r"(?:i|r|pu|web_|remote_)?pdb"

LEFTOVERS: tuple[Leftover, ...] = (
    _row(JS, r"(?:^|[;{})]|=>|\belse)\s*(debugger)\s*(?:;|\}|$)", _STOPS),
    _row(JS, rf"({_SUITE}\.only)\b(?:\.\w+)?\s*[(`]", _FOCUS),
    _row(JS, r"(?:^|[;{})]|=>|\bawait)\s*(page\.pause|cy\.(?:pause|debug))\(\)", _STOPS),
    # A method or function may be called so too: a test has a title and a body.
    _row(JS, r"""(?:^|[;{}])\s*(fdescribe|fit|fcontext)\s*\(\s*(["'`])\s*\2\s*,""", _FOCUS),
    _row("python", r"(?:^|[;:])\s*(breakpoint\(\))", _STOPS),
    _row("python", rf"(?:^|[;:])\s*((?:import|from)\s+(?:{_PDB}|pudb|pdbpp|wdb))\b", _STOPS),
    _row("python", rf"\b((?:{_PDB}|pudb|wdb)\.set_trace)\(", _STOPS),
    _row("python", r"__import__\([^()]{0,20}\)\.(set_trace)\(", _STOPS),
    _row("python", r"\b(debugpy\.breakpoint|pydevd(?:_pycharm)?\.settrace)\(", _STOPS),
    _row(
        "ruby",
        r"\b(binding\.(?:pry|irb|break))\b(?!\?)|^\s*(byebug|debugger)\s*(?:if\b|unless\b|$)",
        _STOPS,
    ),
    _row(
        "ruby",
        r"^\s*(?:RSpec\.)?(f(?:describe|context|it|specify|example|scenario|feature))[ (].*\bdo\b",
        _FOCUS,
    ),
    _row(
        "ruby",
        r"^\s*(?:RSpec\.)?(?:describe|context|it|specify|example|scenario|feature)[ (].*"
        r",\s?(focus: true|:focus\b|:focus => true).*(?:\bdo\b|\{)",
        _FOCUS,
    ),
    _row("rust", r"\b(dbg!)\s*[(\[{]", "prints a value and is meant only for debugging"),
    _row("php", r"\b(xdebug_break)\s*\(", _STOPS),
    _row("php", r"(?:^|[;{}])\s*@?(dd|ddd)\s*\(", _DUMPS),
    _row("go", r"\b(runtime\.Breakpoint)\(\)", _STOPS),
    _row(
        "go",
        r"(?:^|=|\s)(F(?:Describe(?:Table)?|Context|When|It|Specify|Entry))\(\s*[\"`].*,",
        _FOCUS,
    ),
    _row("swift", r"^\s*(fdescribe|fcontext|fit)\(\s*\".*\{", _FOCUS),
    _row("c_sharp", r"^(?!.*\bIsAttached\b).*\b(Debugger\.(?:Break|Launch))\(\)", _STOPS),
    _row("elixir", r"\b(IEx\.pry)\b", _STOPS),
    _row("perl", r"(\$DB::single)\s*=\s*1", _STOPS),
    _row(
        CFAMILY,
        r"^(?!\s*#\s*define\b).*\b(__debugbreak\s*\(\s*\)|raise\s*\(\s*SIGTRAP\s*\))",
        _STOPS,
    ),
)


class OwnPattern(BaseModel):
    """What a project does not want in added lines, of all files or of those that match `paths`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: LinearPattern
    paths: Globs = ()
    message: str = Field(default="", max_length=500)

    def finds(self, path: str, text: str) -> bool:
        """True for a line that matches, strings and comments included."""
        wanted = not self.paths or any_matches(self.paths, path)
        return wanted and compile_pattern(self.pattern).search(text) is not None


class DebugLeftovers(LineGate):
    """A debugger statement or a focused test was left in."""

    name = "debug_leftovers"
    level: GateLevel = GateLevel.WARNING
    patterns: tuple[OwnPattern, ...] = Field(default=(), max_length=100)

    def look(self, subject: GateSubject) -> GateResult:
        """Report added lines whose code matches the table; strings and comments are no code."""
        findings = (
            self.finding(
                change.path,
                number,
                title=f"Debug leftover: {found.statement}",
                message=found.message,
                code=text.strip(),
            )
            for change in subject.texts
            for number, text, found in (*_leftovers(change), *self._own(change))
        )
        return GateResult(findings=findings, notes=_too_long(subject.texts))

    def _own(self, change: FileChange) -> Iterator[tuple[int, str, "_Found"]]:
        for number, text in change.added_whole if self.patterns else ():
            for own in self.patterns:
                if own.finds(change.path, text):
                    message = f"The line matches `{own.pattern}`, which this project rules out."
                    yield (
                        number,
                        text,
                        _Found(message=own.message or message, statement=own.pattern),
                    )


@dataclass(frozen=True, kw_only=True)
class _Found:
    message: str
    statement: str


def _too_long(changes: Sequence[FileChange]) -> tuple[str, ...]:
    """Return what was not looked at, as one line; what is minified or foreign is nobody's loss."""
    counts = {
        change.path: count
        for change in changes
        if _rows(language(change.path)) and not is_foreign(change.path)
        if (count := sum(len(text) > MAX_LINE for _, text in change.added_whole))
    }
    if not counts:
        return ()
    first, more = next(iter(counts)), len(counts) - 1
    files = f"{first} and {more} more file{'s' if more > 1 else ''}" if more else first
    count = sum(counts.values())
    lines = f"{count} added line{'s' if count > 1 else ''}"
    limit = f"{MAX_LINE:,} characters"
    return (f"debug_leftovers did not check {lines} longer than {limit} in {files}",)


def _rows(spoken: str) -> tuple[Leftover, ...]:
    return tuple(row for row in LEFTOVERS if spoken in row.languages)


def _leftovers(change: FileChange) -> Iterator[tuple[int, str, _Found]]:
    """Yield number, text and what was found of added lines: one finding a line is enough."""
    spoken = language(change.path)
    rows = _rows(spoken)
    code = _code(change, spoken) if rows else ()
    for number, text in change.added:
        line = code[number - 1] if number <= len(code) else code_only(text, spoken)
        if found := _first(rows, line):
            yield number, text, found


def _code(change: FileChange, spoken: str) -> Sequence[str]:
    """Return the head's lines with strings and comments blanked, none where head is not there."""
    if not isinstance(change.head, bytes):
        return ()
    return code_only(change.text, spoken).split("\n")


def _first(rows: Sequence[Leftover], text: str) -> _Found | None:
    for row in rows:
        if match := row.pattern.search(text):
            statement = next(group for group in match.groups() if group)
            return _Found(
                message=f"This {row.what}. Remove it before merging.", statement=statement
            )
    return None
