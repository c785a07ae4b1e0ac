"""What to read first, from the facts of each file."""

from dataclasses import replace

import pytest

from codeflow_action.engine.risk import ChangeRisk, FileRisk, Purpose, reading_order
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
