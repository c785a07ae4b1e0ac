"""Each defence is needed: without it, an attack of the corpus succeeds."""

import os

import pytest

from tests.security.defences import DEFENCES, DEFENCES_OF_A_RUN, Defence, without


@pytest.mark.parametrize("defence", DEFENCES, ids=lambda one: one.name)
def test_without_a_defence_an_attack_succeeds(defence):
    """Only then does the corpus show that the defence holds."""
    harms = without(defence, "tests.security.reached:all_harms")
    assert harms
    assert not [harm for harm in harms if harm.startswith("broken")]


@pytest.mark.soak
@pytest.mark.parametrize("defence", DEFENCES_OF_A_RUN, ids=lambda one: one.name)
def test_without_a_defence_of_the_run_the_hostile_pull_request_succeeds(rule_cache, defence):
    os.environ["KF_RULE_CACHE_DIR"] = str(rule_cache)
    harms = without(defence, "tests.security.hostile_run:run_harms")
    assert harms
    assert not [harm for harm in harms if harm.startswith("broken")]


def test_with_all_defences_the_same_way_shows_no_harm():
    """Else the tests above would pass whatever was taken out."""
    defence = DEFENCES[0]
    whole = Defence(name="none", module=defence.module, line=defence.line, without=defence.line)
    assert without(whole, "tests.security.reached:all_harms") == []
