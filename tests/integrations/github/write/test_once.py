"""Nothing twice and nothing lost: writes whose answers are late, lost, cut or refused for now."""

import random
import re
from dataclasses import replace

import pytest

from codeflow_action.engine.errors import GitHubError
from codeflow_action.engine.findings import Evidence, identify
from codeflow_action.engine.proposals import InlineComments
from codeflow_action.engine.report import FindingPlace
from codeflow_action.integrations.github.marks import PURPOSE
from codeflow_action.security.seal import Seal
from codeflow_action.testing.github import CommentAnchor, Effect, Fault, Manner
from tests.integrations.github.write.publishing import MARKS, at

BOT = "github-actions[bot]"
REVIEW, COMMENT, STICKY, CHECK = (
    "/reviews$",
    "/pulls/1/comments$",
    "/issues/1/comments$",
    "/check-runs$",
)
LATE = {"status": 0, "effect": Effect.LATER}
FAULTS = [
    {"status": 0, "effect": Effect.BEFORE},  # done, and the answer is lost
    {"status": 502, "effect": Effect.BEFORE},  # done, and called an outage
    {"status": 502},  # not done
    {"status": 0},
    {"manner": Manner.CUT},  # done, and half an answer
    {**LATE, "after_requests": 1},  # done after we have stopped to wait
    {**LATE, "after_requests": 2},
]


def meet(scene, method, path, **fault):
    scene.github.faults.add(Fault(method=method, path=re.compile(path), **fault))


def sent(scene, method, path):
    return sum(
        one.method == method and re.search(path, one.path) is not None
        for one in scene.github.requests
    )


def shown_once(scene, *lines):
    """True when each line has one remark, and there is one comment that lists all findings."""
    assert scene.lines == sorted(lines)
    (sticky,) = scene.stickies
    assert all(f"a.py:{line}`" in sticky.body for line in lines)
    return True


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("path", [REVIEW, STICKY])
def test_a_post_whose_answer_does_not_come_happens_once(scene, path, fault):
    """Fault 15: it is looked for before it is sent again, and once more by the next run."""
    meet(scene, "POST", path, **fault)
    scene.publish(at(1), at(9))
    assert sent(scene, "POST", path) <= 2
    scene.publish(at(1), at(9))
    assert shown_once(scene, 1, 9)


@pytest.mark.parametrize("path", [REVIEW, STICKY])
def test_what_is_done_so_late_that_it_was_sent_again_is_removed_by_the_next_run(scene, path):
    """Fault 15: GitHub carries a POST out after all our looks."""
    meet(scene, "POST", path, **LATE, after_requests=9)
    scene.publish(at(1), at(9))
    assert sent(scene, "POST", path) == 2
    for _run in range(3):  # with their requests its time comes
        scene.publish(at(1), at(9))
    assert shown_once(scene, 1, 9)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_check_run_whose_answer_does_not_come_is_made_once(scene, fault):
    """Fault 15: check runs cannot be deleted."""
    gate = at(3, evidence=Evidence.DETERMINISTIC, rule="gate/x")
    meet(scene, "POST", CHECK, **fault)
    published = scene.publish(gate, is_check=False)
    assert not published.annotate
    assert len(scene.pull.repository.check_runs) == 1


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_annotations_are_added_once(scene, fault):
    """Fault 15: each PATCH of a check run appends."""
    many = [at(line, evidence=Evidence.DETERMINISTIC, rule=f"gate/{line}") for line in range(1, 61)]
    meet(scene, "PATCH", "/check-runs/", **fault)
    scene.publish(*many, is_check=False)
    (check,) = scene.pull.repository.check_runs
    assert len(check.annotations) == 60


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_an_edit_whose_answer_does_not_come_is_there_in_the_end(scene, fault):
    """Fault 15: PATCH of the comment."""
    scene.publish(at(1))
    meet(scene, "PATCH", "/issues/comments/", **fault)
    published = scene.publish(at(1), at(2))
    assert not published.unreachable
    assert published.sticky_url
    assert shown_once(scene, 1, 2)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_deletion_whose_answer_does_not_come_is_no_trouble(scene, fault):
    """Fault 15: what is gone already is gone."""
    scene.publish(at(1))
    scene.pull.add_comment(scene.stickies[0].body, author=BOT)
    meet(scene, "DELETE", "/issues/comments/", **fault)
    published = scene.publish(at(1))
    assert shown_once(scene, 1)
    assert published.notes == ()


def test_a_comment_that_was_deleted_since_is_made_anew(scene):
    """Fault 15: an edit that finds nothing."""
    scene.publish(at(1))

    def delete():
        scene.pull.comments = ()

    meet(scene, "PATCH", "/issues/comments/", hook=delete)
    scene.publish(at(1), at(2))
    assert shown_once(scene, 1, 2)


