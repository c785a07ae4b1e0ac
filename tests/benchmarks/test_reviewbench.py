"""The agent for ReviewBench writes what its contract asks for."""

import json

import pytest

from benchmarks.reviewbench.__main__ import violations
from benchmarks.reviewbench.agent import findings_file
from codeflow_action.engine.diff import Side
from codeflow_action.engine.report import Report, ReportedFinding
from tests.evaluation.known import found

ENVIRONMENT = {
    "RB_NWO": "octo/shop",
    "RB_PR_NUMBER": "7",
    "RB_BASE": "a" * 40,
    "RB_HEAD": "b" * 40,
    "RB_AGENT": "codeflow",
}
PULL = {
    "repo": "https://github.com/octo/shop",
    "pr_number": 7,
    "base": "a" * 40,
    "head": "b" * 40,
}


def written(*findings):
    report = Report(
        version="1",
        name="codeflow",
        repository="octo/shop",
        number=None,
        base_sha="a" * 40,
        merge_base_sha="a" * 40,
        head_sha="b" * 40,
        findings=tuple(
            ReportedFinding(id=str(index), finding=finding, blocking=False)
            for index, finding in enumerate(findings)
        ),
    )
    return findings_file(json.loads(report.model_dump_json()), ENVIRONMENT)


def places(*findings):
    return [
        (finding["file"], finding["start_line"], finding["end_line"])
        for finding in written(*findings)["findings"]
    ]


@pytest.mark.parametrize(
    ("finding", "place"),
    [
        (found(3), ("a.py", 3, 3)),
        (found(3, 5), ("a.py", 3, 5)),
        (found(None), ("a.py", 1, 1)),  # of the whole file
        (found(30, 31, side=Side.LEFT), ("a.py", 1, 1)),  # lines count at head there
    ],
)
def test_a_finding_stands_at_its_lines_of_the_head(finding, place):
    assert places(finding) == [place]


def test_what_has_no_file_is_left_out():
    assert places(found(None, path=None), found(3, path="a:b.py")) == []


def test_a_removed_line_is_named_in_the_message():
    assert "removed line 30" in written(found(30, side=Side.LEFT))["findings"][0]["message"]


def test_the_file_keeps_the_contract():
    assert list(violations(written(found(3, 5), found(None)), PULL)) == []
    assert list(violations(written(), PULL)) == []  # nothing was found


@pytest.mark.parametrize(
    "change",
    [
        {"file": "./a.py"},
        {"file": "/a.py"},
        {"start_line": 0},
        {"end_line": 2},
        {"message": " "},
        {"producer": ""},
    ],
)
def test_what_breaks_the_contract_is_named(change):
    given = written(found(3))
    given["findings"][0].update(change)
    assert len(list(violations(given, PULL))) == 1
    assert len(list(violations(written(), {**PULL, "head": "c" * 40}))) == 1
