"""Other tools' results become findings on head's lines, each once, without secrets."""

import pytest

from codeflow_action.actions.tool_reports.line_map import map_lines
from codeflow_action.actions.tool_reports.tool_findings import (
    MAX_FINDINGS,
    FoldedResults,
    HeadFile,
    OmittedResults,
    ResultScope,
    fold_results,
)
from codeflow_action.engine.diff import parse_hunks
from codeflow_action.engine.findings import Category, Evidence, Severity, fingerprint
from codeflow_action.engine.pull_request import ChangedFile, FileStatus
from codeflow_action.engine.tool_results import Filter, Spot, ToolResult

HEAD = "import os\nimport sys\nold = 1\nPASSWORD = 'hunter22'\n"
FILE = ChangedFile(
    path="a.py",
    status=FileStatus.MODIFIED,
    hunks=parse_hunks("@@ -1,2 +1,4 @@\n import os\n+import sys\n old = 1\n+PASSWORD\n"),
)
HELD = ChangedFile(path="b.py", status=FileStatus.RENAMED)


def result(line=2, path="a.py", message="It is bad", end=None, snippet="", **fields):
    spot = Spot(paths=(path,), line=line, end_line=end or line, snippet=snippet)
    given = {"tool": "Ruff", "rule": "R1", "severity": Severity.WARNING, "spots": (spot,), **fields}
    return ToolResult(message=message, **given)


def version(seen=HEAD, head=HEAD, **more):
    lines = tuple(head.split("\n"))
    mapped = None if seen is None else map_lines(seen.encode(), head.encode())
    return HeadFile(**{"visible_lines": lines, "raw_lines": lines, "line_map": mapped, **more})


def folded(*results, filter_=Filter.ADDED, **versions):
    files = {"a.py": FILE, "b.py": HELD}
    known = {"a.py", "b.py", "other.py"}
    change = ResultScope(
        filter=filter_, files=files, find=lambda paths: paths[0] if paths[0] in known else None
    )
    return fold_results(results, change, {"a.py": version(), **versions})


def finding(*results, **more):
    (found,) = folded(*results, **more).findings
    return found


def test_a_result_is_a_finding_with_all_that_the_gate_and_a_reader_need():
    found = finding(result(end=3, purpose="Explains what it is for"))
    assert (found.path, found.line, found.end_line) == ("a.py", 2, 3)
    assert (found.severity, found.category) == (Severity.WARNING, Category.MAINTAINABILITY)
    assert (found.rule, found.sources) == ("ruff/R1", ("Ruff",))
    assert (found.title, found.message) == ("It is bad", "It is bad\n\nExplains what it is for")
    assert found.evidence is Evidence.DETERMINISTIC
    assert found.code == "import sys\nold = 1"


@pytest.mark.parametrize(
    ("tool", "rule", "name"),
    [
        ("ESLint", "no-eval", "eslint/no-eval"),
        ("zizmor", "zizmor/artipacked", "zizmor/artipacked"),  # it says its name itself
        ("typos", "", "typos"),
        ("Semgrep OSS", "a.b", "semgrep-oss/a.b"),
        ("Microsoft (R) C#", "CA1", "microsoft-r-c/CA1"),
        ("«»", "", "tool"),
        ("x", "a\nb\u202e\x1b[0m", "x/a b[0m"),
    ],
)
def test_a_rule_is_named_by_its_tool(tool, rule, name):
    assert finding(result(tool=tool, rule=rule)).rule == name


@pytest.mark.parametrize(
    ("fields", "category"),
    [
        ({"has_security_severity": True}, "security"),
        ({"tags": ("x", "security")}, "security"),
        ({"tags": ("external/cwe/cwe-078",)}, "security"),
        ({"tags": ("performance",)}, "performance"),
        ({"tags": ("reliability",)}, "correctness"),
        ({"tool": "Bandit"}, "security"),
        ({}, "maintainability"),
    ],
)
def test_a_category_is_told_by_tags_and_tools(fields, category):
    assert finding(result(**fields)).category == category


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("One sentence. Another one.", "One sentence"),
        ("Use e.g. this\nand more", "Use e.g. this"),
        ("Ends with dots...", "Ends with dots"),
        ("x" * 300, "x" * 119 + "…"),
        ("**bold** `code`", "**bold** `code`"),
    ],
)
def test_a_title_is_the_first_sentence(message, title):
    assert finding(result(message=message)).title == title