@pytest.mark.parametrize(
    ("method", "path", "effect"),
    [
        ("POST", REVIEW, Effect.NEVER),  # the other run posts its review while ours is on its way
        ("GET", COMMENT, Effect.NEVER),  # … before we look at what is there
        ("POST", STICKY, Effect.NEVER),
        ("POST", "graphql", Effect.BEFORE),  # … when we have read what stands there
    ],
)
def test_two_runs_at_once_say_everything_once(scene, method, path, effect):
    """Fault 15: two jobs for one head."""
    meet(scene, method, path, hook=lambda: scene.publish(at(1), at(9)), effect=effect)
    published = scene.publish(at(1), at(9))
    assert shown_once(scene, 1, 9)
    assert {one.shown for one in published.report.findings} == {FindingPlace.INLINE}
    addresses = {one.url for one in published.report.findings}
    assert all(any(f"_r{one.id}" in url for url in addresses) for one in scene.pull.review_comments)


def test_a_double_that_somebody_has_answered_stays(scene):
    """Fault 15: their words would go with it."""
    scene.publish(at(1))
    body = scene.pull.review_comments[0].body
    scene.pull.add_review(author=BOT, comments=[(CommentAnchor(path="a.py", line=1), body)])
    second = scene.pull.review_comments[-1]
    answer = scene.pull.add_review(author="mona")
    scene.pull.add_review_comment(answer, second.anchor, "Right", thread=second.id)
    scene.publish(at(1))
    assert len(scene.pull.review_comments) == 3


def test_what_others_write_with_our_marks_is_not_removed(scene):
    """Fault 15: whoever copies our comment keeps the copy."""
    scene.publish(at(1))
    (remark,), (sticky,) = scene.pull.review_comments, scene.stickies
    scene.pull.add_review(author="mona", comments=[(remark.anchor, remark.body)])
    scene.pull.add_comment(sticky.body, author="mona")
    scene.publish(at(1))
    assert len(scene.pull.review_comments) == 2
    assert len(scene.stickies) == 2


LIMIT = {
    "status": 403,
    "headers": {"retry-after": "7"},
    "body": {"message": "You have exceeded a secondary rate limit."},
}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", REVIEW),
        ("POST", STICKY),
        ("PATCH", "/issues/comments/"),
        ("DELETE", "/issues/comments/"),
        ("POST", CHECK),
    ],
)
def test_a_limit_on_a_write_is_waited_for(scene, method, path):
    """Fault 16: GitHub has done nothing, and says when it will."""
    scene.publish(at(1)) if "/issues/comments/" in path else None
    if method == "DELETE":
        scene.pull.add_comment(scene.stickies[0].body, author=BOT)
    meet(scene, method, path, **LIMIT)
    published = scene.publish(at(1), at(9), is_check=path != CHECK)
    assert 7.0 in scene.clock.slept
    assert sent(scene, method, path) == 2
    assert not published.unreachable
    assert shown_once(scene, 1, 9)


def test_a_limit_on_a_write_that_outlasts_the_run_is_not_waited_for(scene):
    """Fault 16: three seconds before the end nothing is begun."""
    meet(scene, "POST", REVIEW, **LIMIT)
    published = scene.publish(at(1), deadline=9.0)
    assert 7.0 not in scene.clock.slept
    assert sent(scene, "POST", REVIEW) == 1
    assert scene.lines == []
    (one,) = published.report.findings
    assert one.shown is FindingPlace.TABLE
    assert scene.owed == {one.id}


@pytest.mark.parametrize("fault", [{"status": 502}, {"status": 0}, {"status": 503}], ids=str)
def test_a_review_that_github_never_takes_is_sent_twice_at_most(scene, fault):
    """Fault 16: not once for each remark, with a notification each."""
    meet(scene, "POST", "/reviews$|/pulls/1/comments$", **fault, count=99)
    published = scene.publish(*(at(line) for line in range(1, 9)))
    assert sent(scene, "POST", "/reviews$|/pulls/1/comments$") == 2
    assert {one.shown for one in published.report.findings} == {FindingPlace.TABLE}
    assert scene.owed == {one.id for one in published.report.findings}
    assert published.unreachable
    (sticky,) = scene.stickies
    assert all(f"a.py:{line}`" in sticky.body for line in range(1, 9))


@pytest.mark.parametrize("status", [403, 404, 422])
def test_what_github_refuses_is_not_owed(scene, status):
    """Fault 16: the next run would be refused as well."""
    meet(scene, "POST", "/reviews$|/pulls/1/comments$", status=status, count=99)
    published = scene.publish(at(1))
    assert [one.shown for one in published.report.findings] == [FindingPlace.TABLE]
    assert scene.owed == set()
    assert not published.unreachable


@pytest.mark.parametrize("fault", [{"status": 502}, {"manner": Manner.CUT}], ids=str)
def test_reads_that_fail_around_a_review_lose_nothing(scene, fault):
    """Fault 16: what GitHub has said is believed, and what it has not is owed."""
    meet(scene, "GET", COMMENT, **fault, count=99)
    published = scene.publish(at(1))
    assert scene.lines == [1]
    assert [one.shown for one in published.report.findings] == [FindingPlace.INLINE]
    assert scene.owed == set()


