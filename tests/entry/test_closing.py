"""The run when a pull request is closed: what became of each finding, and issues for the rest."""

import json

import pytest

from codeflow_action.testing.github import Fault
from tests.entry.jobs import HEAD, QUOTE, REMARK, review
from tests.entry.test_memory import ledger
from tests.entry.test_pull_request import asked

OTHER = {**REMARK, "quote": "def average(prices):", "title": "No type", "severity": "error"}
POLICY = "pipeline: [quality_gates, pr_reviewer, {issue_creator: {when: merged}}]\n"


def close(shop, model, *, is_merged=True, policy=POLICY):
    shop.repository.refresh()  # a closed one follows its branch no more
    shop.pull.state, shop.pull.is_merged = "closed", is_merged
    return shop.run(action="closed", inputs={**asked(model), "config": policy})


def test_a_merge_counts_what_became_of_each_finding_and_opens_issues_for_the_rest(
    shop, model, github
):
    github.permissions["issues"] = "write"
    model.answer = review(REMARK, OTHER)
    shop.run(inputs={**asked(model), "config": POLICY})
    asks, before = len(model.requests), shop.stickies()[0]
    comments = len(shop.pull.comments), len(shop.pull.review_comments)
    # The last push is not reviewed, as where the workflow was cancelled.
    shop.push({"shop/cart.py": HEAD["shop/cart.py"].replace(QUOTE, "    return 0")})
    ended = close(shop, model)
    assert ended.code == 0, ended.log
    count = json.loads(ended.outputs["final_count"])
    assert (count["merged"], count["fixed"], count["ignored"]) == (True, 1, 1)
    assert "1 fixed by a later commit, 1 still open" in ended.summary
    assert len(model.requests) == asks
    (issue,) = shop.repository.own_issues
    assert issue.title == "No type"
    assert f"{shop.github.server_url}/octo/shop/blob/" in issue.body
    assert (len(shop.pull.comments), len(shop.pull.review_comments)) == comments
    after = shop.stickies()[0]
    assert after.partition("\n")[2] == before.partition("\n")[2]
    entries = {entry.title: entry for entry in ledger(shop).entries if entry.title}
    assert entries["No type"].issue == issue.number
    writes = github.writes()
    close(shop, model)  # the same event once more
    assert (github.writes(), len(shop.repository.own_issues)) == (writes, 1)


def test_a_thread_that_a_person_resolved_is_counted_as_such(shop, model):
    shop.run(inputs=asked(model))
    first = shop.pull.review_comments[0]
    shop.pull.resolved_threads = frozenset({first.id})
    count = json.loads(close(shop, model, is_merged=False).outputs["final_count"])
    assert (count["merged"], count["ignored"]) == (False, 0)
    assert count["resolved"] + count["dismissed"] == 1


@pytest.mark.parametrize("spoil", ["nothing was left", "another wrote it"])
def test_without_a_ledger_the_run_says_why_and_fails_nothing(shop, model, spoil):
    if spoil == "another wrote it":
        shop.run(inputs=asked(model))
        shop.pull.comments = ()
        shop.pull.add_comment(
            f"<!-- codeflow:codeflow:v1 AAAA {'0' * 64} -->\n", author="github-actions[bot]"
        )
    ended = close(shop, model)
    assert (ended.code, ended.outputs["final_count"]) == (0, "")
    assert "what became of its findings is not known" in ended.summary


def test_a_closed_pull_request_fails_no_job_when_github_is_down(shop, model, github):
    github.faults.add(Fault(status=502, count=99))
    ended = close(shop, model)
    assert (ended.code, ended.outputs["final_count"]) == (0, "")
    assert "what became of its findings is not known: our comment could not be read" in ended.log


def test_a_closed_pull_request_fails_no_job_for_a_broken_configuration(shop, model):
    ended = close(shop, model, policy="pipeline: [nothing]")
    assert ended.code == 0
    assert "what became of its findings could not be counted" in ended.log
    assert "there is no action 'nothing'" in ended.log


def test_the_end_takes_few_requests(shop, model, github):
    shop.run(inputs=asked(model))
    before = len(github.requests)
    close(shop, model)
    sent = [f"{one.method} {one.path}" for one in github.requests[before:] if one.kind != "git"]
    assert len(sent) <= 6, sent
