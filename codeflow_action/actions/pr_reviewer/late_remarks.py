"""What a model says only now about code that it has read before: it has to be grave.

Whoever has answered a review is not asked for more with each round: a review that comes to an end
is worth more than the last notice in it.
"""

from collections.abc import Iterable, Mapping, Sequence

from codeflow_action.actions.pr_reviewer.first_round import ChunkReview
from codeflow_action.engine.findings import (
    DroppedFinding,
    DropStage,
    Finding,
    Severity,
    identify,
)
from codeflow_action.engine.life import recognize
from codeflow_action.engine.memory import Memory
from codeflow_action.review.ranking import dropped
from codeflow_action.review.units import SourceFile, Unit

_REASON = "new about code that was read in an earlier round, where only an error is told"


def drop_late(
    findings: Sequence[Finding],
    reviews: Iterable[ChunkReview],
    sources: Mapping[str, SourceFile],
    memory: Memory,
) -> tuple[tuple[Finding, ...], tuple[DroppedFinding, ...]]:
    """Leave out what is new about units that a model has read in an earlier round, but for errors.

    `sources` are by the path that the model was shown.
    """
    units = [unit for review in reviews for unit in review.chunk.units]
    if not any(unit.digest in memory.known_units for unit in units):
        return tuple(findings), ()
    by_id = recognize(identify(findings, memory.origins), memory)
    known_findings = {finding for name, finding in by_id.items() if name in memory.entries}
    fresh: list[Finding] = []
    late: list[DroppedFinding] = []
    for finding in findings:
        of_finding = [unit for unit in units if _is_about(finding, unit, sources)]
        was_read = all(unit.digest in memory.known_units for unit in of_finding)
        is_grave = finding.severity is Severity.ERROR
        if of_finding and was_read and not is_grave and finding not in known_findings:
            late.append(dropped(finding, DropStage.FLOOR, _REASON))
        else:
            fresh.append(finding)
    return tuple(fresh), tuple(late)


def _is_about(finding: Finding, unit: Unit, sources: Mapping[str, SourceFile]) -> bool:
    source = sources.get(unit.path)
    if source is None or source.file.path != finding.path:
        return False
    first = finding.line
    return first is None or unit.holds(finding.side, first, finding.last_line or first)
