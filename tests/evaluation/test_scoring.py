"""Precision, recall and F1, by table."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.diff import Side
from codeflow_action.evaluation.results import total
from codeflow_action.evaluation.scoring import Score, match, overlaps, score
from tests.evaluation.known import found, known


@pytest.mark.parametrize(
    ("one", "other", "within", "alike"),
    [
        (known(3), found(3), 0, True),
        (known(3, 5), found(5, 9), 0, True),
        (known(3, 5), found(1, 3), 0, True),
        (known(3, 5), found(6), 0, False),
        (known(3, 5), found(6), 1, True),
        (known(3, 5), found(2), 1, True),
        (known(3, 5), found(7), 1, False),
        (known(3, 5), found(1), 1, False),
        (known(3), found(3, path="b.py"), 9, False),
        (known(3), found(3, side=Side.LEFT), 9, False),
        (known(3), found(None), 9, False),  # about the file: no line to compare
        (known(None), found(40), 0, True),  # the known one is about the file
        (known(None), found(None), 0, True),
        (known(None), found(3, path="b.py"), 0, False),
    ],
)
def test_places_are_alike_in_path_and_side_and_so_many_lines_apart(one, other, within, alike):
    assert bool(overlaps([one], [other], within)) is alike


@pytest.mark.parametrize(
    ("pairs", "matched"),
    [
        ([], 0),
        ([(0, 0)], 1),
        ([(0, 0), (0, 1)], 1),  # one known finding, told twice
        ([(0, 0), (1, 0)], 1),  # one remark for two known findings
        ([(0, 0), (0, 1), (1, 0)], 2),  # the first must give way
        ([(0, 0), (0, 1), (1, 0), (1, 2), (2, 2)], 3),  # and again
    ],
)
def test_each_finding_is_matched_once(pairs, matched):
    assert len(match(pairs)) == matched


@given(st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12))
def test_no_other_choice_matches_more(pairs):
    chosen = match(pairs)
    assert chosen <= pairs
    assert len({one for one, _ in chosen}) == len({other for _, other in chosen}) == len(chosen)
    more = itertools.combinations(pairs, len(chosen) + 1)
    assert not any(
        len({one for one, _ in some}) == len({other for _, other in some}) == len(some)
        for some in more
    )


@pytest.mark.parametrize(
    ("counts", "shares"),
    [
        ((4, 5, 2), (0.4, 0.5, 4 / 9)),
        ((4, 4, 4), (1.0, 1.0, 1.0)),
        ((4, 0, 0), (None, 0.0, 0.0)),  # nothing was said: no precision
        ((0, 5, 0), (0.0, None, 0.0)),
        ((0, 0, 0), (None, None, None)),
    ],
)
def test_shares_follow_from_counts(counts, shares):
    one = Score(known=counts[0], reported=counts[1], matched=counts[2])
    assert (one.precision, one.recall, one.f1) == shares


def test_scores_add_by_their_counts():
    total = Score(known=1, reported=2, matched=1) + Score(known=3, reported=4, matched=2)
    assert total == Score(known=4, reported=6, matched=3)


def test_a_score_counts_both_lists_and_the_matches():
    knowns, founds = [known(3), known(30)], [found(3), found(4), found(90)]
    got = score(knowns, founds, overlaps(knowns, founds, 1))
    assert got == Score(known=2, reported=3, matched=1)


def test_a_total_adds_counts_and_leaves_out_what_was_not_reviewed():
    one, two = Score(known=1, reported=2, matched=1), Score(known=3, reported=4, matched=2)
    assert total([one, None, two]) == one + two
    assert total([None]) is None


def test_the_json_of_a_score_holds_its_shares():
    counts = '"known":4,"reported":2,"matched":1'
    shares = '"precision":0.5,"recall":0.25,"f1":0.3333333333333333'
    text = Score(known=4, reported=2, matched=1).model_dump_json()
    assert text == f"{{{counts},{shares}}}"