def test_a_form_has_the_rules_sentence_for_its_title():
    found = finding(result(message="Artifact: a.py\nSeverity: HIGH", purpose="Ports are open."))
    assert found.title == "Ports are open"


@pytest.mark.parametrize("about", ["F401", "`{name}` is unused", "Rule R1 of ours", "IT IS BAD."])
def test_what_explains_nothing_is_left_out(about):
    assert finding(result(purpose=about)).message == "It is bad"


def test_a_long_stretch_is_quoted_by_its_first_line_as_the_rest_often_changes():
    head = "".join(f"line {number}\n" for number in range(40))
    long = finding(result(1, end=30), **{"a.py": version(head, head)})
    short = finding(result(1, end=5), **{"a.py": version(head, head)})
    assert (long.end_line, long.code) == (30, "line 0")
    assert short.code.count("\n") == 4


def test_lines_of_the_merge_are_brought_onto_the_head():
    merge = f"# of the base\n{HEAD}"
    assert finding(result(3), **{"a.py": version(merge)}).line == 2


def test_what_is_on_lines_that_the_head_does_not_have_is_counted():
    merge = f"# of the base\n{HEAD}"
    out = folded(result(1), **{"a.py": version(merge)})
    assert (out.findings, out.omissions) == ((), OmittedResults(without_line=1))
    kept = finding(result(1), filter_=Filter.FILE, **{"a.py": version(merge)})
    assert (kept.path, kept.line) == ("a.py", None)


def test_without_the_tools_copy_its_numbers_hold_unless_it_quotes_another_text():
    bare = {"a.py": version(None)}
    assert finding(result(2), **bare).line == 2
    assert finding(result(2, snippet="import sys"), **bare).line == 2
    assert finding(result(2, snippet="REDACTED"), **bare).line == 2
    assert folded(result(2, snippet="import re"), **bare).omissions == OmittedResults(
        without_line=1
    )
    assert folded(result(99), **bare).omissions == OmittedResults(without_line=1)


def test_the_first_place_that_counts_is_the_findings():
    spots = (Spot(paths=("other.py",), line=1), Spot(paths=("a.py",), line=1), *result(4).spots)
    assert finding(result(spots=spots)).line == 4


def test_what_is_elsewhere_is_counted_and_without_a_filter_shown():
    results = [result(1), result(path="other.py"), result(path="/etc/passwd"), result(spots=())]
    assert folded(*results).omissions == OmittedResults(elsewhere=4)
    shown = folded(*results, filter_=Filter.NOFILTER).findings
    assert {(one.path, one.line) for one in shown} == {
        ("a.py", 1),
        ("other.py", None),
        (None, None),
    }
    assert "In /etc/passwd, line 2:" in {one.message.split("\n")[0] for one in shown}


@pytest.mark.parametrize(("filter_", "shown"), [(Filter.ADDED, 0), (Filter.FILE, 1)])
def test_what_the_tool_knows_from_before_is_not_of_this_change(filter_, shown):
    assert len(folded(result(is_old=True), filter_=filter_).findings) == shown


def test_a_file_without_text_at_hand_still_takes_a_finding_where_lines_do_not_matter():
    assert finding(result(path="b.py"), filter_=Filter.FILE).line is None


def test_only_files_that_can_count_are_read():
    results = [result(), result(), result(path="b.py"), result(path="other.py"), result(path="x")]
    files = {"a.py": FILE, "b.py": HELD}
    known = {*files, "other.py"}

    def paths(filter_):
        change = ResultScope(
            filter=filter_, files=files, find=lambda one: one[0] if one[0] in known else None
        )
        return change.paths(results)

    assert paths(Filter.ADDED) == paths(Filter.FILE) == ("a.py", "b.py")
    assert paths(Filter.NOFILTER) == ("a.py", "b.py", "other.py")


def test_a_result_without_a_place_counts_without_a_filter():
    (one,) = folded(result(spots=()), filter_=Filter.NOFILTER).findings
    assert (one.path, one.line, one.message) == (None, None, "It is bad")
    (lineless,) = folded(result(None, path="x"), filter_=Filter.NOFILTER).findings
    assert lineless.message.startswith("In x:\n")


