"""Every event, and who may be reviewed: forks, bots, drafts, labels."""

import json

import pytest

from codeflow_action.testing.github import GitHubServer
from codeflow_action.testing.models import Status
from tests.entry.jobs import BASE, HEAD, REMARK, TOKEN, build, commit, git, review
from tests.entry.test_pull_request import LEFTOVER, asked

FORK = {"head_repo": "stranger/shop", "author": "stranger"}


def reviewed(ended):
    actions = {action.name: action for action in ended.report.actions}
    return actions["pr_reviewer"].status.value == "done"


@pytest.mark.parametrize("number", ["1", "#1", "url"])
def test_a_dispatch_reviews_the_named_pull_request(shop, model, number):
    url = f"{shop.github.server_url}/octo/shop/pull/1"
    ended = shop.run(
        "workflow_dispatch",
        inputs={**asked(model), "pr_number": url if number == "url" else number},
    )
    assert ended.code == 0, ended.log
    assert reviewed(ended)
    assert len(shop.pull.review_comments) == 1
    (check,) = shop.verdict_checks
    assert check.name == "codeflow"
    assert check.head_sha == shop.pull.head_sha


@pytest.mark.parametrize("event", ["push", "issue_comment", "workflow_run", "schedule"])
def test_any_event_reviews_the_named_pull_request(shop, model, event):
    main = git(shop.work_tree, "rev-parse", "main")
    details = {
        "push": {"before": main, "after": commit(shop.work_tree, {"z.py": b"z = 1\n"})},
        "issue_comment": {"comment": "please review", "pull": shop.pull},
        "workflow_run": {"pull": shop.pull},
        "schedule": {"payload": {"schedule": "0 0 * * *"}, "env": {}},
    }[event]
    ended = shop.run(event, inputs={**asked(model), "pr_number": " octo/shop#1 "}, **details)
    assert ended.code == 0, ended.log
    assert (ended.report.number, reviewed(ended)) == (1, True)
    (check,) = shop.verdict_checks
    assert check.head_sha == shop.pull.head_sha


def test_a_number_gives_whoever_comments_no_review_that_is_held_back(shop, model):
    shop.pull.draft = True
    details = {"comment": "please", "pull": shop.pull, "inputs": {**asked(model), "pr_number": "1"}}
    ended = shop.run("issue_comment", **details)
    assert ended.code == 0, ended.log
    assert not reviewed(ended)
    assert reviewed(shop.run("workflow_dispatch", inputs=details["inputs"]))


def test_a_number_of_another_repository_ends_with_2(shop):
    ended = shop.run("workflow_dispatch", inputs={"pr_number": "octo/other#1"})
    assert ended.code == 2
    assert "pull request of octo/other; this job reviews octo/shop" in ended.closing_errors[0]


def test_a_dispatch_without_a_number_finds_the_branchs_pull_request(shop, model):
    ended = shop.run("workflow_dispatch", inputs=asked(model), ref="feature")
    assert ended.report.number == 1
    assert len(shop.pull.review_comments) == 1


def test_a_dispatch_without_a_pull_request_compares_with_the_default_branch(shop, model):
    git(shop.work_tree, "checkout", "--quiet", "-b", "lonely")
    commit(shop.work_tree, HEAD | LEFTOVER)
    ended = shop.run("workflow_dispatch", inputs=asked(model), ref="lonely")
    assert ended.report.number is None
    assert ended.outputs["findings_count"] == "2"
    assert not shop.pull.comments
    (check,) = shop.verdict_checks
    assert check.head_sha == git(shop.work_tree, "rev-parse", "lonely")


def test_a_dispatch_on_the_default_branch_has_nothing_to_do(shop):
    ended = shop.run("workflow_dispatch", ref="main")
    assert (ended.code, ended.outputs["verdict"]) == (0, "skipped")
    assert ended.outputs["reason"] == "no_reviewable_changes"


def test_a_number_that_does_not_exist_ends_with_2(shop):
    ended = shop.run("workflow_dispatch", inputs={"pr_number": "77"})
    assert ended.code == 2
    assert "#77" in ended.closing_errors[0]
    word = shop.run("workflow_dispatch", inputs={"pr_number": "seven"})
    assert word.code == 2


