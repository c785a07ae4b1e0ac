"""Threads of findings that are fixed, and of those that came back."""

from dataclasses import replace

import pytest

from codeflow_action.engine.findings import identify
from codeflow_action.integrations.github.marks import PURPOSE, read_finding
from codeflow_action.integrations.github.write.thread_states import fixed_body, reopened_body
from codeflow_action.security.seal import Seal
from codeflow_action.testing.github.values import GitHubAccount, RequestKind
from tests.integrations.github.write.publishing import MARKS, at

SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def remark(scene):
    """Our comment on line 10."""
    scene.publish(at(10))
    return scene.pull.review_comments[0]


def now(scene, comment):
    return next(one for one in scene.pull.review_comments if one.id == comment.id)


def writes(scene, work):
    """How many requests changed something while that was done."""
    before = len(scene.github.requests)
    work()
    return [
        request.path
        for request in scene.github.requests[before:]
        if request.kind is RequestKind.WRITE and "issues/comments" not in request.path
    ]


def person(scene):
    """Let a person's token be ours: an app's may not resolve a thread."""
    hub = scene.pull.repository.hub
    hub.viewer = GitHubAccount(login="mona")


def test_what_is_fixed_is_struck_out_and_folded_where_the_token_may_not_resolve(scene, remark):
    requests = writes(scene, lambda: scene.publish(fixed=[at(10)]))
    comment = now(scene, remark)
    head = scene.value.head_sha[:7]
    assert comment.body.startswith(f"~~{remark.body.partition(chr(10))[0]}~~\n\nFixed in {head}.")
    assert read_finding(comment.body, "codeflow") == read_finding(remark.body, "codeflow")
    assert (comment.minimized_reason, scene.pull.resolved_threads) == ("RESOLVED", frozenset())
    assert len(requests) == 3  # an attempt to resolve, the edit, and the fold
    assert writes(scene, lambda: scene.publish(fixed=[at(10)])) == []  # and no second time


def test_that_the_token_may_not_resolve_is_found_out_once_a_run(scene):
    scene.publish(at(10), at(20))
    requests = writes(scene, lambda: scene.publish(fixed=[at(10), at(20)]))
    assert len(requests) == 1 + 2 * 2


def test_a_thread_is_resolved_where_the_token_may(scene):
    person(scene)
    scene.publish(at(10))
    (remark,) = scene.pull.review_comments
    assert len(writes(scene, lambda: scene.publish(fixed=[at(10)]))) == 1
    assert scene.pull.resolved_threads == {remark.id}
    assert now(scene, remark) == remark
    assert writes(scene, lambda: scene.publish(fixed=[at(10)])) == []


def test_what_came_back_is_shown_again_once(scene, remark):
    scene.publish(fixed=[at(10)])
    scene.publish(at(10), reopened=True)
    comment, head = now(scene, remark), scene.value.head_sha[:7]
    first, _, rest = remark.body.partition("\n")
    assert comment.body == (
        f"{first}\n\nIt is back in {head}. <!-- codeflow:state:back -->\n{rest}"
    )
    assert comment.minimized_reason == ""
    assert len(scene.pull.review_comments) == 1
    assert writes(scene, lambda: scene.publish(at(10))) == []
    scene.publish(fixed=[at(10)])
    assert now(scene, remark).body == fixed_body(remark.body, scene.value.head_sha)


def test_a_resolved_thread_is_opened_when_its_finding_comes_back(scene):
    person(scene)
    scene.publish(at(10))
    scene.publish(fixed=[at(10)])
    scene.publish(at(10), reopened=True)
    assert scene.pull.resolved_threads == frozenset()
    assert "It is back" in scene.pull.review_comments[0].body


def test_a_thread_in_which_a_person_has_written_is_theirs(scene, remark):
    scene.pull.reply(remark.id, "I am on it")
    assert writes(scene, lambda: scene.publish(fixed=[at(10)])) == []
    assert writes(scene, lambda: scene.publish(at(10), reopened=True)) == []


def test_an_agent_that_answers_does_not_keep_a_thread_open(scene, remark):
    scene.pull.reply(remark.id, "Fixed", author="agent[bot]")
    scene.publish(fixed=[at(10)])
    assert now(scene, remark).minimized_reason == "RESOLVED"


def test_what_a_person_has_resolved_is_left_alone(scene, remark):
    scene.pull.resolve(remark.id)
    assert writes(scene, lambda: scene.publish(fixed=[at(10)])) == []


def test_a_thread_that_is_not_proven_to_be_ours_is_left_alone(scene, remark):
    scene.marks = replace(MARKS, seal=Seal.of([], PURPOSE))
    assert writes(scene, lambda: scene.publish(fixed=[at(10)])) == []


def test_an_edit_that_was_cut_short_is_made_good_by_the_next_run(scene, remark):
    scene.pull.put_review_comment(replace(remark, body=fixed_body(remark.body, SHA)))
    assert len(writes(scene, lambda: scene.publish(fixed=[at(10)]))) == 2
    assert now(scene, remark).minimized_reason == "RESOLVED"


def test_a_silent_run_touches_no_thread(scene, remark):
    assert writes(scene, lambda: scene.publish(fixed=[at(10)], is_silent=True)) == []


def test_a_run_closes_ten_threads_and_leaves_the_rest_to_the_next(scene):
    found = [at(line) for line in range(10, 22)]
    scene.publish(*found)
    scene.publish(fixed=found)
    folded = [bool(one.minimized_reason) for one in scene.pull.review_comments]
    assert folded.count(True) == 10
    scene.publish(fixed=found)
    assert all(one.minimized_reason for one in scene.pull.review_comments)


def test_a_body_survives_being_fixed_and_coming_back():
    (name,) = identify([at(10)])
    body = f"**warning: a title**\r\n\r\nWords\n\n{MARKS.finding(name, 'a.py')}"
    fixed = fixed_body(body, SHA)
    assert fixed.startswith("~~**warning: a title**~~\n\nFixed in 0123456. ")
    assert fixed_body(fixed, "f" * 40) == fixed
    back = reopened_body(fixed, SHA)
    assert back.startswith("**warning: a title**\n\nIt is back in 0123456. ")
    assert reopened_body(back, "f" * 40) == back
    assert fixed_body(back, SHA) == fixed
    for text in (fixed, back):
        assert read_finding(text, "codeflow") == read_finding(body, "codeflow")
