"""Payloads to events."""

import pytest

from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.pull_request import Association, Trigger
from codeflow_action.integrations.github.read.event import (
    DispatchEvent,
    IgnoredEvent,
    PullRequestEvent,
    RangeEvent,
    describe,
    parse_event,
    parse_pr_number,
)

SHA, OTHER, ZERO = "1" * 40, "2" * 40, "0" * 40
REPO = {"full_name": "octo/shop", "default_branch": "trunk"}


def pull(**fields):
    return {
        "number": 7,
        "title": "T",
        "body": None,
        "user": {"login": "mona", "type": "User"},
        "author_association": "MEMBER",
        "labels": [{"name": "bug"}],
        "base": {"ref": "trunk", "sha": SHA, "repo": REPO},
        "head": {"ref": "topic", "sha": OTHER, "repo": REPO},
        **fields,
    }


def parsed(action, name="pull_request", **more):
    fields = more.pop("pull", {})
    return parse_event(name, {"action": action, "pull_request": pull(**fields), **more})


@pytest.mark.parametrize("name", ["pull_request", "pull_request_target"])
@pytest.mark.parametrize("action", ["opened", "reopened", "ready_for_review", "synchronize"])
def test_a_new_or_changed_pull_request_starts_the_pipeline(name, action):
    assert parsed(action, name).trigger is Trigger.CHANGED


def test_other_actions_are_told_apart():
    assert parsed("edited", changes={"base": {}}).trigger is Trigger.BASE_CHANGED
    assert isinstance(parsed("edited", changes={"title": {}}), IgnoredEvent)
    assert parsed("closed").trigger is Trigger.CLOSED
    labeled = parsed("labeled", label={"name": "codeflow:review"})
    assert (labeled.trigger, labeled.label) == (Trigger.LABELED, "codeflow:review")
    assert isinstance(parsed("assigned"), IgnoredEvent)


def test_what_github_leaves_null_is_no_obstacle():
    event = parsed(
        "opened",
        pull={"user": None, "draft": None, "title": None, "author_association": "NEW_KIND",
              "head": {"ref": "x", "sha": OTHER, "repo": None}},
    )  # fmt: skip
    assert isinstance(event, PullRequestEvent)
    assert event.data.author.login == "ghost"
    assert event.data.author.association is Association.NONE
    assert event.data.head.repo is None


@pytest.mark.parametrize("user", [{"login": "x[bot]"}, {"login": "x", "type": "Bot"}])
def test_bots_are_known(user):
    assert parsed("opened", pull={"user": user}).data.author.is_bot


@pytest.mark.parametrize(
    ("name", "payload", "field"),
    [
        ("pull_request", {"pull_request": pull()}, "action"),
        ("pull_request", {"action": "opened"}, "pull_request"),
        ("pull_request", {"action": "opened", "pull_request": pull(number="x")}, "number"),
        ("push", {"ref": "refs/heads/x", "repository": REPO}, "after"),
        ("merge_group", {"repository": REPO}, "merge_group"),
    ],
)
def test_a_payload_that_lacks_something_names_it(name, payload, field):
    with pytest.raises(ConfigError, match=field):
        parse_event(name, payload)


def test_pushes():
    push = {"ref": "refs/heads/x", "before": SHA, "after": OTHER, "repository": REPO}
    event = parse_event("push", push)
    assert isinstance(event, RangeEvent)
    assert (event.before, event.after, event.ref) == (SHA, OTHER, "x")
    assert parse_event("push", {**push, "before": ZERO}).before == ""
    assert isinstance(parse_event("push", {**push, "deleted": True, "after": ZERO}), IgnoredEvent)
    assert isinstance(parse_event("push", {**push, "ref": "refs/tags/v1"}), IgnoredEvent)


def test_merge_groups():
    group = {
        "base_sha": SHA,
        "head_sha": OTHER,
        "base_ref": "refs/heads/trunk",
        "head_ref": "refs/heads/q",
    }
    payload = {"action": "checks_requested", "merge_group": group, "repository": REPO}
    assert parse_event("merge_group", payload).trigger is Trigger.MERGE_GROUP
    assert isinstance(parse_event("merge_group", {**payload, "action": "destroyed"}), IgnoredEvent)


@pytest.mark.parametrize("ref", ["refs/heads/topic", "topic"])
def test_dispatches_know_their_branch(ref):
    event = parse_event("workflow_dispatch", {"ref": ref, "repository": REPO}, sha=SHA)
    assert event == DispatchEvent(ref="topic", sha=SHA, default_branch="trunk")


@pytest.mark.parametrize("name", ["issue_comment", "schedule", "workflow_run", "release", ""])
def test_everything_else_is_ignored_with_a_reason(name):
    event = parse_event(name, {})
    assert isinstance(event, IgnoredEvent)
    assert describe(event)


@pytest.mark.parametrize(
    "text", ["12", "#12", " 12 ", "https://github.com/octo/shop/pull/12",
             "https://github.com/Octo/Shop/pull/12/files#diff-1", "https://github.com/octo/shop/pull/12?x=1"],
)  # fmt: skip
def test_a_number_may_be_written_in_several_ways(text):
    assert parse_pr_number(text, server_url="https://github.com", repository="octo/shop") == 12


@pytest.mark.parametrize(
    "text", ["0", "-1", "x", "#", "12a", "١٢", "9" * 40, "https://github.com/other/shop/pull/12",
             "https://evil.example/octo/shop/pull/12", "https://github.com/octo/shop/issues/12"],
)  # fmt: skip
def test_what_is_no_number_of_this_repository_is_an_error(text):
    with pytest.raises(ConfigError, match="pr_number"):
        parse_pr_number(text, server_url="https://github.com", repository="octo/shop")