def test_a_range_of_the_reports_own_numbers_is_quoted_from_any_of_its_lines():
    bare = {"a.py": version(None)}
    assert finding(result(1, end=3, snippet="old = 1\nmore"), **bare).line == 1
    assert folded(result(1, end=2, snippet="old = 1"), **bare).omissions == OmittedResults(
        without_line=1
    )
    assert finding(result(1, end=99), **bare).end_line == 5


def test_nothing_is_left_out_of_nothing():
    assert folded() == FoldedResults(
        findings=(), omissions=OmittedResults(elsewhere=0, without_line=0, twins=0, past_limit=0)
    )


def test_the_same_result_again_is_one_finding():
    out = folded(result(), result(), result(message="Another"))
    assert (len(out.findings), out.omissions.twins) == (2, 1)


def test_the_gravest_stay_when_there_are_too_many():
    many = [result(message=f"m{at}") for at in range(MAX_FINDINGS + 4)]
    out = folded(*many, result(severity=Severity.ERROR))
    assert len(out.findings) == MAX_FINDINGS
    assert out.findings[0].severity is Severity.ERROR
    assert out.omissions.past_limit == 5


def test_a_value_that_a_report_shows_is_hidden_where_the_file_is_not_at_hand():
    shown = "import os\ntoken = abcdefgh12345"
    gone = result(1, "gone.py", "Leaked token abcdefgh12345 in it", tool="gitleaks", snippet=shown)
    found = finding(gone, filter_=Filter.NOFILTER)
    assert found.path is None
    assert "Leaked token [redacted] in it" in found.message


@pytest.mark.parametrize("tool", ["gitleaks", "TruffleHog", "kingfisher", "detect-secrets"])
def test_of_a_scanner_for_secrets_no_line_is_quoted(tool):
    found = finding(result(4, tool=tool, message="Found hunter22 in PASSWORD"))
    assert "hunter22" not in found.model_dump_json()
    assert found.category is Category.SECURITY
    assert found.code == ""


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ("Possible hardcoded password: 'hunter22'", {"tool": "Bandit", "rule": "B105"}),
        ("Contains hunter22", {"tags": ("external/cwe/cwe-798",)}),
        ("Contains hunter22", {"tool": "ruff", "rule": "S106"}),
    ],
)
def test_a_hard_coded_value_is_in_no_field(message, fields):
    found = finding(result(4, message=message, **fields))
    assert "hunter22" not in found.model_dump_json()
    assert found.code == "PASSWORD = '[redacted]'"
    assert found.category is Category.SECURITY


def test_a_result_that_only_mentions_a_password_is_no_security_finding():
    found = finding(result(4, message="'PASSWORD' is assigned 'hunter22' and never used"))
    assert found.category is Category.MAINTAINABILITY
    assert "hunter22" not in found.message


def test_a_quoted_value_goes_where_the_lines_are_not_known():
    lost = version("gone\n")
    message = "Possible hardcoded password: 'hunter22'"
    found = finding(result(1, message=message), filter_=Filter.FILE, **{"a.py": lost})
    assert found.message == "Possible hardcoded password: '[redacted]'"


def test_what_a_scanner_has_found_in_the_file_is_in_no_text_of_any_tool():
    hidden = version(secrets=("import sys",), visible_lines=("import os", "[redacted]"))
    found = finding(
        result(2, message="Remove import sys", purpose="As import sys is bad"), **{"a.py": hidden}
    )
    assert "import sys" not in found.model_dump_json()


def test_a_finding_is_known_again_when_its_lines_move():
    one = finding(result())
    moved = f"# new\n{HEAD}"
    file = ChangedFile(
        path="a.py",
        status=FileStatus.MODIFIED,
        hunks=parse_hunks("@@ -1,1 +1,3 @@\n+# new\n import os\n+import sys\n"),
    )
    change = ResultScope(filter=Filter.ADDED, files={"a.py": file}, find=lambda paths: paths[0])
    (again,) = fold_results([result(3)], change, {"a.py": version(moved, moved)}).findings
    assert again.line == 3
    assert fingerprint(again) == fingerprint(one)
