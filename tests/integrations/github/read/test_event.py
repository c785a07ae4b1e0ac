"""Payloads to events."""

import time

import pytest

from codeflow_action.engine.commands import CommandLine
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.pull_request import Association, Author, Trigger
from codeflow_action.integrations.github.read.event import (
    CommandEvent,
    DispatchEvent,
    IgnoredEvent,
    PullRequestEvent,
    RangeEvent,
    WorkflowRunEvent,
    describe,
    parse_event,
)
from codeflow_action.integrations.github.read.pr_number import named_event, parse_pr_number

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
@pytest.mark.parametrize(
    "action", ["opened", "reopened", "ready_for_review", "synchronize", "stacked"]
)
def test_a_new_or_changed_pull_request_starts_the_pipeline(name, action):
    assert parsed(action, name).trigger is Trigger.CHANGED


def test_other_actions_are_told_apart():
    assert parsed("edited", changes={"base": {}}).trigger is Trigger.BASE_CHANGED
    edited = parsed("edited", changes={"title": {}})
    assert (edited.trigger, edited.no_news) == (
        Trigger.CHANGED,
        "only the title or the description changed",
    )
    assert parsed("closed").trigger is Trigger.CLOSED
    labeled = parsed("labeled", label={"name": "codeflow:review"})
    assert (labeled.trigger, labeled.label) == (Trigger.LABELED, "codeflow:review")
    assert parsed("assigned").no_news == "nothing to review when a pull request is 'assigned'"
    # The label that was taken away is no label of the event.
    assert parsed("unlabeled", label={"name": "codeflow:review"}).label == ""
    assert isinstance(parsed("assigned", pull={"state": "closed"}), IgnoredEvent)


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


@pytest.mark.parametrize("name", ["issues", "schedule", "release", ""])
def test_everything_else_is_ignored_with_a_reason(name):
    event = parse_event(name, {})
    assert isinstance(event, IgnoredEvent)
    assert describe(event)


def comment(body="/codeflow ask Why?", action="created", on="issue_comment", **fields):
    """Return a comment's event: octokit's examples have none on a pull request."""
    payload = {
        "action": action,
        "comment": {
            "id": 90,
            "body": body,
            "user": {"login": "lena", "type": "User"},
            "author_association": "MEMBER",
            "created_at": "2026-11-30T10:00:00Z",
            **fields.pop("comment", {}),
        },
        "repository": REPO,
        **fields,
    }
    if on == "issue_comment":
        issue = {"number": 7, "pull_request": {"url": "x"}}
        return parse_event(on, {"issue": issue, **payload})
    return parse_event(on, {"pull_request": pull(), **payload})


def test_a_comment_in_the_conversation_is_a_command():
    event = comment()
    assert event == CommandEvent(
        number=7,
        line=CommandLine(word="ask", argument="Why?"),
        author=Author(login="lena", association=Association.MEMBER),
        comment_id=90,
        time="2026-11-30T10:00:00Z",
        default_branch="trunk",
    )
    assert event.seen_head == ""
    assert "#7" in describe(event)


@pytest.mark.parametrize(("parent", "thread"), [({}, 90), ({"in_reply_to_id": 41}, 41)])
def test_a_comment_on_the_diff_names_its_thread_and_the_head_that_was_there(parent, thread):
    event = comment(on="pull_request_review_comment", comment=parent)
    assert (event.number, event.thread_id, event.seen_head) == (7, thread, OTHER)


@pytest.mark.promise(
    "A command in a quote, in a block of code, of a bot or in an edited comment is none."
)
@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"body": "> /codeflow review"}, "does not begin"),
        ({"body": "```\n/codeflow review\n```"}, "does not begin"),
        ({"action": "edited"}, "'edited'"),
        ({"action": "deleted"}, "'deleted'"),
        ({"body": "LGTM"}, "does not begin"),
        ({"body": None}, "does not begin"),
        ({"comment": {"user": {"login": "x[bot]", "type": "Bot"}}}, "bot"),
        ({"comment": {"user": {"login": "x", "type": "Bot"}}}, "bot"),
        ({"issue": {"number": 7}}, "issue"),
        ({"issue": {"number": 7, "pull_request": None}}, "issue"),
    ],
)
def test_other_comments_are_ignored_with_a_reason(details, words):
    event = comment(**details)
    assert isinstance(event, IgnoredEvent)
    assert words in event.detail


