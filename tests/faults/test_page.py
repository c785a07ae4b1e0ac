"""docs/reliability.md has one row for each fault that a test shows, and none besides."""

import ast
import re
from collections import Counter
from pathlib import Path

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[1] / "docs" / "reliability.md"
ROW = re.compile(
    r"^\| ([^|]+) \| ([^|]+) \| \[test\]\(\.\./tests/faults/(\w+\.py)\) \|$", re.MULTILINE
)


def faults_of(path):
    """Return the names that a file's tests give: those of `mark.fault("…")` and `fault("…", …)`."""
    return {
        node.args[0].value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) == "fault"
        and isinstance(node.args[0], ast.Constant)
    }


def test_the_page_and_the_tests_name_the_same_faults():
    rows = [(name.replace("`", ""), file) for name, _, file in ROW.findall(PAGE.read_text())]
    shown = {(name, path.name) for path in FOLDER.glob("test_*.py") for name in faults_of(path)}
    assert set(rows) - shown == set()
    assert shown - set(rows) == set()
    assert [name for name, count in Counter(name for name, _ in rows).items() if count > 1] == []


def test_every_row_of_the_page_is_read():
    """A row of another form would be none to the test above."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    headings = [line for line in lines if re.match(r"\| (---|fault) \|", line)]
    assert len(lines) - len(headings) == len(ROW.findall(PAGE.read_text()))
