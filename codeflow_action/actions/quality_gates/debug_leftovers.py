"""Statements that stop a program in a debugger, or silently skip all other tests."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from codeflow_action.actions.quality_gates.gate import (
    MAX_LINE,
    FileChange,
    GateLevel,
    GateResult,
    GateSubject,
    ThreadedGate,
)
from codeflow_action.actions.quality_gates.leftover_table import LEFTOVERS, Leftover
from codeflow_action.actions.quality_gates.patterns import LinearPattern, compile_pattern
from codeflow_action.actions.quality_gates.source_lines import dialect, read_lines
from codeflow_action.engine.files import is_foreign, is_test
from codeflow_action.engine.globs import Globs, any_matches
from codeflow_action.review.syntax.source_parts import MarkedLine, SourcePart
from codeflow_action.review.worker import UnreadableText

_LINES_ABOVE = 3


class OwnPattern(BaseModel):
    """What a project rules out in added lines, of all files or of those that match `paths`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: LinearPattern = Field(description="A regular expression, as RE2 has them.")
    paths: Globs = Field(default=(), description="Patterns of the paths; all where there are none.")
    message: str = Field(default="", max_length=500, description="What the author is told.")

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
        statements = {change.path: _statements(change) for change in subject.texts}
        findings = (
            self.finding(
                change.path,
                statement.line,
                title=f"Debug leftover: {statement.name}",
                message=statement.message,
                advice=statement.advice,
                code=statement.text.strip(),
            )
            for change in subject.texts
            for statement in (
                *statements[change.path].statements,
                *_own_statements(change, self.patterns),
            )
        )
        return GateResult(
            findings=findings,
            notes=(*_long_line_notes(subject.texts), *_unread_notes(statements)),
        )


class _Statement(NamedTuple):
    line: int
    text: str
    name: str
    message: str
    advice: str = ""


class _Statements(NamedTuple):
    """What a file holds, or why nobody can say."""

    statements: tuple[_Statement, ...] = ()
    unread_because: str = ""


def _statements(change: FileChange) -> _Statements:
    """Return what the table finds in added lines; only where a word of it stands is parsed."""
    rows = _rows(change.path)
    lines = dict(change.added_lines) if rows else {}
    text = "\n".join(lines.values())
    rows = tuple(row for row in rows if any(word in text for word in row.words))
    words = {word for row in rows for word in row.words}
    numbers = [
        number for number, line in lines.items() if words and any(word in line for word in words)
    ]
    if not numbers:
        return _Statements()
    # What is meant where it stands tells so on a line above (`Leftover.unless`).
    nearby = {number - back for number in numbers for back in range(_LINES_ABOVE + 1)} - {0}
    is_split = any(row.unless for row in rows)
    source = read_lines(change, sorted(nearby) if is_split else numbers)
    if isinstance(source, UnreadableText):
        return _Statements(unread_because=source.reason)
    statements = []
    for number in numbers:
        for row in rows:
            name = _name_of(row, source, number)
            if name:
                statements.append(
                    _Statement(
                        number,
                        lines[number],
                        name,
                        message=f"`{name}` {row.effect}.",
                        advice="Remove it before merging.",
                    )
                )
                break  # one statement in a line is enough
    return _Statements(statements=tuple(statements))


def _name_of(row: Leftover, source: Mapping[int, MarkedLine], number: int) -> str:
    """Return the name of the row's statement on a line, empty where there is none."""
    line = source.get(number)
    if line is None or not any(word in line.text for word in row.words):
        return ""
    code = line.only(SourcePart.CODE)
    for match in row.pattern.finditer(line.only(*row.parts)):
        place = next(place for place in range(1, len(match.groups()) + 1) if match[place])
        # A pattern that reads strings begins with code all the same, with a quote at least.
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        if SourcePart.CODE in row.parts and code[start : start + 1].isspace():
            continue
        above = range(max(1, number - _LINES_ABOVE), number + 1)
        near_lines = [source[near].only(SourcePart.CODE) for near in above if near in source]
        if row.unless and any(row.unless.search(near) for near in near_lines):
            continue
        return match[place].strip('"')
    return ""


def _own_statements(change: FileChange, patterns: Sequence[OwnPattern]) -> Iterator[_Statement]:
    """Yield what the project's own patterns find, in lines of any length: RE2 takes linear time."""
    if not patterns:
        return
    for number, text in change.all_added_lines:
        for own in patterns:
            if own.finds(change.path, text):
                reason = f"The line matches `{own.pattern}`, which this project rules out."
                yield _Statement(number, text, own.pattern, own.message or reason)


def _rows(path: str) -> tuple[Leftover, ...]:
    """Return the rows for a file; what was copied in from elsewhere is left to its authors."""
    return () if is_foreign(path) else _rows_of(dialect(path), is_in_tests=is_test(path))


@lru_cache(maxsize=128)
def _rows_of(dialect_name: str, *, is_in_tests: bool) -> tuple[Leftover, ...]:
    return tuple(
        row
        for row in LEFTOVERS
        if dialect_name in row.languages and (is_in_tests or not row.in_tests)
    )


def _long_line_notes(changes: Sequence[FileChange]) -> tuple[str, ...]:
    """Return one note on lines that were too long to check.

    It leaves out minified and foreign files, where nobody would want to know, and pages of HTML,
    which have long lines of text.
    """
    counts = {
        change.path: count
        for change in changes
        if _rows(change.path) and dialect(change.path) != "html"
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


def _unread_notes(statements: Mapping[str, _Statements]) -> Iterator[str]:
    for path, statements_of_file in statements.items():
        if reason := statements_of_file.unread_because:
            yield f"debug_leftovers did not check {path}: {reason}"
