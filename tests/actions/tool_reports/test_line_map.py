"""A line is found again where its text is, in order, and in time that grows with the file."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.actions.tool_reports.line_map import map_lines, split_lines

LINES = st.lists(
    st.sampled_from([b"a", b"b", b"c", b"", b"}", b"unique 1", b"unique 2"]), max_size=30
)


def lines(*texts):
    return "".join(f"{text}\n" for text in texts).encode()


def test_equal_versions_map_every_line_to_itself():
    found = map_lines(lines("a", "b", "b"), lines("a", "b", "b"))
    assert [found.at(line) for line in range(5)] == [None, 1, 2, 3, None]


def test_lines_after_an_insertion_move_down():
    found = map_lines(lines("a", "new", "new", "b", "c"), lines("a", "b", "c"))
    assert [found.at(line) for line in range(1, 6)] == [1, None, None, 2, 3]


def test_lines_around_a_unique_one_are_found_between_changes_on_both_sides():
    before = lines("x", "}", "def f():", "}", "y")
    after = lines("z", "z", "}", "def f():", "}", "w")
    found = map_lines(before, after)
    assert [found.at(line) for line in range(1, 6)] == [None, 3, 4, 5, None]


def test_a_line_that_was_changed_is_nowhere():
    found = map_lines(lines("a", "old", "c"), lines("a", "new", "c"))
    assert found.at(2) is None
    assert found.span(2, 2) is None


def test_a_stretch_is_what_is_left_of_it():
    found = map_lines(lines("a", "gone", "b", "c", "gone too", "d"), lines("a", "b", "c", "d"))
    assert found.span(2, 5) == (2, 3)
    assert found.span(1, 10**12) == (1, 4)
    assert found.span(7, 10**12) is None


def test_an_equal_file_has_no_lines_past_its_end():
    found = map_lines(lines("a", "b"), lines("a", "b"))
    assert found.span(2, 10**12) == (2, 2)
    assert found.span(3, 4) is None


def test_windows_line_ends_make_no_difference():
    found = map_lines(b"a\r\nb\r\n", b"a\nb\n")
    assert found.at(2) == 2


@pytest.mark.parametrize(
    ("content", "count"), [(b"", 0), (b"a", 1), (b"a\n", 1), (b"\n", 1), (b"a\n\n", 2)]
)
def test_lines_are_counted_as_git_counts_them(content, count):
    assert len(split_lines(content)) == count


@given(LINES, LINES)
def test_pairs_have_equal_text_and_rise(before, after):
    old, new = (b"".join(line + b"\n" for line in each) for each in (before, after))
    found = map_lines(old, new)
    pairs = [(line, to) for line in range(1, len(before) + 1) if (to := found.at(line))]
    assert all(before[line - 1] == after[to - 1] for line, to in pairs)
    assert [to for _, to in pairs] == sorted({to for _, to in pairs})
    at_both_ends = before[:1] == after[:1] or before[-1:] == after[-1:]
    assert pairs or not (before and after and at_both_ends)


@pytest.mark.parametrize("line", [b"same\n", b"%d\n"])
def test_giant_files_take_no_giant_time(line):
    many = b"".join(line % at if b"%" in line else line for at in range(60_000))
    started = time.process_time()
    map_lines(b"first\n" + many + b"x\n", many + b"y\n")
    assert time.process_time() - started < 20  # a quadratic way takes hours
