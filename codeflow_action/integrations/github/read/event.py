"""GitHub's webhook payloads to our own closed union of events. Pure: bytes and values in."""

import json
from pathlib import Path
from typing import assert_never

from pydantic import JsonValue, ValidationError

from codeflow_action.engine.commands import CommandLine, parse_command
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.pull_request import Association, Author, Trigger
from codeflow_action.integrations.github.read.event_payloads import (
    CommentPayload,
    DispatchPayload,
    MergeGroupPayload,
    PullRequestData,
    PullRequestPayload,
    PushPayload,
    WorkflowRunPayload,
)

_ZERO = "0" * 40  # what a push names for a branch that was not there, or is no more
# Activities after which there is something new to review
# (https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request).
# `stacked` comes when a pull request joins a stack, which gives it another base
# (https://github.github.com/gh-stack/reference/webhooks).
_CHANGE_ACTIONS = frozenset({"opened", "reopened", "ready_for_review", "synchronize", "stacked"})
# `in_progress` comes between the two and brings nothing new.
_RUN_ACTIONS = frozenset({"requested", "completed"})


@dataclass(frozen=True, kw_only=True)
class PullRequestEvent:
    """`pull_request` and `pull_request_target`.

    `gives_secrets` is True for the second: its job gets the repository's secrets whoever has
    opened the pull request, against whichever branch. `sender` is the person who has set the
    `label` of a `labeled` event, empty for an app. `no_news` says what happened where nothing of
    the change itself did, else empty: whoever waits for a check of the head needs the same
    answer once more.
    """

    trigger: Trigger
    data: PullRequestData
    label: str = ""  # of a `labeled` event
    sender: str = ""
    default_branch: str = ""  # empty where the payload does not say
    gives_secrets: bool = False
    no_news: str = ""


@dataclass(frozen=True, kw_only=True)
class DispatchEvent:
    """`workflow_dispatch`, or another event with a number; what it is about is found out later.

    `trigger` is `MANUAL` only where nobody without write access can have caused the event.
    """

    ref: str  # a branch's or tag's short name
    sha: str
    default_branch: str
    trigger: Trigger = Trigger.MANUAL


@dataclass(frozen=True, kw_only=True)
class WorkflowRunEvent:
    """`workflow_run` of a workflow that ran for a pull request; which one is found out later.

    The job gets the repository's secrets, whoever has opened that. `head_repository` is empty when
    the fork was deleted. `number` is the pull request that an input names, 0 without one. `time` is
    the server's, at which that workflow was started for this head.
    """

    head_sha: str
    time: str = ""
    head_branch: str
    head_repository: str
    default_branch: str
    number: int = 0


@dataclass(frozen=True, kw_only=True)
class CommandEvent:
    """`issue_comment` and `pull_request_review_comment`: a comment that asks us for something.

    `author` wrote the comment, at the server's `time`; whether they may ask is found out later.
    `thread_id` is the first comment of the thread on the diff in which it stands, None in the
    conversation. Only on the diff the payload has the pull request: `data`, as it was when the
    comment was written.
    """

    number: int
    line: CommandLine
    author: Author
    comment_id: int
    thread_id: int | None = None
    time: str = ""
    default_branch: str = ""
    data: PullRequestData | None = None

    @property
    def seen_head(self) -> str:
        """The head at the time of the comment, empty where the payload does not say."""
        return self.data.head.sha if self.data else ""


@dataclass(frozen=True, kw_only=True)
class RangeEvent:
    """`push` and `merge_group`: commits alone. `before` is empty for a new branch."""

    trigger: Trigger
    before: str
    after: str
    ref: str
    actor: Author
    default_branch: str


@dataclass(frozen=True, kw_only=True)
class IgnoredEvent:
    """An event that runs nothing, and why."""

    detail: str


type Event = (
    PullRequestEvent | DispatchEvent | WorkflowRunEvent | CommandEvent | RangeEvent | IgnoredEvent
)


def read_event(path: Path) -> dict[str, JsonValue]:
    """Return the payload at `GITHUB_EVENT_PATH`. Raises `ConfigError`."""
    hint = "the runner writes this file; GITHUB_EVENT_PATH must name it"
    try:
        payload = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"the event file cannot be read ({error.strerror})", hint=hint) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError("the event file is not JSON", hint=hint) from error
    if not isinstance(payload, dict):
        raise ConfigError("the event file is no JSON object", hint=hint)
    return payload


def parse_event(name: str, payload: dict[str, JsonValue], *, sha: str = "", ref: str = "") -> Event:
    """Return what happened. `sha` and `ref` are the runner's `GITHUB_SHA` and `GITHUB_REF`.

    Raises `ConfigError` naming the field when the payload is not what GitHub sends.
    """
    event: Event
    try:
        match name:
            case "pull_request" | "pull_request_target":
                gives_secrets = name == "pull_request_target"
                event = _pull_request(PullRequestPayload.model_validate(payload), gives_secrets)
            case "workflow_dispatch":
                data = DispatchPayload.model_validate(payload)
                default = (data.repository.default_branch if data.repository else "") or "main"
                branch = (data.ref or ref).removeprefix("refs/heads/").removeprefix("refs/tags/")
                event = DispatchEvent(ref=branch or default, sha=sha, default_branch=default)
            case "workflow_run":
                event = _workflow_run(WorkflowRunPayload.model_validate(payload))
            case "push":
                event = _push(PushPayload.model_validate(payload))
            case "merge_group":
                event = _merge_group(MergeGroupPayload.model_validate(payload))
            case "issue_comment" | "pull_request_review_comment":
                event = _comment(CommentPayload.model_validate(payload))
            case _:
                event = IgnoredEvent(detail=f"the event {name!r} is none that CodeFlow answers to")
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise ConfigError(
            f"the event file is no {name} event: {place}: {error.errors()[0]['msg'].lower()}",
            hint="GITHUB_EVENT_NAME and GITHUB_EVENT_PATH must belong together",
        ) from None
    return event


