"""What the runner is told, read by the runner's own rules."""

import json
import re
import resource

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.outcome import Reason, Verdict
from codeflow_action.engine.report import ReportedFinding
from codeflow_action.engine.verdict import Decision
from codeflow_action.integrations import runner
from codeflow_action.integrations.annotations import annotation, annotations
from codeflow_action.integrations.outputs import MAX_FINDINGS, outputs
from codeflow_action.integrations.sarif_output import to_sarif
from codeflow_action.run.conclude import bare_report
from tests.engine.test_values import finding
from tests.entry.jobs import read_outputs

HOSTILE = st.text(st.sampled_from("ab=<\n\r:%,#[]{}\"'\\é\u2028") | st.characters(), max_size=40)


def report(*findings):
    decision = Decision(verdict=Verdict.PASS, reason=Reason.OK, exit_code=0)
    reported = tuple(
        ReportedFinding(id=f"{at:016x}", finding=one, blocking=False)
        for at, one in enumerate(findings)
    )
    return bare_report(decision, name="codeflow").model_copy(update={"findings": reported})


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), HOSTILE, max_size=4))
def test_outputs_arrive_as_they_were_whatever_is_in_them(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("outputs") / "file"
    path.write_text("")
    runner.append(path, runner.outputs_text(values))
    expected = {
        name: value.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
        for name, value in values.items()
    }
    assert read_outputs(path) == expected


def test_half_of_what_was_to_be_appended_is_taken_back(tmp_path):
    """Fault 16: half a block would spoil the outputs of the whole step."""
    path = tmp_path / "output"
    path.write_text("before\n")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            runner.append(path, "x" * 200)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == "before\n"


@pytest.mark.parametrize("name", ["a b", "a=b", "a<<b", "", "a\nb", "ü"])
def test_an_outputs_name_cannot_be_anything_else(name):
    with pytest.raises(ValueError, match="name"):
        runner.outputs_text({name: "x"})


def test_a_summary_is_cut_at_a_line_and_says_so():
    text = runner.fit_summary("äöü\n" * 400_000)
    assert len(text.encode()) <= runner.MAX_SUMMARY
    assert text.endswith("holds all of it.\n")
    assert "\ufffd" not in text


def test_nine_findings_of_each_kind_are_annotated_and_the_others_counted():
    many = [finding(line=at + 1, severity=severity) for at in range(12) for severity in Severity]
    lines, over = annotations(report(*many).findings)
    assert len(lines) == 27
    assert over == 9


def test_an_annotation_of_a_removed_line_has_no_line():
    line = annotation(finding(side=Side.LEFT, path="a b.py"))
    assert "file=a b.py" in line
    assert "line=" not in line


def test_a_mask_covers_values_of_many_lines():
    assert runner.mask("a%b\nc") == "::add-mask::a%25b%0Ac"


@given(st.lists(HOSTILE, max_size=30))
def test_findings_are_ascii_json_of_bounded_size(messages):
    many = [
        finding(message=text * 200, title=text or "x", line=at + 1)
        for at, text in enumerate(messages)
    ]
    values = outputs(report(*many))
    assert len(values["findings"].encode("ascii")) <= MAX_FINDINGS
    parsed = json.loads(values["findings"])
    assert (len(parsed) < len(many)) == (values["findings_truncated"] == "true")
    assert int(values["findings_count"]) == len(many)


def test_sarif_names_places_as_uris_and_rules_once():
    result = to_sarif(
        report(finding(path="a b/ü#?.py"), finding(line=9), finding(path=None, line=None))
    )
    (run,) = result["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["pr_reviewer/correctness"]
    uris = [
        place["physicalLocation"]["artifactLocation"]["uri"]
        for one in run["results"]
        for place in one.get("locations", [])
    ]
    assert uris[0] == "a%20b/%C3%BC%23%3F.py"
    assert all(re.fullmatch(r"[A-Za-z0-9%/._-]+", uri) for uri in uris)
    assert all(one["ruleIndex"] == 0 for one in run["results"])
    json.dumps(result)
