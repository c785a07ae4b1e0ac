"""A second look: which findings are looked at together, at what code, and what comes of it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import batched

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Dropped, Evidence, Finding, Severity, Stage
from codeflow_action.review.context import Snippet
from codeflow_action.review.units import SourceFile, Unit, units_of

BATCH = 6  # findings that one prompt has judged: with more, each gets less thought
_CONTEXT = 20  # lines around a hunk, more than the first round shows
_AROUND = 10  # rows before and after the one that a finding begins at
_NUMBER = re.compile(r"([+ ])\s*(\d+) \|")


class RulingKind(StrEnum):
    """What became of a finding in the second look."""

    CONFIRMED = "confirmed"
    LOWERED = "lowered"
    REFUTED = "refuted"


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """One finding's verdict. `severity` is what a lowered one deserves."""

    verdict: RulingKind
    severity: Severity
    reason: str


def batches(findings: Sequence[Finding]) -> list[tuple[int, ...]]:
    """Return which findings, by index, are judged together: those of one file, in its order."""
    order = sorted(
        range(len(findings)), key=lambda at: (findings[at].path or "", findings[at].line or 0)
    )
    return list(batched(order, BATCH))


def apply_rulings(
    findings: Sequence[Finding], rulings: Mapping[int, Ruling]
) -> tuple[tuple[Finding, ...], tuple[Dropped, ...]]:
    """Return what stands and what fell. A finding without ruling stays as it is: `quoted`.

    Nothing is added and nothing is made graver.
    """
    kept: list[Finding] = []
    gone: list[Dropped] = []
    for at, finding in enumerate(findings):
        ruling = rulings.get(at)
        if ruling is None:
            kept.append(finding)
        elif ruling.verdict is RulingKind.REFUTED:
            gone.append(
                Dropped(
                    stage=Stage.VERIFY,
                    reason=ruling.reason,
                    title=finding.title,
                    path=finding.path,
                    line=finding.line,
                )
            )
        else:
            kept.append(finding.model_copy(update=_verified(finding, ruling)))
    return tuple(kept), tuple(gone)


def _verified(finding: Finding, ruling: Ruling) -> dict[str, object]:
    milder = max(finding.severity, ruling.severity, key=lambda one: one.rank)
    lowered = ruling.verdict is RulingKind.LOWERED
    return {
        "evidence": Evidence.VERIFIED,
        "severity": milder if lowered else finding.severity,
    }


def code_around(findings: Sequence[Finding], source: SourceFile) -> str:
    """Return the code that findings of one file speak of, with more around it than the first saw.

    What two of them share is shown once; empty when none of their lines can be shown.
    """
    parts: list[str] = []
    for unit in units_of(source, _CONTEXT):
        found = (_row_of(unit, finding) for finding in findings)
        near = {
            row
            for at in found
            if at is not None
            for row in range(max(0, at - _AROUND), min(len(unit.rows), at + _AROUND + 1))
        }
        if near:
            parts.append(_excerpt(unit, near))
    return "\n...\n".join((f"=== {source.shown_path}\n{parts[0]}", *parts[1:])) if parts else ""


def _excerpt(unit: Unit, rows: set[int]) -> str:
    lines: list[str] = []
    for at in sorted(rows):
        if lines and at - 1 not in rows:
            lines.append("...")
        lines.append(unit.rows[at].text)
    return "\n".join(lines)


def _row_of(unit: Unit, finding: Finding) -> int | None:
    """Return which row of the unit shows the finding's first line, None when none does."""
    rows = [row.text for row in unit.rows]
    if finding.side is Side.LEFT:
        first = finding.code.split("\n")[0].strip()
        removed = (at for at, row in enumerate(rows) if row.startswith("-") and first in row)
        return next(removed, None)
    numbers = ((at, _NUMBER.match(row)) for at, row in enumerate(rows))
    return next((at for at, one in numbers if one and int(one[2]) == finding.line), None)


def unseen(snippets: Iterable[Snippet], shown: Iterable[str]) -> Iterator[Snippet]:
    """Yield what of the snippets is not in the code that is shown; less than half of one is not.

    `shown` are texts of `code_around`.
    """
    known: set[tuple[str, int]] = set()
    for text in shown:
        heading, *rows = text.split("\n")
        path = heading.removeprefix("=== ")
        known.update((path, int(one[2])) for row in rows if (one := _NUMBER.match(row)))
    for snippet in snippets:
        lines = tuple(line for line in snippet.lines if (snippet.shown_path, line[0]) not in known)
        if 2 * len(lines) > len(snippet.lines):
            yield replace(snippet, lines=lines)
            known.update((snippet.shown_path, number) for number, _ in lines)
