"""What a reader sees at a terminal: suggestions, cost, and no command to the terminal itself."""

import json
import re

import pytest

from codeflow_action.engine.findings import DroppedFinding, DropStage, Suggestion
from codeflow_action.engine.risk import Lane, RiskAssessment
from codeflow_action.engine.spending import Spending
from codeflow_action.integrations.terminal import to_terminal
from tests.engine.test_values import finding
from tests.environments import ROOT
from tests.integrations.test_runner import report


def shown(*findings, **fields):
    return to_terminal(report(*findings).model_copy(update=fields), colour=False)


@pytest.mark.parametrize(
    ("suggestion", "lines"),
    [
        ((3, 3, "x = 2\n"), ["  Suggested for line 3:", "  | x = 2"]),
        (
            (3, 4, "  if x:\n    y\f()"),
            ["  Suggested for lines 3 to 4:", "  |   if x:", "  |     y()"],
        ),
        ((3, 5, ""), ["  Suggested: delete lines 3 to 5"]),
    ],
)
def test_a_suggestion_is_shown_line_by_line(suggestion, lines):
    first, last, replacement = suggestion
    change = Suggestion(start_line=first, end_line=last, replacement=replacement)
    text = shown(finding(suggestion=change))
    assert "\n".join(lines) in text


def test_a_suggestion_that_no_parser_has_read_says_so():
    change = Suggestion(start_line=3, end_line=3, replacement="x")
    assert "Suggested for line 3 (not parsed):" in shown(finding(suggestion=change, path="a.md"))


def test_no_text_of_a_model_reaches_the_terminal_as_a_command():
    change = Suggestion(start_line=3, end_line=3, replacement="\x1b[2Jx\u202e\r\x9b0m")
    text = shown(finding(suggestion=change, title="\x1b]0;t\x07", message="\x1b[1A"))
    assert not set("\x1b\x07\x9b\r\u202e") & set(text)


def test_the_risk_of_the_change_stands_below_the_verdict():
    risk = RiskAssessment(lane=Lane.PERSON, reason="\x1b[2Jci.yml is what the CI runs")
    lines = shown(finding(), risk=risk).splitlines()
    assert lines[1:3] == ["Risk: a person should look: [2Jci.yml is what the CI runs.", ""]
    assert "Risk" not in shown(finding())


def test_what_a_run_cost_and_what_it_dropped_is_said():
    dropped = DroppedFinding(stage=DropStage.VERIFY, reason="refuted", title="Not so")
    spent = Spending(calls=2, input_tokens=1_200, output_tokens=30, cost_usd=0.0123)
    text = shown(model="openai:m", dropped=(dropped,), spent=spent)
    assert "1 remark not shown" in text
    assert "openai:m. This run: 2 model calls, 1,200 tokens in" in text
    assert "$0.0123" in text


def test_the_problem_matcher_finds_each_finding_that_has_a_line():
    """The runner's matchers: https://github.com/actions/runner/blob/main/src/Runner.Worker/IssueMatcher.cs."""
    matcher = json.loads((ROOT / "examples" / "problem-matcher.json").read_text())
    (pattern,) = matcher["problemMatcher"][0]["pattern"]
    text = shown(finding(path="a b/c:d.py", line=12, title="One: two"), finding(line=None))
    matches = filter(None, (re.search(pattern["regexp"], line) for line in text.splitlines()))
    groups = [
        [match[pattern[name]] for name in ("file", "line", "severity", "message")]
        for match in matches
    ]
    assert groups == [["a b/c:d.py", "12", "warning", "One: two"]]
