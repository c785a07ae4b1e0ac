"""The events that the stand-in tells, and the environment of their jobs."""

import json
from pathlib import Path

import pytest

from codeflow_action.engine.pull_request import Trigger
from codeflow_action.integrations.github.read import event as product
from codeflow_action.testing.github import GitHubServer, Pull, ServedRepository
from tests.testing.plain import commit, git

ZERO = "0" * 40


def test_a_pull_request_is_told_as_it_was(repo: ServedRepository, pull: Pull, work_tree: Path):
    told = repo.event("pull_request", action="opened", pull=pull)
    head = told["pull_request"]["head"]["sha"]
    git(work_tree, "checkout", "--quiet", "feature")
    pull.push(commit(work_tree, "More", {"more.txt": b"more\n"}))
    assert told["pull_request"]["head"]["sha"] == head != pull.head_sha
    again = repo.event("pull_request", action="synchronize", pull=pull, before=head)
    assert (again["before"], again["after"]) == (head, pull.head_sha)
    assert told["repository"]["full_name"] == "octo/shop"
    assert told["sender"]["login"] == "mona"


def test_our_reader_understands_the_events(repo: ServedRepository, pull: Pull) -> None:
    def read(name: str, **details: object) -> product.Event:
        payload = json.loads(json.dumps(repo.event(name, **details)))
        return product.parse_event(name, payload, sha=pull.head_sha)

    opened = read("pull_request", action="opened", pull=pull)
    assert isinstance(opened, product.PullRequestEvent)
    assert (opened.data.number, opened.data.head.sha) == (1, pull.head_sha)
    labeled = read("pull_request_target", action="labeled", pull=pull, label="codeflow:review")
    assert isinstance(labeled, product.PullRequestEvent)
    assert (labeled.trigger, labeled.label) == (Trigger.LABELED, "codeflow:review")
    changes = {"base": {"ref": {"from": "old"}, "sha": {"from": ZERO}}}
    edited = read("pull_request", action="edited", pull=pull, changes=changes)
    assert isinstance(edited, product.PullRequestEvent)
    assert edited.trigger is Trigger.BASE_CHANGED
    closed = read("pull_request", action="closed", pull=pull)
    assert isinstance(closed, product.PullRequestEvent)
    assert closed.data.state == "closed"
    dispatched = read("workflow_dispatch", inputs={"pr_number": "1"}, ref="feature")
    assert isinstance(dispatched, product.DispatchEvent)
    assert (dispatched.ref, dispatched.default_branch) == ("feature", "main")
    pushed = read("push", before=pull.merge_base_sha, after=pull.head_sha, ref="feature")
    assert isinstance(pushed, product.RangeEvent)
    assert (pushed.before, pushed.ref) == (pull.merge_base_sha, "feature")
    queued = read("merge_group", base_sha=pull.base_sha, head_sha=pull.head_sha)
    assert isinstance(queued, product.RangeEvent)
    assert queued.after == pull.head_sha


def test_a_comment_on_a_pull_request_is_one_on_an_issue(repo: ServedRepository, pull: Pull) -> None:
    told = repo.event("issue_comment", pull=pull, comment="/codeflow review", sender="hubot")
    assert told["issue"]["pull_request"]["url"].endswith("/pulls/1")
    assert "head" not in told["issue"]
    assert told["comment"]["user"]["login"] == "hubot"
    assert pull.comments[0].body == "/codeflow review"


def test_a_run_of_a_fork_names_no_pull_request(repo: ServedRepository, pull: Pull) -> None:
    told = repo.event("workflow_run", pull=pull)
    assert [one["number"] for one in told["workflow_run"]["pull_requests"]] == [1]
    fork = repo.open_pull_request(head="feature", head_repo="mona/shop")
    assert repo.event("workflow_run", pull=fork)["workflow_run"]["pull_requests"] == []


def test_an_unknown_event_is_an_error(repo: ServedRepository) -> None:
    with pytest.raises(ValueError, match="'schedule'"):
        repo.event("schedule")
    with pytest.raises(ValueError, match="'nowhere'"):
        repo.open_pull_request(head="nowhere")


def test_a_job_sees_the_merge_commit(
    github: GitHubServer, repo: ServedRepository, pull: Pull, tmp_path: Path
) -> None:
    def environment(name: str, **details: object) -> dict[str, str]:
        path = tmp_path / "event.json"
        path.write_text(json.dumps(repo.event(name, **details)))
        return repo.environment(name, path, tmp_path / "work" / "shop", tmp_path / "job")

    of_pull = environment("pull_request", pull=pull)
    assert of_pull["GITHUB_SHA"] == pull.merge_sha
    assert of_pull["GITHUB_REF"] == "refs/pull/1/merge"
    assert (of_pull["GITHUB_HEAD_REF"], of_pull["GITHUB_BASE_REF"]) == ("feature", "main")
    assert of_pull["GITHUB_API_URL"] == github.api_url
    assert of_pull["GITHUB_GRAPHQL_URL"] == github.graphql_url
    assert Path(of_pull["GITHUB_OUTPUT"]).read_bytes() == b""
    assert Path(of_pull["RUNNER_TEMP"]).is_dir()
    assert not any("TOKEN" in name for name in of_pull)
    of_target = environment("pull_request_target", pull=pull)
    assert (of_target["GITHUB_REF"], of_target["GITHUB_SHA"]) == ("refs/heads/main", pull.base_sha)
    dispatched = environment("workflow_dispatch", ref="feature")
    assert (dispatched["GITHUB_REF_NAME"], dispatched["GITHUB_SHA"]) == ("feature", pull.head_sha)
    pushed = environment("push", before=ZERO, after=pull.head_sha, ref="refs/heads/feature")
    assert (pushed["GITHUB_REF"], pushed["GITHUB_SHA"]) == ("refs/heads/feature", pull.head_sha)
    commented = environment("issue_comment", pull=pull, comment="/codeflow help")
    assert (commented["GITHUB_REF"], commented["GITHUB_SHA"]) == ("refs/heads/main", pull.base_sha)


def test_an_event_that_the_policy_blocks_starts_nothing(repo, pull):
    repo.blocked_events.add("pull_request_target")
    with pytest.raises(ValueError, match="not allowed to trigger Actions workflows"):
        repo.event("pull_request_target", pull=pull)
    assert repo.event("pull_request", pull=pull)["number"] == pull.number


def test_a_stack_is_told_by_the_branch_that_it_lies_on(repo, pull):
    assert repo.event("pull_request", pull=pull)["pull_request"]["stack"] is None
    pull.stack = ("main", "lower", "topic")
    told = repo.event("pull_request", pull=pull, action="stacked")["pull_request"]["stack"]
    assert (told["base"]["ref"], told["position"], told["size"]) == ("main", 3, 3)
