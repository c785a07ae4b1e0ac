"""Which pull requests get models, only gates, or nothing: the `when` section, applied."""

import re
from dataclasses import dataclass

from codeflow_action.config.policy import ForkMode, Mode, When
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.pull_request import PullRequest, Trigger

_SKIP_WORDS = re.compile(r"^[^\S\n]*codeflow:[^\S\n]*skip[^\S\n]*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Held:
    """How far this run goes, and why not further; `reason` is None for a full one."""

    mode: Mode
    reason: Reason | None = None


def held_back(when: When, pull_request: PullRequest, trigger: Trigger) -> Held:
    """Return what the repository wants of this pull request.

    Who can label it can ask for a review, or for none; a description can only ask for none. The
    strictest rule that fits holds, and gates always run unless a rule says `skip`.
    """
    if trigger in (Trigger.PUSH, Trigger.MERGE_GROUP, Trigger.LOCAL):
        return Held(mode=Mode.FULL)
    if when.skip_label in pull_request.labels or _SKIP_WORDS.search(pull_request.body):
        return Held(mode=Mode.GATES, reason=Reason.OPTED_OUT)
    if when.review_label in pull_request.labels or trigger is Trigger.MANUAL:
        return Held(mode=Mode.FULL)
    found = [
        Held(mode=mode, reason=reason)
        for fits, mode, reason in (
            (pull_request.draft, when.drafts, Reason.DRAFT),
            (pull_request.author.is_bot, when.bots, Reason.BOT),
            (pull_request.is_fork, _for_fork(when.forks, pull_request), Reason.FORK_UNKNOWN),
        )
        if fits and mode is not Mode.FULL
    ]
    strictest = [held for held in found if held.mode is Mode.SKIP] or found
    return strictest[0] if strictest else Held(mode=Mode.FULL)


def _for_fork(mode: ForkMode, pull_request: PullRequest) -> Mode:
    if mode is not ForkMode.KNOWN:
        return Mode(mode.value)
    return Mode.FULL if pull_request.author.association.has_earlier_commits else Mode.GATES
