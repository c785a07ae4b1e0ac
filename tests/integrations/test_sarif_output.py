"""Our SARIF fits the standard's schema and what GitHub's code scanning takes."""

import base64
import gzip
import json
import random
from pathlib import Path

import jsonschema
import pytest

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Category, Severity
from codeflow_action.integrations.sarif_output import MAX_GZIP, MAX_RESULTS, to_sarif
from tests.engine.test_values import finding
from tests.integrations.test_runner import report

SCHEMA = json.loads((Path(__file__).parent / "reports/schema/sarif-2.1.0-rtm.5.json").read_text())
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)


def run(*findings):
    sarif = to_sarif(report(*findings))
    VALIDATOR.validate(sarif)
    (one,) = sarif["runs"]
    return one


HOSTILE = "::error::x [a](javascript:1) ${{ x }} {0} <img src=x> \u202e \x00 @all \\"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"line": None},
        {"end_line": 9},
        {"side": Side.LEFT, "end_line": 9},
        {"title": HOSTILE, "message": HOSTILE, "rule": HOSTILE, "path": "a b/ü#?%.py"},
        {"title": "", "message": "", "rule": "r"},
        {"category": Category.SECURITY, "severity": Severity.ERROR},
        {"path": None, "line": None},
    ],
)
def test_every_kind_of_finding_fits_the_schema(fields):
    result = run(finding(**fields))
    assert len(result["results"]) == (0 if "path" in fields and fields["path"] is None else 1)


def test_the_schema_is_one_that_refuses():
    broken = to_sarif(report(finding()))
    broken["runs"][0]["results"][0]["level"] = "grave"
    assert not VALIDATOR.is_valid(broken)


def test_an_empty_report_is_a_run_without_results():
    assert run()["results"] == []


def test_a_remark_on_no_file_is_a_notification_as_results_need_a_place():
    one = run(finding(path=None, line=None, message="too large"), finding())
    (note,) = one["invocations"][0]["toolExecutionNotifications"]
    assert "too large" in note["message"]["text"]
    assert all(result["locations"] for result in one["results"])


def test_results_say_what_code_scanning_reads():
    grave = finding(severity=Severity.ERROR, category=Category.SECURITY, rule="b", end_line=5)
    one = run(grave, finding(rule="a", line=None), finding(rule="a", side=Side.LEFT, line=7))
    rules = {rule["id"]: rule for rule in one["tool"]["driver"]["rules"]}
    assert rules["b"]["properties"] == {"tags": ["security"], "security-severity": "8.0"}
    for result in one["results"]:
        assert one["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    regions = [result["locations"][0]["physicalLocation"]["region"] for result in one["results"]]
    assert regions[0] == {"startLine": 3, "endLine": 5}
    assert regions[1] == regions[2] == {"startLine": 1, "endLine": 1}
    assert one["automationDetails"]["id"] == "codeflow/codeflow/"


def test_the_line_hash_is_there_where_it_was_worked_out():
    plain = report(finding(), finding(line=9))
    hashed = plain.findings[0].model_copy(update={"line_hash": "abc:1"})
    sarif = to_sarif(plain.model_copy(update={"findings": (hashed, plain.findings[1])}))
    VALIDATOR.validate(sarif)
    prints = [result["partialFingerprints"] for result in sarif["runs"][0]["results"]]
    assert prints[0]["primaryLocationLineHash"] == "abc:1"
    assert "primaryLocationLineHash" not in prints[1]


def test_text_that_would_be_a_link_or_an_argument_is_neither():
    text = run(finding(title="[a](http://x)", message="{0} ${{ x }}"))["results"][0]["message"]
    assert text["text"] == "[a] (http://x)\n\n{{0}} ${{ x }}"


def test_the_gravest_results_stay_when_there_are_more_than_are_kept():
    many = [finding(rule=f"r{at}", line=at + 1) for at in range(MAX_RESULTS + 10)]
    (one,) = to_sarif(report(*many))["runs"]
    assert len(one["results"]) == len(one["tool"]["driver"]["rules"]) == MAX_RESULTS
    assert one["results"][0]["ruleId"] == "r0"


def test_an_upload_is_never_too_large():
    noise = random.Random(1)
    texts = (base64.b64encode(noise.randbytes(2_900)).decode() for _ in range(MAX_RESULTS))
    sarif = to_sarif(report(*(finding(message=text) for text in texts)))
    assert len(gzip.compress(json.dumps(sarif).encode())) < MAX_GZIP
    assert len(sarif["runs"][0]["results"]) == MAX_RESULTS // 2
