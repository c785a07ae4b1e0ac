"""Comments and attributes that switch off a tool's warning: counted once a pull request."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from codeflow_action.actions.quality_gates.gate import (
    MAX_LINE,
    FileChange,
    GateLevel,
    GateResult,
    GateSubject,
    ThreadedGate,
)
from codeflow_action.actions.quality_gates.source_lines import dialect, read_lines
from codeflow_action.actions.quality_gates.suppression_table import SUPPRESSIONS, SuppressionRow
from codeflow_action.engine.files import is_foreign, is_test
from codeflow_action.engine.findings import Finding
from codeflow_action.engine.lazy import dataclass
from codeflow_action.review.worker import UnreadableText

_MAX_FILES = 5


@dataclass(frozen=True, kw_only=True)
class _SuppressionPlace:
    path: str
    line: int
    column: int
    row: SuppressionRow
    text: str  # without the rest of its line, so that it stays the same where it is moved to

    @property
    def kind(self) -> str:
        """What people are told that it is."""
        return self.row.kind

    def stands_in(self, part: str) -> bool:
        """True when it begins and ends in this part of its line; within, a string may stand."""
        start = self.column + len(self.text) - len(self.text.lstrip())
        end = self.column + len(self.text.rstrip()) - 1
        return end < len(part) and not (part[start].isspace() or part[end].isspace())


class Suppressions(ThreadedGate):
    """A check was switched off in the code: a tool's warning, a count of coverage, or a test."""

    name = "suppressions"
    level: GateLevel = GateLevel.NOTICE

    def look(self, subject: GateSubject) -> GateResult:
        """Report those that were added, less those that were removed or only moved."""
        changes = [change for change in subject.changes if not is_foreign(change.path)]
        removals = Counter(
            (place.kind, place.text)
            for change in changes
            for place in _places(change.merge_base_path, _removed_lines(change))
        )
        new: list[_SuppressionPlace] = []
        notes: list[str] = []
        for change in changes:
            candidates = _places(change.path, change.added_lines) if change.has_text else ()
            additions = _working_places(change, tuple(candidates))
            if isinstance(additions, UnreadableText):
                notes.append(f"suppressions did not check {change.path}: {additions.reason}")
                continue
            for place in additions:
                key = place.kind, place.text
                if removals[key]:
                    removals[key] -= 1
                else:
                    new.append(place)
        findings = (self._describe(new),) if new else ()
        return GateResult(findings=findings, notes=tuple(notes))

    def _describe(self, new: Sequence[_SuppressionPlace]) -> Finding:
        kinds = Counter(place.kind for place in new)
        paths = list(dict.fromkeys(place.path for place in new))
        files = ", ".join(paths[:_MAX_FILES]) + (", …" if len(paths) > _MAX_FILES else "")
        counts = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        return self.finding(
            new[0].path,
            new[0].line,
            title=f"{len(new)} suppression{'s' if len(new) > 1 else ''} added",
            message=(
                f"Added: {counts}, in {files}. Each one switches a check off, so nobody is told "
                "when it would fail."
            ),
            advice="Fix the cause, or say in a comment why the check does not apply.",
            code=", ".join(sorted(kinds)),
        )


def _removed_lines(change: FileChange) -> Iterator[tuple[int, str]]:
    """Yield removed lines; their numbers do not matter, as the old file is not at hand."""
    for hunk in change.file.hunks:
        yield from ((0, line.text) for line in hunk.removed if len(line.text) <= MAX_LINE)


def _places(path: str, lines: Iterable[tuple[int, str]]) -> Iterator[_SuppressionPlace]:
    """Yield what may be a suppression by its words alone: nothing is parsed for that."""
    all_rows, all_words = _rows_of(dialect(path), is_in_tests=is_test(path))
    if not all_rows:
        return
    all_lines = list(lines)
    text = "\n".join(line for _, line in all_lines)
    words = {word for word in all_words if word in text}
    rows = [row for row in all_rows if not words.isdisjoint(row.words)] if words else []
    for number, line in all_lines if rows else ():
        for row in rows:
            if any(word in line for word in row.words):
                for match in row.pattern.finditer(line):
                    yield _SuppressionPlace(
                        path=path, line=number, row=row, column=match.start(), text=match[0]
                    )


def _working_places(
    change: FileChange, places: Sequence[_SuppressionPlace]
) -> Sequence[_SuppressionPlace] | UnreadableText:
    """Return those that stand where they work: a mention in a string is none."""
    if not places:
        return ()
    source = read_lines(change, {place.line for place in places})
    if isinstance(source, UnreadableText):
        return source
    return [
        place
        for place in places
        if (line := source.get(place.line)) and place.stands_in(line.only(place.row.part))
    ]


class _Rows(NamedTuple):
    rows: tuple[SuppressionRow, ...]
    words: tuple[str, ...]  # of all of them, each once


@lru_cache(maxsize=128)
def _rows_of(dialect_name: str, *, is_in_tests: bool) -> _Rows:
    """Return the rows for a language, none for a file that has none."""
    rows = tuple(
        row
        for row in SUPPRESSIONS
        if dialect_name
        and (not row.languages or dialect_name in row.languages)
        and (is_in_tests or not row.in_tests)
    )
    return _Rows(rows, tuple(dict.fromkeys(word for row in rows for word in row.words)))
