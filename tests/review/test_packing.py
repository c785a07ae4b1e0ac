"""Prompts as few and as full as the budget allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.review.packing import changed_lines, pack, risk
from codeflow_action.review.units import LEAST_ROWS, units_of
from tests.review.changes import numbered, source


def units(path="a.py", count=20):
    return units_of(source("", numbered(count), path), context=3)


def test_code_comes_before_data_tests_and_prose():
    paths = ["docs/a.md", "tests/test_a.py", "a.yaml", "src/a.py", "src/a.test.ts"]
    assert [risk(path) for path in paths] == [3, 2, 1, 0, 2]
    (chunk,) = pack([unit for path in paths for unit in units(path)], 10_000, len)
    order = [unit.path for unit in chunk.units]
    assert order == ["src/a.py", "a.yaml", "src/a.test.ts", "tests/test_a.py", "docs/a.md"]
    assert chunk.text.startswith("=== src/a.py\n")


@given(
    counts=st.lists(st.integers(1, 60), min_size=1, max_size=8),
    room=st.integers(40, 4_000),
)
def test_nothing_is_lost_and_no_prompt_is_too_full(counts, room):
    given_units = [one for at, count in enumerate(counts) for one in units(f"f{at}.py", count)]
    chunks = pack(given_units, room, len)
    packed = [unit for chunk in chunks for unit in chunk.units]
    assert changed_lines(packed) == changed_lines(given_units)
    for chunk in chunks:
        sizes = [len(unit.text) + len(unit.path) + 4 for unit in chunk.units]
        assert sum(sizes) <= room or not chunk.is_divisible


@pytest.mark.parametrize(
    ("count", "room"),
    [
        (400, 1),  # there is room for nothing
        (400, 900),
        (41, 1),  # no rest of one line
        (39, 1),
        (5, 1),
    ],
)
def test_no_unit_is_cut_into_a_few_lines(count, room):
    """Fault 21: of single lines nobody can tell whether they are right."""
    chunks = pack(units(count=count), room, len)
    rows = [len(chunk.units[0].rows) for chunk in chunks]
    assert sum(rows) == count
    assert min(rows) >= min(count, LEAST_ROWS)
