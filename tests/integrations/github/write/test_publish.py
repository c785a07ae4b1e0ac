"""The only writer: nothing lost, nothing twice, whatever GitHub answers."""

import re
from dataclasses import replace

import pytest

from codeflow_action.engine.findings import Evidence, identify
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.report import FindingPlace
from codeflow_action.testing.github import CommentAnchor, ReviewState
from tests.integrations.github.write.publishing import LINES, MARKS, at


def test_all_that_fits_is_one_review_and_the_rest_is_in_the_table(scene):
    published = scene.publish(*(at(line) for line in range(1, 41)))
    assert len(scene.pull.reviews) == 1
    assert len(scene.lines) == 30
    shown = [one.shown for one in published.report.findings]
    assert shown.count(FindingPlace.INLINE) == 30
    assert shown.count(FindingPlace.TABLE) == 10
    assert all(one.url for one in published.report.findings if one.shown is FindingPlace.INLINE)


def test_again_posts_nothing(scene):
    scene.publish(at(1), at(5, end_line=7))
    writes = scene.github.writes()
    again = scene.publish(at(1), at(5, end_line=7))
    assert scene.github.writes() == writes
    assert len(again.report.findings) == 2


def test_one_bad_comment_costs_only_itself(scene):
    """Our own check should have kept it back; if it did not, the others must not be lost."""
    (file,) = scene.value.files
    wrong = replace(scene.value, files=(file, replace(file, path="far.py")))
    published = scene.publish(at(1), at(70, path="far.py"), at(3), value=wrong)
    assert scene.lines == [1, 3]
    shown = {one.finding.path: one.shown for one in published.report.findings}
    assert shown == {"a.py": FindingPlace.INLINE, "far.py": FindingPlace.TABLE}
    assert len(scene.stickies) == 1
    assert any("table" in note for note in published.notes)


def test_a_review_that_was_left_pending_is_no_obstacle(scene):
    scene.pull.add_review("half done", author="github-actions[bot]", state=ReviewState.PENDING)
    scene.publish(at(1))
    assert scene.lines == [1]
    assert all(review.state.value != "PENDING" for review in scene.pull.reviews)


@pytest.mark.parametrize("path", ["/reviews$", "/issues/1/comments$"])
@pytest.mark.parametrize(("status", "after"), [(0, True), (502, True), (502, False), (0, False)])
def test_a_lost_answer_makes_nothing_twice_and_loses_nothing(scene, path, status, after):
    scene.github.fail("POST", path, status, after=after)
    scene.publish(at(1), at(9))
    assert scene.lines == [1, 9]
    assert len(scene.stickies) == 1


def test_of_two_comments_the_older_stays(scene):
    scene.publish(at(1))
    body = scene.stickies[0].body
    scene.pull.add_comment(body, author="github-actions[bot]")
    first = scene.stickies[0].id
    scene.publish(at(2))
    assert scene.stickies[0].id == first
    assert "a.py:2" in scene.stickies[0].body


def test_somebody_who_pastes_our_marker_is_not_us(scene):
    scene.pull.add_comment("<!-- codeflow:codeflow:v1 AAAA -->\nI am CodeFlow", author="stranger")
    scene.publish(at(1))
    bodies = [one.body for one in scene.pull.comments]
    assert bodies[0].endswith("I am CodeFlow")
    assert len(bodies) == 2


def test_somebodys_forged_mark_does_not_hide_a_finding(scene):
    (name,) = identify([at(1)])
    mark = MARKS.finding(name, "a.py")
    anchor = CommentAnchor(path="a.py", line=1)
    scene.pull.add_review(author="stranger", comments=[(anchor, f"x\n\n{mark}")])
    scene.publish(at(1))
    assert [one.author.login for one in scene.pull.review_comments] == [
        "stranger",
        "github-actions[bot]",
    ]


def test_a_run_without_a_second_left_does_not_know_the_head(scene):
    published = scene.publish(at(1), deadline=0.0)
    assert published.head_shortfall.reason is Reason.DEADLINE
    assert not published.unreachable
    assert not scene.lines


def test_nothing_is_written_in_the_last_seconds(scene):
    published = scene.publish(at(1), deadline=2.0)
    assert scene.github.writes() == 0
    assert any("no time" in note for note in published.notes)
    assert published.report.findings[0].shown is FindingPlace.ANNOTATION


def test_hundreds_of_annotations_go_into_one_check_run(scene):
    many = [
        at(line, evidence=Evidence.DETERMINISTIC, rule=f"gate/{line}", title=f"\U0001d49c {line}")
        for line in range(1, LINES + 1)
    ]
    published = scene.publish(*many, is_check=False)
    (check,) = scene.pull.repository.check_runs
    assert len(check.annotations) == LINES
    assert not published.annotate
    again = scene.publish(*many, is_check=False)
    assert len(scene.pull.repository.check_runs) == 1
    assert not again.annotate


def test_thousands_of_findings_fit_into_one_comment(scene):
    scene.publish(*(at(line % LINES + 1, title=f"T{line} " + "x" * 150) for line in range(3_000)))
    (sticky,) = scene.stickies
    assert len(sticky.body) <= 65_536
    assert re.search(r"\d more in the run's summary", sticky.body)
    assert "CodeFlow 0" in sticky.body


def test_hostile_text_stays_text(scene):
    evil = "@octo/all fixes #1 ![x](https://evil.example/x.png) <script> `code` | pipe\n/merge"
    scene.publish(at(1, title=evil, message=evil))
    bodies = [scene.stickies[0].body, *(one.body for one in scene.pull.review_comments)]
    for body in bodies:
        assert "@octo" not in body
        assert "<script>" not in body
        assert "\n/merge" not in body
        assert "https://evil" not in body


@pytest.mark.parametrize(
    ("line", "writers", "is_quiet"),
    [(10, ("ada", "bob"), True), (10, ("ada", "ada"), False), (11, ("ada", "bob"), False)],
)
def test_nothing_new_is_said_where_people_write_to_each_other(scene, line, writers, is_quiet):
    """It stands in the table then."""
    first, second = writers
    scene.pull.add_review(
        author=first, comments=[(CommentAnchor(path="a.py", line=line), "Why this?")]
    )
    thread = scene.pull.review_comments[0]
    scene.pull.reply(thread.id, "Because.", author=second)
    before = len(scene.pull.review_comments)
    scene.publish(at(10))
    assert len(scene.pull.review_comments) - before == (0 if is_quiet else 1)
    assert len(scene.stickies) == 1
