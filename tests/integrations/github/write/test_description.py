"""Our section of the description, and the title: written once, and nothing of a person's lost."""

import re

import pytest

from codeflow_action.engine.proposals import (
    Cell,
    CellKind,
    CommentMode,
    Description,
    Section,
    Table,
)
from codeflow_action.testing.github import Effect, Fault

BEGIN = "<!-- codeflow:codeflow:description -->"
END = "<!-- /codeflow:codeflow:description -->"
EVIL = f"@octo/all fixes #1 ![x](https://evil.example/x.png) {END}\n/merge\n{BEGIN}"
ROWS = ((Cell(text="a.py", kind=CellKind.PATH), Cell(text="adds `mean`")),)
WALK = Section(
    title="Walkthrough", table=Table(heading=("file", "what"), rows=ROWS), is_folded=True
)
WORDS = Description(sections=(Section(title="What this change does", body="It adds."), WALK))


def edits(scene):
    return [one for one in scene.github.requests if one.method == "PATCH" and "/pulls/" in one.path]


def between(body):
    return re.search(f"{BEGIN}\r?\n(.*)\r?\n{END}", body, re.DOTALL)[1]


def test_a_section_is_added_below_the_authors_words_and_edited_in_place(scene):
    scene.pull.body = "Adds a mean.\r\n\r\n- [ ] tested"
    scene.publish(proposals=(WORDS,))
    assert scene.pull.body.startswith(f"Adds a mean.\r\n\r\n- [ ] tested\r\n\r\n{BEGIN}\r\n")
    assert "What this change does" in between(scene.pull.body)
    assert "adds `mean`" in between(scene.pull.body)
    scene.pull.body = scene.pull.body.replace("- [ ]", "- [x]") + "\r\nMore."
    scene.publish(proposals=(Description(sections=(WALK,)),))
    assert scene.pull.body.startswith("Adds a mean.\r\n\r\n- [x] tested\r\n\r\n")
    assert scene.pull.body.endswith(f"{END}\r\nMore.")
    assert "It adds." not in scene.pull.body


def test_an_unchanged_section_is_not_written(scene):
    scene.pull.body = None
    scene.publish(proposals=(WORDS,))
    assert len(edits(scene)) == 1
    scene.pull.body = scene.pull.body.replace("\n", "\r\n")  # as a browser sends it
    scene.publish(proposals=(WORDS,))
    assert len(edits(scene)) == 1


@pytest.mark.parametrize("body", [f"{BEGIN} only", f"{END}\n{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_marks_that_name_no_one_place_leave_the_description_alone(scene, body):
    scene.pull.body = body
    published = scene.publish(proposals=(WORDS,))
    assert (scene.pull.body, edits(scene)) == (body, [])
    assert any("the description was left alone" in note for note in published.notes)


def test_what_a_person_writes_in_between_stays(scene):
    """The body is read again just before, not taken from the event."""
    scene.pull.body = "As it was when the run began."
    value = scene.value_with(body=scene.pull.body)
    scene.pull.body = "Edited since."
    scene.publish(proposals=(WORDS,), value=value)
    assert scene.pull.body.startswith("Edited since.\n\n")


def test_a_section_is_a_strangers_text(scene):
    scene.publish(proposals=(Description(sections=(Section(title=EVIL, body=EVIL),)),))
    shown = re.sub(r"`[^`]*`", "", scene.pull.body)
    for sign in ("@octo", "\n/merge", "https://evil", "![x]"):
        assert sign not in shown
    assert (scene.pull.body.count(BEGIN), scene.pull.body.count(END)) == (1, 1)


def test_a_long_description_leaves_as_much_room_as_there_is(scene):
    many = tuple((Cell(text=f"a{number}.py"), Cell(text="word " * 30)) for number in range(500))
    walk = Section(title="Walkthrough", table=Table(heading=("a", "b"), rows=many))
    for length in (1_000, 55_000, 63_000, 65_536):
        scene.pull.body = "x" * length
        published = scene.publish(proposals=(Description(sections=(walk,)),))
        assert len(scene.pull.body) <= 65_536
        assert scene.pull.body.startswith("x" * length)
    assert any("no room left" in note for note in published.notes)


def test_a_title_replaces_the_one_that_it_was_made_for(scene):
    scene.pull.title = "Old"
    titled = Description(title="New\ntitle", title_before="Old")
    scene.publish(proposals=(titled,))
    assert scene.pull.title == "New title"
    scene.publish(proposals=(titled,))
    assert len(edits(scene)) == 1
    scene.pull.title = "A person's"
    scene.publish(proposals=(titled,))
    assert (scene.pull.title, len(edits(scene))) == ("A person's", 1)


def test_section_and_title_are_one_request(scene):
    scene.pull.title = "Old"
    scene.publish(proposals=(WORDS, Description(title="New", title_before="Old")))
    assert scene.pull.title == "New"
    assert BEGIN in scene.pull.body
    assert len(edits(scene)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 0, "effect": Effect.BEFORE},  # done, and the answer is lost
        {"status": 502},  # not done
    ],
    ids=str,
)
def test_an_edit_whose_answer_is_lost_is_looked_up(scene, fault):
    scene.github.faults.add(Fault(method="PATCH", path=re.compile("/pulls/1$"), **fault))
    scene.publish(proposals=(WORDS,))
    assert scene.pull.body.count(BEGIN) == 1
    assert len(edits(scene)) == (1 if fault.get("effect") else 2)


def test_a_token_that_may_not_edit_says_so_and_the_comment_has_the_words(scene):
    fault = Fault(method="PATCH", path=re.compile("/pulls/1$"), status=403, count=9)
    scene.github.faults.add(fault)
    published = scene.publish(proposals=(WORDS,), comment=CommentMode.ALWAYS)
    assert any("the description could not be written" in note for note in published.notes)
    (sticky,) = scene.stickies
    assert "What this change does" in sticky.body


def test_a_silent_run_leaves_the_description_alone(scene):
    scene.publish(proposals=(WORDS,), is_silent=True)
    assert edits(scene) == []
