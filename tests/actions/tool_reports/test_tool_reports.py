"""What other tools told a run when something around it is missing."""

import asyncio
import json
from dataclasses import replace

import pytest

from codeflow_action.actions.tool_reports import ToolReports
from codeflow_action.engine.errors import GitHubError
from codeflow_action.engine.facts import Facts, LineCoverage, ToolFindings
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.ports import Absent
from codeflow_action.engine.scans import ScannerFailed
from codeflow_action.engine.tool_results import ReportSelection
from codeflow_action.integrations.reports.files import WorkspaceReports
from codeflow_action.integrations.reports.workspace import Workspace
from tests.actions.gating import task_of
from tests.review.changes import changed

FILE = b"one\ntwo\nthree\n"


class Head:
    """A tree of one file."""

    def __init__(self, *, listed=("a.py",), content=FILE, error=None):
        self._listed, self._content, self._error = listed, content, error

    async def list(self):
        if self._error:
            raise self._error
        return self._listed

    async def read_many(self, paths):
        return dict.fromkeys(paths, self._content)


class Scanners:
    """Finds nothing, or cannot look."""

    def __init__(self, *, fails=False):
        self._fails = fails

    async def secrets(self, _files):
        if self._fails:
            raise ScannerFailed("broken")
        return ()


@pytest.fixture
def folder(tmp_path):
    physical = {"artifactLocation": {"uri": "a.py"}, "region": {"startLine": 2}}
    result = {"message": {"text": "Bad"}, "locations": [{"physicalLocation": physical}]}
    run = {"tool": {"driver": {"name": "t"}}, "results": [result]}
    (tmp_path / "a.sarif").write_text(json.dumps({"version": "2.1.0", "runs": [run]}))
    (tmp_path / "a.info").write_text("SF:a.py\nDA:2,0\nDA:3,1\n")
    return tmp_path


def told(
    folder,
    head=None,
    scanners=None,
    *,
    sarif=("a.sarif",),
    coverage=("a.info",),
    clean=lambda text: text,
    **more,
):
    task = task_of(
        (changed("one\n", FILE.decode(), "a.py"),),
        {},
        scanners=scanners or Scanners(),
        reports=WorkspaceReports(Workspace(folder), clean),
        report_selection=ReportSelection(sarif=sarif, coverage=coverage),
        **more,
    )
    return asyncio.run(ToolReports().run(replace(task, head=head or Head())))


def test_findings_and_coverage_come_from_the_reports(folder):
    out = told(folder)
    facts = Facts(out.facts)
    assert [(one.line, one.code) for one in out.findings] == [(2, "two")]
    assert facts.get(ToolFindings).findings == out.findings
    lines = facts.get(LineCoverage)
    assert (lines.uncovered_count, lines.reachable_count) == (1, 2)
    assert out.shortfalls == ()
    assert out.notices[1:] == (
        "1 of 2 added lines that tests can reach are not covered",
        "coverage reports: 2 lines of 1 file read",
    )


def test_what_a_tool_wrote_is_clean_before_anybody_else_sees_it(folder):
    out = told(folder, clean=lambda text: text.replace("Bad", "***").replace("a.info", "***"))
    (finding,) = out.findings
    assert (finding.title, finding.message) == ("***", "***")
    facts = Facts(out.facts)
    assert facts.get(ToolFindings).findings == (finding,)
    assert facts.get(LineCoverage).reports == ("***",)


def test_until_it_has_ended_a_run_that_is_stopped_knows_that_reports_are_missing(folder):
    shown = []
    told(folder, keep=shown.append)
    (short,) = shown[0].shortfalls
    assert (short.reason, short.severity) == (Reason.GATE_NOT_RUN, Severity.WARNING)


def test_a_head_that_cannot_be_listed_is_told_and_ends_nothing(folder):
    (short,) = told(folder, Head(error=GitHubError("out of reach"))).shortfalls
    assert (short.reason, short.severity) == (Reason.GATE_NOT_RUN, Severity.WARNING)
    assert "out of reach" in short.detail


def test_a_tree_without_a_listing_still_has_its_changed_files(folder):
    assert len(told(folder, Head(listed=None)).findings) == 1


def test_a_file_that_no_scanner_could_look_at_is_not_quoted(folder):
    (one,) = told(folder, scanners=Scanners(fails=True)).findings
    assert (one.line, one.code) == (2, "")


def test_a_file_that_is_not_at_hand_places_nothing(folder):
    out = told(folder, Head(content=Absent.TOO_LARGE))
    assert out.findings == ()
    assert "1 without a line in the head commit" in out.notices[0]
    assert Facts(out.facts).get(LineCoverage).files == ()


def test_a_report_in_neither_form_is_told_with_its_name(folder):
    (folder / "x.json").write_text("{}")
    (short,) = told(folder, coverage=("x.json",)).shortfalls
    assert short.detail.startswith("coverage.files: x.json was not read: it is JSON of none")


