"""Which added lines tests have not run, across reports and versions; told in few words."""

from codeflow_action.actions.tool_reports.coverage import covered_paths, uncovered_lines
from codeflow_action.actions.tool_reports.line_map import map_lines
from codeflow_action.actions.tool_reports.tool_findings import HeadFile
from codeflow_action.engine.facts import LineCoverage, ToolFindings, UncoveredLines
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.tool_results import CoverageLog
from codeflow_action.review.tool_briefs import brief_coverage, brief_findings, coverage_line
from tests.engine.test_values import finding
from tests.review.changes import changed

OLD = "one\ntwo\n"
HEAD = "one\ntwo\nthree\nfour\nfive\n"
FILES = {"a.py": changed(OLD, HEAD, "a.py")}


def find(paths):
    return paths[0] if paths[0] in ("a.py", "b.py") else None


def version(seen=HEAD):
    mapped = map_lines(seen.encode(), HEAD.encode())
    return {"a.py": HeadFile(raw_lines=tuple(HEAD.split("\n")), line_map=mapped)}


def log(lines, path="a.py"):
    return CoverageLog(files={(path,): lines})


def told(*logs, versions=None):
    named = {f"{at}.xml": each for at, each in enumerate(logs)}
    return uncovered_lines(named, FILES, versions or version(), find)


def test_only_added_lines_count():
    assert told(log({1: False, 3: False, 4: True})).files == (
        UncoveredLines(path="a.py", lines=(3,), reachable=2),
    )


def test_a_line_that_any_report_has_seen_run_is_covered():
    fact = told(log({3: False, 4: False}), log({3: True, 5: False}))
    assert (fact.files[0].lines, fact.reachable_count, fact.uncovered_count) == ((4, 5), 3, 2)
    assert fact.reports == ("0.xml", "1.xml")


def test_lines_of_the_merge_are_brought_onto_the_head():
    fact = told(log({4: False, 1: False}), versions=version(f"# of the base\n{HEAD}"))
    assert fact.files[0].lines == (3,)


def test_without_the_reports_copy_its_numbers_are_taken_for_the_heads():
    bare = {"a.py": HeadFile(raw_lines=("x",))}
    assert told(log({5: False}), versions=bare).files[0].lines == (5,)


def test_other_files_say_nothing():
    assert told(log({3: False}, "b.py"), log({3: False}, "gone.py")).files == ()
    assert covered_paths((log({}), log({}, "b.py"), log({})), FILES, find) == ("a.py",)


def fact(*lines, path="a.py", reachable=9):
    return LineCoverage(files=(UncoveredLines(path=path, lines=lines, reachable=reachable),))


def test_coverage_is_told_in_one_sentence():
    assert coverage_line(LineCoverage()) == ""
    assert coverage_line(fact()) == "tests have run all 9 added lines that they can reach"
    said = "3 of 9 added lines that tests can reach are not covered"
    assert coverage_line(fact(1, 2, 3)) == said


def test_a_brief_names_stretches_of_lines_in_the_files_that_are_asked_for():
    said = "a.py: 5 of 9 added lines were run by no test: 1-3, 5, 9"
    assert brief_coverage(fact(1, 2, 3, 5, 9), {"a.py"}) == said
    assert brief_coverage(fact(1), {"b.py"}) == ""
    assert brief_coverage(fact(), {"a.py"}) == ""
    assert len(brief_coverage(fact(*range(1, 9_999, 2)), {"a.py"})) < 1_000


def test_a_brief_of_findings_is_bounded_and_counts_what_it_leaves_out():
    many = tuple(
        finding(line=at, severity=Severity.ERROR, rule="ruff/F1", message=f"a\nb {at} {'x' * 999}")
        for at in range(1, 100)
    )
    tools = ToolFindings(findings=(*many, finding(path="b.py"), finding(path="c.py", line=None)))
    lines = brief_findings(tools, {"a.py"}, limit=10).split("\n")
    assert lines[0].startswith("a.py:1 error ruff/F1: a b 1 xxx")
    assert lines[10:] == ["(89 more, none graver)"]
    assert max(map(len, lines)) < 300
    assert brief_findings(tools, {"c.py"}) == "c.py warning pr_reviewer/correctness: A message"
    assert brief_findings(tools, ()) == ""
