"""What the log says of an action that has ended."""

import pytest

from codeflow_action.actions.platform_detector import PlatformDetector
from codeflow_action.engine.outcome import Done, Failed, Reason, Shortfall, Skipped
from codeflow_action.engine.pipeline import Step
from codeflow_action.hosts.step_log import as_group, step_lines
from tests.engine.test_values import finding
from tests.runner_reader import obeyed

EVIL = "x\n::error::y\n##[group]z"


def lines(outcome):
    return step_lines(Step(action=PlatformDetector(), outcome=outcome, seconds=1.25))


def test_what_was_done_comes_with_its_findings_and_what_fell_short():
    short = Shortfall(reason=Reason.BUDGET, detail="no money left")
    done = Done(findings=(finding(title="Two"),), shortfalls=(short,), notices=("a notice",))
    title, first, *rest = lines(done)
    assert title == "platform_detector: not all done in 1.2 s, 1 finding"
    assert "Two in " in first
    assert rest == ["no money left", "a notice"]


def test_an_action_that_was_not_run_says_why_in_words():
    (line,) = lines(Skipped(reason=Reason.NO_KEY))
    assert line.startswith("platform_detector: not run: no model key was given")


def test_an_action_that_broke_says_what_to_try():
    assert lines(Failed(detail="it broke", hint="report it")) == (
        "platform_detector: broke after 1.2 s: it broke",
        "report it",
    )


@pytest.mark.parametrize(
    "outcome",
    [
        Done(findings=(finding(title=EVIL, path="a\n::error::b"),), notices=(EVIL,)),
        Skipped(reason=Reason.OPTED_OUT, detail=EVIL),
        Failed(detail=EVIL, hint=EVIL),
    ],
)
def test_no_word_of_a_stranger_is_a_command(outcome):
    group = as_group(lines(outcome))
    assert group[0].startswith("::group::platform_detector: ")
    assert group[-1] == "::endgroup::"
    assert not [line for line in group[1:-1] if obeyed(line)]