def test_more_files_than_are_read_are_told(folder):
    for at in range(103):
        (folder / f"{at:03}.sarif").write_text('{"version": "2.1.0", "runs": []}')
    details = [short.detail for short in told(folder, sarif=("*.sarif",)).shortfalls]
    assert details == ["sarif.files: 4 more files than can be read were left out"]


def coverage_told(folder, text, **more):
    (folder / "c.info").write_text(text)
    out = told(folder, sarif=(), coverage=("c.info",), **more)
    return out.notices, [short.detail for short in out.shortfalls]


def test_a_coverage_report_that_says_of_no_line_whether_it_was_run_is_a_shortfall(folder):
    notices, shortfalls = coverage_told(folder, "SF:a.py\nDA:2,NaN\nDA:3,undefined\n")
    assert shortfalls == [
        "coverage.files: c.info says of no line whether it was run; 2 could not be read"
    ]
    assert notices == (
        (
            "coverage reports: 0 lines of 1 file read; unknown or left out: "
            "2 lines without a readable number or count of runs"
        ),
    )
    assert coverage_told(folder, "SF:a.py\nend_of_record\n")[1] == [
        "coverage.files: c.info says of no line whether it was run"
    ]


def test_a_coverage_report_of_other_code_is_a_shortfall_with_the_names(folder):
    records = "".join(f"SF:lib/{name}.py\nDA:1,1\n" for name in "bcdef")
    notices, shortfalls = coverage_told(folder, records)
    assert shortfalls == [
        (
            "coverage.files: c.info speaks of no file of the repository, but of "
            "lib/b.py, lib/c.py, lib/d.py, …"
        )
    ]
    assert notices[0].endswith("5 files that are not in the repository "
                               "(lib/b.py, lib/c.py, lib/d.py, …)")  # fmt: skip
    # Where the tree cannot be listed, nobody knows.
    assert coverage_told(folder, records, head=Head(listed=None))[1] == []


def test_what_of_a_coverage_report_is_not_of_the_repository_is_counted(folder):
    notices, shortfalls = coverage_told(folder, "SF:a.py\nDA:1,1\nSF:gone.py\nDA:1,1\nDA:2,x\n")
    assert shortfalls == []
    assert notices == (
        (
            "coverage reports: 2 lines of 2 files read; unknown or left out: "
            "1 line without a readable number or count of runs, "
            "1 file that is not in the repository (gone.py)"
        ),
    )


def test_a_go_profile_is_matched_by_the_modules_of_the_repository(folder):
    class GoHead(Head):
        async def read_many(self, paths):
            module = b"// comment\nmodule example.com/shop // v1\n\ngo 1.24\n"
            return {path: module if path.endswith("go.mod") else FILE for path in paths}

    head = GoHead(listed=("a.py", "go.mod", "main.go"))
    text = "mode: set\nexample.com/shop/main.go:1.1,2.2 1 1\n"
    notices, shortfalls = coverage_told(folder, text, head=head)
    assert (notices, shortfalls) == (("coverage reports: 2 lines of 1 file read",), [])


def test_a_result_in_no_file_of_the_repository_is_counted_by_name(folder):
    report = json.loads((folder / "a.sarif").read_text())
    (result,) = report["runs"][0]["results"]
    for name in ("b.py", "c.py", "b.py"):
        physical = {"artifactLocation": {"uri": f"lib/{name}"}, "region": {"startLine": 2}}
        report["runs"][0]["results"].append(
            {**result, "locations": [{"physicalLocation": physical}]}
        )
    (folder / "a.sarif").write_text(json.dumps(report))
    (notice, *_) = told(folder).notices
    assert notice == (
        "other tools (t): 1 finding about this change; left out: "
        "3 in files that are not in the repository (lib/b.py, lib/c.py)"
    )


def test_an_offset_is_brought_onto_the_head(folder):
    report = json.loads((folder / "a.sarif").read_text())
    physical = {"artifactLocation": {"uri": "a.py"}, "region": {"charOffset": 4, "charLength": 9}}
    report["runs"][0]["results"][0]["locations"] = [{"physicalLocation": physical}]
    (folder / "a.sarif").write_text(json.dumps(report))
    (finding,) = told(folder).findings
    assert (finding.line, finding.end_line) == (2, 3)
    (folder / "a.py").write_bytes(b"# new\none\ntwo\n")  # what the tool saw
    physical["region"] = {"byteOffset": 10}
    report["runs"][0]["results"][0]["locations"] = [{"physicalLocation": physical}]
    (folder / "a.sarif").write_text(json.dumps(report))
    (finding,) = told(folder).findings
    assert (finding.line, finding.end_line) == (2, None)
