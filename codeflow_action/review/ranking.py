"""What of the anchored findings is shown: equal ones merged, floor and confidence applied."""

from collections.abc import Iterable

from codeflow_action.engine.findings import Dropped, Finding, Severity, Stage


def dropped(finding: Finding, stage: Stage, reason: str) -> Dropped:
    """Return the record of a finding that is not shown."""
    return Dropped(
        stage=stage, reason=reason, title=finding.title, path=finding.path, line=finding.line
    )


def merge_duplicates(
    findings: Iterable[Finding],
) -> tuple[tuple[Finding, ...], tuple[Dropped, ...]]:
    """Keep the gravest, then the surest, of findings of one category on overlapping lines."""
    kept: list[Finding] = []
    gone: list[Dropped] = []
    for finding in sorted(findings, key=lambda one: (one.severity.rank, -one.confidence)):
        twin = next((other for other in kept if _same_remark(finding, other)), None)
        if twin is None:
            kept.append(finding)
        else:
            gone.append(dropped(finding, Stage.DUPLICATE, f"says the same as: {twin.title}"))
    return tuple(kept), tuple(gone)


def _same_remark(one: Finding, other: Finding) -> bool:
    if one.path != other.path or one.side is not other.side or one.category is not other.category:
        return False
    if one.line is None or other.line is None:
        return one.title == other.title
    return one.line <= (other.last_line or 0) and other.line <= (one.last_line or 0)


def apply_floor(
    findings: Iterable[Finding], floor: Severity, min_confidence: float
) -> tuple[tuple[Finding, ...], tuple[Dropped, ...]]:
    """Split findings into those worth showing and those below what was asked for."""
    kept: list[Finding] = []
    gone: list[Dropped] = []
    for finding in findings:
        if not finding.severity.at_least(floor):
            reason = f"{finding.severity} is below the floor {floor}"
        elif finding.confidence < min_confidence:
            reason = f"confidence {finding.confidence:.2f} is below {min_confidence:.2f}"
        else:
            kept.append(finding)
            continue
        gone.append(dropped(finding, Stage.FLOOR, reason))
    return tuple(kept), tuple(gone)
