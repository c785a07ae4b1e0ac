"""A quote is read as it stands first, then without the gutter, fence or dots round the code."""

import pytest

from codeflow_action.engine.diff import Side
from codeflow_action.review.quotes import readings, stretches, without_spaces


def read(quote):
    """Return what the quote may mean besides what stands there: lines of head, of base, where."""
    literal, *others = readings(quote)
    assert "\n".join(literal.new) == quote.strip("\n")
    assert literal.old == literal.new
    assert literal.line is None
    return [(one.new, one.old, one.line) for one in others]


@pytest.mark.parametrize(
    "quote",
    [
        "a = 1",
        "\n\na = 1\nb = 2\n",
        " a\n b",  # blanks alone are no diff's marks
        "a ... b",
        "- a\nb",  # a mark on every line, or on none
        "```\na\nb",
        "a\nb\n```",
        "```",
        "4 | a\nb",
        "1234567890 | a",  # no file has that many lines
    ],
)
def test_code_without_anything_round_it_is_read_one_way(quote):
    assert read(quote) == []


@pytest.mark.parametrize("quote", ["", "\n", " \n\t\n"])
def test_a_blank_quote_is_read_in_no_way(quote):
    assert list(readings(quote)) == []


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("    4 | a", [(("a",), ("a",), 4)]),
        ("    9 | a\n\n   11 | b", [(("a", "", "b"), ("a", "", "b"), 9)]),  # the first number
        ("      | a", [(("a",), ("a",), None)]),
        ("    4 |\n    5 | a", [(("a",), ("a",), 4)]),
        ("4  a\n5\n6  b", [(("a", "", "b"), ("a", "", "b"), 4)]),  # as prompts show lines
        ("  12 +a", [(("a",), (), 12)]),
    ],
)
def test_a_gutter_is_taken_off_and_its_first_number_kept(quote, expected):
    assert read(quote) == expected


def test_what_a_gutter_marks_is_of_one_side():
    (gutter, _diff) = read("-       | old\n      4 | a\n+     5 | new")
    assert gutter == (("a", "new"), ("old", "a"), 4)


def test_what_a_row_marks_is_of_one_side():
    (row,) = read("-old\n4  a\n5 +new")
    assert row == (("a", "new"), ("old", "a"), 4)


def test_a_number_beside_a_removed_line_says_nothing_of_the_head():
    (gutter, _diff) = read("-     3 | old\n+     5 | new")
    assert gutter == (("new",), ("old",), 5)
    (gutter, _diff) = read("-     3 | old")
    assert gutter == ((), ("old",), None)


def test_a_diffs_marks_say_which_side_a_line_is_of():
    assert read("+a\n+\n-b\n c") == [(("a", "", "c"), ("b", "c"), None)]
    (reading,) = list(readings("-a"))[1:]
    assert (reading.lines(Side.RIGHT), reading.lines(Side.LEFT)) == ((), ("a",))


@pytest.mark.parametrize("quote", ["```python\na\n\nb\n```", "~~~\na\n\nb\n\n~~~"])
def test_a_fence_is_taken_off(quote):
    assert read(quote) == [(("a", "", "b"), ("a", "", "b"), None)]


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("...a\nb\nc...", ("a", "b", "c")),
        ("… a", (" a",)),
        ("a…", ("a",)),
        ("...\na\n...", ("a",)),
        ("a... (12 characters more)", ("a",)),
        ("...a\nb ... b\nc", ("a", "b ... b", "c")),  # only at the ends
    ],
)
def test_dots_for_the_rest_of_a_line_are_taken_off(quote, expected):
    assert read(quote) == [(expected, expected, None)]


def test_marks_fences_and_dots_may_come_together():
    readings_of = [one.new for one in readings("```\n+ 3 | a...\n```")]
    assert ("a",) in readings_of


@pytest.mark.parametrize(
    "line", ["...", "…", "  ...  ", "# ...", "// ...", "/* ... */", "<!-- … -->", "[...]", "-- …"]
)
def test_a_line_that_says_dots_parts_what_stands_round_it(line):
    assert stretches(("a", "", line, "b", "c")) == (("a",), ("b", "c"))


def test_lines_without_dots_are_one_stretch():
    assert stretches(("a", "b ...", "... c")) == (("a", "b ...", "... c"),)
    assert stretches(("...", "...")) == ()


def test_white_space_and_how_accents_are_written_do_not_count():
    assert without_spaces("\te\u0301 = a (\u00a0b )\r") == "é=a(b)"


@pytest.mark.parametrize(
    "row", ["9" * 5_000 + " | a", " " * 100_000 + "x", "." * 8_000, "+" * 8_000]
)
def test_no_quote_stops_the_reading(row):
    assert next(readings(row)).new == (row,)
    assert list(readings(f"{row}\n{row}"))
