"""A rule that is allowed blocks nothing where it is allowed, and nothing else is."""

import pytest

from codeflow_action.config.policy import Policy
from codeflow_action.engine.allowances import Allowance, allowed_findings, rule_of_label
from codeflow_action.engine.dismissals import DismissalWay
from tests.engine.test_values import finding

TODAY = "2026-12-01"


@pytest.mark.parametrize(
    ("label", "rule"),
    [
        ("codeflow:allow-secrets", "secrets"),
        ("CodeFlow:Allow-Debug_Leftovers/Breakpoint", "debug_leftovers/breakpoint"),
        ("codeflow:allow-", ""),
        ("codeflow:allow-/", ""),  # all rules are not one
        ("codeflow:review", ""),
        ("xcodeflow:allow-secrets", ""),
    ],
)
def test_a_label_names_a_rule(label, rule):
    assert rule_of_label(label) == rule


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("secrets/aws", True),
        ("secrets", True),
        ("secret", False),
        ("secrets/aw", False),
        ("secrets/aws/more", False),
        ("", False),
    ],
)
def test_a_rule_or_the_gate_above_it_is_allowed(rule, holds):
    allowance = Allowance(rule=rule, way=DismissalWay.LABEL)
    assert allowance.holds(finding(rule="secrets/AWS")) is holds


def allowances(**row):
    row = {"rule": "secrets", "why": "a test key", **row}
    return Policy.model_validate({"allow": [row]}).allowances(TODAY)


def test_the_configuration_allows_in_a_path_until_a_day():
    here, elsewhere = finding(rule="secrets/aws", path="tests/a.py"), finding(rule="secrets/aws")
    (allowance,) = allowances(path="tests/**", until=TODAY)
    assert allowance.holds(here)
    assert not allowance.holds(elsewhere)
    assert not allowances(until="2026-11-30")
    (everywhere,) = allowances()
    assert everywhere.holds(finding(rule="secrets/aws", path=None, line=None))


def test_of_several_allowances_the_first_says_why():
    both = (*allowances(why="one"), *allowances(why="two"))
    (dismissal,) = allowed_findings(both, {"id": finding(rule="secrets/aws")}).values()
    assert (dismissal.way, dismissal.reason) == (DismissalWay.CONFIGURATION, "one")
