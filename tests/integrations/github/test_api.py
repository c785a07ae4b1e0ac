"""The transport: which answer becomes which error, what is retried, what is never shown."""

import asyncio
import json
import random
import re
import time
from dataclasses import replace

import pytest

from codeflow_action.engine.errors import (
    GitHubError,
    GitHubUnavailable,
    NotFound,
    PermissionDenied,
)
from codeflow_action.integrations.github.api import Connection, GitHubApi, Uncertain
from codeflow_action.testing.github import Fault, GitHubServer, Manner
from codeflow_action.testing.provider.fixtures import PatientClock
from tests.integrations.gitting import commit, init
from tests.still_loop import StillLoop

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


def asked(github, clock, work, token=TOKEN, deadline=1_000.0, url="", loop=None):
    async def asking():
        api = GitHubApi(
            Connection(
                token=token,
                api_url=url or github.api_url,
                graphql_url=github.graphql_url,
            ),
            clock=clock,
            rng=random.Random(1),
            deadline=clock.now() + deadline,
        )
        try:
            return await work(api)
        finally:
            await api.aclose()

    return asyncio.run(asking(), loop_factory=(lambda: loop) if loop else None)


def asked_in_vain(github, clock, work, numbers=range(1, 100), **given):
    """Let hours pass whenever as many requests have come as one of the `numbers` says.

    Beside them no time passes, so no other request is late.
    """
    loop = StillLoop()

    async def while_time_passes(api):
        async def let_pass():
            for number in numbers:
                while len(github.requests) < number:
                    await asyncio.to_thread(time.sleep, 0.005)
                loop.let_pass(10_000)

        passing = asyncio.create_task(let_pass())
        try:
            return await work(api)
        finally:
            passing.cancel()

    return asked(github, clock, while_time_passes, loop=loop, **given)


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


@pytest.mark.parametrize("verb", ["POST", "PATCH"])
def test_a_write_is_never_tried_again(github, clock, verb):
    github.fail(path="/repos", status=502, times=9)
    with pytest.raises(GitHubError):
        asked(github, clock, lambda api: api.write(verb, "/repos/octo/shop", {"a": 1}))
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


DATE = "Mon, 30 Nov 2026 10:00:00 GMT"
NOON = 1_796_032_800  # the same in seconds


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        # Until the reset, by GitHub's own clock.
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOON + 2)}, [2.0]),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOON + 59)}, [59.0]),
        # It is over already; the date has whole seconds.
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOON - 5)}, [1.0]),
        # What GitHub asks for comes first.
        (
            {
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": str(NOON + 2),
                "retry-after": "9",
            },
            [9.0],
        ),
        # Not the primary limit: its reset says nothing.
        ({"x-ratelimit-remaining": "70", "x-ratelimit-reset": str(NOON + 2)}, [60.0]),
        # Nothing that can be read.
        ({"x-ratelimit-remaining": "0"}, [60.0]),
        ({"retry-after": "in a while"}, [60.0]),
    ],
)
@pytest.mark.parametrize("status", [403, 429])
def test_a_limit_is_waited_for_until_it_is_over(github, clock, status, headers, waited):
    """Fault 16: two seconds do not become sixty."""
    body = {"message": "API rate limit exceeded"}
    github.fail(path="/repos", status=status, headers={"date": DATE, **headers}, body=body)
    assert asked(github, clock, get)["full_name"] == "octo/shop"
    assert clock.slept == waited


@pytest.mark.parametrize("work", [get, lambda api: api.write("POST", "/repos/octo/shop", {"a": 1})])
def test_a_limit_of_fifty_minutes_is_asked_once(github, clock, work):
    """Fault 16: nobody waits for it, and nobody asks again."""
    headers = {
        "date": DATE,
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(NOON + 3_000),
    }
    github.fail(path="/repos", status=403, headers=headers, times=9)
    with pytest.raises(GitHubUnavailable, match="over in 3000 seconds"):
        asked(github, clock, work)
    assert len(github.requests) == 1
    assert clock.slept == []


VIEWER = "query { viewer { login } }"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(path=re.compile("graphql"), manner=Manner.CUT),
        Fault(path=re.compile("graphql"), status=200, body=b""),
        Fault(path=re.compile("graphql"), status=200, body=b"<html>a proxy</html>"),
        Fault(path=re.compile("graphql"), status=502),
        Fault(
            path=re.compile("graphql"),
            status=200,
            body={"data": None, "errors": [{"type": "RATE_LIMITED", "message": "exceeded"}]},
        ),
        Fault(
            path=re.compile("graphql"),
            status=200,
            body={"errors": [{"message": "Something went wrong while executing your query."}]},
        ),
    ],
    ids=lambda fault: f"{fault.manner} {fault.status} {fault.body}",
)
def test_half_an_answer_of_graphql_is_asked_for_again(github, clock, fault):
    """Fault 16: an answer is whole when it can be read."""
    github.faults.add(replace(fault))
    assert asked(github, clock, lambda api: api.graphql(VIEWER, {}))["viewer"]["login"]
    assert len(github.requests) == 2