def test_without_checks_write_a_dispatch_says_that_its_gate_is_advisory(tmp_path, model):
    permissions = {"contents": "read", "pull_requests": "write"}
    with GitHubServer(token=TOKEN, permissions=permissions) as github:
        shop = build(tmp_path, github, BASE, HEAD | LEFTOVER)
        ended = shop.run("workflow_dispatch", inputs={"pr_number": "1"})
        assert ended.code == 0, ended.log
        assert "advisory" in shop.stickies()[0]
        assert "::warning title=Debug leftover" in ended.stdout


@pytest.mark.promise(
    "If your repository's policy still allows pull_request_target, that works too; there must be "
    "no checkout in such a job."
)
def test_pull_request_target_works_on_objects_alone(shop, model):
    ended = shop.run("pull_request_target", inputs=asked(model))
    assert ended.outputs["verdict"] == "pass", ended.log
    assert len(shop.pull.review_comments) == 1


def test_a_push_runs_the_gates_and_asks_no_model(shop, model):
    before = git(shop.work_tree, "rev-parse", "main")
    after = commit(shop.work_tree, LEFTOVER)
    ended = shop.run("push", inputs=asked(model), before=before, after=after, ref="main")
    assert ended.code == 0, ended.log
    assert "::warning title=Debug leftover" in ended.stdout
    assert not model.requests
    assert shop.github.writes() == 0


def test_a_push_asks_models_where_the_configuration_says_so(shop, model):
    before = git(shop.work_tree, "rev-parse", "main")
    after = commit(shop.work_tree, HEAD)
    config = "pipeline:\n  - quality_gates\n  - pr_reviewer: {only: {events: [push]}}\n"
    ended = shop.run(
        "push", inputs={**asked(model), "config": config}, before=before, after=after, ref="main"
    )
    assert len(model.requests) == 1, ended.log
    assert "::warning title=An empty list" in ended.stdout


GONE = "5" * 40


def pushed(shop, before, files, branch="topic"):
    after = commit(shop.work_tree, files)
    return shop.run("push", before=before, after=after, ref=branch, forced=True)


def test_a_push_whose_earlier_commit_is_gone_is_compared_with_the_default_branch(shop):
    git(shop.work_tree, "checkout", "--quiet", "-b", "topic", "main")
    ended = pushed(shop, GONE, LEFTOVER)
    assert ended.code == 0, ended.log
    assert "::warning title=Debug leftover" in ended.stdout
    assert f"{GONE[:10]}, where topic stood before" in " ".join(ended.report.notices)


def test_a_new_branch_is_compared_with_the_default_branch(shop):
    git(shop.work_tree, "checkout", "--quiet", "-b", "topic", "main")
    ended = pushed(shop, "0" * 40, LEFTOVER)
    assert "::warning title=Debug leftover" in ended.stdout, ended.log


@pytest.mark.parametrize("before", ["0" * 40, GONE, "main"])
def test_an_orphan_branch_is_compared_with_the_default_branch_file_by_file(shop, before):
    sha = git(shop.work_tree, "rev-parse", "main") if before == "main" else before
    git(shop.work_tree, "checkout", "--quiet", "--orphan", "topic")
    ended = pushed(shop, sha, LEFTOVER)
    assert ended.code == 0, ended.log
    assert "::warning title=Debug leftover" in ended.stdout
    assert "no common history" in " ".join(ended.report.notices)


def test_a_default_branch_whose_earlier_commit_is_gone_has_nothing_to_compare_with(shop):
    ended = pushed(shop, GONE, LEFTOVER, "main")
    assert (ended.code, ended.outputs["reason"]) == (0, "no_reviewable_changes"), ended.log
    assert "is gone, so there is nothing to compare with" in ended.log + ended.stdout


