"""GitHub that fails: what the run comes to, and that the next one leaves nothing out or twice."""

import re
import threading
import time
from email.utils import formatdate

import pytest

from codeflow_action.testing.github import Effect, Fault, Manner
from tests.entry.jobs import HEAD, REMARK, MovedClock, review
from tests.entry.test_pull_request import LEFTOVER, asked
from tests.faults.rows import MAX_WAIT, WaitClock, ends, fault, is_mended

DONE = (0, "pass", "ok")
NOT_RUN = (3, "incomplete", "gate_not_run")
POSTS = {"method": "POST", "path": re.compile("^/repos/")}
REVIEW = {"method": "POST", "path": re.compile("/reviews$")}
STICKY = {"method": "POST", "path": re.compile("/issues/1/comments$")}
COMMENT = {"method": "POST", "path": re.compile("/pulls/1/comments$"), "count": 99}
ABUSE = {"status": 422, "body": {"message": "You have triggered an abuse detection"}}
GRAPHQL = {"path": re.compile("graphql"), "status": 200}
SECONDARY = {
    "status": 403,
    "body": {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."},
}


def primary_limit(seconds):
    """Return the refusal of the hour's requests, which are counted anew in so many seconds.

    https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    now = int(time.time())
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(now + seconds)}
    return {
        "status": 403,
        "body": {"message": "API rate limit exceeded for installation ID 1."},
        "headers": {"date": formatdate(now, usegmt=True), **headers},
    }


def empty(folder):
    """Return an empty workspace: nothing is there but what GitHub tells."""
    workspace = folder / "empty"
    workspace.mkdir()
    return workspace


def graphql_error(**error):
    return GRAPHQL | {"body": {"data": None, "errors": [error]}, "count": 99}


@pytest.mark.parametrize(
    ("struck", "ending", "words"),
    [
        # Each waits as long as GitHub asks it to.
        fault("primary limit, over in 2 seconds", [primary_limit(2) | {"count": 2}], DONE, ""),
        fault(
            "primary limit, over in 50 minutes",
            [primary_limit(3000) | {"count": 999}],
            NOT_RUN,
            "over in 3000 seconds",
        ),
        fault(
            "primary limit of 50 minutes, from the first write on",
            [POSTS | primary_limit(3000) | {"count": 999}],
            NOT_RUN,
            "run the job again when the limit is over",
        ),
        fault(
            "secondary limit that says how long",
            [POSTS | SECONDARY | {"headers": {"retry-after": "2"}, "count": 2}],
            DONE,
            "",
        ),
        fault("secondary limit that does not say", [POSTS | SECONDARY | {"count": 2}], DONE, ""),
        fault(
            "secondary limit that does not end",
            [POSTS | SECONDARY | {"count": 999}],
            NOT_RUN,
            "run the job again when the limit is over",
        ),
        # Nobody knows what became of these: it is looked up.
        fault("502 for a write that was not done", [REVIEW, STICKY], DONE, ""),
        fault(
            "502 for a write that was done",
            [REVIEW | {"effect": Effect.BEFORE}, STICKY | {"effect": Effect.BEFORE}],
            DONE,
            "",
        ),
        fault(
            "the answer to a write is lost",
            [
                REVIEW | {"status": 0, "effect": Effect.BEFORE},
                STICKY | {"status": 0, "effect": Effect.BEFORE},
            ],
            DONE,
            "",
        ),
        fault(
            "an outage of all writes",
            [POSTS | {"status": 500, "count": 999}],
            NOT_RUN,
            "could not be written",
        ),
        fault("an outage of one read", [{"path": GRAPHQL["path"]}], DONE, ""),
        fault("truncated JSON", [{"manner": Manner.CUT}], DONE, ""),
        fault(
            "truncated JSON in every answer",
            [{"manner": Manner.CUT, "count": 999}],
            NOT_RUN,
            "a proxy between the runner and GitHub",
        ),
        fault(
            "an answer breaks off in its middle",
            [
                {"path": GRAPHQL["path"], "manner": Manner.TORN, "count": 2},
                # What would be asked in its place, if it were not asked for again.
                {"method": "GET", "path": STICKY["path"], "manner": Manner.TORN, "count": 99},
            ],
            DONE,
            "",
        ),
        # One by one, as after another 422, they would be refused as well.
        fault("422 that calls it abuse", [REVIEW | ABUSE, COMMENT | ABUSE], DONE, ""),
        # Refused for good: the findings become annotations, and the gates' verdict stands.
        fault(
            "422 for every write",
            [
                POSTS
                | {"status": 422, "body": {"message": "was submitted too quickly"}, "count": 999}
            ],
            DONE,
            "was submitted too quickly",
        ),
        # REST answers what GraphQL does not.
        fault(
            "GraphQL: rate limit with status 200",
            [graphql_error(type="RATE_LIMITED", message="API rate limit exceeded")],
            DONE,
            "",
        ),
        fault(
            "GraphQL: outage with status 200",
            [graphql_error(message="Something went wrong while executing your query.")],
            DONE,
            "",
        ),
        fault(
            "GraphQL: refusal with status 200",
            [graphql_error(type="FORBIDDEN", message="not accessible", path=["repository"])],
            DONE,
            "",
        ),
    ],
)
def test_github_fails_and_nothing_is_lost_or_doubled(shop, model, struck, ending, words):
    for details in struck:
        shop.github.faults.add(Fault(**details))
    clock = WaitClock()
    ended = shop.run(inputs=asked(model), clock=clock)
    assert ends(ended, *ending)
    assert max(clock.waits) <= MAX_WAIT
    # What was written twice would be removed again, but its readers would have heard of both.
    assert "DELETE" not in {request.method for request in shop.github.requests}
    told = [line for line in ended.stdout.splitlines() if line.startswith("::")]
    assert words in "\n".join(told)
    assert all(re.search(r"\((run|check) ", error) for error in ended.closing_errors)
    shown = [*shop.pull.review_comments, *(line for line in told if "divides by zero" in line)]
    assert len(shown) == 1  # on the diff, or else as an annotation
    if not words:  # there is nothing to see, as all was written
        assert (len(shop.pull.review_comments), len(shop.stickies())) == (1, 1)
    assert is_mended(shop, asked(model))
    assert len(model.requests) <= 2


@pytest.mark.fault("the token is revoked in the middle of a run")
def test_a_token_that_is_revoked_while_the_model_thinks_is_an_error_that_names_it(shop, model):
    good = review(REMARK)

    def answer(request):
        shop.github.faults.add(Fault(path=re.compile(""), status=401, count=999))
        return good(request)

    model.answer = answer
    ended = shop.run(inputs=asked(model))
    assert ends(ended, *NOT_RUN)
    assert "check the input github_token" in ended.closing_errors[0]
    assert "divides by zero" in ended.stdout
    model.answer = good  # which revokes it no more
    assert is_mended(shop, asked(model))


@pytest.mark.fault("a wrong token")
def test_a_wrong_token_is_an_error_that_names_it(shop, tmp_path):
    ended = shop.run(inputs={"github_token": "ghs_" + "wrong" * 8}, workspace=empty(tmp_path))
    assert ends(ended, *NOT_RUN)
    assert "401" in ended.closing_errors[0]
    assert "check the input github_token" in ended.closing_errors[0]


@pytest.mark.fault("GitHub refuses everything, and the workspace is empty")
@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_github_that_answers_nothing_else_is_no_pass(shop, tmp_path, status):
    shop.github.fail(path=".*", status=status, times=1000)
    ended = shop.run(workspace=empty(tmp_path))
    assert ends(ended, *NOT_RUN)
    assert str(status) in ended.closing_errors[0]


@pytest.mark.fault("GitHub refuses everything, and the workspace has the objects")
@pytest.mark.parametrize(
    ("status", "ending"),
    [
        (403, (0, "pass", "no_key")),  # the token may not: that degrades
        (404, (0, "pass", "no_key")),
        (401, NOT_RUN),  # nobody is there, or nobody who knows us
        (500, NOT_RUN),
    ],
)
def test_gates_are_told_even_when_github_refuses_all(make_shop, status, ending):
    shop = make_shop(head=HEAD | LEFTOVER)
    shop.github.fail(path=".*", status=status, times=1000)
    ended = shop.run()
    assert ends(ended, *ending)
    assert "::warning title=Debug leftover" in ended.stdout
    assert "comments could not be read" in ended.stdout + ended.summary
    assert shop.github.writes() == 0


@pytest.mark.fault("no server is there")
def test_a_server_that_is_not_there_is_no_pass(shop, tmp_path):
    nowhere = "http://127.0.0.1:9"
    ended = shop.run(
        workspace=empty(tmp_path),
        env={
            "GITHUB_API_URL": nowhere,
            "GITHUB_GRAPHQL_URL": f"{nowhere}/graphql",
            "GITHUB_SERVER_URL": nowhere,
        },
    )
    assert ends(ended, *NOT_RUN)


@pytest.mark.fault("GitHub sends its answer a byte at a time")
def test_an_answer_without_an_end_is_not_waited_for_beyond_the_deadline(shop, model):
    """The model answers when four seconds are left; else a request may take thirty."""
    clock, good = MovedClock(), review(REMARK)

    def answer(request):
        clock.move(600 - 4)
        shop.github.faults.add(Fault(path=GRAPHQL["path"], manner=Manner.DRIP, count=99))
        return good(request)

    model.answer = answer
    ended = shop.run(inputs=asked(model), clock=clock)
    assert ends(ended, *NOT_RUN)
    assert re.search("/graphql within [0-4] seconds", ended.closing_errors[0])
    assert "divides by zero" in ended.stdout
    model.answer = good  # which brings the fault no more
    assert is_mended(shop, asked(model))


@pytest.mark.fault("the fork was deleted")
def test_a_pull_request_whose_fork_is_gone_is_reviewed_all_the_same(shop, model, tmp_path):
    """Its head has no repository any more; GitHub keeps the commits under `refs/pull`."""
    payload = shop.repository.event("pull_request", pull=shop.pull)
    payload["pull_request"]["head"]["repo"] = None
    shop.github.fail(path="/repos/(?!octo/shop)", status=404, times=99)
    ended = shop.run(payload=payload, inputs=asked(model), workspace=empty(tmp_path))
    assert ends(ended, *DONE)
    assert "a shallow fetch" in ended.stderr
    assert [comment.line for comment in shop.pull.review_comments] == [6]


@pytest.mark.fault("the head moves during the run")
def test_a_push_while_the_model_thinks_leaves_the_word_to_the_next_run(shop, model):
    def answer(request):
        shop.push({"shop/later.py": "x = 1\n"})
        return review(REMARK)(request)

    model.answer = answer
    ended = shop.run(inputs=asked(model))
    assert ends(ended, 0, "incomplete", "head_moved")
    assert "head moved during the run" in ended.summary
    assert shop.github.writes() == 0
    model.answer = review(REMARK)
    assert is_mended(shop, asked(model))


@pytest.mark.fault("two runs at once")
@pytest.mark.parametrize("moment", [REVIEW, STICKY], ids=["review", "comment"])
def test_two_runs_at_once_say_everything_once(forks, shop, model, moment):
    """The second has all of its run between two requests of the first."""
    forks.run(["-c", "pass"], env={}, cwd=shop.root)  # it has imported everything by then
    others, threads = [], []

    def run_another():
        running = shop.fork(forks, inputs=asked(model))
        threads.append(threading.Thread(target=lambda: others.append(running.wait())))
        threads[0].start()
        threads[0].join(10)  # the first run waits for GitHub for 15 seconds

    shop.github.faults.add(Fault(**moment, hook=run_another))
    ended = shop.run(inputs=asked(model))
    threads[0].join()
    assert [ended.code, others[0].code] == [0, 0]
    assert is_mended(shop, asked(model))
