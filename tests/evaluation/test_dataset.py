"""The dataset's format: what is right is read, what is wrong is named with its line."""

import json

import pytest

from codeflow_action.engine.diff import Side
from codeflow_action.engine.errors import ConfigError
from codeflow_action.evaluation.dataset import Level, NeedKind, read_dataset

FINDING = {"path": "a.py", "lines": [3, 4], "text": "It breaks.", "context": "diff"}
SAMPLE = {
    "schema_version": 1,
    "repository": "octo/shop",
    "base": "a" * 40,
    "head": "b" * 40,
    "findings": [FINDING],
}


def line(**changes):
    return json.dumps({**SAMPLE, **changes})


def finding_line(**changes):
    return line(findings=[FINDING, {**FINDING, **changes}])


def test_a_line_is_a_pull_request_and_empty_lines_are_none():
    text = f"\n{line()}\n\n{line(url='https://example.com/octo/shop/pull/7')}\n"
    first, second = read_dataset(text, "set.jsonl")
    (one,) = first.findings
    assert (one.lines, one.side, one.context) == ((3, 4), Side.RIGHT, Level.DIFF)
    assert (first.label, second.label) == ("octo/shop@bbbbbbb", "octo/shop#7")


def test_everything_that_the_format_has_is_read():
    need = {"name": "mean", "kind": "caller", "places": [{"path": "b.py", "lines": [1, 2]}]}
    text = finding_line(
        side="LEFT", lines=None, category="security", severity="error", context="file", needs=[need]
    )
    (sample,) = read_dataset(text, "set.jsonl")
    one = sample.findings[1]
    assert (one.lines, one.side) == (None, Side.LEFT)
    assert (one.needs[0].kind, one.needs[0].places[0].lines) == (NeedKind.CALLER, (1, 2))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("{", "Invalid JSON"),
        ("[]", "object"),
        (line(schema_version=2), "schema_version: Input should be 1"),
        (line(base="main"), "base: write the commit's whole name"),
        (line(haed="b"), "haed: Extra inputs are not permitted"),
        (line(repository=""), "repository: "),
        (json.dumps({k: v for k, v in SAMPLE.items() if k != "head"}), "head: Field required"),
        (finding_line(lines=[4, 3]), "findings.1.lines: the last line comes before the first"),
        (finding_line(lines=[0, 3]), "findings.1.lines.0: "),
        (finding_line(lines=["3", "4"]), "findings.1.lines.0: "),  # no guessing
        (finding_line(side="right"), "findings.1.side: "),
        (finding_line(context="repo"), "findings.1.context: "),
        (finding_line(severity="bad"), "findings.1.severity: "),
        (finding_line(needs=[{}]), "findings.1.needs.0: give a name, places, or both"),
    ],
)
def test_a_wrong_line_says_where_and_what(wrong, said):
    with pytest.raises(ConfigError) as error:
        read_dataset(f"{line()}\n{wrong}\n", "set.jsonl")
    assert str(error.value).startswith("set.jsonl:2: ")
    assert said in str(error.value)


def test_many_wrong_lines_are_named_by_the_first():
    with pytest.raises(ConfigError) as error:
        read_dataset("{\n" * 5, "set.jsonl")
    assert "set.jsonl:3: " in str(error.value)
    assert str(error.value).endswith("and 2 more")


def test_a_dataset_of_nothing_is_an_error():
    with pytest.raises(ConfigError, match="holds no pull request"):
        read_dataset("\n\n", "set.jsonl")