def test_a_dispatch_on_an_orphan_branch_is_compared_with_the_default_branch(shop, model):
    git(shop.work_tree, "checkout", "--quiet", "--orphan", "lonely")
    commit(shop.work_tree, HEAD | LEFTOVER)
    ended = shop.run("workflow_dispatch", inputs=asked(model), ref="lonely")
    assert (ended.code, ended.outputs["findings_count"]) == (0, "2"), ended.log


def test_a_merge_group_runs_the_gates(shop):
    base = git(shop.work_tree, "rev-parse", "main")
    ended = shop.run("merge_group", base_sha=base, head_sha=shop.pull.head_sha)
    assert (ended.code, ended.outputs["verdict"]) == (0, "pass"), ended.log


@pytest.mark.parametrize(
    ("event", "details"),
    [
        ("pull_request", {"action": "edited"}),
        ("pull_request", {"action": "labeled", "label": "bug"}),
        ("pull_request", {"action": "assigned"}),
        ("issue_comment", {"comment": "please review"}),
    ],
)
def test_other_events_are_skipped_without_asking_or_writing(shop, model, event, details):
    if event == "issue_comment":
        details = {**details, "pull": shop.pull}
    ended = shop.run(event, inputs=asked(model), **details)
    assert (ended.code, ended.outputs["verdict"]) == (0, "skipped"), ended.log
    assert ended.outputs["reason"] == "unsupported_event"
    assert not model.requests
    assert shop.github.writes() == 0


@pytest.mark.parametrize(
    "details",
    [
        {"action": "edited"},
        {"action": "labeled", "label": "bug"},
        {"action": "unlabeled", "label": "codeflow:allow-debug_leftovers"},
        {"action": "assigned"},
    ],
)
def test_no_event_without_news_turns_a_red_head_green(make_shop, model, details):
    shop = make_shop(head=HEAD | LEFTOVER)
    inputs = {"fail_on": "warning"}
    assert shop.run(inputs=inputs).code == 1
    writes = shop.github.writes()
    ended = shop.run(inputs=inputs | asked(model), **details)
    assert (ended.code, ended.outputs["verdict"]) == (1, "fail"), ended.log
    assert "::warning title=Debug leftover" not in ended.stdout  # it stands on the head already
    assert not model.requests
    assert shop.github.writes() == writes


def test_what_a_model_has_found_keeps_a_head_red_when_its_title_changes(make_shop, model):
    shop = make_shop()
    config = "gate: {fail_on: warning, model_findings_block: true}"
    inputs = asked(model) | {"config": config}
    assert shop.run(inputs=inputs).code == 1
    asked_before = len(model.requests)
    ended = shop.run(inputs=inputs, action="edited")
    assert (ended.code, ended.outputs["verdict"]) == (1, "fail"), ended.log
    assert len(model.requests) == asked_before


@pytest.mark.parametrize(
    ("config", "answer", "code"),
    [
        ("{comment: never, gate: {fail_on: warning, model_findings_block: true}}", None, 1),
        ("models: {on_error: fail}", Status(400), 3),
    ],
)
def test_where_models_decide_and_nothing_is_known_another_title_is_no_way_around_them(
    make_shop, model, config, answer, code
):
    """Nothing ran before: the author has ended that run by writing another title."""
    shop = make_shop()
    if answer:
        model.script(answer)
    ended = shop.run(inputs=asked(model) | {"config": config}, action="edited")
    assert ended.code == code, ended.log
    assert model.requests


def test_a_job_that_publishes_what_others_read_asks_no_model_when_a_title_changes(make_shop, model):
    shop = make_shop(head=HEAD | LEFTOVER)
    gate = "{comment: never, gate: {fail_on: warning, model_findings_block: true}}"
    inputs = asked(model) | {"config": gate, "stage": "publish"}
    ended = shop.run(inputs=inputs, action="edited")
    assert (ended.code, ended.outputs["verdict"]) == (1, "fail"), ended.log
    assert not model.requests


def test_an_event_that_nobody_knows_is_skipped(shop):
    ended = shop.run("schedule", payload={"schedule": "0 0 * * *"}, env={})
    assert (ended.code, ended.outputs["reason"]) == (0, "unsupported_event")


