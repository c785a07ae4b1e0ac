"""Was removed: what stood at the base is looked for at the head."""

# ruff: noqa: E501 - a snippet is read best on its line

import pytest

from codeflow_action.engine.diff import Side
from tests.review.proof.proving import outcome, verdict

KEPT = "def other():\n    return 1\n"
GONE = "def total(cart):\n    return sum(cart)\n"
IN_CLASS = "class A:\n    def total(self):\n        return 1\n"

ROWS = [
    # the definition went, and nothing names it
    ({"a.py": KEPT}, {"a.py": KEPT + GONE}, 3, "proven"),
    ({"a.py": KEPT, "b.py": "x = 1\n"}, {"a.py": KEPT + GONE, "b.py": ""}, 3, "proven"),
    # it stays, or moved
    ({"a.py": GONE + KEPT}, {"a.py": KEPT + GONE}, 3, "refuted"),
    ({"a.py": KEPT, "b.py": GONE}, {"a.py": KEPT + GONE, "b.py": ""}, 3, "refuted"),
    # one of that name was elsewhere before
    ({"a.py": KEPT, "b.py": GONE}, {"a.py": KEPT + GONE, "b.py": GONE}, 3, "the head still names it"),
    # a method is no function
    ({"a.py": KEPT + IN_CLASS}, {"a.py": KEPT + GONE}, 3, "the head still names it"),
    # still called
    ({"a.py": KEPT, "b.py": "total(1)\n"}, {"a.py": KEPT + GONE, "b.py": "total(1)\n"}, 3, "the head still names it"),
    # a call went, and the definition stays: the claim may mean the call
    ({"a.py": GONE}, {"a.py": GONE + "x = total(1)\n"}, 3, "a use may be meant, not the definition"),
    # a line went
    ({"a.py": "a = 1\n"}, {"a.py": "a = 1\ncheck(total)\n"}, 2, "proven"),
    ({"a.py": "a = total\n"}, {"a.py": "a = total\ncheck(total)\n"}, 2, "the file still names it"),
    (
        {"a.py": "def f():\n    check(total)\n    a = 1\n"},
        {"a.py": "def f():\n    a = 1\n    check(total)\n"},
        3,
        "refuted",
    ),
    # moved into another function, or under a condition
    (
        {"a.py": "def f():\n    a = 1\n    b = 2\n    c = 3\ndef g():\n    check(total)\n"},
        {"a.py": "def f():\n    check(total)\n    a = 1\n    b = 2\n    c = 3\n"},
        2,
        "the file still names it",
    ),
    (
        {"a.py": "def f():\n    a = 1\n    b = 2\n    if a:\n        check(total)\n"},
        {"a.py": "def f():\n    check(total)\n    a = 1\n    b = 2\n"},
        2,
        "the file still names it",
    ),
    # two lines went, and one came back
    ({"a.py": "def f():\n    a(total)\n    c()\n"}, {"a.py": "def f():\n    c()\n    a(total)\n    b(total)\n"}, 3, "refuted"),
    # another file of the change has it now, or had it before
    ({"a.py": "a = 1\n", "b.py": "check(total)\n"}, {"a.py": "a = 1\ncheck(total)\n", "b.py": ""}, 2, "another file of the change may have it now"),
    ({"a.py": "a = 1\n", "b.py": "check(total)\n"}, {"a.py": "a = 1\ncheck(total)\n", "b.py": "check(total)\n"}, 2, "proven"),
    # the line that is quoted went, and does not name it
    ({"a.py": "b = 1\n"}, {"a.py": "check(total)\na = 1\nb = 1\n"}, 2, "the quoted lines do not name it"),
    ({"a.py": "a = total\n"}, {"a.py": "a = total\nb = 1\n"}, 1, "the quoted lines do not name it"),
    # a class is no function
    ({"a.py": KEPT + "class total: ...\n"}, {"a.py": KEPT + GONE}, 3, "the head still names it"),
    # never was
    ({"a.py": KEPT}, {"a.py": KEPT + "x = 1\n"}, 3, "the version before does not name it"),
    ({"a.py": KEPT}, {}, 1, "no version before, or no name"),
]  # fmt: skip


@pytest.mark.parametrize(("head", "base", "line", "expected"), ROWS)
def test_what_went(head, base, line, expected):
    assert outcome("was_removed", "total", line, head, base, side=Side.LEFT) == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.ts", "export function total() {\n  return 1;\n}\n"),
        ("a.go", "func total() int {\n  return 1\n}\n"),
        ("A.java", "class total {\n}\n"),
        ("a.rb", "def total\n  1\nend\n"),
        ("a.rs", "fn total() -> u8 { 1 }\n"),
        ("a.c", "int total(void) { return 1; }\n"),
        ("a.tf", 'variable "total" {\n}\n'),
        ("a.ex", "def total do\n  1\nend\n"),
    ],
)
def test_in_other_languages(path, text):
    proven = outcome("was_removed", "total", 1, {path: ""}, {path: text}, side=Side.LEFT)
    assert proven == "proven"
    moved = {path: "", f"x/{path}": text}
    assert outcome("was_removed", "total", 1, moved, {path: text}, side=Side.LEFT) != "proven"


