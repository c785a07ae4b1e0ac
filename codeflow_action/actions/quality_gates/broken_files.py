"""Files that parsed before and no longer do, and new ones of which it is certain."""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from codeflow_action.actions.quality_gates.gate import (
    FileChange,
    Gate,
    GateLevel,
    GateResult,
    GateSubject,
)
from codeflow_action.engine.files import is_test
from codeflow_action.engine.findings import Category, Finding
from codeflow_action.engine.ports import Absent, Content
from codeflow_action.review.well_formed import (
    MAX_BYTES,
    ParseResult,
    is_too_large,
    language_of,
    parse,
)
from codeflow_action.review.worker import UnreadableText

# Where files are broken on purpose, or are no files yet.
_ON_PURPOSE = re.compile(
    r"(?<![a-z])bad(?![a-z])|broken|corrupt|error|fail|invalid|incomplete|malformed|syntax|truncat"
    r"|(?:template|fixture|snapshot|example|stub|skeleton|cookiecutter|testdata|test-data)"
    r"|\{\{|\$\{|<%",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"(?<!\$)\{\{|\{%|<%|^[^\S\n]*[%!]", re.MULTILINE)
_STRICT_NAME = frozenset({"package.json", "package-lock.json", "composer.json"})
# What this Python says of syntax that is newer than itself: 3.14's and 3.15's.
_NEWER = re.compile(r"must be parenthesized|unpacking cannot be used in")
_NEWER_LINE = re.compile(r"\b(?:t|tr|rt)[\"']|\blazy\s+(?:import|from)\b", re.IGNORECASE)
# What is an error in every Python that there was.
_ANY_PYTHON = re.compile(
    r"never closed|unterminated|unmatched|does not match|indented block|unexpected indent"
    r"|invalid character|expected (?:':'|'\('|'except' or 'finally' block|'else' after)"
)
_CONFLICT = re.compile(r"^>{7} ", re.MULTILINE)
_NEAR = 3  # lines


class BrokenFiles(Gate):
    """A JSON, YAML, TOML or Python file no longer parses."""

    name = "broken_files"
    category = Category.CORRECTNESS
    level: GateLevel = GateLevel.ERROR

    async def check(self, subject: GateSubject) -> GateResult:
        """Parse what changed at head; what does not parse is compared with the base."""
        changes = [change for change in subject.texts if change.file.hunks and change.text.strip()]
        read = await asyncio.to_thread(_read, changes)
        broken = [
            (change, parsed)
            for change, parsed in read
            if isinstance(parsed, ParseResult)
            and parsed.error
            and not _CONFLICT.search(change.text)  # which another gate reports
        ]
        paths = list(dict.fromkeys(change.base_path for change, _ in broken))
        olds = await subject.base.read_many(paths) if paths else {}
        return GateResult(
            findings=await asyncio.to_thread(_findings, broken, olds),
            notes=tuple(_too_large(changes)),
            gaps=tuple(
                f"gave up on {change.path}: {given_up.reason}"
                for change, given_up in read
                if isinstance(given_up, UnreadableText)
            ),
        )


def _read(
    changes: Sequence[FileChange],
) -> list[tuple[FileChange, ParseResult | UnreadableText | None]]:
    return [
        (change, parse(change.path, change.head))
        for change in changes
        if isinstance(change.head, bytes)
    ]


def _findings(
    broken: Sequence[tuple[FileChange, ParseResult]], olds: Mapping[str, Content]
) -> list[Finding]:
    return [
        _finding(change, parsed)
        for change, parsed in broken
        if _counts(change, parsed, olds.get(change.base_path, Absent.MISSING))
    ]


def _too_large(changes: Sequence[FileChange]) -> Iterator[str]:
    large = [
        change.path
        for change in changes
        if isinstance(change.head, bytes) and is_too_large(change.path, change.head)
    ]
    if large:
        more = f", and {len(large) - 1} more" if large[1:] else ""
        limit = f"{MAX_BYTES // 1_000} kB"
        yield f"broken_files does not parse files larger than {limit}: {large[0]}{more}"


def _counts(change: FileChange, parsed: ParseResult, old: Content) -> bool:
    """Tell whether somebody broke the file, or it is not what its name says."""
    path = change.path
    if parsed.loosely and old is Absent.MISSING:
        return PurePosixPath(path).name in _STRICT_NAME
    match old:
        case bytes():
            before = parse(change.base_path, old)
            return (
                isinstance(before, ParseResult)
                and (not before.error or (before.loosely and not parsed.loosely))
                and not (is_test(path) and _ON_PURPOSE.search(path))
                and not _is_template(_lines_around(change, parsed))
                and not _is_newer(change, parsed)
            )
        case Absent.MISSING:
            certain = language_of(path) != "Python" or _ANY_PYTHON.search(parsed.error) is not None
            on_purpose = is_test(path) or _ON_PURPOSE.search(path)
            return certain and not on_purpose and not _is_template(change.text)
        case Absent():
            return False  # nobody knows what it was


def _is_template(text: str) -> bool:
    return _TEMPLATE.search(text) is not None


def _is_newer(change: FileChange, parsed: ParseResult) -> bool:
    if language_of(change.path) != "Python":
        return False
    newer = _NEWER.search(parsed.error) or _NEWER_LINE.search(_lines_around(change, parsed))
    return newer is not None


def _lines_around(change: FileChange, parsed: ParseResult) -> str:
    at = parsed.line or 1
    return "\n".join(change.text.split("\n")[max(0, at - 2) : at + 1])


def _finding(change: FileChange, parsed: ParseResult) -> Finding:
    language = language_of(change.path)
    added = change.file.added_lines
    # What is missing at the end is missing after the last line, where nothing can be shown.
    at = min(parsed.line, change.text.rstrip("\n").count("\n") + 1) if parsed.line else None
    near = at and any(line in added for line in range(at - _NEAR, at + _NEAR + 1))
    where = f"line {at}: " if at else ""
    return BrokenFiles.finding(
        change.path,
        at if near else None,
        title=f"This does not parse as {language}",
        message=(
            f"{where}{parsed.error}. Anything that reads this file will fail. Fix the syntax, or "
            "restore the last version that parsed."
        ),
    )
