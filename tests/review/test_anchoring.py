"""Findings are placed by the code they quote, inside the diff by GitHub's rules, or nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.diff import Side, commentable
from codeflow_action.review.anchoring import Match, find_anchor
from codeflow_action.review.units import units_of
from tests.review.changes import numbered, source

OLD = "def total(prices):\n    return sum(prices)\n"
NEW = "def total(prices):\n    return sum(prices)\n\n\ndef mean(p):\n    return total(p) / len(p)\n"


def place(old, new, quote, side=Side.RIGHT):
    found = find_anchor(source(old, new), quote, side)
    return found and (found.line, found.end_line, found.side, found.match)


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("    return total(p) / len(p)", (6, 6, Side.RIGHT, Match.EXACT)),
        ("def mean(p):\n    return total(p) / len(p)\n", (5, 6, Side.RIGHT, Match.EXACT)),
        ("return  total( p ) /len(p)", (6, 6, Side.RIGHT, Match.WHITESPACE)),
        ("total(p) / len(p)", (6, 6, Side.RIGHT, Match.PART)),
        ("mean(p):\n    return total(p)", (5, 6, Side.RIGHT, Match.PART)),
        ("+     6 |     return total(p) / len(p)", (6, 6, Side.RIGHT, Match.EXACT)),
        ("\n\n    return total(p) / len(p)\n\n", (6, 6, Side.RIGHT, Match.EXACT)),
        ("    return total(q) / len(q)", None),
        ("", None),
        ("\n \n", None),
        ("p", None),
    ],
)
def test_a_quote_is_found_by_its_text(quote, expected):
    assert place(OLD, NEW, quote) == expected


def test_windows_line_ends_do_not_matter():
    assert place("a\r\n", "a\r\nbcd = 1\r\n", "bcd = 1")[:2] == (2, 2)
    assert place("a\n", "a\nbcd = 1\n", "bcd = 1\r\n")[:2] == (2, 2)


def test_removed_lines_are_on_the_left():
    old, new = "a = 1\nb = 2\nc = 3\n", "a = 1\nc = 3\n"
    assert place(old, new, "b = 2", Side.LEFT) == (2, 2, Side.LEFT, Match.EXACT)
    # A model that says `new` of a line that is gone still means that line.
    assert place(old, new, "b = 2", Side.RIGHT) == (2, 2, Side.LEFT, Match.EXACT)


def test_of_two_places_the_changed_one_wins():
    old = numbered(40, l2="return None")
    new = numbered(40, l2="return None", l35="return None")
    assert place(old, new, "return None")[:2] == (35, 35)


def test_a_part_that_stands_in_several_changed_lines_says_nothing():
    new = "value = get(1)\nother = get(2)\n"
    assert place("", new, "= get(") is None
    assert place("", new, "other = get(")[:2] == (2, 2)


def test_a_quote_outside_the_diff_is_known_to_be_there():
    old, new = numbered(60), numbered(60, l50="changed")
    anchor = find_anchor(source(old, new), "line 5", Side.RIGHT)
    assert (anchor.line, anchor.in_diff) == (5, False)


def test_a_quote_that_runs_out_of_its_hunk_is_clipped_to_it():
    old, new = numbered(60), numbered(60, l50="changed")
    quote = "\n".join(f"line {at}" for at in range(30, 50)) + "\nchanged"
    anchor = find_anchor(source(old, new), quote, Side.RIGHT)
    assert (anchor.line, anchor.end_line, anchor.in_diff, anchor.clipped) == (47, 50, True, True)


def test_code_that_looks_like_a_gutter_is_code():
    new = "type Side =\n  | 'left'\n  | 'right'\n"
    assert place("", new, "  | 'left'\n  | 'right'")[:2] == (2, 3)


words = st.sampled_from(["", "a = 1", "b = 2", "    return x", "}", "if a:", "\tcall()", "é ✓"])
text = st.lists(words, max_size=30).map(lambda rows: "".join(f"{row}\n" for row in rows))


@given(old=text, new=text, data=st.data())
def test_whatever_is_quoted_a_place_in_the_diff_obeys_github(old, new, data):
    one = source(old, new)
    quote = data.draw(
        st.one_of(
            st.text(max_size=60),
            text,
            st.builds(
                lambda rows, at, size: "\n".join(rows[at : at + size]),
                st.just((new + old).split("\n")),
                st.integers(0, 40),
                st.integers(1, 8),
            ),
        )
    )
    anchor = find_anchor(one, quote, data.draw(st.sampled_from(Side)))
    if anchor is None:
        return
    lines = one.lines if anchor.side is Side.RIGHT else one.old
    at = range(anchor.line, anchor.end_line + 1)
    held = [lines[n - 1] if anchor.side is Side.RIGHT else lines[n] for n in at]
    assert anchor.code == "\n".join(held)
    start = anchor.line if anchor.line < anchor.end_line else None
    assert anchor.in_diff == commentable(one.file.hunks, anchor.end_line, anchor.side, start)


@given(old=text, new=text, data=st.data())
def test_every_shown_line_can_be_quoted_as_it_is_shown(old, new, data):
    one = source(old, new)
    rows = [row.text for unit in units_of(one, 3) for row in unit.rows]
    rows = [row for row in rows if row.partition(" | ")[2].strip()]
    if not rows:
        return
    row = data.draw(st.sampled_from(rows))
    bare = row.partition(" | ")[2]
    side = Side.LEFT if row.startswith("-") else Side.RIGHT
    for quote in (row, bare):
        anchor = find_anchor(one, quote, side)
        assert anchor is not None
        assert bare.strip() in anchor.code
