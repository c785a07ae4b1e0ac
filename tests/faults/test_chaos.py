"""Runs against servers that fail half of their calls: the right review, or precisely why not."""

import json
import random
import re
import threading
from collections import Counter

import pytest

from codeflow_action import cli
from codeflow_action.testing.github import Effect, Fault, GitHubServer, Manner
from codeflow_action.testing.models import (
    ContentFilter,
    ContextOverflow,
    CutText,
    Empty,
    Html,
    Json,
    ModelRefusal,
    ModelRequest,
    ModelServer,
    NoCredit,
    Raw,
    RefuseSchema,
    Reply,
    Reset,
    Status,
    TokenUsage,
    WholeText,
)
from codeflow_action.testing.reviewer_replies import reviewer_reply
from tests.entry.jobs import BASE, HEAD, KEY, REMARK, TOKEN, Ended, Shop, build, review

FILES = {f"shop/part{at}.py": at for at in range(3)}
USAGE = TokenUsage(input=900, output=60)
INPUTS = {
    "provider": "openai",
    "model": "a-small-model",  # of unknown window, so that the change takes several prompts
    "fallback_models": "mistral:b, groq:c",
    **{f"{name}_api_key": KEY for name in ("openai", "mistral", "groq")},
    "cache_dir": ".cache",
    "record": "run.json",
    "comment": "never",
}


def content(at: int) -> str:
    """Return a file that fills most of a prompt, with one line that is wrong."""
    lines = [f"def part{at}_{line}(value):\n    return value + {line}" for line in range(700)]
    lines[300] = f"def part{at}_wrong(prices):\n    return sum(prices) // len(prices)  # {at}"
    return "\n".join(lines) + "\n"


def remark(at: int) -> dict[str, object]:
    quote = f"    return sum(prices) // len(prices)  # {at}"
    return {**REMARK, "path": f"shop/part{at}.py", "quote": quote, "title": f"Wrong in part {at}"}


def right(request: ModelRequest) -> Json:
    """Return what a careful model would say of just what it was shown."""
    shown = sorted({int(at) for at in re.findall(r"len\(prices\)  # (\d)", request.text)})
    return reviewer_reply(request, [remark(at) for at in shown], USAGE)


def wrong(request: ModelRequest, rng: random.Random) -> Reply:
    whole = json.dumps(right(request).value)
    return rng.choice(
        [
            *(Status(status) for status in (400, 401, 403, 404, 408, 500, 503, 529)),
            Status(429),
            Status(429, headers={"retry-after": "3"}),
            Status(429, headers={"retry-after": "99999"}),
            NoCredit(),
            ContextOverflow(),
            RefuseSchema(),
            Reset(),
            Html(),
            Raw("not json"),
            Raw('{"choices": []}'),
            WholeText("I like it."),
            Json({"remarks": [{"title": "no more"}]}),
            CutText(whole[: rng.randrange(len(whole))]),
            ModelRefusal("No."),
            ContentFilter(),
            Empty(),
        ]
    )


class Unreliable:
    """Answers rightly about half of the time, and counts."""

    def __init__(self, seed: int) -> None:
        self._rng, self._lock = random.Random(seed), threading.Lock()
        self.calls = 0

    def __call__(self, request: ModelRequest) -> Reply:
        with self._lock:
            reply = right(request) if self._rng.random() < 0.5 else wrong(request, self._rng)
            # A refused form of asking is asked for in another form within the same call.
            stepped = isinstance(reply, RefuseSchema) and "response_format" in request.body
            self.calls += not stepped
            return reply


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    root = tmp_path_factory.mktemp("chaos")
    with GitHubServer(token=TOKEN) as github:
        head = {path: content(at) for path, at in FILES.items()}
        yield build(root, github, {"README.md": "# Shop\n"}, head)


def check(ended: Ended, calls: int) -> None:
    """The report is right, or says what is missing: for every file, and in the verdict."""
    report = ended.report
    assert ended.code == 0, ended.log
    assert report is not None
    found = Counter(one.finding.path for one in report.findings)
    assert set(found.values()) <= {1}
    assert {one.finding.line for one in report.findings} <= {602}
    receipts = {file.path: file for file in report.receipt.files}
    assert receipts.keys() == FILES.keys()
    said = " ".join(short.detail for short in report.shortfalls)
    spoiled = "answers were cut off" in said
    unjudged = "second look" in said or "were not judged" in said
    for path, file in receipts.items():
        if file.reviewed == file.changed:
            assert not file.reason
            assert path in found or spoiled, ended.report
        else:
            assert file.reason
    done = all(file.reviewed == file.changed for file in receipts.values())
    if done and not spoiled and not unjudged:
        assert {one.finding.evidence.value for one in report.findings} == {"verified"}
        assert (report.verdict, report.reason) == ("pass", "ok")
        assert found.keys() == FILES.keys()
    else:
        assert report.verdict == "incomplete"
        assert report.reason in ("model_error", "budget")
        assert report.shortfalls
    assert report.spent.calls + report.spent.failed_calls == calls
    assert report.spent.cost_usd is None or report.spent.cost_usd <= 1


