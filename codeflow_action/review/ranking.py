"""What of the anchored findings is shown: equal ones merged, said ones left, floor applied.

The cap is the publisher's: what is over it stands in the comment's table.
"""

from collections.abc import Callable, Iterable, Sequence
from heapq import merge

from codeflow_action.engine.findings import DroppedFinding, DropStage, Evidence, Finding, Severity
from codeflow_action.engine.foreign_threads import ForeignThread
from codeflow_action.engine.lazy import dataclass
from codeflow_action.review.suggestions import without_overlaps
from codeflow_action.review.twins import are_twins
from codeflow_action.review.wording import Wording, have_one_subject, says_the_same, wording
from codeflow_action.security.untrusted import one_line, without_comments

_NEAR = 3  # lines; people comment beside what they mean
_STRENGTH = {evidence: at for at, evidence in enumerate(Evidence)}  # strongest first


@dataclass(frozen=True, kw_only=True)
class RankedFindings:
    """What is left to show, gravest first, and a record of the rest."""

    findings: tuple[Finding, ...]
    dropped: tuple[DroppedFinding, ...]


def rank(
    findings: Iterable[Finding],
    *,
    floor: Severity,
    min_confidence: float,
    threads: Sequence[ForeignThread],
) -> RankedFindings:
    """Return what is worth showing. Of suggestions for the same lines the first one stays."""
    # In this order: what is not sure enough to be shown must not hide a twin that is.
    sure, low = apply_floor(findings, floor, min_confidence)
    distinct, twins = merge_duplicates(sure)
    fresh, known = drop_said(distinct, threads)
    return RankedFindings(findings=without_overlaps(fresh), dropped=(*low, *twins, *known))


def dropped(finding: Finding, stage: DropStage, reason: str) -> DroppedFinding:
    """Return the record of a finding that is not shown."""
    return DroppedFinding(
        stage=stage, reason=reason, title=finding.title, path=finding.path, line=finding.line
    )


def is_same_remark(
    finding: Finding, twin: Finding, subject_of: Callable[[Finding], str] = lambda _finding: ""
) -> bool:
    """True for two that are about one thing; of two programs more is asked than of a model.

    With a model's it takes lines of both, and one replacement for them, one subject, or the very
    same words. `subject_of` returns the name that a finding says it is about, empty for what it
    names first: words in common alone have cost true findings.
    """
    if finding.is_deterministic or twin.is_deterministic:
        if are_twins(finding, twin):
            return True
        if finding.is_deterministic and twin.is_deterministic:
            return False
    is_placed = (finding.line is None) is (twin.line is None)
    if finding.path != twin.path or not is_placed or not _touch(finding, twin):
        return False
    if finding.suggestion is not None and finding.suggestion == twin.suggestion:
        return True
    first, second = (_wording(either, subject_of(either)) for either in (finding, twin))
    return bool(first.words and first == second) or have_one_subject(first, second)


def merge_duplicates(
    findings: Iterable[Finding],
    are_same: Callable[[Finding, Finding], bool] = is_same_remark,
) -> tuple[tuple[Finding, ...], tuple[DroppedFinding, ...]]:
    """Merge findings that say the same of the same lines: the gravest, best proven, surest stays.

    It takes over the best evidence, all sources, and a suggestion for its very lines where it has
    none. Of a program's findings no word changes: what a model adds to them goes, another program
    becomes one more source. `are_same` is asked only where two programs, or a model, speak of one
    file: it is what takes time.
    """
    survivors: list[Finding] = []
    merged_away: list[DroppedFinding] = []
    # Indexes of survivors by path and program, so that each finding is held against few others.
    places: dict[str | None, dict[tuple[str, ...], list[int]]] = {}
    for finding in sorted(findings, key=_precedence):
        program = finding.sources[:1] if finding.is_deterministic else ()  # empty for a model
        groups = places.setdefault(finding.path, {})
        # A program never says the same twice (`are_twins`), and may say 10,000 things of a file.
        near = merge(
            *(indexes for rival, indexes in groups.items() if rival != program or not program)
        )
        index = next((index for index in near if are_same(finding, survivors[index])), None)
        if index is None:
            groups.setdefault(program, []).append(len(survivors))
            survivors.append(finding)
        else:
            reason = f"says the same as: {survivors[index].title}"
            merged_away.append(dropped(finding, DropStage.DUPLICATE, reason))
            survivors[index] = _merge(survivors[index], finding)
    return tuple(survivors), tuple(merged_away)


def _precedence(finding: Finding) -> tuple[bool, int, bool, int, float]:
    return (
        not finding.is_deterministic,
        finding.severity.rank,
        finding.line is None,
        _STRENGTH[finding.evidence],
        -finding.confidence,
    )


def _wording(finding: Finding, subject: str = "") -> Wording:
    prefix = f"`{subject}` " if subject else ""
    return wording(f"{prefix}{finding.title}\n{finding.message}")


def _touch(finding: Finding, place: Finding | ForeignThread, near: int = 0) -> bool:
    """True when they share a line or are `near` each other; one without lines touches all."""
    first, start = finding.line, place.line
    if first is None or start is None:
        return True
    last, end = finding.end_line or first, place.end_line or start
    return finding.side is place.side and first <= end + near and start <= last + near


def _merge(survivor: Finding, twin: Finding) -> Finding:
    sources = tuple(dict.fromkeys((*survivor.sources, *twin.sources)))
    if survivor.is_deterministic:
        shown_sources = sources if twin.is_deterministic else survivor.sources
        return survivor.model_copy(update={"sources": shown_sources})
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
    findings: Iterable[Finding], threads: Sequence[ForeignThread]
) -> tuple[tuple[Finding, ...], tuple[DroppedFinding, ...]]:
    """Leave out what somebody has said on about the same lines; a program's findings stay."""
    fresh: list[Finding] = []
    known: list[DroppedFinding] = []
    for finding in findings:
        near = [
            thread
            for thread in threads
            if not finding.is_deterministic
            and finding.path == thread.path
            and _touch(finding, thread, _NEAR)
        ]
        earlier_thread = next(
            (
                thread
                for thread in near
                if says_the_same(_wording(finding), wording(without_comments(thread.body)))
            ),
            None,
        )
        if earlier_thread is None:
            fresh.append(finding)
        else:
            end = " and resolved" if earlier_thread.resolved else ""
            reason = f"said before by {one_line(earlier_thread.login)}{end}"
            known.append(dropped(finding, DropStage.DUPLICATE, reason))
    return tuple(fresh), tuple(known)


def apply_floor(
    findings: Iterable[Finding], floor: Severity, min_confidence: float
) -> tuple[tuple[Finding, ...], tuple[DroppedFinding, ...]]:
    """Split findings into those worth showing and those below what was asked for."""
    above: list[Finding] = []
    below: list[DroppedFinding] = []
    for finding in findings:
        if not finding.severity.at_least(floor):
            reason = f"{finding.severity} is below the floor {floor}"
        elif finding.confidence < min_confidence:
            reason = f"confidence {finding.confidence:.2f} is below {min_confidence:.2f}"
        else:
            above.append(finding)
            continue
        below.append(dropped(finding, DropStage.FLOOR, reason))
    return tuple(above), tuple(below)
