"""What to read first, and the lane of a change, from the facts of each file."""

from dataclasses import replace

import pytest

from codeflow_action.engine.risk import (
    ChangeRisk,
    FileRisk,
    Lane,
    Purpose,
    assess,
    reading_order,
    with_objection,
)
from codeflow_action.engine.sensitive_paths import SensitiveArea

CODE = FileRisk(path="cart.py", purpose=Purpose.CODE, added_count=20, removed_count=4)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"areas": (SensitiveArea.MIGRATION,)}, "it changes stored data, which no revert brings"),
        ({"added_count": 400}, ""),
        ({"untested_count": 9}, "no test has run 9 added lines"),
        ({"user_count": 30}, "30 other files name what it changes"),
        ({"churn": 80}, "it was changed in 80 earlier commits"),
    ],
)
def test_what_makes_a_file_riskier_puts_it_first(changes, reason):
    riskier = replace(CODE, path="z.py", **changes)
    assert reading_order([CODE, riskier]) == (riskier, CODE)
    assert "; ".join(riskier.reasons).startswith(reason)


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose is not Purpose.CODE])
def test_of_two_files_alike_code_comes_first(purpose):
    other = replace(CODE, path="a.x", purpose=purpose)
    assert reading_order([other, CODE]) == (CODE, other)


def test_files_alike_are_in_the_order_of_their_names():
    other = replace(CODE, path="a.py")
    assert reading_order([CODE, other]) == (other, CODE)


def test_a_change_adds_up_its_files():
    workflow = replace(CODE, path="ci.yml", areas=(SensitiveArea.WORKFLOW,))
    change = ChangeRisk(files=(CODE, workflow, workflow))
    assert (change.added_count, change.removed_count) == (60, 12)
    assert change.areas == (SensitiveArea.WORKFLOW,)
    assert change.of(Purpose.CODE, Purpose.TEST) == change.files


def file(path, purpose, added_count, removed_count=0, **changes):
    counts = {"added_count": added_count, "removed_count": removed_count}
    return FileRisk(path=path, purpose=purpose, **counts, **changes)


PAGE = file("README.md", Purpose.DOCUMENTATION, 500, 300)
ONE_LINE = file("cart.py", Purpose.CODE, 1, 1)
LOW = {
    "it changes documentation, and no sensitive file": [PAGE],
    "it changes documentation, translations, and no sensitive file": [
        PAGE,
        file("nl.po", Purpose.TRANSLATION, 90),
    ],
    "it changes a few lines of tests, and no sensitive file": [
        file("test_cart.py", Purpose.TEST, 20, 20)
    ],
    "it changes 1 line of what runs, documentation, and no sensitive file": [PAGE, ONE_LINE],
    "it changes 3 lines of what runs, and no sensitive file": [
        ONE_LINE,
        file("cart.js", Purpose.CODE, 2),
    ],
    "it changes no line, and no sensitive file": [file("cart.py", Purpose.CODE, 0)],
}
PERSON = {
    "ci.yml says what runs with the repository's token and secrets": [
        PAGE,
        file("ci.yml", Purpose.DATA, 1, areas=(SensitiveArea.WORKFLOW,)),
    ],
    "a.lock (and 1 more file) decides whose code is installed": [
        file(path, Purpose.FOREIGN, 0, 1, areas=(SensitiveArea.DEPENDENCY,))
        for path in ("a.lock", "b.lock")
    ],
    "no test has run 1 added line": [file("cart.py", Purpose.CODE, 1, untested_count=1)],
    "it changes 4 lines of what runs": [file("cart.py", Purpose.CODE, 4)],
    # What is taken away was there for something.
    "it changes 400 lines of what runs": [file("cart.py", Purpose.CODE, 0, 400)],
    "it changes 21 lines of tests or examples": [file("test_cart.py", Purpose.TEST, 0, 21)],
    "it changes 1 line of tests or examples beside what runs": [
        ONE_LINE,
        file("test_cart.py", Purpose.TEST, 1),
    ],
    "it changes 9 lines of what runs": [file("vendor/cart.js", Purpose.FOREIGN, 9)],
}


@pytest.mark.parametrize("reason", LOW)
def test_a_change_without_anything_that_needs_a_person_is_low(reason):
    assessment = assess(ChangeRisk(files=tuple(LOW[reason])))
    assert (assessment.lane, assessment.reason) == (Lane.LOW, reason)


@pytest.mark.parametrize("reason", PERSON)
def test_a_change_that_needs_a_person_says_why(reason):
    assessment = assess(ChangeRisk(files=tuple(PERSON[reason])))
    assert (assessment.lane, assessment.reason) == (Lane.PERSON, reason)
    assert assessment.sentence == f"Risk: a person should look: {reason}."


@pytest.mark.parametrize("area", SensitiveArea)
def test_no_file_of_a_sensitive_area_is_low(area):
    change = ChangeRisk(files=(replace(PAGE, areas=(area,), added_count=0, removed_count=1),))
    assert assess(change).lane is Lane.PERSON


@pytest.mark.parametrize(
    "change",
    [
        ChangeRisk(files=(PAGE,), omission="GitHub lists 3,000 files"),
        ChangeRisk(files=(PAGE, replace(PAGE, path="logo.png", is_read=False))),
    ],
)
def test_without_a_fact_the_lane_is_unknown(change):
    assert assess(change).lane is Lane.UNKNOWN


def test_what_is_certain_decides_before_what_is_missing():
    workflow = file("ci.yml", Purpose.DATA, 1, areas=(SensitiveArea.WORKFLOW,))
    change = ChangeRisk(files=(workflow, replace(PAGE, is_read=False)), omission="too large")
    assert assess(change).lane is Lane.PERSON


@pytest.mark.parametrize("lane", Lane)
def test_an_objection_can_only_raise_a_lane(lane):
    assessment = assess(ChangeRisk(files=(PAGE,))).model_copy(update={"lane": lane})
    objection = with_objection(assessment, "the page promises what the code does not do")
    assert objection.lane is Lane.PERSON
    assert (objection == assessment) is (lane is Lane.PERSON)
    assert with_objection(assessment, "") == assessment