@pytest.mark.parametrize("path", ["/repos/octo/shop", "/repos/octo/shop/labels"])
def test_half_an_answer_of_rest_is_asked_for_again(github, clock, path):
    """Fault 16: one value, and a page of a list."""
    github.faults.add(Fault(path=re.compile(path), manner=Manner.CUT))
    asked(github, clock, lambda api: api.get_pages(path))
    assert len(github.requests) == 2


@pytest.mark.parametrize("manner", [Manner.DRIP, Manner.SILENCE])
@pytest.mark.parametrize(
    "work",
    [
        get,
        lambda api: api.graphql(VIEWER, {}),
        lambda api: api.write("POST", "/repos/octo/shop", {"a": 1}),
        lambda api: api.write("PATCH", "/repos/octo/shop", {"a": 1}),
        lambda api: api.write("DELETE", "/repos/octo/shop"),
    ],
    ids=["get", "graphql", "post", "patch", "delete"],
)
def test_an_answer_without_an_end_is_not_waited_for(github, clock, manner, work):
    """Fault 16: every request is bounded as a whole, not only each wait for a byte."""
    github.faults.add(Fault(manner=manner, count=99))
    with pytest.raises(GitHubUnavailable, match=r"did not answer .* within 30 seconds"):
        asked_in_vain(github, clock, work)


def test_a_write_without_an_answer_is_uncertain(github, clock):
    """Fault 15: GitHub may have done it, or may do it yet."""
    github.faults.add(Fault(manner=Manner.SILENCE))
    with pytest.raises(Uncertain):
        asked_in_vain(github, clock, lambda api: api.write("POST", "/repos/octo/shop", {"a": 1}))


def test_no_request_waits_past_the_deadline(github, clock):
    """Fault 16: what is left of the time bounds it, too."""
    github.faults.add(Fault(manner=Manner.DRIP, count=99))
    with pytest.raises(GitHubUnavailable, match=r"within \d seconds"):  # of the last try
        asked_in_vain(github, clock, get, deadline=10.0)


def test_other_requests_go_on_beside_those_that_do_not_end(github, clock):
    """Fault 16: what is given up takes no other request's place."""
    github.faults.add(Fault(method="POST", manner=Manner.DRIP, count=4))

    async def many(api):
        stuck = (api.write("POST", "/user", {}) for _ in range(4))
        answers = await asyncio.gather(*stuck, return_exceptions=True)
        assert {type(one) for one in answers} == {Uncertain}
        return await get(api)

    assert asked_in_vain(github, clock, many, numbers=[4])["full_name"] == "octo/shop"


@pytest.mark.parametrize("value", ["soon", "²", "1e999"])
def test_a_header_that_is_no_number_is_no_crash(github, clock, value):
    """Fault 16: of a good answer nobody reads the limit's headers."""
    github.fail(path="/repos", status=200, headers={"x-ratelimit-reset": value}, body={"a": 1})
    assert asked(github, clock, get) == {"a": 1}
    assert len(github.requests) == 1


@pytest.mark.parametrize("verb", ["POST", "PATCH", "DELETE"])
def test_no_write_is_begun_in_the_last_three_seconds(github, clock, verb):
    """Fault 16: whichever it is, and whoever sends it."""
    with pytest.raises(GitHubUnavailable, match="no time"):
        asked(github, clock, lambda api: api.write(verb, "/repos/octo/shop"), deadline=3.0)
    assert github.requests == []


def test_a_write_that_was_never_sent_is_tried_again(github, clock):
    """Fault 16: nobody listens there, so nobody can have done it."""
    with pytest.raises(GitHubUnavailable) as raised:
        asked(github, clock, lambda api: api.write("POST", "/x", {}), url="http://127.0.0.1:9")
    assert not isinstance(raised.value, Uncertain)
    assert len(clock.slept) == 2


def moved(github, target, verb="GET"):
    """Let the next request be answered by a redirect, as for a repository that was renamed."""
    headers = {"location": target}
    github.fail(verb, path="/repos/old/shop", status=301, headers=headers, body={})


def test_a_renamed_repository_is_read_under_its_new_name(github, clock):
    moved(github, f"{github.api_url}/repos/octo/shop")
    answer = asked(github, clock, lambda api: api.get("/repos/old/shop", {"a": 1}))
    assert answer["full_name"] == "octo/shop"


def test_nobody_is_followed_to_another_host(github, clock, tmp_path):
    with GitHubServer(token=TOKEN) as other:
        moved(github, f"{other.api_url}/repos/octo/shop")
        with pytest.raises(GitHubError, match="301"):
            asked(github, clock, lambda api: api.get("/repos/old/shop"))
        assert other.requests == []


def test_a_write_is_not_carried_to_another_address(github, clock):
    moved(github, f"{github.api_url}/repos/octo/shop", "POST")
    with pytest.raises(GitHubError, match="301"):
        asked(github, clock, lambda api: api.write("POST", "/repos/old/shop", {"a": 1}))
    assert [request.path for request in github.requests] == ["/repos/old/shop"]


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
