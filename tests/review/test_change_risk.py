"""The facts of a change's risk, from a pull request as a value."""

import asyncio
from dataclasses import replace

import pytest

from codeflow_action.engine.facts import LineCoverage, UncoveredLines
from codeflow_action.engine.pull_request import FileKind, FileStatus, Gap
from codeflow_action.engine.risk import FileRisk, Purpose
from codeflow_action.engine.sensitive_paths import SensitiveArea
from codeflow_action.review.change_risk import change_risk, purpose_of, read_risk
from tests.actions.gating import task_of
from tests.pull_requests import pull_request
from tests.review.changes import changed, numbered

CODE = changed("a\nb\n", "a\nc\nd\n", "cart.py")


def risk_of(file, coverage=None):
    (risk,) = change_risk(pull_request(file), coverage).files
    return risk


def test_lines_are_counted_and_a_name_tells_what_a_file_is_for():
    expected = FileRisk(path="cart.py", purpose=Purpose.CODE, added_count=2, removed_count=1)
    assert risk_of(CODE) == expected


@pytest.mark.parametrize(
    ("path", "purpose"),
    [
        ("vendor/cart.js", Purpose.FOREIGN),
        ("src/test_cart.py", Purpose.TEST),
        ("docs/conf.py", Purpose.DOCUMENTATION),
        ("examples/cart.py", Purpose.EXAMPLE),
        ("locale/nl.po", Purpose.TRANSLATION),
        ("cart.py", Purpose.CODE),
        ("cart.yml", Purpose.DATA),
        ("cart", Purpose.OTHER),
    ],
)
def test_a_purpose_is_the_first_that_fits(path, purpose):
    assert purpose_of(path) is purpose


def test_a_file_that_was_moved_out_of_a_sensitive_place_is_sensitive():
    file = replace(CODE, previous_path=".github/workflows/ci.yml", status=FileStatus.RENAMED)
    assert risk_of(file).areas == (SensitiveArea.WORKFLOW, SensitiveArea.DEPENDENCY)


def test_a_submodule_is_somebody_elses_code():
    assert risk_of(replace(CODE, kind=FileKind.SUBMODULE)).areas == (SensitiveArea.DEPENDENCY,)


@pytest.mark.parametrize("changes", [*({"gap": gap} for gap in Gap), {"kind": FileKind.SYMLINK}])
def test_what_could_not_be_read_is_known_as_such(changes):
    assert not risk_of(replace(CODE, **changes)).is_read


def test_lines_that_no_test_has_run_are_counted_where_a_report_speaks_of_the_file():
    lines = UncoveredLines(path="cart.py", lines=(2,), reachable=2)
    assert risk_of(CODE, LineCoverage(files=(lines,))).untested_count == 1
    assert risk_of(CODE, LineCoverage()).untested_count is None


def test_files_that_are_missing_are_told():
    change = change_risk(replace(pull_request(), files_left_out="vendor/: too many files"))
    assert change.omission == "vendor/: too many files"


def test_a_large_change_is_looked_at_once():
    file = changed("", numbered(3), "a.py")
    files = tuple(replace(file, path=f"src/part{number}/a.py") for number in range(2_000))
    assert len(change_risk(pull_request(*files)).files) == 2_000


class Commits:
    """A history of one path."""

    async def churn(self, paths):
        return {path: 7 if path == "README.md" else 0 for path in paths}


def test_churn_is_told_where_the_history_is_at_hand():
    file = changed("a\n", "b\n", "README.md")
    task = task_of((file,), {"README.md": b"b\n"})
    for history, number in ((Commits(), 7), (task.history, None)):
        (risk,) = asyncio.run(read_risk(replace(task, history=history))).files
        assert risk.churn == number
