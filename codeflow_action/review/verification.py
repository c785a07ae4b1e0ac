"""A second look: which findings are looked at together, at what code, and what comes of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import batched

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Dropped, Evidence, Finding, Severity, Stage
from codeflow_action.review.units import Source, Unit, units_of

BATCH = 6  # findings that one prompt has judged: with more, each gets less thought
_CONTEXT = 30  # lines around a hunk that the second look sees, more than the first saw
_MAX_ROWS = 120  # of one finding's code
_NUMBER = re.compile(r"([+ ])\s*(\d+) \|")


class Verdict(StrEnum):
    """What became of a finding in the second look."""

    CONFIRMED = "confirmed"
    LOWERED = "lowered"
    REFUTED = "refuted"


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """One finding's verdict. `severity` is what a lowered one deserves."""

    verdict: Verdict
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
        elif ruling.verdict is Verdict.REFUTED:
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
    lowered = ruling.verdict is Verdict.LOWERED
    return {
        "evidence": Evidence.VERIFIED,
        "severity": milder if lowered else finding.severity,
    }


def code_around(finding: Finding, source: Source) -> str:
    """Return the code that a finding speaks of as a model reads it, and more around it."""
    units = units_of(source, _CONTEXT)
    shown = ((unit, at) for unit in units if (at := _row_of(unit, finding)) is not None)
    unit, at = next(shown, (units[0] if units else Unit(path=source.shown_path, rows=()), 0))
    first = max(0, min(at - _MAX_ROWS // 2, len(unit.rows) - _MAX_ROWS))
    rows = unit.rows[first : first + _MAX_ROWS]
    return "\n".join([f"=== {source.shown_path}", *(row.text for row in rows)])


def _row_of(unit: Unit, finding: Finding) -> int | None:
    """Return which row of the unit shows the finding's first line, None when none does."""
    rows = [row.text for row in unit.rows]
    if finding.side is Side.LEFT:
        first = finding.code.split("\n")[0].strip()
        removed = (at for at, row in enumerate(rows) if row.startswith("-") and first in row)
        return next(removed, None)
    numbers = ((at, _NUMBER.match(row)) for at, row in enumerate(rows))
    return next((at for at, one in numbers if one and int(one[2]) == finding.line), None)
