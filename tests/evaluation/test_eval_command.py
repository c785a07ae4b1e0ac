"""`codeflow eval` on real repositories: with a stand-in, with a model, and with a judge."""

import json
import os
import subprocess
import sys
from functools import partial

import pytest

from codeflow_action.evaluation.results import Evaluation
from codeflow_action.testing.models import Json, ModelServer, Status
from codeflow_action.testing.reviewer_replies import reviewer_reply
from tests.entry.jobs import KEY, REMARK
from tests.integrations.gitting import commit, git, init

BASE = {
    "shop/cart.py": b"from shop import money\n\n\ndef total(prices):\n    return sum(prices)\n",
    "shop/money.py": b"def cents(amount):\n    return int(amount * 100)\n",
    "old.py": b"".join(b"line = %d\n" % at for at in range(30)),
}
HEAD = {
    "shop/cart.py": BASE["shop/cart.py"] + b"\n\ndef mean(p):\n    return money.cents(total(p))\n",
    "old.py": None,
    "new.py": BASE["old.py"].replace(b"line = 3\n", b""),
    "poetry.lock": b"made by a tool\n",
    "left.py": b"breakpoint()\n",  # a gate's finding, which is not the reviewer's
}
PROMPT_ONLY = {"HTTPS_PROXY": "http://127.0.0.1:9"}  # nothing answers there


def finding(path, first, last=None, context="diff", **more):
    lines = [first, last or first]
    return {"path": path, "lines": lines, "text": "Wrong.", "context": context, **more}


