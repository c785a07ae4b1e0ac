"""The transport: which answer becomes which error, what is retried, what is never shown."""

import asyncio
import json
import random

import pytest

from codeflow_action.engine.errors import GitHubError, NotFound, PermissionDenied
from codeflow_action.integrations.github.api import Connection, GitHubApi
from codeflow_action.testing.github import GitHubServer
from codeflow_action.testing.provider.asking import PatientClock
from tests.integrations.gitting import commit, init

TOKEN = "ghs_" + "tokenOfTheseTests" * 2


@pytest.fixture
def github(tmp_path):
    with GitHubServer(token=TOKEN) as server:
        directory = init(tmp_path / "shop")
        commit(directory, {"a.txt": b"x\n"})
        server.add_repository("octo/shop", directory)
        yield server


@pytest.fixture
def clock():
    return PatientClock()


def asked(github, clock, work, token=TOKEN, deadline=1_000.0, url=""):
    async def asking():
        api = GitHubApi(
            Connection(token=token, api_url=url or github.api_url, graphql_url=github.graphql_url),
            clock=clock,
            rng=random.Random(1),
            deadline=clock.now() + deadline,
        )
        try:
            return await work(api)
        finally:
            await api.aclose()

    return asyncio.run(asking())


def get(api):
    return api.get("/repos/octo/shop")


REFUSALS = {
    401: GitHubError,
    403: PermissionDenied,
    404: NotFound,
    410: NotFound,
    422: GitHubError,
    500: GitHubError,
    502: GitHubError,
}


@pytest.mark.parametrize(("status", "kind"), REFUSALS.items())
def test_each_status_is_one_of_our_errors_without_the_token(github, clock, status, kind):
    github.fail(path="/repos", status=status, times=9, body={"message": f"no {TOKEN}"})
    with pytest.raises(kind) as raised:
        asked(github, clock, get)
    assert raised.value.status == status
    assert str(status) in str(raised.value)
    assert len(github.requests) == (3 if status >= 500 else 1)


@pytest.mark.parametrize("method", ["post", "patch"])
def test_a_write_is_never_tried_again(github, clock, method):
    github.fail(path="/repos", status=502, times=9)
    with pytest.raises(GitHubError):
        asked(github, clock, lambda api: getattr(api, method)("/repos/octo/shop", {"a": 1}))
    assert len(github.requests) == 1
    assert clock.slept == []


def test_a_read_is_tried_again_after_an_outage(github, clock):
    github.fail(path="/repos", status=503, times=2)
    assert asked(github, clock, get)["full_name"] == "octo/shop"
    assert len(clock.slept) == 2


def test_a_lost_connection_is_tried_again(github, clock):
    github.fail(path="/repos", status=0, times=1)
    assert asked(github, clock, get)["full_name"] == "octo/shop"


@pytest.mark.parametrize(
    ("status", "headers", "message"),
    [
        (429, {"retry-after": "7"}, "slow down"),
        (403, {"retry-after": "7"}, "You have exceeded a secondary rate limit"),
        (422, {"retry-after": "7"}, "abuse detection"),
    ],
)
def test_a_rate_limit_is_waited_for(github, clock, status, headers, message):
    github.fail(path="/repos", status=status, headers=headers, body={"message": message})
    assert asked(github, clock, get)["full_name"] == "octo/shop"
    assert clock.slept == [7.0]


def test_a_rate_limit_beyond_the_deadline_is_not_waited_for(github, clock):
    github.fail(path="/repos", status=429, headers={"retry-after": "50"})
    with pytest.raises(GitHubError):
        asked(github, clock, get, deadline=10)
    assert clock.slept == []


def test_a_missing_permission_is_named(github, clock):
    github.fail(
        path="/repos", status=403, headers={"x-accepted-github-permissions": "pull_requests=write"}
    )
    with pytest.raises(PermissionDenied) as raised:
        asked(github, clock, get)
    assert "pull_requests: write" in raised.value.hint


@pytest.mark.parametrize("body", [b"<html>sorry</html>", b"", b"\xff\xfe", b"[1,"])
def test_an_answer_that_is_not_json_is_an_error_and_no_crash(github, clock, body):
    github.fail(path="/repos", status=200, body=body, times=9)
    with pytest.raises(GitHubError):
        asked(github, clock, get)


def test_graphql_tells_errors_with_a_good_status(github, clock):
    with pytest.raises(GitHubError, match="GraphQL"):
        asked(github, clock, lambda api: api.graphql("query { nonsense }", {}))


def test_nothing_listens_there(github, clock):
    with pytest.raises(GitHubError, match="could not be reached"):
        asked(github, clock, get, url="http://127.0.0.1:9")


def test_the_token_is_in_no_repr_and_in_no_log(github, clock, caplog):
    caplog.set_level("DEBUG")
    connection = Connection(token=TOKEN, api_url="x", graphql_url="y")
    assert TOKEN not in repr(connection)
    asked(github, clock, get)
    assert TOKEN not in json.dumps([record.getMessage() for record in caplog.records])


def test_pages_are_followed_to_their_end(github, clock, tmp_path):
    repository = next(iter(github._hub.repositories.values()))
    directory = tmp_path / "shop"
    from tests.integrations.gitting import git

    git(directory, "checkout", "--quiet", "-b", "topic")
    commit(directory, {f"{at:03}.txt": b"x\n" for at in range(230)})
    repository.open_pull_request(head="topic", number=1)
    items = asked(github, clock, lambda api: api.get_pages("/repos/octo/shop/pulls/1/files"))
    assert len({item["filename"] for item in items}) == 230
