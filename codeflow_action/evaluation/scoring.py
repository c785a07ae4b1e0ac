"""Precision, recall and F1 of reported findings against known ones, each matched once at most."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from codeflow_action.engine.findings import Finding
from codeflow_action.evaluation.dataset import Known

# AACR-Bench counts places at most one line apart as the same (evaluator_runner, match_location).
WITHIN = 1

type Pair = tuple[int, int]  # the places of a known and of a reported finding in their lists


@dataclass(frozen=True, kw_only=True)
class Score:
    """Counts, and the shares that follow; None where there is nothing to divide by."""

    known: int = 0
    reported: int = 0
    matched: int = 0

    @property
    def precision(self) -> float | None:
        """Share of the reported that are known."""
        return self.matched / self.reported if self.reported else None

    @property
    def recall(self) -> float | None:
        """Share of the known that were reported."""
        return self.matched / self.known if self.known else None

    @property
    def f1(self) -> float | None:
        """Their harmonic mean."""
        both = self.known + self.reported
        return 2 * self.matched / both if both else None

    def __add__(self, other: "Score") -> "Score":
        return Score(
            known=self.known + other.known,
            reported=self.reported + other.reported,
            matched=self.matched + other.matched,
        )


def score(known: Sequence[Known], reported: Sequence[Finding], pairs: Collection[Pair]) -> Score:
    """Return the score when these pairs are alike."""
    return Score(known=len(known), reported=len(reported), matched=len(match(pairs)))


def overlapping(
    known: Sequence[Known], reported: Sequence[Finding], within: int = WITHIN
) -> frozenset[Pair]:
    """Return the pairs in one place: path and side are the same, and the lines at most so far."""
    return frozenset(
        (at, other)
        for at, one in enumerate(known)
        for other, finding in enumerate(reported)
        if _overlap(one, finding, within)
    )


def _overlap(known: Known, finding: Finding, within: int) -> bool:
    if finding.path != known.path:
        return False
    if known.lines is None:
        return True
    if finding.line is None or finding.last_line is None or finding.side is not known.side:
        return False
    first, last = known.lines
    return finding.line <= last + within and finding.last_line >= first - within


def match(pairs: Collection[Pair]) -> frozenset[Pair]:
    """Return as many of the pairs as can stand together when each side is used once.

    Augmenting paths (Kuhn): a reported finding that two known ones claim goes to the one that has
    no other.
    """
    wishes: dict[int, list[int]] = {}
    for known, reported in sorted(pairs):
        wishes.setdefault(known, []).append(reported)
    taken: dict[int, int] = {}

    def place(known: int, tried: set[int]) -> bool:
        for reported in wishes[known]:
            if reported in tried:
                continue
            tried.add(reported)
            if reported not in taken or place(taken[reported], tried):
                taken[reported] = known
                return True
        return False

    for known in wishes:
        place(known, set())
    return frozenset((known, reported) for reported, known in taken.items())
