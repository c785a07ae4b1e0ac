"""Precision, recall and F1 of reported findings against known ones, each matched once at most."""

from collections.abc import Collection, Sequence

from pydantic import BaseModel, ConfigDict, computed_field

from codeflow_action.engine.findings import Finding
from codeflow_action.evaluation.dataset import KnownFinding

# AACR-Bench counts places at most one line apart as the same (evaluator_runner, match_location).
MAX_DISTANCE = 1

type Pair = tuple[int, int]  # the places of a known and of a reported finding in their lists


class Score(BaseModel):
    """Counts, and the shares that follow; None where there is nothing to divide by."""

    model_config = ConfigDict(frozen=True)

    known: int = 0
    reported: int = 0
    matched: int = 0

    # The shares stand in the JSON beside the counts. That mypy takes no decorator around a property
    # is its own limit: https://docs.pydantic.dev/latest/concepts/fields/#the-computed_field-decorator
    @computed_field  # type: ignore[prop-decorator]
    @property
    def precision(self) -> float | None:
        """Share of the reported that are known."""
        return self.matched / self.reported if self.reported else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def recall(self) -> float | None:
        """Share of the known that were reported."""
        return self.matched / self.known if self.known else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def f1(self) -> float | None:
        """Their harmonic mean."""
        total = self.known + self.reported
        # 2PR / (P + R), written with counts: so it is 0, and not undefined, when nothing matched.
        return 2 * self.matched / total if total else None

    def __add__(self, addend: "Score") -> "Score":
        return Score(
            known=self.known + addend.known,
            reported=self.reported + addend.reported,
            matched=self.matched + addend.matched,
        )


def score(
    known_findings: Sequence[KnownFinding], findings: Sequence[Finding], pairs: Collection[Pair]
) -> Score:
    """Return the score when these pairs are alike."""
    return Score(known=len(known_findings), reported=len(findings), matched=len(match(pairs)))


def overlaps(
    known_findings: Sequence[KnownFinding],
    findings: Sequence[Finding],
    distance: int = MAX_DISTANCE,
) -> frozenset[Pair]:
    """Return the pairs in one place: path and side are the same, and the lines at most so far."""
    return frozenset(
        (known_index, index)
        for known_index, known_finding in enumerate(known_findings)
        for index, finding in enumerate(findings)
        if _overlap(known_finding, finding, distance)
    )


def _overlap(known_finding: KnownFinding, finding: Finding, distance: int) -> bool:
    if finding.path != known_finding.path:
        return False
    # What is known of a whole file has no place in it that a finding could miss.
    if known_finding.lines is None:
        return True
    if finding.line is None or finding.last_line is None or finding.side is not known_finding.side:
        return False
    first, last = known_finding.lines
    return finding.line <= last + distance and finding.last_line >= first - distance


def match(pairs: Collection[Pair]) -> frozenset[Pair]:
    """Return as many of the pairs as can stand together when each side is used once.

    A reported finding that two known ones claim goes to the one that has no other.
    """
    # Kuhn's algorithm: each known finding takes a free partner, or makes one of those before it
    # move to another. https://en.wikipedia.org/wiki/Maximum_cardinality_matching
    # Sorted, so that the same pairs give the same matching in every run.
    wishes: dict[int, list[int]] = {}
    for known_index, index in sorted(pairs):
        wishes.setdefault(known_index, []).append(index)
    partners: dict[int, int] = {}

    def assign(known_index: int, visits: set[int]) -> bool:
        for index in wishes[known_index]:
            if index in visits:
                continue
            visits.add(index)
            if index not in partners or assign(partners[index], visits):
                partners[index] = known_index
                return True
        return False

    for known_index in wishes:
        assign(known_index, set())
    return frozenset((known_index, index) for index, known_index in partners.items())