def test_a_file_that_went_names_nothing():
    base = {"a.py": "check(total)\n", "b.py": "x = 1\n"}
    options = {"path": "a.py", "side": Side.LEFT}
    assert outcome("was_removed", "total", 1, {"b.py": "x = 1\n"}, base, **options) == "proven"
    assert outcome("was_removed", "", 1, {"b.py": "x = 1\n"}, base, **options) == (
        "no version before, or no name"
    )


def test_of_two_lines_that_went_neither_is_said_to_have_moved():
    head = {"a.py": "def f():\n    a(total)\n    b(total)\n    c()\n    d()\n    e()\n"}
    base = {"a.py": "def f():\n    c()\n    d()\n    e()\n    a(total)\n    b(total)\n"}
    assert outcome("was_removed", "total", 5, head, base, side=Side.LEFT, last=6) == (
        "the file still names it"
    )


def test_of_lines_that_leave_a_function_none_is_said_to_have_moved_in_it():
    head = {"a.py": "def f():\n    check(total)\n    a = 1\n    b = 2\n"}
    base = {"a.py": "def f():\n    a = 1\n    b = 2\n    check(total)\nx = 1\n"}
    assert outcome("was_removed", "total", 4, head, base, side=Side.LEFT) == "refuted"
    assert outcome("was_removed", "total", 4, head, base, side=Side.LEFT, last=5) == (
        "the file still names it"
    )


def test_of_several_lines_that_went_the_first_is_told():
    head, base = {"a.py": "a = 1\n"}, {"a.py": "a = 1\ncheck(total)\nshow(total)\n"}
    found = verdict("was_removed", "total", 2, head, base, side=Side.LEFT, last=3)
    assert found.evidence == "`total` stood at `a.py:2` before; nothing in this file names it now."


@pytest.mark.parametrize("limits", [{"searches": False}, {"lists": False}, {"seen": 0.5}])
def test_what_was_not_searched_whole_is_no_proof(limits):
    head, base = {"a.py": KEPT, "b.py": "x = 1\n"}, {"a.py": KEPT + GONE, "b.py": "x = 1\n"}
    assert (
        outcome("was_removed", "total", 3, head, base, side=Side.LEFT, **limits)
        == "the head still names it"
    )


@pytest.mark.parametrize(
    ("head", "base", "line", "evidence"),
    [
        ({"a.py": KEPT, "b.py": GONE}, {"a.py": KEPT + GONE, "b.py": ""}, 3, "`total` moved and is defined at `b.py:1`."),
        ({"a.py": GONE + KEPT}, {"a.py": KEPT + GONE}, 3, "`total` is still defined at `a.py:1`."),
        # both: the one in the file is told
        ({"a.py": GONE + KEPT, "A.py": GONE}, {"a.py": KEPT + GONE, "A.py": ""}, 3, "`total` is still defined at `a.py:1`."),
        ({"a.py": KEPT}, {"a.py": KEPT + GONE}, 3, "`a.py:3` defined `total` before; no file names it now."),
        ({"a.py": "a = 1\n"}, {"a.py": "a = 1\ncheck(total)\n"}, 2, "`total` stood at `a.py:2` before; nothing in this file names it now."),
        ({"a.py": "def f():\n    check(total)\n    a = 1\n"}, {"a.py": "def f():\n    a = 1\n    check(total)\n"}, 3, "The line with `total` moved to `a.py:2`."),
    ],
)  # fmt: skip
def test_evidence_says_where_it_went(head, base, line, evidence):
    found = verdict("was_removed", "total", line, head, base, side=Side.LEFT)
    assert found.evidence == evidence


def test_a_method_is_known_by_its_class():
    base = {"a.py": IN_CLASS + "class B:\n    def total(self):\n        return 1\n"}
    head = {"a.py": IN_CLASS}
    assert (
        outcome("was_removed", "A.total", 1, head, base, side=Side.LEFT)
        == "a use may be meant, not the definition"
    )
    assert (
        outcome("was_removed", "A.total", 1, head, head, side=Side.LEFT)
        == "no version before, or no name"
    )
    kept = {"a.py": IN_CLASS + "x = 1\n"}
    assert outcome("was_removed", "A.total", 1, kept, head) == "refuted"
    assert outcome("was_removed", "B.total", 1, kept, head) == "not on removed lines"
    assert (
        outcome("was_removed", "B.total", 4, head, base, side=Side.LEFT)
        == "the head still names it"
    )
