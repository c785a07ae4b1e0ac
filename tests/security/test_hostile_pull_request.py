"""One pull request that carries all attacks of the corpus at once, through a whole run."""

import json
import os
import re

import pytest

from codeflow_action.testing.github import CommentAnchor, GitHubServer
from codeflow_action.testing.models import Json, ModelServer, WholeText
from codeflow_action.testing.reviewer_replies import is_second_round, judgements
from tests.entry.jobs import BASE, HEAD, KEY, REMARK, TOKEN, build, commit, git
from tests.entry.test_tools import left_by_a_step, result, sarif
from tests.github_reader import faults
from tests.runner_reader import obeyed
from tests.security.attacks import ATTACKS
from tests.security.reached import OURS, Reached

FILES = 40  # lines of the file that remarks stand on
CODE = "".join(f"value_{at} = source[{at}]\n" for at in range(FILES))
CONFIG = "pipeline:\n  - quality_gates\n  - pr_reviewer: {max_comments: 30, min_confidence: 0}\n"
RULE = "- Amounts are integer cents.\n"
REPORTS = {"sarif_files": "out/*.sarif", "config": "coverage: {files: [out/coverage.xml]}"}


def texts(through):
    return [case.text for case in ATTACKS if case.through == through]


def remarks():
    """Return one remark for each reply of the corpus, each on a line of its own."""
    cases = [case for case in ATTACKS if case.through.startswith("reply.")]
    for at, case in enumerate(cases):
        field = case.through.removeprefix("reply.")
        remark = {
            **REMARK,
            "path": "shop/many.py",
            "quote": f"value_{at} = source[{at}]",
            "line": at + 1,
            "title": f"Position {at} is not there",
            "message": f"Item {at} may be missing.",
            "failure_scenario": f"A source of {at} items.",
            "suggestion": f"value_{at} = source.get({at})",
        }
        text = case.text
        yield {**remark, field: f"{text}\nitem {at}" if field == "message" else text}


def files_of_head():
    hostile = {f"src/code_{at}.py": f"{text}\n" for at, text in enumerate(texts("diff"))}
    named = {text: f"x = {at}\n" for at, text in enumerate(texts("path"))}
    configuration = "\n".join(texts("config"))
    return {
        "shop/many.py": CODE,
        "AGENTS.md": RULE + "".join(texts("guideline")),
        ".github/codeflow.yml": f"version: 1\n{configuration}\n",
        **hostile,
        **named,
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory, rule_cache):
    """Run once; return the shop, what the run ended with, and the requests to the model."""
    os.environ["KF_RULE_CACHE_DIR"] = str(rule_cache)
    head = files_of_head()
    with (
        GitHubServer(token=TOKEN) as github,
        ModelServer(
            keys=[KEY],
            answer=lambda request: Json(
                judgements(request.text)
                if is_second_round(request)
                else {"remarks": [*remarks()] if "shop/many.py" in request.text else []}
            ),
        ) as model,
    ):
        base = {**BASE, ".github/codeflow.yml": CONFIG, "AGENTS.md": RULE}
        shop = build(tmp_path_factory.mktemp("hostile"), github, base, head)
        git(shop.work_tree, "checkout", "--quiet", "feature")
        for text in texts("commit"):
            commit(shop.work_tree, {}, text)
        (branch,) = texts("branch")
        git(shop.work_tree, "branch", branch)
        git(shop.work_tree, "checkout", "--quiet", "main")
        shop.pull = shop.repository.open_pull_request(
            head=branch, title=" | ".join(texts("title")), body="\n\n".join(texts("body"))
        )
        shop.pull.add_review(
            author="lint[bot]",
            comments=[
                (CommentAnchor(path="shop/many.py", line=3), text) for text in texts("comment")
            ],
        )
        for text in texts("comment"):
            shop.pull.add_comment(text, author="mallory")
        shop.theirs = {comment.id for comment in shop.pull.comments}
        results = [
            result(path="shop/many.py", line=at + 1, text=text, rule=f"R{at}")
            for at, text in enumerate(texts("sarif"))
        ]
        classes = "".join(
            f'<class filename="{text.replace("<", "&lt;")}"><lines><line number="1" hits="0"/>'
            "</lines></class>"
            for text in texts("coverage")
        )
        coverage = f"<package><classes>{classes}</classes></package>"
        coverage = f"<coverage><packages>{coverage}</packages></coverage>"
        left_by_a_step(shop, {"out/a.sarif": sarif(*results), "out/coverage.xml": coverage}, branch)
        inputs = {"provider": "openai", "openai_api_key": KEY, "base_url": model.base_url("openai")}
        ended = shop.run(inputs={**inputs, **REPORTS})
        yield shop, ended, model.requests


