"""Each defence is needed: without it, an attack of the corpus succeeds."""

import pytest

from tests.security.defences import DEFENCES, without


@pytest.mark.parametrize("defence", DEFENCES, ids=lambda one: one.name)
def test_without_a_defence_an_attack_succeeds(defence):
    """Only then does the corpus show that the defence holds."""
    harms = without(defence, "tests.security.reached:all_harms")
    assert harms
    assert not [harm for harm in harms if harm.startswith("broken")]
