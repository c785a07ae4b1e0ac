"""Accounts that move dependencies, accounts that write code, and people."""

import pytest

from codeflow_action.engine.machine_authors import (
    CODING_AGENTS,
    DEPENDENCY_BOTS,
    Machine,
    machine_kind,
)
from codeflow_action.engine.pull_request import Author


@pytest.mark.parametrize(
    ("login", "is_bot", "expected"),
    [
        ("dependabot[bot]", True, Machine.BOT),
        ("renovate[bot]", True, Machine.BOT),
        ("renovate-bot", False, Machine.BOT),
        ("octo-renovate[bot]", True, Machine.BOT),  # an organisation's own app
        ("zio-scala-steward[bot]", True, Machine.BOT),
        ("Copilot", True, Machine.AGENT),
        ("copilot-swe-agent[bot]", True, Machine.AGENT),
        ("claude[bot]", True, Machine.AGENT),
        ("chatgpt-codex-connector[bot]", True, Machine.AGENT),
        ("cursor[bot]", True, Machine.AGENT),
        ("devin-ai-integration[bot]", True, Machine.AGENT),
        ("google-labs-jules[bot]", True, Machine.AGENT),
        ("openhands-agent", False, Machine.AGENT),
        ("github-actions[bot]", True, Machine.AGENT),
        ("new-agent-of-next-month[bot]", True, Machine.AGENT),
        ("mona", False, None),
        ("octo-renovate", False, None),  # anybody may be called so
        ("dependabot", False, None),
        ("renovated[bot]", True, Machine.AGENT),
    ],
)
def test_machines_are_told_apart_by_their_accounts(login, is_bot, expected):
    assert machine_kind(Author(login=login, is_bot=is_bot)) is expected


def test_no_account_is_in_both_lists_and_each_has_a_source():
    assert not DEPENDENCY_BOTS.keys() & CODING_AGENTS.keys()
    for login, source in (DEPENDENCY_BOTS | CODING_AGENTS).items():
        assert login == login.lower()
        assert source.startswith("https://")