def test_a_comment_of_a_deleted_account_is_somebodys():
    assert comment(comment={"user": None}).author.login == "ghost"


def test_a_command_stays_one_where_an_input_names_its_pull_request():
    event = comment()
    known = {"server_url": "https://github.com", "repository": "octo/shop"}
    assert named_event("issue_comment", event, {}, "7", **known) is event
    assert isinstance(named_event("issue_comment", event, {}, "8", **known), DispatchEvent)


def other_run(action="completed", **fields):
    run = {
        "event": "pull_request",
        "head_sha": OTHER,
        "head_branch": "topic",
        "head_repository": {"full_name": "stranger/shop"},
        "pull_requests": [],
        **fields,
    }
    return {"action": action, "workflow_run": run, "repository": REPO}


@pytest.mark.parametrize("action", ["requested", "completed"])
def test_another_workflows_run_tells_the_head(action):
    assert parse_event("workflow_run", other_run(action)) == WorkflowRunEvent(
        head_sha=OTHER,
        head_branch="topic",
        head_repository="stranger/shop",
        default_branch="trunk",
    )


@pytest.mark.parametrize(
    "payload",
    [
        other_run("in_progress"),
        other_run(event="push"),
        other_run(event="pull_request_target"),  # its head is the base
        other_run(event="issue_comment"),
    ],
)
def test_runs_that_are_about_no_head_of_a_pull_request_are_ignored(payload):
    assert isinstance(parse_event("workflow_run", payload), IgnoredEvent)
    # Nor does a number change that: a stranger may have chosen it.
    assert isinstance(named("workflow_run", payload, "12"), IgnoredEvent)


def test_a_number_chooses_among_the_pull_requests_of_the_head():
    event = named("workflow_run", other_run(), "12")
    assert isinstance(event, WorkflowRunEvent)
    assert (event.number, event.head_sha) == (12, OTHER)
    gone = parse_event("workflow_run", other_run(head_branch=None, head_repository=None))
    assert describe(gone)


GITHUB = {"server_url": "https://github.com", "repository": "octo/shop"}


@pytest.mark.parametrize(
    "text",
    [
        "12",
        "#12",
        " 12 ",
        "\n#12\t",
        "012",
        "GH-12",
        "PR 12",
        "PR #12",
        "pr-12",
        "!12",
        "pull request #12",
        "octo/shop#12",
        "Octo/Shop#12",
        "octo/shop!12",
        "octo/shop/pull/12",
        "pull/12",
        "pulls/12",
        "/pull/12/",
        "pull/12/head",
        "refs/pull/12/merge",
        "refs/pull/12/head",
        "https://github.com/octo/shop/pull/12",
        "https://github.com/octo/shop/pull/12/",
        "http://www.github.com/octo/shop/pull/12",
        "github.com/octo/shop/pull/12",
        "//github.com/octo/shop/pull/12",
        "HTTPS://GitHub.com/Octo/Shop/pull/12/files#diff-1",
        "https://github.com/octo/shop/pull/12/files/abc..def",
        "https://github.com/octo/shop/pull/12/commits/0a1b",
        "https://github.com/octo/shop/pull/12/checks?check_run_id=1",
        "https://github.com/octo/shop/pull/12#discussion_r123456",
        "https://github.com/octo/shop/pull/12#issuecomment-1",
        "https://github.com/octo/shop/pull/12#pullrequestreview-7",
        "https://github.com/octo/shop/pull/12?x=1",
        "https://github.com/octo/shop/pull/12.diff",
        "https://github.com/octo/shop/pull/12.patch",
        "https://github.com/octo/shop/issues/12#issuecomment-1",
        "https://api.github.com/repos/octo/shop/pulls/12",
        "https://api.github.com/repos/octo/shop/issues/12/comments",
        "<https://github.com/octo/shop/pull/12>",
        "[#12](https://github.com/octo/shop/pull/12)",
        '"12"',
        "`#12`",
    ],
)
def test_a_number_may_be_written_in_many_ways(text):
    assert parse_pr_number(text, **GITHUB) == 12


