"""What of the anchored findings is shown: equal ones merged, said ones left, floor applied.

The cap is the publisher's: what is over it stands in the comment's table.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge

from codeflow_action.engine.findings import Dropped, Evidence, Finding, Severity, Stage
from codeflow_action.engine.foreign_threads import ForeignThread
from codeflow_action.review.suggestions import without_overlaps
from codeflow_action.review.twins import are_twins
from codeflow_action.review.wording import Wording, says_the_same, wording
from codeflow_action.security.untrusted import one_line, without_comments

_NEAR = 3  # lines; people comment beside what they mean
_STRENGTH = {evidence: at for at, evidence in enumerate(Evidence)}  # strongest first


@dataclass(frozen=True, kw_only=True)
class RankedFindings:
    """What is left to show, gravest first, and a record of the rest."""

    findings: tuple[Finding, ...]
    dropped: tuple[Dropped, ...]


def rank(
    findings: Iterable[Finding],
    *,
    floor: Severity,
    min_confidence: float,
    said: Sequence[ForeignThread],
) -> RankedFindings:
    """Return what is worth showing. Of suggestions for the same lines the first one stays."""
    # In this order: what is not sure enough to be shown must not hide a twin that is.
    sure, low = apply_floor(findings, floor, min_confidence)
    kept, twins = merge_duplicates(sure)
    fresh, repeated = drop_said(kept, said)
    return RankedFindings(findings=without_overlaps(fresh), dropped=(*low, *twins, *repeated))


def dropped(finding: Finding, stage: Stage, reason: str) -> Dropped:
    """Return the record of a finding that is not shown."""
    return Dropped(
        stage=stage, reason=reason, title=finding.title, path=finding.path, line=finding.line
    )


def merge_duplicates(
    findings: Iterable[Finding],
) -> tuple[tuple[Finding, ...], tuple[Dropped, ...]]:
    """Merge findings that say the same of the same lines: the gravest, best proven, surest stays.

    It takes over the best evidence, all sources, and a suggestion for its very lines where it has
    none. Of a program's findings no word changes: what a model adds to them goes, another program
    becomes one more source.
    """
    kept: list[Finding] = []
    gone: list[Dropped] = []
    places = _Places()
    for finding in sorted(findings, key=_precedence):
        near = places.near(finding)
        at = next((at for at in near if _same_remark(finding, kept[at])), None)
        if at is None:
            places.add(finding, len(kept))
            kept.append(finding)
        else:
            reason = f"says the same as: {kept[at].title}"
            gone.append(dropped(finding, Stage.DUPLICATE, reason))
            kept[at] = _merged(kept[at], finding)
    return tuple(kept), tuple(gone)


class _Places:
    """Indexes of findings by path and program, so that each is held against few others.

    A program never says the same twice (`are_twins`), and may say 10,000 things of a file.
    """

    def __init__(self) -> None:
        self._by_path: dict[str | None, dict[tuple[str, ...], list[int]]] = {}

    def add(self, finding: Finding, at: int) -> None:
        by_program = self._by_path.setdefault(finding.path, {})
        by_program.setdefault(_program(finding), []).append(at)

    def near(self, finding: Finding) -> Iterator[int]:
        """Yield the indexes of what may be the same remark, in their order."""
        mine = _program(finding)
        groups = self._by_path.get(finding.path, {}).items()
        return merge(*(held for program, held in groups if program != mine or not mine))


def _program(finding: Finding) -> tuple[str, ...]:
    """Return the program that says it; empty for a model."""
    return finding.sources[:1] if finding.is_deterministic else ()


def _precedence(finding: Finding) -> tuple[bool, int, bool, int, float]:
    return (
        not finding.is_deterministic,
        finding.severity.rank,
        finding.line is None,
        _STRENGTH[finding.evidence],
        -finding.confidence,
    )


def _same_remark(one: Finding, other: Finding) -> bool:
    """True for two that are about one thing; of two programs more is asked than of a model."""
    if one.is_deterministic and other.is_deterministic:
        return are_twins(one, other)
    if one.path != other.path or not _touch(one, other):
        return False
    # A remark about the file may be about any line, so its words must say more.
    on_lines = one.line is not None and other.line is not None
    return says_the_same(
        _wording(one), _wording(other), of_one_kind=on_lines and one.category is other.category
    )


def _wording(finding: Finding) -> Wording:
    return wording(f"{finding.title}\n{finding.message}")


def _touch(one: Finding, other: Finding | ForeignThread, near: int = 0) -> bool:
    """True when they share a line or are `near` each other; one without lines touches all."""
    first, start = one.line, other.line
    if first is None or start is None:
        return True
    last, end = one.end_line or first, other.end_line or start
    return one.side is other.side and first <= end + near and start <= last + near


def _merged(survivor: Finding, twin: Finding) -> Finding:
    sources = tuple(dict.fromkeys((*survivor.sources, *twin.sources)))
    if survivor.is_deterministic:
        named = sources if twin.is_deterministic else survivor.sources
        return survivor.model_copy(update={"sources": named})
    same_lines = (survivor.line, survivor.last_line) == (twin.line, twin.last_line)
    return survivor.model_copy(
        update={
            "evidence": min(survivor.evidence, twin.evidence, key=_STRENGTH.__getitem__),
            "sources": sources,
            "confidence": max(survivor.confidence, twin.confidence),
            "suggestion": survivor.suggestion or (twin.suggestion if same_lines else None),
        }
    )


def drop_said(
    findings: Iterable[Finding], said: Sequence[ForeignThread]
) -> tuple[tuple[Finding, ...], tuple[Dropped, ...]]:
    """Leave out what somebody has said on about the same lines; a program's findings stay."""
    kept: list[Finding] = []
    gone: list[Dropped] = []
    for finding in findings:
        before = next((one for one in said if _repeats(finding, one)), None)
        if before is None:
            kept.append(finding)
        else:
            end = " and resolved" if before.resolved else ""
            reason = f"said before by {one_line(before.login)}{end}"
            gone.append(dropped(finding, Stage.DUPLICATE, reason))
    return tuple(kept), tuple(gone)


def _repeats(finding: Finding, said: ForeignThread) -> bool:
    if finding.is_deterministic or finding.path != said.path or not _touch(finding, said, _NEAR):
        return False
    return says_the_same(_wording(finding), wording(without_comments(said.body)))


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
