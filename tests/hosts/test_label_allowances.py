"""A label allows a rule on the head that a writer could see, by the server's own times."""

import asyncio
from dataclasses import replace

import pytest

from codeflow_action.engine.pull_request import Trigger
from codeflow_action.hosts.label_allowances import LabelReader
from codeflow_action.integrations.github.read.approval import (
    Timeline,
    TimelineEvent,
    TimelineKind,
)
from codeflow_action.integrations.github.read.conversation import Conversation, Sticky
from codeflow_action.integrations.github.read.event import (
    DispatchEvent,
    PullRequestEvent,
    WorkflowRunEvent,
)
from codeflow_action.integrations.github.read.event_payloads import PullRequestData
from codeflow_action.security.seal import Seal
from tests.engine.test_values import ledger
from tests.integrations.github.write.publishing import MARKS
from tests.pull_requests import pull_request

LABEL = "codeflow:allow-secrets"
HEAD, MERGE_BASE = "2" * 40, "1" * 40
BEFORE, PUSHED, AFTER, LATER = (f"2026-12-01T12:00:0{second}Z" for second in range(4))
PULL = pull_request()


class Permissions:
    """Stands for GitHub's answer about what a person may do."""

    def __init__(self):
        self.asked = []

    async def get(self, path):
        login = path.split("/")[-2]
        self.asked.append(login)
        return {"permission": {"ada": "write", "root": "admin"}.get(login, "read")}


def event(kind, time, *, login="", label=LABEL):
    return TimelineEvent(kind=kind, time=time, label=label, login=login)


def set_by(login, time=AFTER, label=LABEL):
    return event(TimelineKind.LABELED, time, login=login, label=label)


def data(head=HEAD, time=PUSHED):
    end = {"ref": "main", "sha": "0" * 40}
    return PullRequestData.model_validate(
        {"number": 1, "base": end, "head": {"ref": "topic", "sha": head}, "updated_at": time}
    )


PUSH = PullRequestEvent(trigger=Trigger.CHANGED, data=data())
FORK = WorkflowRunEvent(
    head_sha=HEAD, time=PUSHED, head_branch="b", head_repository="o/s", default_branch="main"
)
BY_HAND = DispatchEvent(ref="main", sha="", default_branch="main")


def read(happened, *events, sticky=None, labels=(), api=None, marks=MARKS):
    conversation = Conversation(
        timeline=Timeline(events=events), stickies=(sticky,) if sticky else ()
    )
    reader = LabelReader(
        api=api or Permissions(),
        event=happened,
        pull_request=replace(PULL, labels=labels),
        conversation=conversation,
        marks=marks,
    )
    return asyncio.run(reader.read())


def allowed(happened, *events, **fields):
    return [row.login for row in read(happened, *events, **fields).allowances]


@pytest.mark.parametrize("happened", [PUSH, FORK])
def test_a_label_of_a_writer_counts_that_came_after_the_event(happened):
    assert allowed(happened, set_by("ada")) == ["ada"]
    assert allowed(happened, set_by("root")) == ["root"]
    assert allowed(happened, set_by("tim")) == []
    assert allowed(happened, set_by("")) == []  # an app
    assert allowed(happened, set_by("ada", BEFORE)) == []
    assert allowed(happened, set_by("ada", PUSHED)) == []  # nobody can tell which came first
    assert allowed(happened, set_by("ada"), set_by("tim", LATER)) == []
    assert allowed(happened, set_by("ada"), event(TimelineKind.UNLABELED, LATER)) == []


def test_an_event_of_another_head_tells_nothing_of_this_one():
    assert allowed(replace(PUSH, data=data(head="3" * 40)), set_by("ada")) == []
    assert allowed(replace(FORK, head_sha="3" * 40), set_by("ada")) == []
    assert allowed(BY_HAND, set_by("ada")) == []


def test_the_labels_own_event_tells_the_head_beside_the_label():
    labeled = PullRequestEvent(
        trigger=Trigger.LABELED, data=data(time=AFTER), label=LABEL.upper(), sender="ada"
    )
    assert allowed(labeled) == ["ada"]  # the timeline may be behind
    assert allowed(labeled, set_by("ada")) == ["ada"]
    assert allowed(replace(labeled, sender="tim"), set_by("ada", BEFORE)) == []
    assert allowed(labeled, set_by("ada"), event(TimelineKind.FORCE_PUSHED, LATER, label="")) == []
    assert allowed(replace(labeled, data=data(head="3" * 40, time=AFTER))) == []


def test_our_sealed_comment_about_this_head_says_since_when_it_is_there():
    def comment(marks=MARKS, **fields):
        ends = {"head_sha": HEAD, "merge_base_sha": MERGE_BASE}
        line = marks.ledger_line(ledger(**{**ends, **fields}))
        return Sticky(id=1, url="", body=line, time=PUSHED)

    assert allowed(BY_HAND, set_by("ada"), sticky=comment()) == ["ada"]
    assert allowed(BY_HAND, set_by("ada", BEFORE), sticky=comment()) == []
    assert allowed(BY_HAND, set_by("ada"), sticky=comment(head_sha="3" * 40)) == []
    assert allowed(BY_HAND, set_by("ada"), sticky=comment(merge_base_sha="3" * 40)) == []
    forged = replace(MARKS, seal=Seal.of(["another key, which is long enough"], "x"))
    assert allowed(BY_HAND, set_by("ada"), sticky=comment(forged)) == []


def test_a_label_that_allows_nothing_is_told_once_and_asks_few():
    api = Permissions()
    crowd = [set_by(f"m{at}", label=f"{LABEL}/{at}") for at in range(9)]
    found = read(PUSH, *crowd, labels=(LABEL, "bug"), api=api)
    assert found.allowances == ()
    assert len(found.notices) == 10
    assert len(api.asked) == 5
    assert read(PUSH, labels=("bug", "codeflow:review")).notices == ()
    # The event's own list is older than the timeline.
    taken_off = event(TimelineKind.UNLABELED, LATER)
    assert read(PUSH, taken_off, labels=(LABEL,)).notices == ()
