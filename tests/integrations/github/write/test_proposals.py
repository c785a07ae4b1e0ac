"""What actions propose, on the pull request: each kind once, and nothing of a stranger's acts."""

import re
from typing import get_args

import pytest

from codeflow_action.engine.findings import Evidence
from codeflow_action.engine.proposals import (
    Appeal,
    Cell,
    CheckRun,
    Conclusion,
    Description,
    InlineComments,
    Issue,
    Labels,
    Proposal,
    Reply,
    Section,
    Synopsis,
    Table,
)
from codeflow_action.engine.report import FindingPlace, Report
from codeflow_action.testing.github import Fault
from tests.integrations.github.write.publishing import INLINE, at

EVIL = "@octo/all fixes #1 ![x](https://evil.example/x.png) <script> | pipe\n/merge\n<!-- end"
LABELS = Labels(names=("needs tests", "Bug"))
LINT = CheckRun(name="lint", conclusion=Conclusion.FAILURE, title="Two", summary="`a` and *b*")
ISSUE = Issue(key="0" * 16, title="Divides by zero", path="a.py", line=3, labels=("codeflow",))
NOTES = Section(title="Release notes", body="- one\n- **two**")


def test_every_kind_of_proposal_survives_json(scene):
    table = Table(heading=("file",), rows=((Cell(text="a.py", kind="path", line=3),),))
    told = Synopsis(text="Adds a cart."), Appeal(text="Mona asks why.", path="a.py", line=3)
    walk = NOTES.model_copy(update={"table": table, "is_folded": True})
    described = Description(sections=(walk,), title="New", title_before="Old")
    answer = Reply(body="No.", code="a: 1", code_title="1 key", is_refusal=True)
    kinds = LABELS, LINT, ISSUE, answer
    proposals = (InlineComments(at_most=2), walk, described, *kinds, *told)
    (union, _discriminator) = get_args(Proposal.__value__)
    assert {type(one) for one in proposals} == set(get_args(union))
    report = scene.report([at(1)], proposals)
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_without_a_proposal_nothing_of_a_model_goes_inline(scene):
    published = scene.publish(at(1), at(2), proposals=())
    assert scene.lines == []
    assert {one.shown for one in published.report.findings} == {FindingPlace.TABLE}


def test_each_action_has_room_of_its_own(scene):
    """The room is the action's that found it; of what two have found either can pay."""
    both = at(3, sources=("other", "pr_reviewer"))
    scene.publish(at(1, sources=("other",)), at(2), both, at(4), proposals=INLINE)
    assert scene.lines == [2, 3, 4]


def test_a_larger_proposal_of_the_same_action_counts_alone(scene):
    """Two shards of a review each propose what their pull request may have."""
    twice = (InlineComments(at_most=2), InlineComments(at_most=1))
    scene.publish(*(at(line) for line in range(1, 6)), proposals=twice)
    assert len(scene.lines) == 2


def test_what_gates_find_is_never_inline(scene):
    scene.publish(at(1, evidence=Evidence.DETERMINISTIC, rule="gate/x"), proposals=INLINE)
    assert scene.lines == []


def test_a_section_alone_is_worth_a_comment(scene):
    scene.publish(proposals=(NOTES,))
    (sticky,) = scene.stickies
    assert "**Release notes**\n\n- one\n- **two**\n" in sticky.body


def test_a_section_is_a_strangers_text(scene):
    scene.publish(proposals=(Section(title=EVIL, body=EVIL), NOTES))
    body = scene.stickies[0].body
    shown = body.partition("\n")[2]  # the first line is our mark
    for sign in ("@octo", "<script>", "\n/merge", "https://evil", "![x]", "<!--"):
        assert sign not in re.sub(r"`[^`]*`", "", shown)
    assert shown.index("Release notes")


def test_sections_leave_room_for_the_verdict(scene):
    long = [Section(title=f"T{number}", body="word " * 20_000) for number in range(12)]
    scene.publish(at(1), proposals=(*INLINE, *long))
    (sticky,) = scene.stickies
    assert len(sticky.body) <= 65_536
    assert "a.py:1`" in sticky.body
    assert "4 more sections in the report." in sticky.body


def test_labels_are_added_once_and_nobodys_is_taken_away(scene):
    scene.pull.labels = ("bug", "mona's")
    value = scene.value_with(labels=scene.pull.labels)
    scene.publish(proposals=(LABELS, LABELS), value=value)
    assert scene.pull.labels == ("bug", "mona's", "needs tests")
    writes = scene.github.writes()
    scene.publish(proposals=(LABELS,), value=scene.value_with(labels=scene.pull.labels))
    assert scene.github.writes() == writes


def test_no_action_sets_a_label_that_steers_a_run(scene):
    """What an action proposes may be what the change under review made of it."""
    steering = Labels(names=("codeflow:Skip", "fine", "x" * 51, "  "))
    published = scene.publish(proposals=(steering,), reserved=("codeflow:skip",))
    assert scene.pull.labels == ("fine",)
    assert any("codeflow:Skip" in note for note in published.notes)


@pytest.mark.parametrize("fault", [{"status": 502}, {"status": 0}, {"status": 403, "count": 9}])
def test_labels_that_github_does_not_take_at_once(scene, fault):
    scene.github.faults.add(Fault(method="POST", path=re.compile("/labels$"), **fault))
    published = scene.publish(proposals=(LABELS, NOTES))
    refused = fault["status"] == 403
    assert scene.pull.labels == (() if refused else LABELS.names)
    assert any("the labels could not be written" in note for note in published.notes) is refused
    assert len(scene.stickies) == 1


def test_an_action_has_a_check_run_of_its_own(scene):
    for _run in range(2):
        scene.publish(proposals=(LINT,))
    (check,) = scene.pull.repository.check_runs
    assert (check.name, check.conclusion, check.title) == ("codeflow / lint", "failure", "Two")
    assert check.summary == "`a` and *b*"


def test_an_actions_check_run_does_not_stand_for_the_verdict(scene):
    gate = at(3, evidence=Evidence.DETERMINISTIC, rule="gate/x")
    green = CheckRun(name="", conclusion=Conclusion.SUCCESS, title=EVIL, summary=EVIL)
    published = scene.publish(gate, proposals=(green,), is_check=False)
    names = {check.name: check for check in scene.pull.repository.check_runs}
    assert len(names) == 2
    assert len(names["codeflow"].annotations) == 1
    (own,) = (check for name, check in names.items() if name != "codeflow")
    assert own.name.startswith("codeflow / ")
    assert "https://evil" not in re.sub(r"`[^`]*`", "", own.summary)
    assert not published.annotate


def test_a_silent_run_leaves_nothing_but_its_verdict(scene):
    everything = (*INLINE, NOTES, LABELS, LINT, ISSUE, Reply(body="No."))
    published = scene.publish(at(1), proposals=everything, is_silent=True)
    assert (scene.lines, scene.stickies, scene.pull.labels) == ([], [], ())
    assert scene.github.writes() == 0
    assert [one.shown for one in published.report.findings] == [FindingPlace.ANNOTATION]
