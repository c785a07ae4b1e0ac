"""What a repository has dismissed for good: the file, and which findings it is about."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.config.dismissed_file import dismissed_schema, read_dismissed
from codeflow_action.engine.dismissals import DismissalWay
from codeflow_action.engine.standing_dismissals import entry_text
from tests.engine.test_values import finding

ID = "0123456789abcdef"
FILE = f"""\
version: 1
dismissed:
  - id: "{ID}"
    reason: The caller checks it.
  - rule: debug_leftovers/breakpoint
    paths: ["examples/**"]
    reason: Readers are to stop there.
"""
BREAKPOINT = {"rule": "debug_leftovers/breakpoint"}


def dismissed(name, **fields):
    standing, problems = read_dismissed(FILE)
    assert problems == ()
    return standing.decisions({name: finding(**fields)}).get(name)


def test_a_finding_is_dismissed_by_its_id():
    dismissal = dismissed(ID)
    assert (dismissal.way, dismissal.reason) == (DismissalWay.FILE, "The caller checks it.")


def test_a_rule_is_dismissed_where_its_paths_match():
    assert dismissed("f" * 16, path="examples/a.py", **BREAKPOINT).reason.startswith("Readers")
    assert dismissed("f" * 16, path="src/a.py", **BREAKPOINT) is None
    assert dismissed("f" * 16, path="examples/a.py", rule="secrets/aws") is None


def test_an_empty_file_dismisses_nothing():
    standing, problems = read_dismissed("")
    assert (standing.decisions({ID: finding()}), problems) == ({}, ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dismised: []", "1:1: there is no key 'dismised' here (did you mean 'dismissed'?)"),
        ("dismissed: [{id: x, reason: y}]", "1:14: dismissed.0.id should match"),
        (
            "dismissed:\n  - reason: y",
            "2:5: dismissed.0: an entry names either an `id` or a `rule`",
        ),
        (
            "dismissed:\n  - rule: a\n    reason: y",
            "2:5: dismissed.0: `rule` and `paths` go together",
        ),
        (f"dismissed: [{{id: '{ID}'}}]", "1:13: dismissed.0.reason is missing"),
        (f"dismissed: [{{id: '{ID}', reason: ''}}]", "dismissed.0.reason should have"),
        (
            "dismissed: [{rule: a, paths: ['['], reason: y}]",
            "dismissed.0.paths.0: ",
        ),
        ("dismissed: [{idd: 1}]", "there is no key 'idd' here (did you mean 'id'?)"),
        ("version: 2", "1:1: version should be at most 1, not 2"),
        ("- a", "must be a mapping of keys"),
        ("a: [", ""),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, message):
    standing, problems = read_dismissed(text)
    assert standing.dismissed == ()
    assert any(message in problem.at("f") for problem in problems), problems


@given(st.text(max_size=400))
def test_the_lines_to_add_are_read_as_they_were_meant(reason):
    """The reason is a stranger's: whatever it is, it is one text of one entry."""
    standing, problems = read_dismissed(f"dismissed:\n{entry_text(ID, reason)}")
    assert problems == ()
    (entry,) = standing.dismissed
    assert entry.id == ID
    if reason.isascii() and reason.isprintable() and reason.strip():
        assert entry.reason == " ".join(reason.split())[:300]


def test_the_committed_schema_is_that_of_the_file():
    committed = Path(__file__).parents[2] / "codeflow-dismissed.schema.json"
    assert json.loads(committed.read_text()) == dismissed_schema()
