"""A second look: which findings are looked at together, at what code, and what comes of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import batched

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import (
    DroppedFinding,
    DropStage,
    Evidence,
    Finding,
    Severity,
    Suggestion,
)
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.review.context import Snippet
from codeflow_action.review.units import SourceFile, Unit, units_of

BATCH = 8  # findings that one prompt has judged: with more, each gets less thought
_CONTEXT = 20  # lines around a hunk, more than the first round shows
_AROUND = 10  # rows before and after the one that a finding begins at
_NUMBER = regex(r"(\d+) [+ ]")


class RulingKind(StrEnum):
    """What became of a finding in the second look."""

    CONFIRMED = "confirmed"
    LOWERED = "lowered"
    REFUTED = "refuted"
    UNDECIDED = "undecided"  # from what is shown


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """One finding's verdict. `severity` is what a lowered one deserves.

    `suggestion` is for one that stands, and takes the place of the finding's own.
    """

    verdict: RulingKind
    severity: Severity
    reason: str
    suggestion: Suggestion | None = None


def batches(findings: Sequence[Finding]) -> list[tuple[int, ...]]:
    """Return which findings, by index, are judged together: those of one file, in its order."""
    order = sorted(
        range(len(findings)),
        key=lambda index: (findings[index].path or "", findings[index].line or 0),
    )
    return list(batched(order, BATCH))


def apply_rulings(
    findings: Sequence[Finding], rulings: Mapping[int, Ruling]
) -> tuple[tuple[Finding, ...], tuple[DroppedFinding, ...]]:
    """Return what stands and what fell. Without ruling, or undecided, one stays as it is: `quoted`.

    No finding is added and none is made graver.
    """
    standing_findings: list[Finding] = []
    refuted_findings: list[DroppedFinding] = []
    for index, finding in enumerate(findings):
        ruling = rulings.get(index)
        if ruling is None or ruling.verdict is RulingKind.UNDECIDED:
            standing_findings.append(finding)
        # What was refuted is named among what was dropped: a reader can disagree.
        elif ruling.verdict is RulingKind.REFUTED:
            refuted_findings.append(
                DroppedFinding(
                    stage=DropStage.VERIFY,
                    reason=ruling.reason,
                    title=finding.title,
                    path=finding.path,
                    line=finding.line,
                )
            )
        else:
            milder = max(finding.severity, ruling.severity, key=lambda severity: severity.rank)
            is_lowered = ruling.verdict is RulingKind.LOWERED
            severity = milder if is_lowered else finding.severity
            suggestion = ruling.suggestion or finding.suggestion
            update = {
                "evidence": Evidence.VERIFIED,
                "severity": severity,
                "suggestion": suggestion,
            }
            standing_findings.append(finding.model_copy(update=update))
    return tuple(standing_findings), tuple(refuted_findings)


def code_around(findings: Sequence[Finding], source: SourceFile) -> str:
    """Return the code that findings of one file speak of, with more around it than the first saw.

    What two of them share is shown once; empty when none of their lines can be shown.
    """
    parts: list[str] = []
    for unit in units_of(source, _CONTEXT):
        row_indexes = (_row_of(unit, finding) for finding in findings)
        near = {
            row
            for row_index in row_indexes
            if row_index is not None
            for row in range(
                max(0, row_index - _AROUND), min(len(unit.rows), row_index + _AROUND + 1)
            )
        }
        lines: list[str] = []
        for index in sorted(near):
            if lines and index - 1 not in near:
                lines.append("...")
            lines.append(unit.rows[index].text)
        if lines:
            parts.append("\n".join(lines))
    return "\n...\n".join((f"=== {source.shown_path}\n{parts[0]}", *parts[1:])) if parts else ""


def _row_of(unit: Unit, finding: Finding) -> int | None:
    """Return which row of the unit shows the finding's first line, None when none does."""
    if finding.side is Side.LEFT:
        first = finding.code.split("\n")[0].strip()
        removed_rows = (
            index
            for index, row in enumerate(unit.rows)
            if row.side is Side.LEFT and first in row.code
        )
        return next(removed_rows, None)
    rows_of_head = (
        index
        for index, row in enumerate(unit.rows)
        if row.side is Side.RIGHT and row.number and row.number == finding.line
    )
    return next(rows_of_head, None)


def unseen(snippets: Iterable[Snippet], prompt_texts: Iterable[str]) -> Iterator[Snippet]:
    """Yield what of the snippets is not in the code that is shown; less than half of one is not.

    `prompt_texts` are texts of `code_around`.
    """
    shown_lines: set[tuple[str, int]] = set()
    for text in prompt_texts:
        heading, *rows = text.split("\n")
        path = heading.removeprefix("=== ")
        shown_lines.update(
            (path, int(row_number[1])) for row in rows if (row_number := _NUMBER.match(row))
        )
    for snippet in snippets:
        lines = tuple(
            line for line in snippet.lines if (snippet.shown_path, line[0]) not in shown_lines
        )
        if 2 * len(lines) > len(snippet.lines):
            yield replace(snippet, lines=lines)
            shown_lines.update((snippet.shown_path, number) for number, _ in lines)
