"""Which pull requests get models, only gates, or nothing: the `when` section, applied."""

import re

from codeflow_action.config.policy import ForkMode, Mode, When
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.machine_authors import Machine, machine_kind
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.pull_request import PullRequest, Trigger

# Alone on its line: a description that only speaks of the words asks for nothing.
_SKIP_WORDS = regex(r"^[^\S\n]*codeflow:[^\S\n]*skip[^\S\n]*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class ReviewDepth:
    """How far this run goes, and why not further; `reason` is None for a full one."""

    mode: Mode
    reason: Reason | None = None


def review_depth(
    when: When,
    pull_request: PullRequest,
    trigger: Trigger,
    *,
    is_approved: bool = False,
    is_asked: bool = False,
) -> ReviewDepth:
    """Return what the repository wants of this pull request.

    Who can label it can ask for a review, or for none; a description can only ask for none. A fork
    that is held back needs more than the label: it counts where the review of this head
    `is_approved`. The strictest rule that fits holds, and gates always run unless a rule says
    `skip`.
    """
    if trigger in (Trigger.PUSH, Trigger.MERGE_GROUP, Trigger.LOCAL):
        return ReviewDepth(mode=Mode.FULL)
    if when.skip_label in pull_request.labels or _SKIP_WORDS.search(pull_request.body):
        return ReviewDepth(mode=Mode.GATES, reason=Reason.OPTED_OUT)
    fork_mode = when.forks
    if fork_mode is ForkMode.KNOWN:
        has_history = pull_request.author.association.has_earlier_commits
        fork_mode = ForkMode.ALL if has_history else ForkMode.GATES
    # It is the one who opened a fork's pull request whose code would cost us money, and workflows
    # that set labels may follow a branch's name: https://github.com/actions/labeler.
    is_open = not pull_request.is_fork or fork_mode.mode is Mode.FULL or is_approved
    if (
        trigger is Trigger.MANUAL
        or is_asked
        or (when.review_label in pull_request.labels and is_open)
    ):
        return ReviewDepth(mode=Mode.FULL)
    machine = machine_kind(pull_request.author)
    depths = [
        ReviewDepth(mode=mode, reason=reason)
        for applies, mode, reason in (
            (pull_request.draft, when.drafts, Reason.DRAFT),
            (machine is Machine.BOT, when.bots, Reason.BOT),
            (machine is Machine.AGENT, when.agents, Reason.BOT),
            (pull_request.is_fork, fork_mode.mode, Reason.FORK_UNKNOWN),
        )
        if applies and mode is not Mode.FULL
    ]
    # Of several rules that hold back alike, the last says why: a fork's is the hardest to lift.
    strictest = [depth for depth in depths if depth.mode is Mode.SKIP] or depths
    return strictest[-1] if strictest else ReviewDepth(mode=Mode.FULL)
