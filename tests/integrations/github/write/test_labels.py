"""Which labels are set, made and taken away, on the local GitHub."""

import re

import pytest

from codeflow_action.engine.proposals import Labels, Section
from codeflow_action.engine.risk import Lane, RiskAssessment
from codeflow_action.testing.github import Fault
from codeflow_action.testing.github.values import Label

NOTES = Section(title="Release notes", body="- one")
LANES = ((Lane.LOW, "risk: low"), (Lane.PERSON, "risk: look"))


def publish(scene, *proposals, lane=None, **fields):
    """Publish as the run after it would: with the labels that the pull request bears now."""
    risk = lane and RiskAssessment(lane=lane, reason="made up")
    value = scene.value_with(labels=scene.pull.labels)
    return scene.publish(
        proposals=proposals,
        value=value,
        judged=lambda report: report.model_copy(update={"risk": risk}),
        **fields,
    )


def test_what_no_longer_holds_is_removed_where_we_have_set_it(scene):
    publish(scene, Labels(names=("size/S", "docs")))
    publish(scene, Labels(names=("size/L",), remove=("size/S", "docs")))
    assert scene.pull.labels == ("size/L",)


@pytest.mark.parametrize("author", ["mona", "octo-sorter[bot]"])
def test_a_label_that_somebody_else_has_set_is_never_removed(scene, author):
    scene.pull.put_labels("size/S", author=author)
    publish(scene, Labels(remove=("size/S",)))
    assert scene.pull.labels == ("size/S",)
    assert scene.github.writes() == 0


def test_a_label_that_a_person_has_set_anew_stays(scene):
    publish(scene, Labels(names=("size/S",)))
    scene.pull.labels = ()
    scene.pull.put_labels("size/S", author="mona")
    publish(scene, Labels(remove=("size/S",)))
    assert scene.pull.labels == ("size/S",)


def test_the_label_of_another_workflow_stays_where_our_comment_does_not_know_it(scene):
    publish(scene, Labels(names=("docs",)), NOTES)
    scene.pull.put_labels("size/S", author=scene.github.viewer)
    publish(scene, Labels(remove=("size/S", "docs")), NOTES)
    assert scene.pull.labels == ("size/S",)


def test_what_was_set_before_there_was_a_comment_is_known_to_the_first_one(scene):
    publish(scene, Labels(names=("docs",)))
    publish(scene, Labels(names=("docs",)), NOTES)
    publish(scene, Labels(remove=("docs",)), NOTES)
    assert scene.pull.labels == ()


def test_what_one_action_wants_is_not_removed_for_another(scene):
    publish(scene, Labels(names=("docs",)))
    publish(scene, Labels(remove=("docs",)), Labels(names=("Docs",)))
    assert scene.pull.labels == ("docs",)


def test_no_action_removes_a_label_that_steers_a_run(scene):
    publish(scene, Labels(names=("codeflow:skip",)))
    publish(scene, Labels(remove=("codeflow:skip",)), reserved=("codeflow:skip",))
    assert scene.pull.labels == ("codeflow:skip",)


def test_the_label_of_the_lane_follows_the_lane(scene):
    publish(scene, Labels(by_lane=LANES), lane=Lane.LOW)
    assert scene.pull.labels == ("risk: low",)
    publish(scene, Labels(by_lane=LANES), lane=Lane.PERSON)
    assert scene.pull.labels == ("risk: look",)
    publish(scene, Labels(by_lane=LANES))  # nobody looked at the change
    assert scene.pull.labels == ("risk: look",)
    publish(scene, Labels(by_lane=LANES), lane=Lane.UNKNOWN)
    assert scene.pull.labels == ()


def test_a_label_that_is_not_there_is_not_made_unless_told(scene):
    scene.pull.repository.labels = (Label(name="Docs"),)
    published = publish(scene, Labels(names=("docs", "size/S"), create=False))
    assert scene.pull.labels == ("Docs",)
    assert [label.name for label in scene.pull.repository.labels] == ["Docs"]
    assert any("no label size/S" in note for note in published.notes)


def test_a_new_label_is_made_in_its_color_and_one_that_is_there_keeps_its_own(scene):
    scene.pull.repository.labels = (Label(name="docs", color="ffffff"),)
    colors = (("docs", "0e8a16"), ("size/S", "0e8a16"))
    publish(scene, Labels(names=("docs", "size/S", "size/M"), colors=colors))
    labels = {label.name: label.color for label in scene.pull.repository.labels}
    assert labels == {"docs": "ffffff", "size/S": "0e8a16", "size/M": "ededed"}
    assert scene.pull.labels == ("docs", "size/S", "size/M")


def test_a_run_that_changes_nothing_writes_nothing(scene):
    proposal = Labels(names=("size/S",), remove=("size/M",), by_lane=LANES, create=False)
    scene.pull.repository.labels = (Label(name="size/S"), Label(name="risk: low"))
    publish(scene, proposal, lane=Lane.LOW)
    writes = scene.github.writes()
    publish(scene, proposal, lane=Lane.LOW)
    assert scene.github.writes() == writes


def test_what_github_refuses_is_told_and_the_rest_goes_on(scene):
    publish(scene, Labels(names=("size/S",)))
    for method in ("POST", "DELETE"):
        path = re.compile("/issues/1/labels")
        scene.github.faults.add(Fault(method=method, path=path, status=403, count=9))
    published = publish(scene, Labels(names=("size/L",), remove=("size/S",)), NOTES)
    assert scene.pull.labels == ("size/S",)
    assert any("the labels could not be written" in note for note in published.notes)
    assert any("size/S could not be removed" in note for note in published.notes)
    publish(scene, Labels(names=("size/L",)), NOTES)
    assert scene.marks.read_ledger(scene.stickies[0].body).labels == ("size/S",)