FINDINGS = [
    finding("shop/cart.py", 8, 9),
    finding("shop/cart.py", 5, context="file"),
    finding("new.py", 4, side="LEFT"),  # removed from what was old.py
    finding(
        "shop/cart.py",
        9,
        context="repository",
        needs=[{"name": "cents", "places": [{"path": "shop/money.py", "lines": [1, 1]}]}],
    ),
    finding("poetry.lock", 1),
    finding("shop/cart.py", 900),
]


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A bare mirror below `clones`, and a dataset with one pull request of it."""
    directory = init(tmp_path / "shop")
    base = commit(directory, BASE)
    head = commit(directory, HEAD)
    git(tmp_path, "clone", "--quiet", "--bare", "shop", "clones/octo+shop")
    sample = {
        "schema_version": 1,
        "repository": "octo/shop",
        "base": base,
        "head": head,
        "title": "Show the mean price",
        "url": "https://example.com/octo/shop/pull/7",
        "findings": FINDINGS,
    }
    write(tmp_path, sample)
    monkeypatch.chdir(tmp_path)
    return sample


def write(directory, *samples):
    (directory / "set.jsonl").write_text("".join(json.dumps(one) + "\n" for one in samples))


@pytest.fixture
def evaluate(codeflow):
    return partial(codeflow, "eval", "set.jsonl", "--repos", "clones")


def parsed(result):
    code, out, err = result
    assert code == 0, err
    return Evaluation.model_validate_json(out)


def test_context_recall_needs_no_model_and_no_network(shop, evaluate):
    got = parsed(evaluate("--format", "json", **PROMPT_ONLY))
    (sample,) = got.samples
    assert (sample.label, sample.review, got.model) == ("octo/shop#7", None, "")
    reached = [(one.lines, one.lines_shown) for one in sample.context.findings]
    assert reached == [(2, 2), (1, 1), (1, 1), (1, 1), (1, 0), (0, 0)]
    assert sample.context.findings[4].reason == "lock file"
    assert (sample.context.prompts, sample.context.changed_lines) == (1, 6)
    levels = {one.level.value: one for one in got.levels}
    diff = levels["diff"]
    assert (diff.findings, diff.whole, diff.misplaced_findings) == (3, 2, 1)
    assert levels["repository"].needs == 1
    assert sample.context.second_tokens > 0  # what is known was found, and judged
    both = sample.context.tokens + sample.context.second_tokens
    assert got.tokens_per_line == both / 6


def test_a_need_that_the_change_itself_shows_is_met(shop, evaluate, tmp_path):
    head = commit(tmp_path / "shop", {"shop/money.py": b"def cents(a):\n    return round(a)\n"})
    git(tmp_path / "clones/octo+shop", "fetch", "--quiet", str(tmp_path / "shop"), "main:main")
    write(tmp_path, {**shop, "head": head})
    got = parsed(evaluate("--format", "json"))
    assert got.samples[0].context.findings[3].needs_shown == 1


def test_the_mirror_is_only_read(shop, evaluate, tmp_path):
    mirror = tmp_path / "clones/octo+shop"
    before = sorted((str(one), one.stat().st_mtime_ns) for one in mirror.rglob("*"))
    evaluate()
    assert sorted((str(one), one.stat().st_mtime_ns) for one in mirror.rglob("*")) == before


def test_the_tables_say_what_was_missed_and_what_was_not_done(shop, evaluate, tmp_path):
    absent = {**shop, "repository": "octo/else"}
    unknown = {**shop, "head": "b" * 40, "url": ""}
    write(tmp_path, shop, absent, unknown)
    code, out, err = evaluate()
    assert code == 0
    counts = "| diff | 3 (and 1 misplaced) | 2 (67%) | 4 | 3 (75%) | 3 (75%) | 0 | – | – |"  # noqa: RUF001
    assert counts in out
    assert "The second look sees 19 (100%) of the 19 lines" in out
    assert "- octo/shop#7 poetry.lock:1-1 (diff): 0 of 1 lines (lock file)" in out
    absent = "there is no clone of octo/else in clones: looked for octo/else, octo+else, else"
    assert f"- octo/else#7: {absent}" in out
    assert "- octo/shop@bbbbbbb: the clone lacks the base or the head commit" in out
    assert "precision" not in out
    assert "1 of 3: octo/shop#7" in err
    assert "| octo/else#7 |" not in out  # counted nowhere
    assert "| `undefined` | 40 | 40 | " in out  # planted, whatever the dataset


def test_what_people_said_outlives_the_stages_of_code_or_is_lost_to_one_of_them(
    shop, evaluate, tmp_path
):
    body = b"def price(n):\n" + b"".join(b"    n += %d\n" % at for at in range(12))
    body = b"from rates import rate\n\n\n" + body
    rates = {"rates.py": b"def rate(n):\n    return 2 * n\n"}
    base = commit(tmp_path / "shop", {"price.py": body + b"    return n\n", **rates})
    head = commit(tmp_path / "shop", {"price.py": body + b"    return rate(n)\n"})
    said = {
        "findings": [finding("price.py", 17), finding("price.py", 90), FINDINGS[2]],
        "rejected": [finding("price.py", 16), finding("price.py", 5), finding("rates.py", 1)],
    }
    write(tmp_path, {**shop, **said, "repository": "./shop", "base": base, "head": head})
    got = parsed(evaluate("--format", "json")).survival
    assert (got.accepted.made, got.accepted.kept) == (1, 1)  # the others are no lines of the head
    # The function that changed is shown as a whole; what it calls is no part of the change.
    assert (got.rejected.made, got.rejected.kept, got.rejected.lost) == (3, 2, {"anchor": 1})
    assert "| rejected | 3 | 0 | 2 (67%) | 1 |" in evaluate()[1]


def test_the_same_set_gives_the_same_bytes_in_another_process(shop, evaluate, tmp_path, rule_cache):
    write(tmp_path, {**shop, "rejected": [finding("shop/cart.py", 9)]})
    script = "from codeflow_action.cli import main; raise SystemExit(main())"
    arguments = ["eval", "set.jsonl", "--repos", "clones", "--format", "json"]
    environment = {"PATH": os.environ["PATH"], "KF_RULE_CACHE_DIR": str(rule_cache)}
    other = subprocess.Popen(  # beside the one here, and with other hashes
        [sys.executable, "-c", script, *arguments],
        env={**environment, "PYTHONHASHSEED": "7"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    _, out, _ = evaluate("--format", "json")
    assert other.communicate()[0].decode() == out


def test_a_repository_may_be_a_path_beside_the_dataset(shop, evaluate, tmp_path):
    write(tmp_path, {**shop, "repository": "./shop"})
    assert parsed(evaluate("--format", "json")).samples[0].context.prompts == 1


def test_a_repositorys_own_configuration_does_not_count_and_a_named_one_does(
    shop, evaluate, tmp_path
):
    own = {".github/codeflow.yml": b"paths: {ignore: ['**']}\n"}
    head = commit(tmp_path / "shop", own)
    write(tmp_path, {**shop, "repository": "./shop", "head": head})
    assert parsed(evaluate("--format", "json")).samples[0].context.prompts == 1
    (tmp_path / "mine.yml").write_bytes(own[".github/codeflow.yml"])
    got = parsed(evaluate("--format", "json", "--config-path", "mine.yml"))
    assert got.samples[0].context.prompts == 0
    assert evaluate("--config-path", "none.yml")[0] == 2


def remark(quote, path="shop/cart.py"):
    return {**REMARK, "path": path, "quote": quote, "title": "Returns cents"}


def answer(request):
    if "known remarks" in request.text:
        return Json({"pairs": [{"known": 1, "reported": 2}, {"known": 4, "reported": 2}]})
    given = [remark("    return money.cents(total(p))"), remark("line = 4", "new.py")]
    return reviewer_reply(request, given)


def test_a_model_is_asked_and_scored_by_lines(shop, evaluate):
    with ModelServer(keys=[KEY], answer=answer) as model:
        environment = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": model.base_url("openai")}
        got = parsed(evaluate("--provider", "openai", "--format", "json", **environment))
        assert len(model.requests) == 2  # the stand-in asked nobody
    review = got.samples[0].review
    assert review.by_meaning is None
    rates = got.by_lines
    assert (rates.known, rates.reported, rates.matched) == (6, 2, 1)
    assert (rates.precision, rates.recall) == (1 / 2, 1 / 6)
    assert review.tokens > 0
    assert review.seconds > 0
    assert got.model.startswith("openai:")


def test_a_judge_decides_by_meaning_and_is_paid_apart(shop, evaluate):
    with ModelServer(keys=[KEY], answer=answer) as model:
        environment = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": model.base_url("openai")}
        arguments = ("--provider", "openai", "--judge", "openai:some-judge")
        code, out, _ = evaluate(*arguments, **environment)
        assert code == 0
        assert [request.body["model"] for request in model.requests][2:] == ["some-judge"]
        got = parsed(evaluate(*arguments, "--format", "json", **environment))
    assert "Meaning was judged by openai:some-judge" in out
    assert got.by_meaning.matched == 1  # one remark makes one point
    assert got.judge_tokens > 0


def test_a_model_that_does_not_answer_is_not_scored(shop, evaluate, tmp_path):
    write(tmp_path, shop)
    with ModelServer(keys=[KEY], answer=lambda _request: Status(401)) as model:
        environment = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": model.base_url("openai")}
        code, out, err = evaluate("--provider", "openai", **environment)
    assert (code, out) == (3, "")
    assert "none of 1 pull requests could be looked at" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--judge", "opnai:x"], "'opnai:x' is no model to judge"),
        (["--judge", "openai"], "is no model"),
        (["--provider", "groq"], "GROQ_API_KEY"),
    ],
)
def test_a_model_that_cannot_be_asked_is_an_error(shop, evaluate, arguments, said):
    code, out, err = evaluate(*arguments, OPENAI_API_KEY=KEY)
    assert (code, out) == (2, "")
    assert said in err


def test_a_wrong_dataset_says_where(shop, evaluate, tmp_path):
    write(tmp_path, shop, {**shop, "heads": 1})
    code, _, err = evaluate()
    assert code == 2
    assert "set.jsonl:2: heads: " in err
    (tmp_path / "set.jsonl").unlink()
    code, _, err = evaluate()
    assert code == 2
    assert "set.jsonl cannot be read" in err
