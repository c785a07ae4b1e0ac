"""Findings are placed by the code they quote, inside the diff by GitHub's rules, or nowhere."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.diff import Side, commentable
from codeflow_action.review.anchoring import Anchor, QuoteMatch, WholeFile, find_anchor
from codeflow_action.review.units import units_of
from tests.review.changes import numbered, source

OLD = "def total(prices):\n    return sum(prices)\n"
NEW = "def total(prices):\n    return sum(prices)\n\n\ndef mean(p):\n    return total(p) / len(p)\n"


def place(old, new, quote, side=Side.RIGHT, line=None):
    found = find_anchor(source(old, new), quote, side, line)
    if isinstance(found, WholeFile):
        return found.lines
    return found and (found.line, found.end_line, found.side, found.match)


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("    return total(p) / len(p)", (6, 6, Side.RIGHT, QuoteMatch.EXACT)),
        ("def mean(p):\n    return total(p) / len(p)\n", (5, 6, Side.RIGHT, QuoteMatch.EXACT)),
        ("return  total( p ) /len(p)", (6, 6, Side.RIGHT, QuoteMatch.WHITESPACE)),
        ("total(p) / len(p)", (6, 6, Side.RIGHT, QuoteMatch.PART)),
        ("mean(p):\n    return total(p)", (5, 6, Side.RIGHT, QuoteMatch.PART)),
        ("+     6 |     return total(p) / len(p)", (6, 6, Side.RIGHT, QuoteMatch.EXACT)),
        ("\n\n    return total(p) / len(p)\n\n", (6, 6, Side.RIGHT, QuoteMatch.EXACT)),
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
    assert place(old, new, "b = 2", Side.LEFT) == (2, 2, Side.LEFT, QuoteMatch.EXACT)
    # A model that says `new` of a line that is gone still means that line.
    assert place(old, new, "b = 2", Side.RIGHT) == (2, 2, Side.LEFT, QuoteMatch.EXACT)


def test_of_two_places_the_changed_one_wins():
    old = numbered(40, l2="return None")
    new = numbered(40, l2="return None", l35="return None")
    assert place(old, new, "return None")[:2] == (35, 35)


def test_a_part_that_stands_in_several_changed_lines_is_of_the_file():
    new = "value = get(1)\nother = get(2)\n"
    assert place("", new, "= get(") == (1, 2)
    assert place("", new, "other = get(")[:2] == (2, 2)


def test_a_quote_outside_the_diff_is_known_to_be_there():
    old, new = numbered(60), numbered(60, l50="changed")
    anchor = find_anchor(source(old, new), "line 5", Side.RIGHT)
    assert (anchor.line, anchor.in_diff) == (5, False)


def test_a_quote_that_runs_out_of_its_hunk_is_clipped_to_it():
    old, new = numbered(60), numbered(60, l50="changed")
    quote = "\n".join(f"line {at}" for at in range(30, 50)) + "\nchanged"
    anchor = find_anchor(source(old, new), quote, Side.RIGHT)
    assert (anchor.line, anchor.end_line, anchor.in_diff, anchor.is_clipped) == (47, 50, True, True)


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
    if not isinstance(anchor, Anchor):
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
    rows = [row for unit in units_of(one, 3) for row in unit.rows if row.mark and row.code.strip()]
    if not rows:
        return
    row = data.draw(st.sampled_from(rows))
    for quote in (row.text, row.code):
        anchor = find_anchor(one, quote, row.side)
        assert anchor is not None
        assert row.code.strip() in anchor.code


NFD = unicodedata.normalize("NFD", "naïve = 'é'")
SEVEN = "def f(a):\n\tb = a\n\n\tc = naïve(b)\n\td = c  \n\n\treturn d\n"


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        # what the quote's own marks say
        ("+     4 | \tc = naïve(b)", (4, 4, QuoteMatch.EXACT)),
        ("+\tc = naïve(b)\n+\td = c", (4, 5, QuoteMatch.EXACT)),
        ("```python\n\tc = naïve(b)\n```", (4, 4, QuoteMatch.EXACT)),
        ("~~~\n\tc = naïve(b)\n~~~", (4, 4, QuoteMatch.EXACT)),
        ("```\n+     4 | \tc = naïve(b)\n```", (4, 4, QuoteMatch.EXACT)),
        (
            "+     1 | def f(a):\n      2 | \tb = a\n\n      4 | \tc = naïve(b)",
            (1, 4, QuoteMatch.EXACT),
        ),
        ("+     4 | \tc = naïve(b)\nnot so marked", None),
        ("+\tc = naïve(b)\nnot so marked", None),
        ("```\n\tc = naïve(b)\n\td = c", ()),  # a fence that nothing ends is none
        # white space and accents
        ("    c = naïve(b)", (4, 4, QuoteMatch.WHITESPACE)),
        (unicodedata.normalize("NFD", "\tc = naïve(b)"), (4, 4, QuoteMatch.WHITESPACE)),
        ("\td = c", (5, 5, QuoteMatch.EXACT)),
        ("\td = c \t \r\n", (5, 5, QuoteMatch.EXACT)),
        ("def f(a):\n    b = a\n\n    c = naïve(b)", (1, 4, QuoteMatch.WHITESPACE)),
        # lines left out
        ("def f(a):\n...\n\treturn d", (1, 7, QuoteMatch.ELIDED)),
        ("def f(a):\n    # ...\n    d = c\n    …\n    return d", (1, 7, QuoteMatch.ELIDED)),
        ("...\n\td = c\n...", (5, 5, QuoteMatch.ELIDED)),
        ("\treturn d\n...\ndef f(a):", ()),  # the other way round: of the file at most
        ("...", None),
        ("...\n...", None),
        # the rest of a line left out
        ("def f(...", (1, 1, QuoteMatch.PART)),
        ("...naïve(b)", (4, 4, QuoteMatch.PART)),
        ("naïve(b)\n\td = c", (4, 5, QuoteMatch.PART)),
        ("naïve(b)\n\td = c\n\n\tret", (4, 7, QuoteMatch.PART)),
        ("naïve(b)\n\td = x\n\n\tret", None),
        ("f(a)", (1, 1, QuoteMatch.PART)),
        ("f(a", None),  # three characters say nothing
        # half of it is there
        ("def f(a):\n\tgone = 1", ()),
        ("def f(a):\n\tgone = 1\n\tgone = 2", None),
        ("}\n)", None),
    ],
)
def test_a_quote_is_read_as_it_may_be_meant(quote, expected):
    found = place("", SEVEN, quote)
    assert found == (expected and (*expected[:2], Side.RIGHT, *expected[2:]))


def test_a_long_line_is_quoted_as_it_was_cut():
    line = "x = " + "1 + " * 600
    (row,) = units_of(source("", f"{line}\n"), 3)[0].rows
    assert place("", f"{line}\n", row.text) == (1, 1, Side.RIGHT, QuoteMatch.PART)


@pytest.mark.parametrize(("text", "quote"), [(NFD, "naïve = 'é'"), ("naïve = 'é'", NFD)])
def test_accents_may_be_composed_or_not_on_either_side(text, quote):
    assert place("", f"{text}\n", quote)[:2] == (1, 1)


TWICE = numbered(40, l10="same()", l12="same()", l30="same()")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (None, (10, 12, 30)),
        (1, 10),
        (10, 10),
        (11, 10),
        (12, 12),
        (13, 12),
        (20, 12),
        (22, 30),
        (900, 30),
    ],
)
def test_of_many_places_the_nearest_to_the_line_is_meant(line, expected):
    found = place("", TWICE, "same()", line=line)
    assert (found if line is None else found[0]) == expected


def test_as_near_as_another_the_changed_one_is_meant():
    old = numbered(9, l4="same()")
    new = numbered(9, l4="same()", l6="same()")
    assert place(old, new, "same()", line=5)[:2] == (6, 6)
    assert place(old, new, "same()", line=4)[:2] == (4, 4)


def test_the_quotes_own_numbers_are_believed_before_the_line():
    assert place("", TWICE, "+    12 | same()", line=30)[:2] == (12, 12)
    assert place("", TWICE, "     12 | same()", line=30)[:2] == (12, 12)
    assert place("", TWICE, "+     9 | line 9\n+    10 | same()", line=30)[:2] == (9, 10)


def test_a_line_that_is_right_is_no_place_for_what_the_diff_does_not_show():
    old = numbered(60, l5="same()")
    new = numbered(60, l5="same()", l50="same()")
    assert place(old, new, "same()", line=5)[:2] == (5, 5)
    assert find_anchor(source(old, new), "same()", Side.RIGHT, 5).in_diff is False
    assert place(old, new, "same()", line=6)[:2] == (50, 50)
    assert place(old, new, "ame()", line=5)[:2] == (50, 50)  # a part is not surely that one


def test_a_line_amid_the_quoted_ones_is_right():
    lines = {"l4": "if same():", "l5": "    one()", "l6": "    two()"}
    old = numbered(60, **lines)
    again = {f"l{at + 46}": text for at, text in enumerate(lines.values(), start=4)}
    new = numbered(60, **lines, **again)
    quote = "\n".join(lines.values())
    for line in (4, 5, 6):
        assert place(old, new, quote, line=line)[:2] == (4, 6)
    assert place(old, new, quote)[:2] == (50, 52)


def test_only_unchanged_lines_of_the_diff_are_several_places_too():
    old = numbered(9, l3="same()", l7="same()")
    new = numbered(9, l3="same()", l5="changed", l7="same()")
    assert place(old, new, "same()") == (3, 7)
    assert place(old, new, "line 4")[:2] == (4, 4)  # beside the change, so it may be commented


def test_with_a_line_half_of_a_quote_is_a_place():
    new = numbered(9, l3="known = 1", l7="known = 2", l9="known = 1")
    quote = "known = 1\ninvented()\nknown = 2\n"
    assert place("", new, quote, line=8) == (7, 7, Side.RIGHT, QuoteMatch.HINT)
    assert place("", new, quote, line=2) == (3, 3, Side.RIGHT, QuoteMatch.HINT)
    assert place("", new, quote) == ()
    assert place("", new, quote, line=99) == ()
    assert find_anchor(source("", new), quote, Side.RIGHT).code == "known = 1\nknown = 2\nknown = 1"
    anchor = find_anchor(source("", new), quote, Side.RIGHT, 8)
    assert (anchor.in_diff, anchor.on_change, anchor.is_clipped) == (True, True, False)


def test_half_of_a_quote_outside_the_diff_is_nowhere():
    old, new = numbered(60), numbered(60, l50="changed")
    assert place(old, new, "line 5\ninvented()", line=50) is None
    assert place(old, new, "line 48\ninvented()", line=50)[:2] == (48, 48)


def test_half_of_a_quote_may_be_removed_lines():
    old, new = numbered(9), numbered(9, l5="changed")
    assert place(old, new, "line 5\ninvented()", line=5) == (5, 5, Side.LEFT, QuoteMatch.HINT)
    assert place(old, new, "line 4\ninvented()", line=5, side=Side.LEFT)[2] is Side.RIGHT


def test_removed_lines_are_counted_at_head():
    old = "".join(f"{line}\n" for line in ["gone()", *"abcdefgh", "gone()", "end"])
    new = "".join(f"{line}\n" for line in [*"abcdefgh", "end"])
    assert place(old, new, "gone()", Side.LEFT) == (1, 10)
    assert place(old, new, "gone()", Side.LEFT, line=1)[:2] == (1, 1)
    assert place(old, new, "gone()", Side.LEFT, line=8)[:2] == (10, 10)
    assert place(old, new, "gone()", Side.LEFT, line=9)[:2] == (10, 10)


def test_marks_say_which_lines_are_of_which_side():
    old, new = numbered(9), numbered(9, l5="changed")
    both = "-       | line 5\n+     5 | changed"
    assert place(old, new, both) == (5, 5, Side.RIGHT, QuoteMatch.EXACT)
    assert place(old, new, both, Side.LEFT) == (5, 5, Side.LEFT, QuoteMatch.EXACT)
    assert place(old, new, "-line 5\n+changed\n line 6")[:3] == (5, 6, Side.RIGHT)
    assert place(old, new, "-line 5\n+changed\n line 6", Side.LEFT)[:3] == (5, 6, Side.LEFT)
    assert place(old, new, " line 4\n line 6") == ()  # no mark at all is white space
    assert place("", "- item\n- other\n", "- item")[:2] == (1, 1)


def test_unchanged_lines_of_base_are_those_of_head():
    old, new = numbered(9), numbered(9, l5="changed")
    assert place(old, new, "line 4", Side.LEFT) == (4, 4, Side.RIGHT, QuoteMatch.EXACT)


def test_the_asked_side_comes_first():
    old, new = "a\nmoved()\nb\nc\n", "a\nb\nc\nmoved()\n"
    assert place(old, new, "moved()")[:3] == (4, 4, Side.RIGHT)
    assert place(old, new, "moved()", Side.LEFT)[:3] == (2, 2, Side.LEFT)


def test_whole_lines_outside_the_diff_beat_a_part_of_a_removed_line():
    old = numbered(60, l5="call()", l50="x = call()")
    new = numbered(60, l5="call()", l50="changed")
    assert place(old, new, "call()") == (5, 5, Side.RIGHT, QuoteMatch.EXACT)
    assert place(old, new, "x = call")[:3] == (50, 50, Side.LEFT)


def test_a_quote_over_two_hunks_is_cut_to_the_one_that_is_meant():
    old, new = numbered(60), numbered(60, l10="ten", l40="forty")
    for line, expected in ((None, (7, 13)), (12, (7, 13)), (39, (37, 43)), (24, (7, 13))):
        anchor = find_anchor(source(old, new), new, Side.RIGHT, line)
        assert (anchor.line, anchor.end_line) == expected
        assert (anchor.in_diff, anchor.on_change, anchor.is_clipped) == (True, True, True)
        assert anchor.code == "\n".join(new.split("\n")[expected[0] - 1 : expected[1]])


def test_a_whole_new_file_is_a_place():
    assert place("", numbered(30), numbered(30)) == (1, 30, Side.RIGHT, QuoteMatch.EXACT)


def test_the_shortest_span_is_the_one_with_lines_left_out():
    new = "open()\na\nopen()\nb\nclose()\nclose()\n"
    assert place("", new, "open()\n...\nclose()")[:2] == (3, 5)
    assert place("", new, "open()\n...\nb\n...\nclose()")[:2] == (3, 5)
    assert place("", new, "a\n...\nb\n...\na") is None


def test_lines_left_out_of_two_hunks_of_removed_lines_are_no_place():
    old, new = numbered(60), numbered(60, l10="ten", l40="forty")
    assert place(old, new, "line 10\n...\nline 40", Side.LEFT) == ()


def test_base_lines_are_counted_where_they_stand_at_head():
    gone = [*"abcdefghijklmnopqrstuvwxyz"]
    old = "".join(f"{line}\n" for line in ["x", "gone()", *gone, "gone()", "y"])
    new = "".join(f"{line}\n" for line in [*(f"new {at}" for at in range(40)), "x", *gone, "y"])
    assert place(old, new, "gone()", Side.LEFT, line=42)[:3] == (2, 2, Side.LEFT)
    assert place(old, new, "gone()", Side.LEFT, line=67)[:3] == (29, 29, Side.LEFT)
    two = "".join(f"{line}\n" for line in ["x", "gone()", "gone()", *gone, "gone()", "gone()", "y"])
    assert place(two, new, "gone()\ngone()", Side.LEFT, line=42)[:2] == (2, 3)
    assert place(two, new, "gone()\ngone()", Side.LEFT, line=67)[:2] == (30, 31)


def test_of_places_in_the_diff_the_only_changed_one_is_meant():
    old = numbered(9, l3="same()")
    new = numbered(9, l3="same()", l5="same()")
    assert place(old, new, "same()")[:2] == (5, 5)


def test_of_several_places_the_first_ones_code_is_told():
    found = find_anchor(source("", "value = get(1)\nother = get(2)\n"), "= get(", Side.RIGHT)
    assert (found.side, found.code) == (Side.RIGHT, "value = get(1)")


def test_what_is_left_out_between_must_be_followed_by_all_of_the_rest():
    new = "open()\na\nclose()\n"
    assert place("", new, "open()\n...\nmissing()\n...\nclose()") == ()
    assert place("", new, "open()\n...\nmissing()\n...\ngone()\n...\nclose()") == ()


def test_four_characters_tell_of_a_place():
    assert place("", "abcd\nx\n", "abcd\ngone()") == ()
    assert place("", "abc\nx\n", "abc\ngone()") is None
    assert place("", "x = abcd1\n", "abcd")[:2] == (1, 1)
