"""Statements that stop a program in a debugger, or silently skip all other tests."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from codeflow_action.actions.quality_gates.code_only import C_FAMILY, JS, code_only
from codeflow_action.actions.quality_gates.gate import (
    MAX_LINE,
    FileChange,
    GateLevel,
    GateResult,
    GateSubject,
    ThreadedGate,
)
from codeflow_action.actions.quality_gates.patterns import LinearPattern, compile_pattern
from codeflow_action.engine.files import is_foreign, language
from codeflow_action.engine.globs import Globs, any_matches


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """A statement that nobody means to commit, in files of these languages.

    The pattern's first group that matched is the statement's name. `effect` is what it does, as
    the end of a sentence about it.
    """

    languages: frozenset[str]
    pattern: re.Pattern[str]
    effect: str


def _leftover(languages: frozenset[str] | str, pattern: str, effect: str) -> Leftover:
    names = frozenset({languages}) if isinstance(languages, str) else languages
    return Leftover(languages=names, pattern=re.compile(pattern), effect=effect)


_STOPS = "stops the program in a debugger"
_FOCUS = "runs this test alone and skips all the others"
_DUMPS = "dumps a value and ends the request"
# What a focused test may begin with: `test`, `test.describe`, `it.concurrent` ...
_SUITE = r"(?<![\w.$])(?:Deno\.)?(?:describe|it|test|context|suite|specify|bench)(?:\.\w+){0,3}"
_PDB = r"(?:i|r|pu|web_|remote_)?pdb"

LEFTOVERS: tuple[Leftover, ...] = (
    _leftover(JS, r"(?:^|[;{})]|=>|\belse)\s*(debugger)\s*(?:;|\}|$)", _STOPS),
    _leftover(JS, rf"({_SUITE}\.only)\b(?:\.\w+)?\s*[(`]", _FOCUS),
    _leftover(JS, r"(?:^|[;{})]|=>|\bawait)\s*(page\.pause|cy\.(?:pause|debug))\(\)", _STOPS),
    # Other functions may have these names too, but only a test has a title and a body.
    _leftover(JS, r"""(?:^|[;{}])\s*(fdescribe|fit|fcontext)\s*\(\s*(["'`])\s*\2\s*,""", _FOCUS),
    _leftover("python", r"(?:^|[;:])\s*(breakpoint\(\))", _STOPS),
    _leftover("python", rf"(?:^|[;:])\s*((?:import|from)\s+(?:{_PDB}|pudb|pdbpp|wdb))\b", _STOPS),
    _leftover("python", rf"\b((?:{_PDB}|pudb|wdb)\.set_trace)\(", _STOPS),
    _leftover("python", r"__import__\([^()]{0,20}\)\.(set_trace)\(", _STOPS),
    _leftover("python", r"\b(debugpy\.breakpoint|pydevd(?:_pycharm)?\.settrace)\(", _STOPS),
    _leftover(
        "ruby",
        r"\b(binding\.(?:pry|irb|break))\b(?!\?)|^\s*(byebug|debugger)\s*(?:if\b|unless\b|$)",
        _STOPS,
    ),
    _leftover(
        "ruby",
        r"^\s*(?:RSpec\.)?(f(?:describe|context|it|specify|example|scenario|feature))[ (].*\bdo\b",
        _FOCUS,
    ),
    _leftover(
        "ruby",
        r"^\s*(?:RSpec\.)?(?:describe|context|it|specify|example|scenario|feature)[ (].*"
        r",\s?(focus: true|:focus\b|:focus => true).*(?:\bdo\b|\{)",
        _FOCUS,
    ),
    _leftover("rust", r"\b(dbg!)\s*[(\[{]", "prints a value and is meant only for debugging"),
    _leftover("php", r"\b(xdebug_break)\s*\(", _STOPS),
    _leftover("php", r"(?:^|[;{}])\s*@?(dd|ddd)\s*\(", _DUMPS),
    _leftover("go", r"\b(runtime\.Breakpoint)\(\)", _STOPS),
    _leftover(
        "go",
        r"(?:^|=|\s)(F(?:Describe(?:Table)?|Context|When|It|Specify|Entry))\(\s*[\"`].*,",
        _FOCUS,
    ),
    _leftover("swift", r"^\s*(fdescribe|fcontext|fit)\(\s*\".*\{", _FOCUS),
    _leftover("c_sharp", r"^(?!.*\bIsAttached\b).*\b(Debugger\.(?:Break|Launch))\(\)", _STOPS),
    _leftover("elixir", r"\b(IEx\.pry)\b", _STOPS),
    _leftover("perl", r"(\$DB::single)\s*=\s*1", _STOPS),
    _leftover(
        C_FAMILY,
        r"^(?!\s*#\s*define\b).*\b(__debugbreak\s*\(\s*\)|raise\s*\(\s*SIGTRAP\s*\))",
        _STOPS,
    ),
)


class OwnPattern(BaseModel):
    """What a project rules out in added lines, of all files or of those that match `paths`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: LinearPattern
    paths: Globs = ()
    message: str = Field(default="", max_length=500)

    def finds(self, path: str, text: str) -> bool:
        """True for a line that matches, including its strings and comments."""
        is_for_path = not self.paths or any_matches(self.paths, path)
        return is_for_path and compile_pattern(self.pattern).search(text) is not None


class DebugLeftovers(ThreadedGate):
    """A debugger statement or a focused test was left in."""

    name = "debug_leftovers"
    level: GateLevel = GateLevel.WARNING
    patterns: tuple[OwnPattern, ...] = Field(
        default=(), max_length=100, description="What the project itself rules out in added lines."
    )

    def look(self, subject: GateSubject) -> GateResult:
        """Report added lines whose code matches the table; strings and comments are not code."""
        findings = (
            self.finding(
                change.path,
                statement.line,
                title=f"Debug leftover: {statement.name}",
                message=statement.message,
                code=statement.text.strip(),
            )
            for change in subject.texts
            for statement in (*_statements(change), *_own_statements(change, self.patterns))
        )
        return GateResult(findings=findings, notes=_long_line_notes(subject.texts))


class _Statement(NamedTuple):
    line: int
    text: str
    name: str
    message: str


def _statements(change: FileChange) -> Iterator[_Statement]:
    """Yield what the table finds in added lines: one statement in a line is enough."""
    of_language = language(change.path)
    leftovers = _leftovers(of_language)
    if not leftovers:
        return
    # Without the head, each line is read alone: a string or a comment above it is not seen.
    has_head = isinstance(change.head, bytes)
    head = code_only(change.text, of_language).split("\n") if has_head else ()
    for number, text in change.added_lines:
        code = head[number - 1] if number <= len(head) else code_only(text, of_language)
        for leftover in leftovers:
            if match := leftover.pattern.search(code):
                name = next(group for group in match.groups() if group)
                message = f"`{name}` {leftover.effect}. Remove it before merging."
                yield _Statement(number, text, name, message)
                break


def _own_statements(change: FileChange, patterns: Sequence[OwnPattern]) -> Iterator[_Statement]:
    """Yield what the project's own patterns find, in lines of any length: RE2 takes linear time."""
    if not patterns:
        return
    for number, text in change.all_added_lines:
        for own in patterns:
            if own.finds(change.path, text):
                reason = f"The line matches `{own.pattern}`, which this project rules out."
                yield _Statement(number, text, own.pattern, own.message or reason)


def _leftovers(of_language: str) -> tuple[Leftover, ...]:
    return tuple(leftover for leftover in LEFTOVERS if of_language in leftover.languages)


def _long_line_notes(changes: Sequence[FileChange]) -> tuple[str, ...]:
    """Return one note on lines that were too long to check.

    It leaves out minified and foreign files, where nobody would want to know.
    """
    counts = {
        change.path: count
        for change in changes
        if _leftovers(language(change.path)) and not is_foreign(change.path)
        if (count := sum(len(text) > MAX_LINE for _, text in change.all_added_lines))
    }
    if not counts:
        return ()
    first, rest = next(iter(counts)), len(counts) - 1
    files = f"{first} and {rest} more file{'s' if rest > 1 else ''}" if rest else first
    total = sum(counts.values())
    lines = f"{total} added line{'s' if total > 1 else ''}"
    return (
        f"debug_leftovers did not check {lines} longer than {MAX_LINE:,} characters in {files}",
    )
