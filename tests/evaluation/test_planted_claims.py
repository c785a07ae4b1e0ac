"""What is called proven holds, and is a defect: planted claims of each kind, in many languages."""

import pytest

from codeflow_action.evaluation.planted_claims import count_proofs
from codeflow_action.review.proof import CHECKERS, ClaimKind

LEAST = 40  # claims of each kind, true and false


@pytest.fixture(scope="module")
def counts():
    return {count.kind: count for count in count_proofs()}


def test_no_false_claim_is_called_proven(counts):
    """Fault 1: half of a remark was proven, and the rest was never asked."""
    assert {kind: count.surprises for kind, count in counts.items() if count.false_proven} == {}


@pytest.mark.parametrize(
    "kind",
    [kind for kind, check in CHECKERS.items() if check.whole_if or not check.leaves_open],
    ids=str,
)
def test_true_claims_of_the_kinds_that_can_be_whole_are_proven(counts, kind):
    count = counts[kind]
    assert min(count.true, count.false) >= LEAST
    assert count.true_proven >= 0.8 * count.true


def test_no_other_kind_is_ever_whole(counts):
    """Fault 1: removed lines and calls outside of `try` are evidence, not proof."""
    assert set(counts) == {
        ClaimKind.UNDEFINED,
        ClaimKind.UNUSED,
        ClaimKind.DUPLICATE_OF,
        ClaimKind.FILE_MISSING,
        ClaimKind.IMPORTS_DELETED,
    }
