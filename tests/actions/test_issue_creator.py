"""Which findings and comments issues are asked for, when, and with what in them."""

import asyncio
from dataclasses import replace

import pytest

from codeflow_action.actions.issue_creator import IssueCreator
from codeflow_action.engine.commands import Command, CommandName
from codeflow_action.engine.discussion import Discussion, DiscussionComment, Speaker, Thread
from codeflow_action.engine.facts import Facts
from codeflow_action.engine.findings import Category, Severity
from codeflow_action.engine.ledger import Entry, EntryState
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.outcome import Skipped
from codeflow_action.engine.pull_request import Trigger
from codeflow_action.engine.sightings import Sighting
from codeflow_action.engine.triage import (
    CommentKind,
    CommentState,
    TriagedComment,
    TriagedComments,
)
from tests.actions.gating import task_of
from tests.engine.test_values import finding, ledger
from tests.review.changes import changed

CODE = b"zero\none\ntwo\nthree\n"
LINES = CODE.decode().splitlines()


def entry(number, state=EntryState.OPEN, **fields):
    finding_fields = {
        name: fields.pop(name) for name in ("severity", "category", "path") if name in fields
    }
    made = finding(line=number, code=LINES[number - 1], title=f"Title {number}", **finding_fields)
    return Entry.of(f"{number:x}" * 16, made).model_copy(update={"state": state, **fields})


def answer(*entries, trigger=Trigger.CLOSED, is_merged=True, memory=None, options=None, **fields):
    task = task_of((changed("", CODE.decode(), "a.py"),), {"a.py": CODE})
    task = replace(
        task,
        trigger=trigger,
        pull_request=replace(task.pull_request, is_merged=is_merged),
        memory=memory or Memory(ledger=ledger(entries=entries)),
        **fields,
    )
    action = IssueCreator.model_validate({"when": "merged", **(options or {})})
    return asyncio.run(action.run(task))


def keys(*entries, **fields):
    outcome = answer(*entries, **fields)
    return [] if isinstance(outcome, Skipped) else [one.key[0] for one in outcome.proposals]


def test_at_a_merge_there_is_an_issue_for_what_is_still_open():
    entries = (
        entry(1),
        entry(2, EntryState.FIXED),
        entry(3, EntryState.DISMISSED),
        entry(4, EntryState.STALE),
    )
    assert keys(*entries) == ["1", "4"]
    assert all(one.only_if_open for one in answer(*entries).proposals)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": EntryState.OPEN, "is_owed": True},  # nobody has seen it
        {"issue": 7},  # it has one
        {"severity": Severity.NOTICE},  # below the floor
    ],
)
def test_there_is_none_for(fields):
    assert keys(entry(1, **fields)) == []


@pytest.mark.parametrize(
    ("when", "trigger", "is_merged", "is_due"),
    [
        ("command", Trigger.CLOSED, True, False),
        ("merged", Trigger.CLOSED, True, True),
        ("merged", Trigger.CLOSED, False, False),
        ("merged", Trigger.CHANGED, False, False),
        ("always", Trigger.CHANGED, False, True),
        ("always", Trigger.CLOSED, True, True),
        ("always", Trigger.CLOSED, False, False),
    ],
)
def test_issues_are_opened(when, trigger, is_merged, is_due):
    wanted = ["1"] if is_due else []
    found = keys(entry(1), options={"when": when}, trigger=trigger, is_merged=is_merged)
    assert found == wanted


def test_the_gravest_come_first_and_no_more_than_asked_for():
    entries = (entry(1), entry(2, severity=Severity.ERROR), entry(3))
    outcome = answer(*entries, options={"at_most": 2})
    assert [one.key[0] for one in outcome.proposals] == ["2", "1"]
    assert outcome.notices == ("1 more would be worth an issue",)


def test_an_issue_quotes_the_code_at_a_commit():
    (issue,) = answer(entry(3)).proposals
    assert (issue.title, issue.body, issue.path, issue.line) == ("Title 3", "A message", "a.py", 3)
    assert issue.code == "two"
    assert issue.small_print == (
        "warning, found by a model, about code that stands there, pr_reviewer/correctness"
    )


def test_code_that_is_another_one_by_now_is_not_quoted():
    (issue,) = answer(entry(3, line=4, end_line=None)).proposals
    assert issue.code == ""


def test_code_that_has_moved_is_quoted_where_it_stands_now_and_code_that_is_gone_is_no_issue():
    sighting = Sighting(fingerprint="3" * 16, path="b.py", line=9, code="two")
    memory = Memory(
        ledger=ledger(entries=(entry(2), entry(3))),
        sightings=(sighting,),
        gone_ids=frozenset({"2" * 16}),
    )
    (issue,) = answer(memory=memory).proposals
    assert (issue.path, issue.line, issue.code) == ("b.py", 9, "two")


