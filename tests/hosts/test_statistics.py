"""`codeflow stats` on the local GitHub: what our own comments say, proven or not."""

import asyncio
import json
from dataclasses import replace

import pytest

from codeflow_action import cli
from codeflow_action.engine.errors import ConfigError, GitHubError
from codeflow_action.engine.ledger import EntryState
from codeflow_action.hosts.clock import RealClock
from codeflow_action.hosts.statistics import (
    StatisticsRequest,
    connect,
    read_statistics,
    to_table,
)
from codeflow_action.testing.github import GitHubServer
from tests.engine.test_final_count import entry
from tests.engine.test_values import ledger
from tests.integrations.github.write.publishing import KEY, MARKS
from tests.integrations.gitting import commit, git, init

BOT = "github-actions[bot]"


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    directory = init(tmp_path_factory.mktemp("statistics") / "shop")
    commit(directory, {"a.py": b"x\n"})
    git(directory, "branch", "topic")
    return directory


@pytest.fixture
def repository(directory):
    with GitHubServer() as github:
        yield github.add_repository("octo/shop", directory)


def close(repository, number, *entries, body="", author=BOT, is_merged=True):
    """Close a pull request on which our comment has a ledger of these entries."""
    pull = repository.open_pull_request(head="topic", number=number)
    pull.state, pull.is_merged = "closed", is_merged
    line = replace(MARKS, number=number).ledger_line(ledger(entries=entries))
    pull.add_comment("what somebody says")
    pull.add_comment(body or f"{line}\nWhat readers see.", author=author)
    return line


def statistics(repository, *, keys=(KEY,), last=50, name="codeflow", full_name="octo/shop"):
    request = StatisticsRequest(repository=full_name, name=name, author=BOT, last=last, keys=keys)
    environment = {
        "GITHUB_TOKEN": repository.hub.token,
        "GITHUB_API_URL": repository.hub.api_url,
    }
    return asyncio.run(read_statistics(request, connect(environment), RealClock()))


def test_remarks_of_closed_pull_requests_are_counted_by_rule(repository):
    close(repository, 1, entry(1, EntryState.FIXED), entry(2))
    close(repository, 2, entry(3, EntryState.DISMISSED), is_merged=False)
    repository.open_pull_request(head="topic", number=3)
    counted = statistics(repository)
    assert (counted.pulls, counted.ledgers, counted.is_proven) == (2, 2, True)
    (rule,) = counted.rules
    ends = {fate.value: count for fate, count in rule.ends.items() if count}
    assert (rule.rule, rule.remarks) == ("pr_reviewer/correctness", 3)
    assert ends == {"fixed": 1, "dismissed": 1, "ignored": 1}


def test_what_our_keys_have_not_sealed_is_not_counted(repository):
    line = close(repository, 1, entry(1, EntryState.FIXED))
    close(repository, 2, body=line)  # sealed for another pull request
    close(repository, 3, entry(2), author="mallory")
    counted = statistics(repository)
    assert (counted.ledgers, counted.refusals) == (1, 1)


def test_without_keys_authorship_has_to_do_and_the_table_says_so(repository):
    close(repository, 1, entry(1))
    close(repository, 2, entry(2), author="mallory")
    counted = statistics(repository, keys=())
    assert (counted.ledgers, counted.is_proven) == (1, False)
    assert "Unproven: no model's key is set here" in to_table(counted)
    assert "Unproven" not in to_table(counted.model_copy(update={"is_proven": True}))


def test_the_last_pull_requests_are_read_page_by_page(repository):
    for number in range(1, 46):
        close(repository, number, entry(1))
    assert statistics(repository).pulls == 45
    assert statistics(repository, last=25).pulls == 25


def test_the_table_names_what_to_turn_off(repository):
    close(repository, 1, *(entry(number) for number in range(1, 7)))
    table = to_table(statistics(repository))
    assert "turn off or narrow:\n  pr_reviewer/correctness (6 remarks)" in table
    assert "  0%" in table


def test_a_rule_that_a_comment_claims_is_no_escape_sequence(repository):
    close(repository, 1, entry(1, rule="\x1b[31mred"))
    assert "\x1b" not in to_table(statistics(repository, keys=()))


def test_a_repository_that_is_not_there_is_said_to_be_missing(repository):
    with pytest.raises(GitHubError, match=r"(?i)repository"):
        statistics(repository, full_name="octo/other")
    with pytest.raises(ConfigError, match="is no repository"):
        statistics(repository, full_name="shop")


def test_without_a_token_the_command_says_which_variable_it_takes():
    with pytest.raises(ConfigError, match="GITHUB_TOKEN is not set"):
        connect({})


def test_the_command_prints_what_was_counted_as_json(repository, capsys):
    close(repository, 1, entry(1))
    environment = {
        "GITHUB_TOKEN": repository.hub.token,
        "GITHUB_API_URL": repository.hub.api_url,
        "GITHUB_REPOSITORY": "octo/shop",
    }
    assert cli.run(["stats", "--last", "5", "--format", "json"], environment) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["ledgers"], printed["is_proven"]) == (1, False)
