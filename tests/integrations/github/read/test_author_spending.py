"""What is counted of an author's day: sealed words of ours, of today, and runs under way."""

import asyncio
import random
from dataclasses import replace

import pytest

from codeflow_action.engine.ledger import Ledger
from codeflow_action.integrations.github.api import Connection, GitHubApi
from codeflow_action.integrations.github.marks import PURPOSE, Marks
from codeflow_action.integrations.github.read.author_spending import AuthorDay
from codeflow_action.security.seal import Seal
from codeflow_action.testing.github import GitHubServer
from codeflow_action.testing.provider.fixtures import PatientClock
from tests.integrations.gitting import commit, git, init

TOKEN = "stand-in-token"
TODAY, YESTERDAY = "2026-11-30", "2026-11-29"
BOT = "github-actions[bot]"
MARKS = Marks(repository="octo/shop", number=1, name="codeflow", seal=Seal.of(["k" * 32], PURPOSE))


@pytest.fixture
def github(tmp_path):
    directory = init(tmp_path / "shop")
    commit(directory, {"a.py": b"a = 1\n"})
    for name in ("one", "two"):
        git(directory, "checkout", "--quiet", "-b", name, "main")
        commit(directory, {f"{name}.py": b"b = 2\n"})
    git(directory, "checkout", "--quiet", "main")
    with GitHubServer(token=TOKEN) as server:
        repository = server.add_repository("octo/shop", directory)
        for name in ("one", "two"):
            repository.open_pull_request(head=name, author="stranger", head_repo="stranger/shop")
        yield server, repository


def spent(github, login="stranger", **fields):
    server, repository = github
    if fields:
        pull = repository.pulls[2]
        head = {"head_sha": pull.head_sha, "merge_base_sha": pull.base_sha}
        facts = {**head, "digest": "d", "complete": True, **fields}
        seal = facts.pop("seal", MARKS.seal)
        line = replace(MARKS, number=2, seal=seal).ledger_line(Ledger(**facts))
        pull.add_comment(f"{line}\nwords", author=BOT)

    async def asking():
        api = GitHubApi(
            Connection(
                token=TOKEN, api_url=server.api_url, graphql_url=f"{server.server_url}/graphql"
            ),
            clock=PatientClock(),
            rng=random.Random(1),
            deadline=1_000,
        )
        try:
            return await AuthorDay(login=login, day=TODAY, reserve=1_000).spent(api, MARKS)
        finally:
            await api.aclose()

    return asyncio.run(asking())


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"day": TODAY, "day_tokens": 70, "tokens": 500}, 70),
        ({"day": YESTERDAY, "day_tokens": 70, "tokens": 500}, 0),
        ({"day": TODAY, "day_tokens": 70, "head_sha": "0" * 40}, 1_070),  # a newer head waits
        ({}, 1_000),  # nothing of ours yet; the pull request that asks is no run of another
        ({"day": TODAY, "day_tokens": 0, "seal": Seal.of(["o" * 32], PURPOSE)}, 1_000),
    ],
)
def test_tokens_of_the_day_and_runs_under_way_are_counted(github, fields, expected):
    assert spent(github, **fields) == expected


def test_what_is_not_open_waits_for_no_run(github):
    github[1].pulls[2].state = "closed"
    assert spent(github) == 0


@pytest.mark.parametrize("login", ["renovate[bot]", "x repo:other/other", "", "-"])
def test_a_login_that_is_no_persons_is_not_asked_about(github, login):
    assert spent(github, login) is None
    assert not github[0].requests


def test_an_answer_that_is_refused_is_no_count(github):
    github[0].fail(path="graphql", status=403, times=5)
    assert spent(github) is None


def test_a_day_goes_on_from_one_round_to_the_next():
    ends = {"head_sha": "1" * 40, "merge_base_sha": "2" * 40, "digest": "d", "complete": True}
    first = Ledger(**ends, tokens=50).on(TODAY, None)
    second = Ledger(**ends, tokens=80).on(TODAY, first)
    assert (first.day_tokens, second.day_tokens) == (50, 80)
    yesterday = first.model_copy(update={"day": YESTERDAY})
    assert Ledger(**ends, tokens=80).on(TODAY, yesterday).day_tokens == 30
