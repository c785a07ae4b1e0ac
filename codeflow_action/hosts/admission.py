"""Whose money: whether models may be asked about a pull request, and how to get that where not."""

from dataclasses import dataclass

from codeflow_action.config.policy import When
from codeflow_action.config.when import ReviewDepth, review_depth
from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.read.approval import may_write
from codeflow_action.integrations.github.read.conversation import Conversation
from codeflow_action.integrations.github.read.pull_request import LoadedPullRequest


@dataclass(frozen=True, kw_only=True)
class Admission:
    """How far this run goes.

    `is_approved` where somebody with write access has asked for a review of this head. `hint` says
    to readers of the comment how they can ask; it is empty where there is nothing to ask for.
    `seen` is the time of the newest event that a label can be held against.
    """

    depth: ReviewDepth
    is_approved: bool = False
    hint: str = ""
    seen: str = ""


async def admit(
    api: GitHubApi,
    when: When,
    target: LoadedPullRequest,
    conversation: Conversation | None,
    ledger: Ledger | None,
) -> Admission:
    """Return how far this run goes; `ledger` is what our own sealed comment says."""
    pull_request = target.pull_request
    depth = review_depth(when, pull_request, target.trigger)
    if depth.reason is not Reason.FORK_UNKNOWN:
        return Admission(depth=depth)
    has_label = when.review_label in pull_request.labels
    if has_label and ledger and _is_about(ledger, pull_request):
        is_approved = ledger.approved
        if not is_approved and conversation and conversation.sticky:
            since = conversation.sticky.time
            login = conversation.timeline.labeler(when.review_label, since)
            is_approved = bool(login) and await may_write(api, pull_request.repository, login)
        if is_approved:
            depth = review_depth(when, pull_request, target.trigger, is_approved=True)
            return Admission(depth=depth, is_approved=True)
    label = f"the label {when.review_label}"
    hint = (
        f"{label} does not count for this head: it came before this comment, or from somebody "
        "without write access; somebody with it can take it off and set it again"
        if has_label
        else f"somebody with write access can ask for a model's review of this head by {label}"
    )
    events = conversation.timeline.events if conversation else ()
    return Admission(depth=depth, hint=hint, seen=events[-1].time if events else "")


def _is_about(ledger: Ledger, pull_request: PullRequest) -> bool:
    """True where the ledger is about the same change: a head can be compared with another base."""
    heads = ledger.head_sha, ledger.merge_base_sha
    return heads == (pull_request.head_sha, pull_request.merge_base_sha)