def test_labels_and_assignees_follow_the_rules_that_match():
    rules = [
        {"severities": ["error"], "labels": ["bug", "codeflow"], "assignees": ["mona"]},
        {"categories": ["security"], "labels": ["security"]},
        {"paths": ["src/**"], "labels": ["source"], "assignees": ["lisa", "mona"]},
    ]
    entries = (
        entry(1, severity=Severity.ERROR, path="src/a.py"),
        entry(2, category=Category.SECURITY),
    )
    grave, other = answer(*entries, options={"rules": rules}).proposals
    assert (grave.labels, grave.assignees) == (("codeflow", "bug", "source"), ("mona", "lisa"))
    assert (other.labels, other.assignees) == (("codeflow", "security"), ())


def command(argument="", thread_id=None):
    return Command(
        name=CommandName.ISSUE, argument=argument, login="mona", comment_id=9, thread_id=thread_id
    )


def thread(finding_id):
    comment = DiscussionComment(id=5, speaker=Speaker(login="us", is_us=True), body="x", url="u")
    return Thread(path="a.py", finding_id=finding_id, comments=(comment,))


def asked(*entries, options=None, **fields):
    wish = command(
        **{name: fields.pop(name) for name in ("argument", "thread_id") if name in fields}
    )
    return answer(
        *entries, command=wish, trigger=Trigger.COMMAND, options={"when": "command"}, **fields
    )


@pytest.mark.parametrize("argument", ["1111", "1" * 16, "`1111` please", "1111 now"])
def test_a_command_names_a_finding_by_the_beginning_of_its_id(argument):
    (issue,) = asked(entry(1), entry(2), argument=argument).proposals
    assert issue.key == "1" * 16
    assert not issue.only_if_open  # somebody wants it


def test_a_command_in_a_thread_means_its_finding():
    discussion = Discussion(threads=(thread("1" * 16),))
    outcome = asked(entry(1), entry(2), thread_id=5, discussion=discussion)
    (issue,) = outcome.proposals
    assert (issue.key, issue.url) == ("1" * 16, "u")


def test_a_command_in_a_persons_thread_means_what_that_person_wrote():
    first = DiscussionComment(id=5, speaker=Speaker(login="lisa"), body="Round\nit <!-- x -->")
    talk = Thread(path="a.py", line=3, comments=(first,))
    outcome = asked(entry(1), thread_id=5, discussion=Discussion(threads=(talk,)))
    (issue,) = outcome.proposals
    assert (issue.title, issue.path, issue.line) == ("Round it", "a.py", 3)
    assert issue.body.startswith("lisa wrote this")


def test_a_command_may_ask_for_what_is_dismissed():
    assert len(asked(entry(1, EntryState.DISMISSED), argument="1111").proposals) == 1


def test_another_command_opens_no_issue():
    review = replace(command("1111"), name=CommandName.REVIEW)
    outcome = answer(entry(1), command=review, trigger=Trigger.COMMAND, options={"when": "command"})
    assert isinstance(outcome, Skipped)


@pytest.mark.parametrize(
    ("entries", "argument", "words", "is_refusal"),
    [
        ([entry(1)], "2222", "no finding on record", True),
        ([entry(1)], "111", "no finding", True),  # too short to mean one
        ([entry(1)], "", "no finding", True),
        ([entry(1, issue=7)], "1111", "#7", False),
        ([entry(1), entry(1, fingerprint="1" * 15 + "2")], "1111", "several findings", True),
    ],
)
def test_a_command_that_opens_nothing_says_why(entries, argument, words, is_refusal):
    (reply,) = asked(*entries, argument=argument).proposals
    assert words in reply.body
    assert reply.is_refusal is is_refusal


def test_no_issue_is_opened_for_code_that_is_gone():
    memory = Memory(ledger=ledger(entries=(entry(1),)), gone_ids=frozenset({"1" * 16}))
    (reply,) = asked(argument="1111", memory=memory).proposals
    assert reply.is_refusal


def wish(number, **fields):
    defaults = {
        "ids": (number,),
        "kind": CommentKind.CHANGE_REQUEST,
        "state": CommentState.OPEN,
        "logins": ("mona",),
        "excerpt": "Please rename it",
        "url": "https://example.com",
    }
    return TriagedComment(**{**defaults, **fields})


def test_a_merge_opens_issues_for_what_people_asked_for_where_that_is_wanted():
    comments = (
        wish(1),
        wish(2, kind=CommentKind.QUESTION),
        wish(3, state=CommentState.ADDRESSED),
        wish(4, is_by_bots=True),
    )
    facts = Facts([TriagedComments(comments=comments)])
    assert answer(facts=facts).proposals == ()
    (issue,) = answer(facts=facts, options={"comments": True}).proposals
    assert (issue.title, issue.url) == ("Please rename it", "https://example.com")
    assert answer(facts=facts, options={"comments": True}).proposals[0].key == issue.key


class NoTree:
    sha = "1" * 40

    async def read_many(self, paths):
        from codeflow_action.engine.errors import RepositoryError

        raise RepositoryError("gone")


def test_without_the_files_an_issue_has_no_code():
    (issue,) = answer(entry(3), head=NoTree()).proposals
    assert (issue.line, issue.code, issue.commit) == (3, "", "1" * 40)
