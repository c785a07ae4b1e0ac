"""What of a change is shown to a model, line by line."""

from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.review.units import MAX_LINE, MAX_UNIT_LINES, SourceFile, split_lines, units_of
from tests.review.changes import changed, numbered, source

lines = st.lists(st.sampled_from(["", "a", "b", "    c", "}", "x = 1"]), max_size=40)


def text_of(rows):
    return "".join(f"{row}\n" for row in rows)


def test_a_unit_shows_numbers_signs_and_what_the_diff_shows():
    (unit,) = units_of(source(numbered(20), numbered(20, l10="changed")), context=12)
    assert unit.text.splitlines() == [
        "7  line 7",
        "8  line 8",
        "9  line 9",
        "-line 10",
        "10 +changed",
        "11  line 11",
        "12  line 12",
        "13  line 13",
    ]
    assert unit.changed_count == 2


def function(name, size):
    return f"def {name}(a):\n" + "".join(f"    {name}_{at} = {at}\n" for at in range(1, size + 1))


def shown(old, new, context, path="shop/cart.py"):
    """Return the lines of head in each unit; None where lines are left out."""
    rows = [[row.text for row in unit.rows] for unit in units_of(source(old, new, path), context)]
    found = [
        [None if row == "..." else int(row.partition(" ")[0]) for row in unit if row[0] != "-"]
        for unit in rows
    ]
    numbers = [one for unit in found for one in unit if one is not None]
    assert numbers == sorted(set(numbers))  # none twice
    return found


def test_a_small_function_is_shown_whole_and_its_neighbours_are_not():
    old = "import os\n\n\n" + function("f", 12) + "\n\n" + function("g", 12)
    assert shown(old, old.replace("f_9 = 9", "f_9 = 0"), 12) == [list(range(4, 17))]


def test_of_a_large_function_the_signature_and_the_nearest_lines_are_shown():
    old = "class C:\n    x = 1\n" + "".join(
        f"    {line}\n" for line in function("f", 100).splitlines()
    )
    (unit,) = shown(old, old.replace("f_40 = 40", "f_40 = 0"), 12)
    assert unit == [1, 2, 3, None, *range(37, 50)]


def test_without_a_grammar_indentation_says_what_belongs_together():
    old = "a:\n" + "".join(f"  b{at}: 1\n" for at in range(10)) + "c:\n  d: 1\n"
    assert shown(old, old.replace("b8: 1", "b8: 2"), 12, "a.yaml") == [list(range(1, 14))]
    assert shown(old, old.replace("b1: 1", "b1: 2"), 12, "a.yaml") == [list(range(1, 12))]


def test_changes_of_one_function_are_one_unit_and_of_two_are_two():
    old = function("f", 20) + "\n\n" + function("g", 20)
    within = old.replace("f_2 = 2", "f_2 = 0").replace("f_18 = 18", "f_18 = 0")
    assert len(shown(old, within, 24)) == 1
    # One hunk in both: they share its room.
    (both,) = shown(old, old.replace("f_20 = 20", "f_20 = 0").replace("g(a)", "g(b)"), 24)
    assert len([line for line in both if line]) == 10 + 34
    across = old.replace("f_2 = 2", "f_2 = 0").replace("g_15 = 15", "g_15 = 0")
    assert len(shown(old, across, 24)) == 2


def test_a_small_change_has_less_around_it_than_a_large_one():
    old = function("f", 90)
    one = old.replace("f_40 = 40", "f_40 = 0")
    many = one
    for at in range(41, 49):
        many = many.replace(f"f_{at} = {at}", f"f_{at} = 0")
    (few,), (more,) = shown(old, one, 8), shown(old, many, 8)
    assert len(few) - 1 < len(more) - 9 <= 2 * 8 + 6


@given(old=lines, new=lines, context=st.integers(0, 45))
def test_every_changed_line_is_shown_once(old, new, context):
    one = source(text_of(old), text_of(new))
    units = units_of(one, context)
    assert sum(unit.changed_count for unit in units) == one.file.changed_line_count
    rows = [row.text for unit in units for row in unit.rows]
    heads = [text for text in rows if not text.startswith(("-", "..."))]
    numbers = [int(text.partition(" ")[0]) for text in heads]
    assert numbers == sorted(set(numbers))
    for text in heads:
        number, _, shown = text.partition(" ")
        assert shown[1:] == new[int(number) - 1]


code = st.lists(
    st.sampled_from(
        ["def f(a):", "class C:", "    def m(self):", "        x = 1", "    y = 2", "", "import os"]
    ),
    max_size=60,
)


@given(old=code, new=code, context=st.integers(0, 20), path=st.sampled_from(["a.py", "a.txt"]))
def test_what_is_beside_the_hunks_keeps_within_its_room(old, new, context, path):
    one = source(text_of(old), text_of(new), path)
    units = units_of(one, context)
    assert sum(unit.changed_count for unit in units) == one.file.changed_line_count
    hunk_rows = sum(len(hunk.lines) for hunk in one.file.hunks)
    rows = [row for unit in units for row in unit.rows if row.text != "..."]
    gaps = sum(row.text == "..." for unit in units for row in unit.rows)
    filled = 3 * len(one.file.hunks)  # single lines in place of a mark
    assert len(rows) <= hunk_rows + 2 * context * len(one.file.hunks) + filled
    assert gaps <= 3 * len(one.file.hunks)
    numbers = [int(row.text.partition(" ")[0]) for row in rows if row.text[0] != "-"]
    assert numbers == sorted(set(numbers))


def test_a_long_hunk_is_cut():
    units = units_of(source("", numbered(1_000)), context=3)
    assert [unit.changed_count for unit in units] == [MAX_UNIT_LINES, MAX_UNIT_LINES, 200]


def test_a_line_nobody_reads_is_cut_and_not_counted_as_read():
    one = source("", "short\n" + "x" * (MAX_LINE + 7) + "\n")
    (unit,) = units_of(one, context=3)
    assert unit.changed_count == 1
    assert "(7 characters more)" in unit.text


def test_lines_end_at_line_feeds_alone():
    assert split_lines("a\r\nb\x0bc\u2028d\x85e\rf\n") == ("a", "b\x0bc\u2028d\x85e\rf")
    assert split_lines("a") == ("a",)
    assert split_lines("") == ()
    # ... and no character in a line can make it look like two, or hide something in it.
    (unit,) = units_of(source("", "a = 1\u20282 +b = 2\n"), context=0)
    assert len(unit.text.splitlines()) == 1


def test_invisible_text_becomes_visible():
    (unit,) = units_of(source("", "if ok:\u202e # }\n"), context=0)
    assert "\u202e" not in unit.text


def test_masked_text_is_shown_in_place_of_the_hunks_own():
    file = changed("key = 'old'\n", "key = 'new'\n")
    masked = SourceFile.of(file, "key = '[redacted]'\n", "key = '[redacted]'\n")
    (unit,) = units_of(masked, context=0)
    assert "'new'" not in unit.text
    assert "'old'" not in unit.text