@pytest.mark.parametrize(
    "text",
    [
        "https://ghe.example:8443/octo/shop/pull/12",
        "https://ghe.example:8443/api/v3/repos/octo/shop/pulls/12",
    ],
)
def test_a_server_of_ones_own_has_its_own_addresses(text):
    server = "https://ghe.example:8443"
    assert parse_pr_number(text, server_url=server, repository="octo/shop") == 12


@pytest.mark.parametrize(
    "text",
    ["0", "-1", "x", "#", "12a", "\u0661\u0662", "9" * 40, "#0", "octo#12", "12 13", "1.2", "12/34",
     "refs/heads/12", "feature/12", "https://github.com/octo/shop/pull/", "octo/shop", "v12",
     "https://github.com/octo/shop/actions/runs/12", "https://github.com/" + "a" * 5_000,
     "12 or 13",
     "javascript:12", "https://github.com/octo/shop/compare/12"],
)  # fmt: skip
def test_what_is_no_number_is_an_error(text):
    with pytest.raises(ConfigError, match="pr_number' cannot be"):
        parse_pr_number(text, **GITHUB)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("other/shop#12", "other/shop;"),
        ("octo/shop2#12", "octo/shop2;"),
        ("other/shop/pull/12", "other/shop;"),
        ("https://github.com/other/shop/pull/12", "other/shop;"),
        ("https://api.github.com/repos/other/shop/pulls/12", "other/shop;"),
        ("https://evil.example/octo/shop/pull/12", "octo/shop on evil.example;"),
        ("https://github.com.evil.example/octo/shop/pull/12", "octo/shop on github.com.evil"),
        ("https://github.com@evil.example/octo/shop/pull/12", "octo/shop on evil.example;"),
        ("https://github.com:444/octo/shop/pull/12", "octo/shop on github.com:444;"),
    ],
)
def test_a_number_of_another_repository_is_refused_with_both_names(text, place):
    with pytest.raises(ConfigError, match="this job reviews octo/shop") as refused:
        parse_pr_number(text, **GITHUB)
    assert f"a pull request of {place}" in str(refused.value)


def test_a_hostile_number_takes_no_long_time():
    started = time.process_time()
    for text in (
        "/" * 99_999,
        "a/" * 50_000,
        "1" * 99_999,
        "[" * 99_999,
        "pr " * 600,
        "PR" + "-" * 1_990,
    ):
        with pytest.raises(ConfigError):
            parse_pr_number(text, **GITHUB)
    assert time.process_time() - started < 1


def named(name, payload, number):
    return named_event(name, parse_event(name, payload), payload, number, **GITHUB)


@pytest.mark.parametrize(
    ("name", "trigger"),
    [
        ("schedule", Trigger.MANUAL),
        ("repository_dispatch", Trigger.MANUAL),
        ("release", Trigger.MANUAL),
        ("create", Trigger.MANUAL),
        ("issue_comment", Trigger.CHANGED),
        ("pull_request_review", Trigger.CHANGED),
        ("discussion", Trigger.CHANGED),
        ("a_new_event", Trigger.CHANGED),
    ],
)
def test_a_number_makes_any_event_one_of_its_pull_request(name, trigger):
    event = DispatchEvent(ref="", sha="", default_branch="", trigger=trigger)
    assert named(name, {}, "#12") == event
    assert isinstance(named(name, {}, "  "), IgnoredEvent)


def test_a_number_stands_over_what_was_pushed_or_dispatched():
    push = {"before": SHA, "after": OTHER, "ref": "refs/heads/x", "repository": REPO}
    assert isinstance(named("push", push, "12"), DispatchEvent)
    assert isinstance(named("push", push, ""), RangeEvent)
    dispatch = {"ref": "refs/heads/topic", "repository": REPO}
    assert named("workflow_dispatch", dispatch, "12").ref == "topic"


def test_the_events_of_the_named_pull_request_stay_what_they_are():
    opened = {"action": "opened", "number": 7, "pull_request": pull(), "repository": REPO}
    assert isinstance(named("pull_request", opened, "7"), PullRequestEvent)
    assert isinstance(named("pull_request", opened, "12"), DispatchEvent)
    edited = {**opened, "action": "edited", "changes": {}}
    assert named("pull_request_target", edited, "7").no_news
    with pytest.raises(ConfigError, match="other/shop"):
        named("pull_request", opened, "other/shop#7")