def test_reads_that_fail_after_a_lost_answer_leave_it_to_the_next_run(scene):
    """Fault 16: nobody knows, so it is neither sent again nor forgotten."""
    meet(scene, "POST", REVIEW, status=502)
    meet(scene, "GET", COMMENT, status=502, count=99)
    published = scene.publish(at(1))
    assert sent(scene, "POST", REVIEW) == 1
    assert scene.owed == {one.id for one in published.report.findings}


def test_a_change_of_keys_says_nothing_twice_on_the_diff(scene):
    """Fault 12: what the old key has sealed is in doubt: it is shown in the table."""
    scene.publish(at(1))
    scene.marks = rotated()
    published = scene.publish(at(1))
    assert scene.lines == [1]
    assert [(one.shown, one.url) for one in published.report.findings] == [(FindingPlace.TABLE, "")]


def rotated():
    return replace(MARKS, seal=Seal.of(["sk-" + "anotherKeyOfTheseTests01234"], PURPOSE))


@pytest.mark.parametrize(
    "mark",
    [
        lambda name: f"<!-- codeflow:codeflow:finding:{name} -->",  # without a seal
        lambda name: f"<!-- codeflow:codeflow:finding:{name} {'0' * 64} -->",
        lambda name: MARKS.finding("0" * 16, "a.py").replace("0" * 16, name, 1),  # another's
        lambda name: MARKS.finding(name, "b.py"),  # of another file
        lambda name: rotated().finding(name, "a.py"),
    ],
)
def test_a_forged_mark_of_the_same_bot_loses_no_finding(scene, mark):
    """Fault 12: another workflow posts as the same bot; the finding is in the table."""
    (name,) = identify([at(1)])
    anchor = CommentAnchor(path="a.py", line=1)
    scene.pull.add_review(author=BOT, comments=[(anchor, f"Nothing here.\n\n{mark(name)}")])
    published = scene.publish(at(1))
    assert [(one.shown, one.url) for one in published.report.findings] == [(FindingPlace.TABLE, "")]
    assert "a.py:1`" in scene.stickies[0].body
    assert len(scene.pull.review_comments) == 1


def test_a_forged_check_run_does_not_stand_for_ours(scene):
    """Fault 12: another workflow can use our check run's name, and guess what it says."""
    gate = at(3, evidence=Evidence.DETERMINISTIC, rule="gate/x")
    scene.publish(gate, is_check=False)
    (check,) = scene.pull.repository.check_runs
    forged = replace(check, conclusion="failure")
    scene.pull.repository.check_runs = (forged,)
    scene.publish(gate, is_check=False)
    assert [one.conclusion for one in scene.pull.repository.check_runs] == ["failure", "success"]


def test_the_cap_is_not_lifted_by_a_lost_ledger(scene):
    """Fault 12: what stands on the diff takes its place, so a forger cannot multiply comments."""
    for _run in range(3):  # none of them knows of another but by what is on the diff
        published = scene.publish(at(1), at(9), proposals=(InlineComments(at_most=1),))
        assert scene.lines == [1]
        assert [one.shown for one in published.report.findings] == [
            FindingPlace.INLINE,
            FindingPlace.TABLE,
        ]


def campaign(scene, seed):
    """Three runs with faults of all kinds, then a clean one: each remark once, one comment."""
    rng = random.Random(seed)
    lines = sorted(rng.sample(range(1, 40), 4))
    found = [at(line) for line in lines]
    places = [("POST", REVIEW), ("POST", STICKY), ("POST", COMMENT), ("PATCH", "/issues/comments/")]
    places += [
        ("DELETE", "/comments/"),
        ("GET", COMMENT),
        ("POST", "graphql"),
    ]
    for _run in range(3):
        for _fault in range(rng.randrange(4)):
            method, path = rng.choice(places)
            fault = rng.choice([*FAULTS, {**LATE, "after_requests": rng.randrange(1, 12)}, LIMIT])
            if fault.get("effect") is Effect.LATER and method == "GET":
                fault = {"status": 502}
            meet(scene, method, path, **fault, count=rng.choice([1, 1, 2, 5]))
        if rng.random() < 0.3:
            meet(scene, *rng.choice(places[:4]), hook=lambda: scene.publish(*found))
        try:
            published = scene.publish(*found, deadline=rng.choice([8.0, 30.0, 1_000.0]))
        except GitHubError:  # of the first read: this run posts nothing
            continue
        else:
            told = [one.shown for one in published.report.findings]
            assert len(told) == len(found)
            assert FindingPlace.LISTED not in told
    scene.github.faults.clear()
    for _clean in range(5):  # with their requests the time comes of what is late
        scene.publish(*found)
    assert shown_once(scene, *lines)


@pytest.mark.parametrize("seed", range(20))
def test_after_any_faults_a_clean_run_shows_everything_once(scene, seed):
    """Fault 15: random sequences of faults over three runs."""
    campaign(scene, seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20, 1020))
def test_after_any_faults_a_clean_run_shows_everything_once_a_thousand_times(scene, seed):
    """Fault 15: the same, for long."""
    campaign(scene, seed)
