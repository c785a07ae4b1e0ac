"""Context recall is read from the prompts' text, and from nothing else."""

import pytest

from codeflow_action.engine.diff import Side
from codeflow_action.evaluation.dataset import FindingNeed, NeedKind, Place
from codeflow_action.evaluation.recall import find_reach, find_second_reach
from tests.evaluation.known import known, reading

HEAD = {
    "a.py": ("import b", "", "def mean(p):", "    return b.total(p) / len(p)", "", "mean([])"),
    "b.py": ("def total(p):", "    return sum(p)"),
}
BEFORE = {"a.py": ("import b", "", "def mean(p):", "    return 0")}
CHANGE = """Review this part of the change.
<<<0123456789abcdef change
=== a.py
1  import b
2 \x20
3  def mean(p):
-    return 0
4 +    return b.total(p) / len(p)
0123456789abcdef>>>"""


def reach(one, *parts):
    return find_reach(one, [reading(part) for part in parts], HEAD, BEFORE)


@pytest.mark.parametrize(
    ("one", "lines", "shown"),
    [
        (known(4), 1, 1),
        (known(3, 4), 2, 2),
        (known(1, 3), 2, 2),  # the blank line counts for nothing
        (known(4, 6), 2, 1),  # line 6 is not shown
        (known(6), 1, 0),
        (known(40), 0, 0),  # there is no such line: the dataset is wrong
        (known(1, path="b.py"), 1, 0),
        (known(1, path="c.py"), 0, 0),
        (known(4, side=Side.LEFT), 1, 1),  # a removed line has no number
        (known(3, side=Side.LEFT), 1, 1),  # an unchanged one stands on both sides
        (known(None), 1, 1),  # about the file
        (known(None, path="b.py"), 1, 0),
    ],
)
def test_lines_count_when_they_stand_under_their_path_with_their_number(one, lines, shown):
    got = reach(one, CHANGE)
    assert (got.lines, got.lines_shown) == (lines, shown)
    assert got.is_whole is (lines == shown > 0)


@pytest.mark.parametrize(
    "text",
    [
        "=== b.py\n4 +    return b.total(p) / len(p)",  # another file
        "=== a.py.orig\n4 +    return b.total(p) / len(p)",  # that only starts alike
        "=== a.py\n5 +    return b.total(p) / len(p)",  # another number
        "=== a.py\n4 +    return 0",  # other code
        "=== a.py\n-    return b.total(p) / len(p)",  # said to be removed
        "=== a.py\n    return b.total(p) / len(p)",  # no number
        "4 +    return b.total(p) / len(p)",  # under no path
        "=== a.py\n0123456789abcdef>>>\n4 +    return b.total(p) / len(p)",  # after its end
    ],
)
def test_what_is_not_shown_as_that_line_does_not_count(text):
    assert reach(known(4), text).lines_shown == 0


@pytest.mark.parametrize(
    "text",
    [
        "=== a.py (definition of mean)\n4      return b.total(p) / len(p)",
        "=== a.py\n4 +\treturn b.total(p) /  len(p)",  # spaces do not matter
        "=== a.py\n4 +    return [redacted]",  # a secret was in it
    ],
)
def test_what_is_shown_with_a_remark_other_spaces_or_a_masked_secret_counts(text):
    assert reach(known(4), text).lines_shown == 1


def test_lines_may_come_in_several_prompts_and_tokens_are_of_those_that_hold_them():
    parts = ["=== a.py\n3  def mean(p):", "=== b.py\n1  def total(p):"]
    last = "=== a.py\n4 +    return b.total(p) / len(p)"
    got = reach(known(3, 4), *parts, last)
    assert (got.lines_shown, got.tokens) == (2, 20)


def place(path, first, last=None):
    return Place(path=path, lines=(first, last or first))


@pytest.mark.parametrize(
    ("need", "met"),
    [
        (
            FindingNeed(name="total", places=(place("b.py", 1, 2),)),
            False,
        ),  # half of it is not there
        (FindingNeed(name="total", places=(place("b.py", 1),)), True),
        (
            FindingNeed(name="total", places=(place("b.py", 2), place("b.py", 1))),
            True,
        ),  # one will do
        (FindingNeed(places=(place("c.py", 1),)), False),  # there is no such file
        (FindingNeed(name="total"), True),  # without a place: any unchanged line with the word
        (FindingNeed(name="tot"), False),
        (FindingNeed(name="sum", kind=NeedKind.CALLER), False),
        (FindingNeed(name="mean"), False),  # stands in the finding's own lines only
    ],
)
def test_a_need_is_met_by_a_place_or_a_name_outside_of_the_change(need, met):
    one = known(3, 4, needs=(need,))
    got = reach(one, CHANGE, "=== b.py (definition of total)\n1  def total(p):")
    assert got.needs == (met,)


def test_a_changed_line_meets_no_need():
    assert reach(known(3, needs=(FindingNeed(name="len"),)), CHANGE).needs == (False,)


def test_a_prompt_knows_what_its_lines_take():
    one = reading("=== a.py\n4 +é\n-old\n5  same")
    assert (one.changed_size, one.unchanged_size) == (6 + 5, 8)


def second_reach(one, *parts):
    rounds = [reading(CHANGE)], [reading(part) for part in parts]
    return find_second_reach(one, rounds, HEAD, BEFORE)


def test_the_second_round_is_held_against_the_piece_of_code_that_the_first_one_showed():
    got = second_reach(known(4), "=== a.py\n3  def mean(p):\n" + CHANGE.split("\n")[-2])
    assert (got.block_lines, got.block_lines_shown) == (4, 2)  # a blank line is none
    assert (got.reach.lines, got.reach.lines_shown) == (1, 1)


@pytest.mark.parametrize(
    "text",
    [
        "=== a.py\n3  def mean(p):",  # the same file, and not the finding
        "=== b.py\n4 +    return b.total(p) / len(p)",  # another file
    ],
)
def test_a_prompt_about_something_else_gives_a_finding_no_second_look(text):
    need = FindingNeed(places=(Place(path="a.py", lines=(3, 3)),))
    got = second_reach(known(4, needs=(need,)), text)
    assert (got.reach.lines_shown, got.reach.needs, got.block_lines_shown) == (0, (False,), 0)


def test_what_stands_behind_a_gap_is_another_piece():
    parted = CHANGE.replace("3  def mean(p):", "...")
    rounds = [reading(parted)], [reading(CHANGE)]
    assert find_second_reach(known(4), rounds, HEAD, BEFORE).block_lines == 2
