"""The check that says whether a model has read the change."""

import re

import pytest

from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.receipt import FileReceipt, Receipt
from codeflow_action.engine.report import ActionReport, ActionStatus
from codeflow_action.engine.verdict import GateRules, judge
from codeflow_action.testing.github import Effect, Fault

NAME = "CodeFlow: model review"
READ = ActionReport(name="pr_reviewer", status=ActionStatus.DONE, asks_models=True, reviews=True)
NO_KEY = "no key was given (looked for OPENAI_API_KEY)"


def held_back(reason):
    return READ.model_copy(update={"status": ActionStatus.SKIPPED, "reason": reason.value})


def receipt(reviewed, changed=100):
    return Receipt.of([FileReceipt(path="a.py", changed=changed, reviewed=reviewed)])


def told(scene, *, min_coverage=0.0, name="codeflow", **fields):
    """Publish a report with these fields, and return each check as it stands then."""
    fields = {"actions": (READ,), "model": "openai:gpt-6-sol", **fields}

    def judged(report):
        return judge(report.model_copy(update={"name": name, **fields}), GateRules())

    published = scene.publish(judged=judged, min_coverage=min_coverage)
    assert published.notes == ()
    runs = scene.pull.repository.check_runs
    return [(run.name, run.conclusion, run.title) for run in runs]


@pytest.mark.parametrize(
    ("fields", "min_coverage", "conclusion", "title"),
    [
        ({"receipt": receipt(100)}, 1.0, "success", "a model read all 100 changed lines"),
        ({"receipt": receipt(50)}, 0.5, "success", "a model read 50 of 100 changed lines"),
        ({"receipt": receipt(1)}, 0.0, "success", "a model read 1 of 100 changed lines"),
        (
            {"receipt": receipt(49)},
            0.5,
            "neutral",
            "a model read 49 of 100 changed lines; gate.min_coverage asks for 50%",
        ),
        # nothing at all is never enough, whatever is asked for
        ({"receipt": receipt(0)}, 0.0, "neutral", "no model reviewed this"),
        (
            {"receipt": receipt(100).model_copy(update={"lacks_part": True})},
            0.5,
            "neutral",
            "a part of the change was read by no model; gate.min_coverage asks for 50%",
        ),
        (
            {"actions": (held_back(Reason.NO_KEY),), "no_model": NO_KEY, "model": ""},
            0.0,
            "neutral",
            f"no model reviewed this: {NO_KEY}",
        ),
        (
            {"actions": (held_back(Reason.DRAFT),)},
            0.0,
            "neutral",
            "no model was asked: the pull request is a draft",
        ),
        (
            {"actions": (held_back(Reason.UNSUPPORTED_EVENT),)},
            0.0,
            "neutral",
            "no model is asked on this event",
        ),
        (
            {"actions": (held_back(Reason.NO_REVIEWABLE_CHANGES),)},
            0.0,
            "neutral",
            "nothing in this change was for a model to read",
        ),
    ],
)
def test_it_is_success_where_enough_was_read_and_never_a_failure(
    scene, fields, min_coverage, conclusion, title
):
    assert told(scene, min_coverage=min_coverage, **fields) == [(NAME, conclusion, title)]


def test_it_stands_once_on_a_head_and_says_what_the_last_run_came_to(scene):
    told(scene, receipt=receipt(0))
    writes = scene.github.writes()
    told(scene, receipt=receipt(0))
    assert scene.github.writes() == writes
    ((_, conclusion, _),) = told(scene, receipt=receipt(100))
    assert conclusion == "success"
    # A run that asks no model, as of another base or a new label, knows nothing new of this head.
    for reason in (Reason.UNSUPPORTED_EVENT, Reason.OPTED_OUT):
        ((_, conclusion, _),) = told(scene, actions=(held_back(reason),))
        assert conclusion == "success"
    ((_, conclusion, _),) = told(scene, actions=(held_back(Reason.NO_KEY),), no_model=NO_KEY)
    assert conclusion == "neutral"


def test_two_teams_do_not_meet(scene):
    told(scene, receipt=receipt(100))
    runs = told(scene, receipt=receipt(0), name="security")
    assert [(name, conclusion) for name, conclusion, _ in runs] == [
        (NAME, "success"),
        ("security: model review", "neutral"),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"actions": (held_back(Reason.NO_KEY),), "model": ""},  # nobody gave a key
        {"actions": ()},  # a pipeline that reviews nothing
        {"receipt": receipt(100), "min_coverage": None},  # a push
    ],
)
def test_it_is_not_there_where_models_have_nothing_to_do_with_the_run(scene, fields):
    assert told(scene, **fields) == []


def test_without_the_permission_the_comment_does_not_mention_it(scene):
    scene.pull.repository.hub.permissions = {"contents": "read", "pull_requests": "write"}
    assert told(scene, receipt=receipt(100)) == []
    assert "checks" not in scene.stickies[0].body


def test_an_answer_that_is_lost_makes_no_second_one(scene):
    path = re.compile("/check-runs$")
    scene.github.faults.add(Fault(method="POST", path=path, effect=Effect.BEFORE))
    assert len(told(scene, receipt=receipt(100))) == 1
