"""What of an event strangers write, and which events hand secrets to a run that strangers start.

The paths are GitHub's own list of untrusted input and what its webhooks' payloads say:
https://docs.github.com/en/actions/concepts/security/script-injections
https://docs.github.com/en/webhooks/webhook-events-and-payloads
What is not in them is no text of strangers: numbers, hashes, logins and names of repositories have
an alphabet that no shell minds; labels, milestones, releases, tags and inputs need write access.
"""

from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache

from codeflow_action.actions.quality_gates.workflow_risk.expressions import Flow
from codeflow_action.engine.lazy import dataclass

_PULL_REQUESTS = frozenset(
    {"pull_request", "pull_request_review", "pull_request_review_comment", "pull_request_target"}
)
# From a fork these come without secrets, and with a token that may only read:
# https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
FORK_EVENTS = _PULL_REQUESTS - {"pull_request_target"}
# Whoever can see a public repository can start these, with the rights of the default branch.
STRANGERS_EVENTS = frozenset(
    {
        "pull_request_target",
        "pull_request_comment",
        "workflow_run",
        "issues",
        "issue_comment",
        "discussion",
        "discussion_comment",
        "commit_comment",
        "gollum",
        "fork",
        "watch",
        "check_run",
        "check_suite",
    }
)
_MEMBERS_EVENTS = frozenset(
    {
        "push",
        "schedule",
        "workflow_dispatch",
        "repository_dispatch",
        "release",
        "create",
        "delete",
        "deployment",
        "deployment_status",
        "status",
        "page_build",
        "public",
        "label",
        "milestone",
        "merge_group",
        "registry_package",
        "branch_protection_rule",
        "workflow_call",
    }
)
ALL_EVENTS = STRANGERS_EVENTS | _MEMBERS_EVENTS | FORK_EVENTS

_ISSUES = frozenset({"issues", "issue_comment"})
_COMMENTS = frozenset(
    {"issue_comment", "commit_comment", "discussion_comment", "pull_request_review_comment"}
)
# By the first part after `github.event`: the events that carry it.
_CARRIERS = {
    "issue": _ISSUES,
    "pull_request": _PULL_REQUESTS,
    "comment": _COMMENTS,
    "review": frozenset({"pull_request_review"}),
    "discussion": frozenset({"discussion", "discussion_comment"}),
    "answer": frozenset({"discussion"}),
    "commits": frozenset({"push"}),
    "head_commit": frozenset({"push"}),
    "pages": frozenset({"gollum"}),
    "workflow_run": frozenset({"workflow_run"}),
    "check_run": frozenset({"check_run"}),
    "check_suite": frozenset({"check_suite"}),
    "forkee": frozenset({"fork"}),
    "changes": _ISSUES | _PULL_REQUESTS | _COMMENTS | {"discussion"},
    "after": _PULL_REQUESTS,
}
_WHOLE_EVENT = frozenset({"push", *STRANGERS_EVENTS, *FORK_EVENTS})
# These are written by whoever starts the event, also beside a pull request that is no fork's.
_OWN_WORDS = frozenset({"comment", "review"})

