"""Files that parsed before and no longer do, and new ones that were certainly meant to parse."""

import asyncio
import re
from collections.abc import Sequence
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

# Names of files that are broken on purpose, or that are templates for files.
_ON_PURPOSE = re.compile(
    r"(?<![a-z])bad(?![a-z])|broken|corrupt|error|fail|invalid|incomplete|malformed|syntax|truncat"
    r"|(?:template|fixture|snapshot|example|stub|skeleton|cookiecutter|testdata|test-data)"
    r"|\{\{|\$\{|<%",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"(?<!\$)\{\{|\{%|<%|^[^\S\n]*[%!]", re.MULTILINE)
_STRICT_NAME = frozenset({"package.json", "package-lock.json", "composer.json"})
# What Python 3.12 says about the syntax of newer versions, 3.14 and 3.15, and what their lines
# look like.
_NEWER = re.compile(r"must be parenthesized|unpacking cannot be used in")
_NEWER_LINE = re.compile(r"\b(?:t|tr|rt)[\"']|\blazy\s+(?:import|from)\b", re.IGNORECASE)
# What is an error in every version of Python.
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
        """Parse what changed at the head; what does not parse is compared with the merge base."""
        changes = [change for change in subject.texts if change.file.hunks and change.text.strip()]
        results = await asyncio.to_thread(
            lambda: [
                (change, parse(change.path, change.head))
                for change in changes
                if isinstance(change.head, bytes)
            ]
        )
        errors = [
            (change, result)
            for change, result in results
            if isinstance(result, ParseResult)
            and result.error
            and not _CONFLICT.search(change.text)  # which another gate reports
        ]
        paths = list(dict.fromkeys(change.merge_base_path for change, _ in errors))
        bases = await subject.merge_base.read_many(paths) if paths else {}
        findings = await asyncio.to_thread(
            lambda: [
                self._describe(change, result)
                for change, result in errors
                if _is_new_error(change, result, bases.get(change.merge_base_path, Absent.MISSING))
            ]
        )
        return GateResult(
            findings=findings,
            notes=_size_notes(changes),
            unchecked=tuple(
                f"gave up on {change.path}: {result.reason}"
                for change, result in results
                if isinstance(result, UnreadableText)
            ),
        )

    def _describe(self, change: FileChange, result: ParseResult) -> Finding:
        # What is missing at the end is missing after the last line, where nothing can be shown.
        last_line = change.text.rstrip("\n").count("\n") + 1
        line = min(result.line, last_line) if result.line else None
        is_near = line is not None and not change.file.added_lines.isdisjoint(
            range(line - _NEAR, line + _NEAR + 1)
        )
        return self.finding(
            change.path,
            line if is_near else None,
            title=f"This does not parse as {language_of(change.path)}",
            message=(
                f"{f'line {line}: ' if line else ''}{result.error}. Anything that reads this file "
                "will fail. Fix the syntax, or restore the last version that parsed."
            ),
        )


def _size_notes(changes: Sequence[FileChange]) -> tuple[str, ...]:
    large = [
        change.path
        for change in changes
        if isinstance(change.head, bytes) and is_too_large(change.path, change.head)
    ]
    if not large:
        return ()
    rest = f", and {len(large) - 1} more" if large[1:] else ""
    limit = f"{MAX_BYTES // 1_000} kB"
    return (f"broken_files does not parse files larger than {limit}: {large[0]}{rest}",)


def _is_new_error(change: FileChange, result: ParseResult, base: Content) -> bool:
    """True when this change broke the file, or added one that certainly was meant to parse."""
    path = change.path
    if result.loosely and base is Absent.MISSING:
        return PurePosixPath(path).name in _STRICT_NAME
    match base:
        case bytes():
            before = parse(change.merge_base_path, base)
            line = result.line or 1
            nearby = "\n".join(change.text.split("\n")[max(0, line - 2) : line + 1])
            is_newer_python = language_of(path) == "Python" and bool(
                _NEWER.search(result.error) or _NEWER_LINE.search(nearby)
            )
            return (
                isinstance(before, ParseResult)
                and (not before.error or (before.loosely and not result.loosely))
                and not (is_test(path) and _ON_PURPOSE.search(path))
                and not _TEMPLATE.search(nearby)
                and not is_newer_python
            )
        case Absent.MISSING:
            is_certain = language_of(path) != "Python" or bool(_ANY_PYTHON.search(result.error))
            is_on_purpose = is_test(path) or bool(_ON_PURPOSE.search(path))
            return is_certain and not is_on_purpose and not _TEMPLATE.search(change.text)
        case Absent():
            return False  # nobody knows what it was
