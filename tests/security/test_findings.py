"""Attacks through findings on the agent that fixes them: none gets out of its place."""

import pytest

from codeflow_action.integrations.hand_off_lines import hand_off_file
from tests.security.findings import ATTACKS, attacked, harms_of
from tests.security.test_text_that_leaves import LINKS


def test_the_corpus_of_findings_is_as_large_as_it_says():
    assert len(ATTACKS) >= 50
    assert {case.through for case in ATTACKS} == {
        *("title", "message", "code", "suggestion", "path", "rule", "source", "url", "id"),
        *("repository", "head_sha", "version"),
    }
    assert all(case.number in case.text for case in ATTACKS)


@pytest.mark.promise(
    "No finding can command the agent that fixes it: its texts are data under a key that says so, "
    "and nothing in them acts, is hidden, or ends its place."
)
@pytest.mark.parametrize("case", ATTACKS, ids=lambda case: f"{case.through}: {case.name}")
def test_an_attack_through_a_finding_stays_data(case):
    assert harms_of(case) == []


@pytest.mark.parametrize("case", ATTACKS, ids=lambda case: f"{case.through}: {case.name}")
def test_what_an_agent_needs_is_still_there(case):
    """The other finding is untouched, and the attacked one can be read."""
    text = hand_off_file(attacked(case), LINKS)
    assert text.count('"title":"A title"') >= 1
    if case.through in ("title", "message", "code", "path", "rule", "source"):
        assert case.number in text