_TEXTS = [
    "issue.title",
    "issue.body",
    "pull_request.title",
    "pull_request.body",
    "pull_request.head.ref",
    "pull_request.head.label",
    "pull_request.head.repo.default_branch",
    "pull_request.head.repo.description",
    "pull_request.head.repo.homepage",
    "comment.body",
    "review.body",
    "discussion.title",
    "discussion.body",
    "answer.body",
    "pages.*.page_name",
    "pages.*.title",
    "pages.*.summary",
    "commits.*.message",
    "commits.*.author.email",
    "commits.*.author.name",
    "commits.*.committer.email",
    "commits.*.committer.name",
    "head_commit.message",
    "head_commit.author.email",
    "head_commit.author.name",
    "head_commit.committer.email",
    "head_commit.committer.name",
    "workflow_run.head_branch",
    "workflow_run.display_title",
    "workflow_run.head_commit.message",
    "workflow_run.head_commit.author.email",
    "workflow_run.head_commit.author.name",
    "workflow_run.head_commit.committer.email",
    "workflow_run.head_commit.committer.name",
    "workflow_run.head_repository.description",
    "workflow_run.pull_requests.*.head.ref",
    "check_run.check_suite.head_branch",
    "check_suite.head_branch",
    "check_suite.head_commit.message",
    "check_suite.head_commit.author.email",
    "check_suite.head_commit.author.name",
    "check_suite.pull_requests.*.head.ref",
    "check_run.pull_requests.*.head.ref",
    "forkee.description",
    "forkee.homepage",
    "forkee.default_branch",
    "changes.title.from",
    "changes.body.from",
    "changes.head.ref.from",
]
# The code of a pull request: its commit, branch or repository.
_HEADS = [
    "pull_request.head.sha",
    "pull_request.head.ref",
    "pull_request.head.label",
    "pull_request.merge_commit_sha",
    "pull_request.head.repo.full_name",
    "pull_request.head.repo.name",
    "pull_request.head.repo.clone_url",
    "pull_request.head.repo.git_url",
    "pull_request.head.repo.ssh_url",
    "pull_request.head.repo.html_url",
    "pull_request.head.repo.url",
    "pull_request.head.repo.owner.login",
    "pull_request.head.user.login",
    "workflow_run.head_sha",
    "workflow_run.head_branch",
    "workflow_run.head_commit.id",
    "workflow_run.head_repository.full_name",
    "workflow_run.head_repository.clone_url",
    "workflow_run.head_repository.html_url",
    "workflow_run.head_repository.owner.login",
    "workflow_run.head_repository.name",
    "check_suite.head_sha",
    "check_suite.head_branch",
    "check_run.head_sha",
    "check_run.check_suite.head_sha",
    "check_run.check_suite.head_branch",
    "check_suite.head_commit.id",
    "after",
]
_MULTILINE = frozenset({"body", "message", "from", "description", "summary"})


class TaintKind(StrEnum):
    """What a stranger decides."""

    TEXT = "text"  # any characters: pasted into a script, they are code
    HEAD = "head"  # which code is meant: harmless as text, dangerous when it is checked out


@dataclass(frozen=True, kw_only=True)
class Taint:
    """That a value comes from a stranger.

    `source` is where from, in words or as a context; `events` are those that bring it, and
    `fork_events` those of them in which it gains nothing: no secrets, and a token that only reads.
    """

    kind: TaintKind
    source: str
    events: frozenset[str] = _WHOLE_EVENT
    fork_events: frozenset[str] = FORK_EVENTS
    is_multiline: bool = False


def taints_of(flow: Flow) -> Iterator[Taint]:
    """Yield what strangers decide of a value of the context `github`."""
    parts = flow.context.parts
    if parts[0] != "github":
        return
    yield from _taints(parts, flow.is_json)


@lru_cache(maxsize=2_048)
def _taints(parts: tuple[str, ...], is_json: bool) -> tuple[Taint, ...]:
    name = ".".join(parts)
    if parts[1:] == ("head_ref",):
        kinds = (TaintKind.TEXT, TaintKind.HEAD)
        return tuple(Taint(kind=kind, source=name, events=_PULL_REQUESTS) for kind in kinds)
    if parts[1:2] not in {(), ("event",)} and parts[1] != "*":
        return ()
    path = parts[2:]
    root = path[0] if path else ""
    carriers = _CARRIERS.get(root, _WHOLE_EVENT)
    fork_events = FORK_EVENTS & carriers if root not in _OWN_WORDS else frozenset[str]()
    taints = []
    for kind, table in ((TaintKind.TEXT, _TEXTS), (TaintKind.HEAD, _HEADS)):
        if any(_holds(path, pattern.split("."), is_json=is_json) for pattern in table):
            taints.append(
                Taint(
                    kind=kind,
                    source=name,
                    events=carriers,
                    fork_events=fork_events,
                    is_multiline=is_json or bool(_MULTILINE & set(path[-1:])),
                )
            )
    return tuple(taints)


def _holds(path: tuple[str, ...], pattern: list[str], *, is_json: bool) -> bool:
    """True where a path is such a text, or an object around one that is printed as JSON."""
    if len(path) > len(pattern) or (len(path) < len(pattern) and not is_json):
        return False
    return all(
        part == pattern_part or "*" in (part, pattern_part)
        for part, pattern_part in zip(path, pattern, strict=False)
    )
