"""Files that parsed before and no longer do, and new ones that were certainly meant to parse."""

import asyncio
import re
from collections.abc import Mapping, Sequence

from codeflow_action.actions.quality_gates.gate import (
    FileChange,
    Gate,
    GateLevel,
    GateResult,
    GateSubject,
)
from codeflow_action.engine.diff import Side
from codeflow_action.engine.files import (
    has_strict_reader,
    is_example,
    is_fixture,
    is_foreign,
    is_test,
    language,
)
from codeflow_action.engine.findings import Category, Finding
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.ports import Absent, Content
from codeflow_action.engine.pull_request import FileStatus
from codeflow_action.engine.text_kinds import has_marks, is_broken_on_purpose, is_template_path
from codeflow_action.review.syntax.breaks import (
    SyntaxBreak,
    broken_language,
    find_break,
    is_readable,
)
from codeflow_action.review.well_formed import (
    MAX_BYTES,
    ParseResult,
    is_too_large,
    language_of,
    parse,
)
from codeflow_action.review.worker import UnreadableText

# Another gate reports these.
_CONFLICT = regex(r"^(?:<{7}|>{7}) ", re.MULTILINE)
_LONE_MIDDLE = regex(r"={7}\s*|\|{7} .*")
_NEAR = 3  # lines


class BrokenFiles(Gate):
    """A file no longer parses: JSON, YAML, TOML, XML, Python, and code that did before."""

    name = "broken_files"
    category = Category.CORRECTNESS
    level: GateLevel = GateLevel.ERROR

    async def check(self, subject: GateSubject) -> GateResult:
        """Parse what changed at the head; what does not parse is compared with the merge base."""
        changes = [change for change in subject.texts if change.file.hunks and change.text.strip()]
        results = await asyncio.to_thread(lambda: [(change, _parse(change)) for change in changes])
        errors = [
            (change, result)
            for change, result in results
            if isinstance(result, ParseResult | SyntaxBreak)
            and not _has_conflict(change.text, result.line)
        ]
        paths = list(dict.fromkeys(change.merge_base_path for change, _ in errors))
        bases = await subject.merge_base.read_many(paths) if paths else {}
        findings = await asyncio.to_thread(lambda: self._findings(errors, bases))
        return GateResult(
            findings=findings,
            notes=_notes(results),
            unchecked=tuple(
                f"gave up on {change.path}: {result.reason}"
                for change, result in results
                if isinstance(result, UnreadableText) and language_of(change.path)
            ),
        )

    def _findings(
        self,
        errors: Sequence[tuple[FileChange, ParseResult | SyntaxBreak]],
        bases: Mapping[str, Content],
    ) -> list[Finding]:
        findings = []
        for change, result in errors:
            base = bases.get(change.merge_base_path, Absent.MISSING)
            if isinstance(result, SyntaxBreak):
                is_broken = (
                    isinstance(base, bytes)
                    and is_readable(change.merge_base_path, base)
                    and not _is_now_template(change, base)
                )
            else:
                is_broken = _is_new_error(change, result, base)
            if is_broken:
                findings.append(self._describe(change, result))
        return findings

    def _describe(self, change: FileChange, result: ParseResult | SyntaxBreak) -> Finding:
        # What is missing at the end is missing after the last line, where nothing can be shown.
        last_line = change.text.rstrip("\n").count("\n") + 1
        line = min(result.line, last_line) if result.line else None
        # Where lines were only taken away, the ones around them are what the diff shows.
        is_near = line is not None and (
            not change.file.added_lines.isdisjoint(range(line - _NEAR, line + _NEAR + 1))
            or any(hunk.holds(line, Side.RIGHT) for hunk in change.file.hunks)
        )
        if isinstance(result, SyntaxBreak):
            name = broken_language(change.path)
            why = f"before this change it could be read as {name}, and no longer can from here on"
        else:
            name, why = language_of(change.path), result.error
        return self.finding(
            change.path,
            line if is_near else None,
            title=f"This does not parse as {name}",
            message=(
                f"{f'line {line}: ' if line else ''}{why}. Anything that reads this file "
                "will fail. Fix the syntax, or restore the last version that parsed."
            ),
        )


def _parse(change: FileChange) -> ParseResult | SyntaxBreak | UnreadableText | None:
    """Return what keeps readers from the text at the head, None where nothing does."""
    path, content = change.path, change.head
    if not isinstance(content, bytes):
        return None
    if language_of(path):
        result = parse(path, content)
        if not isinstance(result, ParseResult):
            return result
        is_taken = result.loosely and not has_strict_reader(path)
        return None if not result.error or result.kind or is_taken else result
    # Grammars lag behind their languages: only a file that they could read before is judged.
    is_old = change.file.status in (FileStatus.MODIFIED, FileStatus.RENAMED)
    if not is_old or not broken_language(path) or is_foreign(path) or is_template_path(path):
        return None
    syntax_break = find_break(path, content)
    is_doubtful = isinstance(syntax_break, SyntaxBreak) and not syntax_break.is_certain
    return None if is_doubtful else syntax_break


def _is_now_template(change: FileChange, base: bytes) -> bool:
    """True for marks of templates; those that stood there when the file still parsed are none."""
    before = base.decode("utf-8", "replace")
    return has_marks(change.text, language(change.path)) and not has_marks(
        before, language(change.merge_base_path)
    )


def _has_conflict(text: str, line: int | None) -> bool:
    """True where another gate says what is wrong: half a conflict is enough, near the error."""
    if _CONFLICT.search(text):
        return True
    lines = text.split("\n")[max(0, (line or 1) - 2) : (line or 1) + 1]
    return any(_LONE_MIDDLE.fullmatch(near) for near in lines)


def _notes(
    results: Sequence[tuple[FileChange, ParseResult | SyntaxBreak | UnreadableText | None]],
) -> tuple[str, ...]:
    """Return what was not judged for limits of ours: no fault of the change, and said."""
    large = [
        change.path
        for change, _ in results
        if isinstance(change.head, bytes) and is_too_large(change.path, change.head)
    ]
    unread = [
        change.path
        for change, result in results
        if isinstance(result, UnreadableText) and not language_of(change.path)
    ]
    limit = f"{MAX_BYTES // 1_000} kB"
    limits = (
        (f"does not parse files larger than {limit}", large),
        ("could not tell whether code still parses", unread),
    )
    return tuple(
        f"broken_files {text}: {paths[0]}{f', and {len(paths) - 1} more' if paths[1:] else ''}"
        for text, paths in limits
        if paths
    )


def _is_new_error(change: FileChange, result: ParseResult, base: Content) -> bool:
    """True when this change broke the file, or added one that certainly was meant to parse."""
    path, old_path = change.path, change.merge_base_path
    match base:
        case bytes():
            before = parse(old_path, base)
            is_on_purpose = is_test(path) and is_broken_on_purpose(path)
            if not isinstance(before, ParseResult) or is_on_purpose:
                return False
            is_template = result.has_marks and _is_now_template(change, base)
            was_fine = not before.error or (before.loosely and not result.loosely)
            return was_fine and before.kind is None and not is_template
        case Absent.MISSING:
            is_on_purpose = (
                is_test(path)
                or is_fixture(path)
                or is_example(path)
                or is_template_path(path)
                or is_broken_on_purpose(path)
            )
            return not is_on_purpose and not result.has_marks
        case Absent():
            return False  # nobody knows what it was