def _pull_request(payload: PullRequestPayload, gives_secrets: bool) -> Event:
    trigger, label, no_news = Trigger.CHANGED, "", ""
    match payload.action:
        case action if action in _CHANGE_ACTIONS:
            pass
        case "edited" if "base" in payload.changes:
            trigger = Trigger.BASE_CHANGED
        case "edited":
            no_news = "only the title or the description changed"
        case "labeled":
            trigger = Trigger.LABELED
            label = payload.label.name if payload.label else ""
        case "closed":
            trigger = Trigger.CLOSED
        case action:
            no_news = f"nothing to review when a pull request is {action!r}"
    if no_news and payload.pull_request.state != "open":
        return IgnoredEvent(detail=no_news)
    repository = payload.repository or payload.pull_request.base.repo
    sender = payload.sender.author(Association.NONE)
    return PullRequestEvent(
        trigger=trigger,
        data=payload.pull_request,
        label=label,
        sender="" if sender.is_bot or not label else sender.login,
        default_branch=repository.default_branch if repository else "",
        gives_secrets=gives_secrets,
        no_news=no_news,
    )


def _workflow_run(payload: WorkflowRunPayload) -> Event:
    run = payload.workflow_run
    if payload.action not in _RUN_ACTIONS:
        return IgnoredEvent(detail=f"nothing to review when a workflow run is {payload.action!r}")
    # The `head_sha` of a run for `pull_request_target` is the base's, and the runs of other events
    # are about no pull request.
    if run.event != "pull_request":
        return IgnoredEvent(detail=f"that workflow ran for {run.event!r}, not for a pull request")
    return WorkflowRunEvent(
        head_sha=run.head_sha,
        time=run.created_at,
        head_branch=run.head_branch or "",
        head_repository=run.head_repository.full_name if run.head_repository else "",
        default_branch=payload.repository.default_branch,
    )


def _comment(payload: CommentPayload) -> Event:
    """Return a command. A comment of ours is none: no text that we write begins a line with `/`."""
    issue, data, comment = payload.issue, payload.pull_request, payload.comment
    if payload.action != "created" or comment is None:
        return IgnoredEvent(detail=f"nothing to do when a comment is {payload.action!r}")
    if data is None and (issue is None or issue.pull_request is None):
        return IgnoredEvent(detail="the comment is on an issue, not on a pull request")
    line = parse_command(comment.body or "")
    if line is None:
        return IgnoredEvent(detail="the comment does not begin with /codeflow")
    if comment.author.is_bot:
        return IgnoredEvent(detail="a bot wrote the comment, and bots give no commands")
    number = data.number if data else issue.number if issue else 0
    return CommandEvent(
        number=number,
        line=line,
        author=comment.author,
        comment_id=comment.id,
        thread_id=(comment.in_reply_to_id or comment.id) if data else None,
        time=comment.created_at,
        default_branch=payload.repository.default_branch if payload.repository else "",
        data=data,
    )


def _push(payload: PushPayload) -> Event:
    if payload.deleted or payload.after == _ZERO:
        return IgnoredEvent(detail="the branch was deleted")
    if not payload.ref.startswith("refs/heads/"):
        return IgnoredEvent(detail="a tag was pushed")
    return RangeEvent(
        trigger=Trigger.PUSH,
        before="" if payload.before == _ZERO else payload.before,
        after=payload.after,
        ref=payload.ref.removeprefix("refs/heads/"),
        actor=payload.sender.author(Association.MEMBER),
        default_branch=payload.repository.default_branch,
    )


def _merge_group(payload: MergeGroupPayload) -> Event:
    if payload.action != "checks_requested":
        return IgnoredEvent(detail=f"nothing to check when a merge group is {payload.action!r}")
    group = payload.merge_group
    return RangeEvent(
        trigger=Trigger.MERGE_GROUP,
        before=group.base_sha,
        after=group.head_sha,
        ref=group.head_ref.removeprefix("refs/heads/"),
        actor=payload.sender.author(Association.MEMBER),
        default_branch=payload.repository.default_branch,
    )


def describe(event: Event) -> str:
    """Return the event in a few words for the log."""
    match event:
        case PullRequestEvent():
            return f"pull request #{event.data.number} ({event.trigger.value})"
        case DispatchEvent():
            return f"workflow_dispatch on {event.ref}"
        case WorkflowRunEvent():
            return f"workflow_run for {event.head_branch} of {event.head_repository}"
        case CommandEvent():
            return f"a comment with /codeflow on pull request #{event.number}"
        case RangeEvent():
            return f"{event.trigger.value} to {event.ref}"
        case IgnoredEvent():
            return event.detail
        case _:
            assert_never(event)
