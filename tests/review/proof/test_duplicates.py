"""Duplicate of: two definitions compared line by line."""

from textwrap import indent

import pytest

from tests.review.proof.proving import outcome, verdict

ONE = "def one(a):\n    b = a + 1\n    c = b * 2\n    d = c - 3\n    print(d)\n    return d\n"
TWO = ONE.replace("one", "two")
ALIKE = TWO.replace("d = c - 3", "d = c - 4")
THREE = "def one(a):\n    a.b()\n    a.c()\n"
FAR = "def two(a):\n    with a as x:\n        x.go()\n    if x:\n        x.stop()\n    raise E\n"


def many(count, others, name=""):
    """Return a function of `count` lines, the last `others` of them its own."""
    lines = [f"    do({'b' * (at >= count - others)}{at})\n" for at in range(1, count)]
    return f"def {name or ('two' if others else 'one')}(a):\n{''.join(lines)}"


ROWS = [
    ({"a.py": ONE + TWO}, "two", "proven"),
    ({"a.py": ONE, "b.py": TWO}, "two", "proven"),
    ({"a.py": ONE, "b.py": TWO}, "two()", "proven"),
    ({"a.py": ONE, "b.py": TWO.replace("    ", "  ")}, "two", "proven"),
    ({"a.py": ONE, "b.py": TWO.replace("    b", "    # why\n\n    b")}, "two", "proven"),
    ({"a.py": ONE, "b.py": TWO}, "b.two", "the other was not found, but may be there"),
    ({"a.py": ONE, "b.py": ALIKE}, "two", "alike in part"),
    ({"a.py": ONE, "b.py": FAR}, "two", "refuted"),
    ({"a.py": ONE, "b.py": FAR, "c.py": TWO}, "two", "proven"),
    ({"a.py": ONE}, "two", "refuted"),
    ({"a.py": ONE, "b.py": "two = load()\n"}, "two", "alike in part"),
    ({"a.py": ONE, "b.txt": "two\n"}, "two", "the other was not found, but may be there"),
    # short ones are alike by chance
    ({"a.py": "def one(): ...\n", "b.py": "def two(): ...\n"}, "two", "alike in part"),
    ({"a.py": THREE, "b.py": THREE.replace("one", "two")}, "two", "proven"),
    ({"a.py": THREE[:21], "b.py": THREE[:21].replace("one", "two")}, "two", "alike in part"),
    ({"a.py": ONE, "b.py": FAR.replace("    raise E\n", "")}, "two", "alike in part"),
    # a class or a folder of that name, another's, and itself
    ({"a.py": ONE, "b/x.py": TWO}, "b.two", "proven"),
    ({"a.py": ONE, "b.py": f"class B:\n{indent(TWO, '    ')}"}, "B.two", "proven"),
    ({"a.py": ONE, "b/x.py": TWO}, "c.two", "the other was not found, but may be there"),
    ({"a.py": ONE}, "one", "the other was not found, but may be there"),
    # nine of ten lines, eight of nine, two of ten
    ({"a.py": many(10, 0), "b.py": many(10, 1)}, "two", "proven"),
    ({"a.py": many(9, 0), "b.py": many(9, 1)}, "two", "alike in part"),
    ({"a.py": many(10, 0), "b.py": many(10, 8)}, "two", "alike in part"),
    # too long to compare
    ({"a.py": many(400, 0), "b.py": many(400, 0, "two")}, "two", "proven"),
    ({"a.py": many(401, 0), "b.py": many(401, 0, "two")}, "two", "alike in part"),
    ({"a.py": many(401, 0), "b.py": FAR}, "two", "alike in part"),
    # by its name, where the lines are not in it
    ({"a.py": "x = 1\n\n" + ONE + TWO}, "two", "proven"),
    ({"a.py": "x = 1\n\n" + ONE + ONE, "b.py": TWO}, "two", "nothing is defined around the lines"),
    ({"a.py": ONE}, "", "no name to compare with"),
    ({"a.py": "x = 1\n", "b.py": TWO}, "two", "nothing is defined around the lines"),
]


@pytest.mark.parametrize(("files", "other", "expected"), ROWS)
def test_how_alike_they_are(files, other, expected):
    assert outcome("duplicate_of", "one", 1, files, other=other, last=2) == expected


@pytest.mark.parametrize("limits", [{"searches": False}, {"lists": False}, {"seen": 0.5}])
def test_what_was_not_searched_whole_is_not_refuted(limits):
    files = {"a.py": ONE, "b.py": "x = 1\n"}
    assert (
        outcome("duplicate_of", "one", 1, files, other="two", **limits)
        == "the other was not found, but may be there"
    )


LONG = ONE + "".join(f"    do({at})\n" for at in range(6))
NEARLY = LONG.replace("one", "two").replace("do(5)", "go(5)")

EVIDENCE = [
    ({"a.py": ONE, "b.py": TWO}, "`one` has the same lines as `two` at `b.py:1`."),
    ({"a.py": LONG, "b.py": NEARLY}, "`one` has 92% of the lines of `two` at `b.py:1`."),
    ({"a.py": ONE, "b.py": FAR}, "`one` shares 17% of its lines with `two` at `b.py:1`."),
    ({"a.py": ONE}, "No file names `two`."),
]


@pytest.mark.parametrize(("files", "evidence"), EVIDENCE)
def test_evidence_says_where_the_other_is(files, evidence):
    assert verdict("duplicate_of", "one", 2, files, other="two").evidence == evidence