@pytest.mark.parametrize(
    ("opened", "reason"),
    [
        ({"draft": True}, "draft"),
        ({"author": "renovate[bot]", "author_type": "Bot"}, "bot"),
        ({**FORK, "author_association": "FIRST_TIME_CONTRIBUTOR"}, "fork_unknown"),
        ({"labels": ["codeflow:skip"]}, "opted_out"),
        ({"body": "Please\n\ncodeflow: skip\n"}, "opted_out"),
    ],
)
def test_who_is_held_back_gets_gates_and_no_model(make_shop, model, opened, reason):
    shop = make_shop(head=HEAD | LEFTOVER, **opened)
    ended = shop.run(inputs=asked(model))
    assert (ended.code, ended.outputs["reason"]) == (0, reason), ended.log
    assert not model.requests
    assert "::warning title=Debug leftover" in ended.stdout
    assert bool(shop.pull.comments) == (reason != "opted_out")


@pytest.mark.parametrize(
    "opened",
    [
        {"draft": True, "labels": ["codeflow:review"]},
        {**FORK, "author_association": "CONTRIBUTOR"},
        {"head_repo": None, "author_association": "MEMBER"},
    ],
)
def test_who_is_known_or_asked_for_is_reviewed(make_shop, model, opened):
    shop = make_shop(**opened)
    ended = shop.run(inputs=asked(model))
    assert reviewed(ended), ended.log


def test_the_review_label_starts_a_review(make_shop, model):
    shop = make_shop(draft=True, labels=["codeflow:review"])
    ended = shop.run(inputs=asked(model), action="labeled", label="codeflow:review")
    assert reviewed(ended)


def test_drafts_can_be_left_alone_altogether(make_shop):
    shop = make_shop(draft=True)
    ended = shop.run(inputs={"config": "when: {drafts: skip}"})
    assert (ended.code, ended.outputs["verdict"], ended.outputs["reason"]) == (
        0,
        "skipped",
        "draft",
    )
    assert shop.github.writes() == 0


@pytest.mark.promise(
    "pull_request gives a fork's job a read-only token and no secrets: gates run, and "
    "annotations and the summary show the findings."
)
def test_a_fork_without_keys_is_no_error_where_a_provider_is_named(make_shop):
    shop = make_shop(**FORK, author_association="CONTRIBUTOR")
    ended = shop.run(inputs={"provider": "anthropic"})
    assert (ended.code, ended.outputs["reason"]) == (0, "no_key_fork"), ended.log


def test_dependabot_without_keys_is_no_error_where_a_provider_is_named(make_shop):
    shop = make_shop(author="dependabot[bot]", author_type="Bot")
    inputs = {"provider": "openai", "config": "when: {bots: full}"}
    ended = shop.run(inputs=inputs, actor="dependabot[bot]")
    assert (ended.code, ended.outputs["reason"]) == (0, "no_key_dependabot"), ended.log


def test_a_held_back_run_does_not_forget_what_was_said(shop, model):
    shop.run(inputs=asked(model))
    shop.pull.draft = True
    shop.run(inputs=asked(model))
    shop.pull.draft = False
    ended = shop.run(inputs=asked(model))
    assert len(shop.pull.review_comments) == 1
    assert ended.report.findings[0].known


def test_two_names_keep_two_comments(shop, model):
    shop.run(inputs={**asked(model), "name": "team-a"})
    shop.run(inputs={**asked(model), "name": "team-b"})
    assert len(shop.stickies()) == 2
    model.answer = review(REMARK | {"title": "Said by the other"})
    ended = shop.run(inputs={**asked(model), "name": "team-a"})
    assert ended.outputs["reason"] == "unchanged"


def test_findings_reach_a_later_step_as_json(shop, model):
    ended = shop.run(inputs=asked(model))
    (finding,) = json.loads(ended.outputs["findings"])
    assert finding["path"] == "shop/cart.py"
    assert finding["line"] == finding["end_line"] == 6
    assert finding["evidence"] == "quoted"
    assert finding["url"].startswith(shop.github.server_url)
