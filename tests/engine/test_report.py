"""The verdict table of the contract."""

import itertools

import pytest

from codeflow_action.engine.action import Action
from codeflow_action.engine.findings import Category, Evidence, FailOn, Finding, Severity
from codeflow_action.engine.outcome import Done, Failed, Reason, Shortfall, Skipped
from codeflow_action.engine.pipeline import Step
from codeflow_action.engine.receipt import Receipt
from codeflow_action.engine.report import ActionReport, Report, ReportedFinding
from codeflow_action.engine.verdict import GateRules, OnError, decide

PRECEDENCE = (70, 2, 3, 1, 0)


class Asking(Action):
    name = "asking"
    asks_models = True
    gives = (Receipt,)

    async def run(self, task):
        return Done()


class Checking(Action):
    name = "checking"

    async def run(self, task):
        return Done()


BLOCKING = ReportedFinding(
    id="0" * 16,
    finding=Finding(
        severity=Severity.ERROR,
        category=Category.SECURITY,
        title="A title",
        message="A message",
        evidence=Evidence.DETERMINISTIC,
        sources=("checking",),
        rule="checking/rule",
    ),
    blocking=True,
)


def undecided(steps, **fields):
    actions = tuple(ActionReport.of(step) for step in steps)
    names = ("version", "name", "repository", "base_sha", "merge_base_sha", "head_sha")
    return Report(**dict.fromkeys(names, "x"), number=1, actions=actions, **fields)


def steps(reviewer=None, gates=None):
    return [
        Step(action=Checking(), outcome=gates or Done(), seconds=0.0),
        Step(action=Asking(), outcome=reviewer or Done(), seconds=0.0),
    ]


def verdict(*, reviewer=None, gates=None, shortfalls=(), blocking=0, coverage=1.0, **gate):
    report = undecided(
        steps(reviewer, gates),
        shortfalls=tuple(shortfalls),
        receipt=Receipt(share=coverage),
        findings=(BLOCKING,) * blocking,
    )
    decision = decide(report, GateRules(**gate))
    return decision.verdict.value, decision.reason.value, decision.exit_code


def short(reason, severity=Severity.WARNING):
    return Shortfall(reason=reason, detail="x", severity=severity)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("pass", "ok", 0)),
        ({"blocking": 2}, ("fail", "findings", 1)),
        ({"coverage": 0.4, "min_coverage": 0.5}, ("fail", "low_coverage", 1)),
        ({"coverage": 0.5, "min_coverage": 0.5}, ("pass", "ok", 0)),
        ({"shortfalls": [short(Reason.MODEL_ERROR)]}, ("incomplete", "model_error", 0)),
        (
            {"shortfalls": [short(Reason.MODEL_ERROR)], "on_error": OnError.FAIL},
            ("incomplete", "model_error", 3),
        ),
        ({"shortfalls": [short(Reason.BUDGET)]}, ("incomplete", "budget", 0)),
        ({"shortfalls": [short(Reason.DEADLINE)]}, ("incomplete", "deadline", 0)),
        ({"shortfalls": [short(Reason.GATE_NOT_RUN)]}, ("incomplete", "gate_not_run", 0)),
        (
            {"shortfalls": [short(Reason.GATE_NOT_RUN, Severity.ERROR)]},
            ("incomplete", "gate_not_run", 3),
        ),
        ({"gates": Failed(detail="x")}, ("incomplete", "gate_not_run", 70)),
        ({"gates": Failed(detail="x", exit_code=2)}, ("incomplete", "invalid_config", 2)),
        ({"gates": Failed(detail="x", exit_code=3)}, ("incomplete", "gate_not_run", 3)),
        ({"reviewer": Skipped(reason=Reason.NO_KEY), "coverage": None}, ("pass", "no_key", 0)),
        ({"reviewer": Skipped(reason=Reason.DRAFT), "coverage": None}, ("pass", "draft", 0)),
        (
            {"reviewer": Skipped(reason=Reason.NO_KEY), "coverage": None, "min_coverage": 0.5},
            ("fail", "low_coverage", 1),
        ),
        (
            {"reviewer": Skipped(reason=Reason.DRAFT), "coverage": None, "min_coverage": 0.5},
            ("pass", "draft", 0),
        ),
        (
            {"reviewer": Skipped(reason=Reason.UNSUPPORTED_EVENT), "coverage": None},
            ("pass", "ok", 0),
        ),
        (
            {
                "gates": Skipped(reason=Reason.UNSUPPORTED_EVENT),
                "reviewer": Skipped(reason=Reason.UNSUPPORTED_EVENT),
            },
            ("skipped", "unsupported_event", 0),
        ),
        (
            {
                "gates": Skipped(reason=Reason.NO_REVIEWABLE_CHANGES),
                "reviewer": Skipped(reason=Reason.NO_KEY),
            },
            ("skipped", "no_key", 0),
        ),
    ],
)
def test_each_outcome_has_its_verdict(given, expected):
    assert verdict(**given) == expected


CAUSES = {
    70: {"gates": Failed(detail="x")},
    2: {"reviewer": Failed(detail="x", exit_code=2)},
    3: {"shortfalls": [short(Reason.GATE_NOT_RUN, Severity.ERROR)]},
    1: {"blocking": 1},
    0: {"coverage": 1.0},
}


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(PRECEDENCE, 2)))
def test_the_graver_exit_code_wins(one, other):
    assert verdict(**CAUSES[other], **CAUSES[one])[2] == one


def test_a_failure_says_more_than_an_incomplete_run():
    got = verdict(blocking=1, shortfalls=[short(Reason.BUDGET)])
    assert got == ("fail", "findings", 1)


@pytest.mark.parametrize(
    ("fail_on", "blocked"),
    [
        (FailOn.NEVER, []),
        (FailOn.ERROR, ["error"]),
        (FailOn.WARNING, ["error", "warning"]),
        (FailOn.NOTICE, ["error", "warning", "notice"]),
    ],
)
def test_fail_on_is_the_least_severity_that_blocks(fail_on, blocked):
    assert [one.value for one in Severity if fail_on.blocks(one)] == blocked


class Telling(Checking):
    name = "telling"
    checks = False


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], ("skipped", "ok")),
        ([Skipped(reason=Reason.NO_REVIEWABLE_CHANGES)], ("skipped", "no_reviewable_changes")),
        ([Skipped(reason=Reason.DRAFT)], ("skipped", "draft")),
        ([Done()], ("pass", "ok")),
    ],
)
def test_what_checks_nothing_makes_nothing_green(others, expected):
    told = Step(action=Telling(), outcome=Done(), seconds=0.0)
    checked = [Step(action=Checking(), outcome=outcome, seconds=0.0) for outcome in others]
    decision = decide(undecided([told, *checked]), GateRules())
    assert (decision.verdict.value, decision.reason.value) == expected
