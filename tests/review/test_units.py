"""What of a change is shown to a model, line by line."""

from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.review.units import MAX_LINE, MAX_UNIT_LINES, Source, split_lines, units_of
from tests.review.changes import changed, numbered, source

lines = st.lists(st.sampled_from(["", "a", "b", "    c", "}", "x = 1"]), max_size=40)


def text_of(rows):
    return "".join(f"{row}\n" for row in rows)


def test_a_unit_shows_numbers_signs_and_context():
    (unit,) = units_of(source(numbered(20), numbered(20, l10="changed")), context=1)
    assert unit.text.splitlines() == [
        "      6 | line 6",
        "      7 | line 7",
        "      8 | line 8",
        "      9 | line 9",
        "-       | line 10",
        "+    10 | changed",
        "     11 | line 11",
        "     12 | line 12",
        "     13 | line 13",
        "     14 | line 14",
    ]
    assert unit.changed == 2


def test_near_hunks_become_one_unit_and_far_ones_two():
    old, new = numbered(60), numbered(60, l10="a", l20="b", l50="c")
    assert len(units_of(source(old, new), context=3)) == 2
    assert len(units_of(source(old, new), context=40)) == 1
    texts = [unit.text for unit in units_of(source(old, new), context=12)]
    shown = [row for text in texts for row in text.splitlines() if not row.startswith("-")]
    assert len(shown) == len(set(shown))  # no line of head twice


@given(old=lines, new=lines, context=st.integers(0, 45))
def test_every_changed_line_is_shown_once(old, new, context):
    one = source(text_of(old), text_of(new))
    units = units_of(one, context)
    assert sum(unit.changed for unit in units) == one.file.changed_line_count
    heads = [row.text for unit in units for row in unit.rows if not row.text.startswith("-")]
    numbers = [int(text[1:].partition("|")[0]) for text in heads]
    assert numbers == sorted(set(numbers))
    for text in heads:
        number, _, shown = text[1:].partition(" | ")
        assert shown == new[int(number) - 1]


def test_a_long_hunk_is_cut():
    units = units_of(source("", numbered(1_000)), context=3)
    assert [unit.changed for unit in units] == [MAX_UNIT_LINES, MAX_UNIT_LINES, 200]


def test_a_line_nobody_reads_is_cut_and_not_counted_as_read():
    one = source("", "short\n" + "x" * (MAX_LINE + 7) + "\n")
    (unit,) = units_of(one, context=3)
    assert unit.changed == 1
    assert "(7 characters more)" in unit.text


def test_lines_end_at_line_feeds_alone():
    assert split_lines("a\r\nb\x0bc\u2028d\x85e\rf\n") == ("a", "b\x0bc\u2028d\x85e\rf")
    assert split_lines("a") == ("a",)
    assert split_lines("") == ()
    # ... and no character in a line can make it look like two, or hide something in it.
    (unit,) = units_of(source("", "a = 1\u2028+     2 | b = 2\n"), context=0)
    assert len(unit.text.splitlines()) == 1


def test_invisible_text_becomes_visible():
    (unit,) = units_of(source("", "if ok:\u202e # }\n"), context=0)
    assert "\u202e" not in unit.text


def test_masked_text_is_shown_in_place_of_the_hunks_own():
    file = changed("key = 'old'\n", "key = 'new'\n")
    masked = Source.of(file, "key = '[redacted]'\n", "key = '[redacted]'\n")
    (unit,) = units_of(masked, context=0)
    assert "'new'" not in unit.text
    assert "'old'" not in unit.text
