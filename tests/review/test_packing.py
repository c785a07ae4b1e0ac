"""Prompts as few and as full as the budget allows."""

from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.review.packing import changed_lines, pack, risk
from codeflow_action.review.units import units_of
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
        assert sum(sizes) <= room or (len(chunk.units) == 1 and len(chunk.units[0].rows) == 1)


def test_a_chunk_is_halved_down_to_a_line():
    (chunk,) = pack(units(count=5), 10_000, len)
    pending, lines = [chunk], []
    while pending:
        one = pending.pop()
        halves = one.halves()
        lines += [] if halves else [one]
        pending += halves
    assert len(lines) == 5