def run_twice(shop: Shop, model: ModelServer, seed: int, capsys) -> None:
    """Once against the unreliable server, then offline, then what is missing from a good one."""
    unreliable = Unreliable(seed)
    model.answer = unreliable
    urls = {
        f"{name.upper()}_BASE_URL": model.base_url(name) for name in ("openai", "mistral", "groq")
    }
    inputs = {**INPUTS, "cache_dir": f".cache{seed}"}
    ended = shop.run(inputs=inputs, env=urls)
    check(ended, unreliable.calls)
    capsys.readouterr()
    code = cli.run(["replay", str(shop.work_tree / "run.json"), "--format", "json"], {})
    assert code == ended.code
    written = (shop.work_tree / ".codeflow" / "report.json").read_text()
    assert capsys.readouterr().out == written
    if seed % 5:
        return
    before = len(model.requests)
    model.answer = right
    again = shop.run(inputs=inputs, env=urls)
    check(again, len(model.requests) - before)
    assert again.report is not None
    assert again.report.verdict == "pass"


@pytest.fixture
def model():
    with ModelServer(keys=[KEY]) as server:
        yield server


@pytest.mark.fault("half of all calls to models fail")
@pytest.mark.parametrize("seed", range(2))
def test_half_of_the_calls_fail(shop, model, seed, capsys):
    run_twice(shop, model, seed, capsys)


@pytest.mark.fault("half of all calls to models fail")
@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 1022))
def test_half_of_the_calls_fail_a_thousand_times(shop, model, seed, capsys):
    run_twice(shop, model, seed, capsys)


HEADS = ("def one():\n    return 1\n", "def two():\n    return 2\n")
PLACES = ("/reviews$", "/issues/1/comments$", "/comments", "graphql", "/pulls/1$", "")


def upset(shop: Shop, rng: random.Random) -> None:
    """Let some of the next requests to GitHub go wrong."""
    for _fault in range(rng.randrange(1, 5)):
        fault = rng.choice(
            [
                {"status": rng.choice([0, 500, 502, 503]), "effect": rng.choice([*Effect])},
                {"manner": Manner.CUT},
                {"status": 403, "headers": {"retry-after": "1"}},
                {"status": 429, "headers": {"retry-after": "999"}},
            ]
        )
        method = rng.choice(["POST", "PATCH", "GET"])
        others, left = rng.randrange(1, 9), rng.choice([1, 1, 2, 4])
        path = re.compile(rng.choice(PLACES))
        shop.github.faults.add(
            Fault(method=method, path=path, after_requests=others, count=left, **fault)
        )


def settle_down(shop: Shop, model: ModelServer, seed: int) -> None:
    """Two or three runs while GitHub fails, then one that meets no fault: all is there, once."""
    rng = random.Random(seed)
    inputs = {"provider": "openai", "openai_api_key": KEY, "effort": "low"}
    inputs["base_url"] = model.base_url("openai")
    for content in HEADS[: rng.randrange(1, 3)]:
        upset(shop, rng)
        ended = shop.run(inputs=inputs)
        assert ended.code in (0, 3), ended.log
        assert "Traceback" not in ended.log
        if ended.report is not None:  # wherever it is: it is not lost
            assert f"{ended.summary}{ended.stdout}".count(REMARK["title"]) >= len(
                ended.report.findings
            )
        if rng.random() < 0.5:
            shop.push({"shop/more.py": content})
    shop.github.faults.clear()
    for _clean in range(2):  # the first may bring on what is still late
        ended = shop.run(inputs=inputs)
    assert (ended.code, ended.outputs["verdict"]) == (0, "pass"), ended.log
    (sticky,) = shop.stickies()
    assert REMARK["title"] in sticky
    assert [one.line for one in shop.pull.review_comments] == [6]


@pytest.fixture
def small_shop(tmp_path):
    with GitHubServer(token=TOKEN) as github:
        yield build(tmp_path, github, BASE, HEAD)


@pytest.mark.fault("GitHub fails in many ways in several runs")
@pytest.mark.parametrize("seed", range(3))
def test_a_github_that_fails_gets_everything_once_in_the_end(small_shop, model, seed):
    """Fault 15: whatever was answered before, and by whichever run."""
    model.answer = review(REMARK)
    settle_down(small_shop, model, seed)


@pytest.mark.fault("GitHub fails in many ways in several runs")
@pytest.mark.soak
@pytest.mark.parametrize("seed", range(3, 503))
def test_a_github_that_fails_gets_everything_once_in_the_end_for_long(small_shop, model, seed):
    """Fault 15: the same, five hundred times."""
    model.answer = review(REMARK)
    settle_down(small_shop, model, seed)
