"""The tests of the faults fail when what holds against them is taken out."""

import pytest

from tests.faults.defences import DEFENCES, ROOT, unnoticed
from tests.faults.test_page import PAGE, ROW


def test_each_defence_is_a_line_of_its_own_against_faults_of_the_page():
    """Else it could not be taken out, or nobody would look whether that is noticed."""
    rows = {name.replace("`", "") for name, _, _ in ROW.findall(PAGE.read_text())}
    for defence in DEFENCES:
        source = (ROOT / "codeflow_action" / defence.path).read_text()
        assert (defence.line, source.count(defence.line)) == (defence.line, 1)
        assert set(defence.faults) <= rows


@pytest.mark.soak
@pytest.mark.parametrize("defence", DEFENCES, ids=lambda defence: defence.faults[0])
def test_without_a_defence_the_tests_of_its_faults_fail(defence):
    assert [fault for _defence, fault in unnoticed([defence])] == []
