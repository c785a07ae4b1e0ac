"""Who is reviewed, only checked, or left alone."""

import pytest

from codeflow_action.config.policy import When
from codeflow_action.config.when import review_depth
from codeflow_action.engine.pull_request import Association, Author, PullRequest, Trigger

BASE = {
    "repository": "o/r",
    "number": 1,
    "base_ref": "main",
    "base_sha": "1" * 40,
    "head_ref": "f",
    "head_sha": "2" * 40,
    "merge_base_sha": "1" * 40,
    "head_repository": "o/r",
    "author": Author(login="mona", association=Association.MEMBER),
}
STRANGER = {
    "head_repository": "x/r",
    "author": Author(login="x", association=Association.FIRST_TIME_CONTRIBUTOR),
}
KNOWN = {
    "head_repository": "x/r",
    "author": Author(login="x", association=Association.CONTRIBUTOR),
}
BOT = {"author": Author(login="renovate[bot]", is_bot=True)}
AGENT = {"author": Author(login="Copilot", is_bot=True)}


@pytest.mark.parametrize(
    ("fields", "when", "expected"),
    [
        ({}, {}, ("full", None)),
        ({"draft": True}, {}, ("gates", "draft")),
        ({"draft": True}, {"drafts": "full"}, ("full", None)),
        ({"draft": True}, {"drafts": "skip"}, ("skip", "draft")),
        (BOT, {}, ("gates", "bot")),
        (BOT, {"bots": "full"}, ("full", None)),
        (AGENT, {}, ("full", None)),
        (AGENT, {"agents": "gates"}, ("gates", "bot")),
        (AGENT | STRANGER, {}, ("gates", "fork_unknown")),
        (STRANGER, {}, ("gates", "fork_unknown")),
        (STRANGER, {"forks": "full"}, ("full", None)),
        (STRANGER, {"forks": "skip"}, ("skip", "fork_unknown")),
        (KNOWN, {}, ("full", None)),
        (KNOWN, {"forks": "gates"}, ("gates", "fork_unknown")),
        ({**KNOWN, "head_repository": None}, {}, ("full", None)),
        ({**STRANGER, "draft": True}, {"forks": "skip"}, ("skip", "fork_unknown")),
        ({**STRANGER, "labels": ("codeflow:review",)}, {}, ("gates", "fork_unknown")),
        ({**STRANGER, "draft": True}, {}, ("gates", "fork_unknown")),
        ({**KNOWN, "labels": ("codeflow:review",), "draft": True}, {}, ("full", None)),
        ({**KNOWN, "labels": ("codeflow:review",)}, {"forks": "gates"}, ("gates", "fork_unknown")),
        (STRANGER, {"forks": "all"}, ("full", None)),
        ({"labels": ("codeflow:skip", "codeflow:review")}, {}, ("gates", "opted_out")),
        ({"labels": ("quiet",)}, {"skip_label": "quiet"}, ("gates", "opted_out")),
        ({"body": "x\n  CodeFlow: skip  \ny"}, {}, ("gates", "opted_out")),
        ({"body": "do not codeflow: skip this"}, {}, ("full", None)),
    ],
)
def test_the_strictest_rule_that_fits_holds(fields, when, expected):
    held = review_depth(When(**when), PullRequest(**{**BASE, **fields}), Trigger.CHANGED)
    assert (held.mode.value, held.reason.value if held.reason else None) == expected


@pytest.mark.parametrize("forks", ["gates", "known", "skip"])
def test_a_strangers_label_counts_where_a_writer_has_approved_the_head(forks):
    pull_request = PullRequest(**BASE | STRANGER, labels=("codeflow:review",), draft=True)
    when = When(forks=forks)
    assert review_depth(when, pull_request, Trigger.CHANGED).reason is not None
    assert review_depth(when, pull_request, Trigger.CHANGED, is_approved=True).reason is None


def test_who_asks_by_hand_gets_a_full_review():
    held = review_depth(When(), PullRequest(**BASE, draft=True), Trigger.MANUAL)
    assert held.reason is None


@pytest.mark.parametrize("trigger", [Trigger.PUSH, Trigger.MERGE_GROUP, Trigger.LOCAL])
def test_ranges_are_nobodys_pull_request(trigger):
    assert review_depth(When(), PullRequest(**{**BASE, **BOT}), trigger).reason is None
