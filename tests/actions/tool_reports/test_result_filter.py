"""Which results count, by reviewdog's rules for its four filters."""

import pytest

from codeflow_action.actions.tool_reports.result_filter import qualifies
from codeflow_action.engine.diff import parse_hunks
from codeflow_action.engine.pull_request import ChangedFile, FileStatus
from codeflow_action.engine.tool_results import Filter

PATCH = """@@ -1,3 +1,4 @@
 one
+two
 three
 four
@@ -20,2 +21,1 @@
 twenty
-gone
"""
FILE = ChangedFile(path="a.py", status=FileStatus.MODIFIED, hunks=parse_hunks(PATCH))
PURE = ChangedFile(path="b.py", status=FileStatus.RENAMED)


@pytest.mark.parametrize(
    ("lines", "added", "context"),
    [
        ((2, 2), True, True),
        ((1, 1), False, True),
        ((4, 4), False, True),
        ((5, 5), False, False),
        ((1, 9), True, True),  # any line is enough
        ((3, 30), False, True),
        ((5, 20), False, False),
        ((21, 21), False, True),
        ((22, 22), False, False),
        ((1, 10**9), True, True),
        (None, False, False),
    ],
)
def test_a_result_counts_by_its_lines(lines, added, context):
    assert qualifies(Filter.ADDED, FILE, lines) is added
    assert qualifies(Filter.DIFF_CONTEXT, FILE, lines) is context
    assert qualifies(Filter.FILE, FILE, lines)
    assert qualifies(Filter.NOFILTER, FILE, lines)


MANY = "".join(f"+{at}\n" for at in range(3))
SEVERAL = ChangedFile(
    path="d.py",
    status=FileStatus.MODIFIED,
    hunks=parse_hunks(f"@@ -1,1 +1,4 @@\n one\n{MANY}@@ -9,0 +12,3 @@\n{MANY}"),
)


@pytest.mark.parametrize(
    ("lines", "counts"),
    [
        ((1, 1), False),
        ((1, 2), True),
        ((2, 2), True),
        ((4, 5), True),
        ((5, 11), False),  # longer than what was added, and shorter
        ((5, 6), False),
        ((4, 11), True),
        ((5, 12), True),
        ((14, 99), True),
        ((15, 99), False),
    ],
)
def test_any_added_line_of_the_range_is_enough(lines, counts):
    assert qualifies(Filter.ADDED, SEVERAL, lines) is counts


@pytest.mark.parametrize("filter_", Filter)
def test_a_result_outside_of_the_diff_counts_without_a_filter_only(filter_):
    assert qualifies(filter_, None, (2, 2)) is (filter_ is Filter.NOFILTER)
    assert qualifies(filter_, None, None) is (filter_ is Filter.NOFILTER)


def test_a_file_that_was_only_renamed_has_no_lines_of_the_change():
    assert [qualifies(one, PURE, (1, 9)) for one in Filter] == [False, False, True, True]


def test_where_lines_were_only_removed_none_is_shown():
    removed = parse_hunks("@@ -1,2 +0,0 @@\n-a\n-b\n")
    gone = ChangedFile(path="c.py", status=FileStatus.REMOVED, hunks=removed)
    assert not qualifies(Filter.DIFF_CONTEXT, gone, (1, 1))
