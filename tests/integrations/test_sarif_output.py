"""Our SARIF fits the standard's schema and what GitHub's code scanning takes."""

import base64
import gzip
import json
import random
import re
from pathlib import Path

import jsonschema
import pytest

from codeflow_action.config.pages import rule_pages
from codeflow_action.config.pipeline_entries import load_registry
from codeflow_action.engine.diff import Side
from codeflow_action.engine.dismissals import Dismissal, DismissalWay
from codeflow_action.engine.findings import Category, Severity, Suggestion
from codeflow_action.integrations.sarif_output import MAX_GZIP, MAX_RESULTS, to_sarif
from tests.engine.test_values import finding
from tests.integrations.sarif_samples import DOCS, HOSTILE, SAMPLES, sarif_of
from tests.integrations.test_runner import report

ROOT = Path(__file__).parents[2]
# What code scanning asks of a rule, with the limits that it gives
# (https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning#reportingdescriptor-object),
# and what Microsoft's validator makes of it: GH2012, SARIF1001, SARIF2012.
RULE_TEXTS = {"shortDescription": 1_024, "fullDescription": 1_024, "help": 10_000}
PASCAL_CASE = re.compile(r"(?:\d*[A-Z][a-z0-9]+)+")
SCHEMA = json.loads((Path(__file__).parent / "reports/schema/sarif-2.1.0-rtm.5.json").read_text())
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)


def run(*findings):
    sarif = to_sarif(report(*findings))
    VALIDATOR.validate(sarif)
    (one,) = sarif["runs"]
    return one


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


def test_a_suggestion_is_a_fix_that_replaces_whole_lines():
    change = Suggestion(start_line=2, end_line=3, replacement="b = 2\n")
    (result,) = run(finding(suggestion=change))["results"]
    (fix,) = result["fixes"]
    (file,) = fix["artifactChanges"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert file["artifactLocation"] == place
    (replacement,) = file["replacements"]
    assert replacement["deletedRegion"] == {"startLine": 2, "endLine": 3}
    assert replacement["insertedContent"] == {"text": "b = 2"}
    assert "fixes" not in run(finding())["results"][0]


def test_what_was_dismissed_is_suppressed_where_the_reader_knows_that():
    """Code scanning does not, so that it is left out there."""
    whole = report(finding(), finding(path="b.py"), finding(path="c.py"))
    first, second = (open_finding.id for open_finding in whole.findings[:2])
    allowed = Dismissal(way=DismissalWay.LABEL, login="ada", reason="label x")
    dismissed = Dismissal(way=DismissalWay.FILE, reason="[a](b)")
    whole = whole.with_dismissals({first: allowed, second: dismissed})
    sarif = to_sarif(whole, with_dismissals=True)
    VALIDATOR.validate(sarif)
    open_result, *results = sarif["runs"][0]["results"]
    assert "suppressions" not in open_result
    (of_label,), (of_file,) = (result["suppressions"] for result in results)
    assert of_label == {
        "kind": "external",
        "status": "accepted",
        "justification": "allowed by ada: label x",
    }
    assert of_file["justification"] == "dismissed: [a] (b)"
    assert len(to_sarif(whole)["runs"][0]["results"]) == 1


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


@pytest.mark.parametrize("name", SAMPLES)
def test_every_rule_and_result_has_what_githubs_validator_asks_for(name):
    sarif = sarif_of(name)
    VALIDATOR.validate(sarif)
    (one,) = sarif["runs"]
    rules = one["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert 0 < len(rule["id"]) <= 255
        assert 0 < len(rule["name"]) <= 255
        assert rule["name"].lower() != rule["id"].lower()
        assert PASCAL_CASE.fullmatch(rule["name"])
        for key, limit in RULE_TEXTS.items():
            assert 0 < len(rule[key]["text"].strip()) <= limit
        assert rule["help"]["markdown"].strip()
        assert rule["helpUri"].startswith("https://")
    for result in one["results"]:
        assert result["message"]["text"].strip()
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1


def test_the_help_of_a_gates_rule_is_its_page():
    sarif = sarif_of("gates")
    rules = {rule["id"]: rule for rule in sarif["runs"][0]["tool"]["driver"]["rules"]}
    rule = rules["secrets/aws_key"]
    sentence = "A credential was committed: anyone who can read the repository can use it."
    page = f"{DOCS}/actions/quality_gates/secrets.md"
    assert rule["name"] == "SecretsAwsKey"
    assert rule["fullDescription"]["text"].startswith(sentence)
    assert rule["help"]["text"].startswith(sentence)
    assert rule["help"]["markdown"].endswith(f"[More about it]({page})")
    assert rule["helpUri"] == page


def test_every_page_that_a_rule_names_is_there():
    pages = rule_pages(load_registry(), DOCS)
    assert {"secrets", "pr_reviewer", "check", "tool_reports"} <= set(pages)
    for page in pages.values():
        assert page.text
        assert (ROOT / "docs" / page.address.removeprefix(f"{DOCS}/")).is_file()
    assert {page.address for page in rule_pages(load_registry()).values()} == {""}


def test_a_rule_of_another_tool_is_told_to_be_that_tools():
    sarif = sarif_of("tools")
    rules = {rule["id"]: rule for rule in sarif["runs"][0]["tool"]["driver"]["rules"]}
    rule = rules["shellcheck/SC2086"]
    assert rule["name"] == "ShellcheckSc2086"
    assert rule["fullDescription"]["text"] == "A finding of Ruff, ESLint."
    assert rule["helpUri"] == f"{DOCS}/actions/tool_reports.md"
    assert rules["typos"]["name"] == "TyposFinding"
