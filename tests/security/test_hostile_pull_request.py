"""All attacks of the corpus in one pull request: a whole run does nothing but read them."""

import json
import os
import re

import pytest

from codeflow_action.testing.github import GitHubServer
from codeflow_action.testing.models import Json, ModelServer, WholeText
from codeflow_action.testing.reviewer_replies import is_second_round, judgements
from tests.entry.jobs import BASE, HEAD, KEY, REMARK, TOKEN, build, git
from tests.github_reader import faults
from tests.runner_reader import obeyed
from tests.security.attacks import ATTACKS
from tests.security.hostile_run import checks, head_decides, hostile_run, ours, reached_by
from tests.security.reached import OURS


@pytest.fixture(scope="module", params=["pull_request", "pull_request_target", "workflow_run"])
def run(request, tmp_path_factory, rule_cache):
    """Run once for each event; a fork comes by the last two, with a token that may write."""
    os.environ["KF_RULE_CACHE_DIR"] = str(rule_cache)
    with hostile_run(tmp_path_factory.mktemp("hostile"), request.param) as hostile:
        yield hostile


@pytest.fixture(scope="module")
def reached(run):
    return reached_by(*run)


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
    for page in (ended.summary, *checks(shop)):
        assert faults(page, host=host) == []


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
    assert [*head_decides(ended, requests)] == []
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