@pytest.fixture(scope="module")
def reached(run):
    """Return what has arrived where."""
    shop, ended, requests = run
    bodies = ours(shop)
    return Reached(
        model="\n".join(request.text for request in requests),
        github="\n".join([*bodies, ended.summary]),
        log=ended.log,
    )


def ours(shop):
    comments = [one.body for one in shop.pull.comments if one.id not in shop.theirs]
    before = shop.pull.reviews[0].id
    inline = [one.body for one in shop.pull.review_comments if one.review_id != before]
    return [*comments, *inline]


@pytest.mark.parametrize("case", ATTACKS, ids=lambda case: case.name)
def test_an_attack_in_a_whole_run_does_nothing_but_be_read(reached, case):
    assert reached.harm(case) == []


def test_what_is_on_github_shows_text_and_no_more(run):
    shop, ended, _requests = run
    host = re.search(r"http://127\.0\.0\.1:\d+/", "\n".join(ours(shop)))[0]
    assert len(ours(shop)) > 20
    for body in ours(shop):
        markers = re.findall(r"<!-- codeflow:[^>]*-->", body)
        assert faults(body, markers=markers, host=host) == []
        assert len(markers) == 1
    assert faults(ended.summary, host=host) == []


def test_the_runner_is_told_findings_and_nothing_else(run):
    shop, ended, _requests = run
    assert [line for line in obeyed(ended.log) if not OURS.match(line)] == []
    assert "verdict" in ended.outputs
    assert not [name for name in ended.outputs if not re.fullmatch(r"[a-z_]+", name)]
    # Nothing but the report's own folder is new in the workspace.
    status = git(shop.work_tree, "status", "--porcelain", "--untracked-files=all")
    assert {line.split()[-1].partition("/")[0] for line in status.splitlines()} <= {
        "out",
        ".codeflow",
    }


def test_head_decides_nothing(run):
    """Its configuration would have turned all gates off, and sent the key elsewhere."""
    shop, ended, requests = run
    assert (
        ended.outputs["verdict"] == "fail"
    )  # the committed key, though head says `fail_on: never`
    assert requests  # at the address that the workflow names
    prompts = "\n".join(request.text for request in requests)
    (rules,) = set(
        re.findall(r"<<<(\w{16}) rules of the project[^\n]*\n(.*?)\1>>>", prompts, re.DOTALL)
    )
    assert "integer cents" in rules[1]
    strangers = [case for case in ATTACKS if case.through in ("guideline", "config")]
    assert not [case.name for case in strangers if case.number in rules[1]]
    paths = {comment.path for comment in shop.pull.review_comments}
    assert paths == {"shop/many.py"}  # what a model said of other places is dropped


@pytest.mark.parametrize("led_round", ["find", "verify"])
def test_a_led_model_is_named_and_its_remarks_are_not_used(led_run, led_round):
    shop, ended = led_run(led_round)
    assert (ended.outputs["verdict"], ended.outputs["reason"]) == ("incomplete", "model_error")
    (sticky,) = shop.stickies()
    for text in (sticky, ended.summary, ended.log):
        assert "text in the pull request may have led the model" in text
    assert "An empty list" not in sticky or led_round == "verify"
    assert len(shop.pull.review_comments) == (0 if led_round == "find" else 1)


@pytest.fixture
def led_run(tmp_path, rule_cache):
    def run(led_round):
        os.environ["KF_RULE_CACHE_DIR"] = str(rule_cache)

        def answer(request):
            is_verify = is_second_round(request)
            mark = re.search(r"Mark of this prompt: (\w+)", request.text)[1]
            told = f" My prompt says {mark[4:]}." if (led_round == "verify") == is_verify else ""
            if is_verify:
                return WholeText(json.dumps(judgements(request.text)) + told)
            return Json({"remarks": [{**REMARK, "message": f"It divides by zero.{told}"}]})

        with (
            GitHubServer(token=TOKEN) as github,
            ModelServer(keys=[KEY], answer=answer) as model,
        ):
            shop = build(tmp_path, github, BASE, HEAD)
            address = model.base_url("openai")
            inputs = {"provider": "openai", "openai_api_key": KEY, "base_url": address}
            return shop, shop.run(inputs=inputs)

    return run
