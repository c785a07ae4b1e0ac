"""SARIF of real tools is read whole, and what is wrong in one result costs no other."""

import json
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.actions.tool_reports.path_finder import PathFinder
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.tool_results import OffsetRegion, OffsetUnit
from codeflow_action.integrations.reports.report_json import NotAReport
from codeflow_action.integrations.reports.sarif_reader import read_sarif
from tests.integrations.reports.project import AWS_ID, AWS_KEY, FILES
from tests.integrations.reports.reports import SARIF, sarif

CART, APP, SETTINGS = "shop/cart.py", "web/app.js", "shop/settings.py"
CI, INFRA, TESTS = ".github/workflows/ci.yml", "infra/main.tf", "tests/test_cart.py"
ROOTS = ("/home/runner/work/shop/shop", "D:/a/shop/shop")

# Rule, severity, path and lines of every result, held against the faults in `project.py`.
EXPECTED = {
    "ast-grep": [("no-eval", "error", APP, 9, 9)],
    "bandit": [
        ("B403", "notice", CART, 2, 2),
        ("B404", "notice", CART, 3, 3),
        ("B301", "warning", CART, 25, 25),  # it has no level of its own
        ("B602", "error", CART, 29, 29),
        ("B105", "notice", SETTINGS, 3, 3),
        ("B105", "notice", SETTINGS, 4, 4),
        ("B101", "notice", TESTS, 5, 5),
        ("B101", "notice", TESTS, 9, 9),
    ],
    "biome": [
        ("lint/correctness/noUnusedVariables", "warning", APP, 1, 1),
        ("lint/correctness/noUnusedVariables", "warning", APP, 2, 2),
        ("lint/suspicious/noDebugger", "error", APP, 5, 5),
        ("lint/security/noGlobalEval", "error", APP, 9, 9),
    ],
    "checkov": [
        ("CKV_DOCKER_7", "error", "Dockerfile", 1, 1),
        ("CKV_DOCKER_2", "error", "Dockerfile", 1, 4),
        ("CKV_DOCKER_3", "error", "Dockerfile", 1, 4),
        ("CKV_GHA_2", "error", CI, 8, 10),
        ("CKV2_GHA_1", "error", CI, 1, 1),
        ("CKV_AWS_24", "error", INFRA, 5, 14),
        ("CKV_AWS_23", "error", INFRA, 5, 14),
        ("CKV2_AWS_6", "error", INFRA, 1, 3),
        ("CKV2_AWS_62", "error", INFRA, 1, 3),
        ("CKV2_AWS_5", "error", INFRA, 5, 14),
        ("CKV_AWS_18", "error", INFRA, 1, 3),
        ("CKV_AWS_144", "error", INFRA, 1, 3),
        ("CKV2_AWS_61", "error", INFRA, 1, 3),
        ("CKV_AWS_21", "error", INFRA, 1, 3),
        ("CKV_AWS_145", "error", INFRA, 1, 3),
    ],
    "codeql": [("py/command-line-injection", "error", CART, 29, 29)],  # the other is suppressed
    "eslint": [
        ("no-unused-vars", "error", APP, 1, 1),
        ("no-unused-vars", "error", APP, 2, 2),
        ("no-debugger", "error", APP, 5, 5),
        ("eqeqeq", "warning", APP, 6, 6),
        ("no-eval", "warning", APP, 9, 9),
    ],
    "gitleaks": [
        ("generic-api-key", "warning", SETTINGS, 3, 3),
        ("aws-access-token", "warning", SETTINGS, 2, 2),
    ],
    "hadolint": [
        ("DL3007", "warning", "Dockerfile", 1, 1),
        ("DL3015", "notice", "Dockerfile", 2, 2),
        ("DL3008", "warning", "Dockerfile", 2, 2),
        ("DL3009", "notice", "Dockerfile", 2, 2),
        ("DL3003", "warning", "Dockerfile", 3, 3),
        ("DL4006", "warning", "Dockerfile", 3, 3),
        ("DL3025", "warning", "Dockerfile", 4, 4),
    ],
    # It says `kind: review` beside `level: error`.
    "kingfisher": [("betterleaks.aws-access-token", "notice", SETTINGS, 2, 2)],
    "markdownlint": [("MD032", "error", "README.md", 4, 4)],
    "oxlint": [
        ("eslint(no-unused-vars)", "warning", APP, 1, 1),
        ("eslint(no-unused-vars)", "warning", APP, 2, 2),
        ("eslint(no-debugger)", "warning", APP, 5, 5),
        ("eslint(no-eval)", "warning", APP, 9, 9),
    ],
    "roslyn": [("CA1822", "notice", APP, 4, 4), ("CA2100", "error", APP, 9, 9)],
    "ruff": [
        ("F401", "error", CART, 1, 1),
        ("B006", "error", CART, 6, 6),
        ("S301", "error", CART, 25, 25),
        ("S602", "error", CART, 29, 29),
        ("S105", "error", SETTINGS, 3, 3),
        ("S105", "error", SETTINGS, 4, 4),
        ("S101", "error", TESTS, 5, 5),
        ("S101", "error", TESTS, 9, 9),
    ],
    "rumdl": [("MD032", "warning", "README.md", 4, 4)],
    "semgrep": [("rules.pickle-loads", "error", CART, 25, 25)],  # the level is its rule's
    "trivy": [("AVD-AWS-0107", "error", INFRA, 12, 12), ("CVE-2023-0286", "error", None, 1, 1)],
    "typos": [("", "error", "README.md", 3, 3), ("", "error", "README.md", 3, 3)],
    "zizmor": [
        ("zizmor/artipacked", "warning", CI, 7, 7),
        ("zizmor/excessive-permissions", "warning", CI, 4, 8),
        ("zizmor/dangerous-triggers", "error", CI, 2, 2),
        ("zizmor/template-injection", "error", CI, 8, 8),
        ("zizmor/unpinned-uses", "error", CI, 7, 7),
    ],
}


def document(*results, driver=None, **run):
    tool = {"driver": {"name": "t", **(driver or {})}}
    return json.dumps(
        {"version": "2.1.0", "runs": [{"tool": tool, "results": list(results), **run}]}
    ).encode()


def said(text="Bad", **more):
    return {"ruleId": "R", "message": {"text": text}, **more}


def at(uri="a.py", line=3, **more):
    location = {"artifactLocation": {"uri": uri, **more}, "region": {"startLine": line}}
    return [{"physicalLocation": location}]


def read(*results, **run):
    return read_sarif(document(*results, **run)).results


def one(*results, **run):
    (result,) = read(*results, **run)
    return result


def test_every_fixture_is_in_the_table():
    assert sorted(EXPECTED) == sorted(path.stem for path in SARIF)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_tools_results_are_read_with_rule_severity_and_place(name):
    log = read_sarif(sarif(name))
    find = PathFinder(FILES, ROOTS).find
    found = []
    for result in log.results:
        (spot,) = result.spots
        found.append((result.rule, result.severity, find(spot.paths), spot.line, spot.end_line))
    assert found == EXPECTED[name]
    assert log.unreadable_count == log.excess_count == log.own_count == 0
    assert all(result.message for result in log.results)


def test_a_message_with_a_link_a_form_or_markdown_alone_is_plain_text():
    first = {name: read_sarif(sarif(name)).results for name in ("codeql", "roslyn", "typos")}
    assert first["codeql"][0].message == "This command line depends on a user-provided value."
    assert first["roslyn"][1].message == "Review 'eval' of input for injection"
    assert first["typos"][0].message == "`Teh` should be `The`"


def test_what_a_tool_quotes_of_the_code_is_not_taken_for_its_words():
    for name in ("kingfisher", "gitleaks"):
        for result in read_sarif(sarif(name)).results:
            assert AWS_ID not in f"{result.message}{result.purpose}"
            assert AWS_KEY not in f"{result.message}{result.purpose}"


@pytest.mark.parametrize(
    ("level", "severity"),
    [
        ("error", "error"),
        ("warning", "warning"),
        ("note", "notice"),
        ("none", "notice"),
        ("High", "error"),
        ("info", "notice"),
        ("surprising", "warning"),  # unknown, and said so in the documents
        (7, "warning"),
        ([], "warning"),
        (None, "warning"),
    ],
)
def test_a_level_is_mapped_whatever_it_is(level, severity):
    assert one(said(level=level)).severity == severity


def test_a_level_is_the_results_then_the_invocations_then_the_rules():
    rule = {"id": "R", "defaultConfiguration": {"level": "note"}}
    other = {"id": "Q", "defaultConfiguration": {"level": "error"}}
    override = {"descriptor": {"id": "R"}, "configuration": {"level": "error"}}
    invocations = [{"ruleConfigurationOverrides": [override]}]
    driver = {"rules": [other, rule]}
    assert one(said(level="warning"), driver=driver, invocations=invocations).severity == "warning"
    assert one(said(), driver=driver, invocations=invocations).severity == "error"
    assert one(said(), driver=driver).severity == "notice"
    assert one(said(ruleIndex=1), driver=driver).severity == "notice"
    by_index = {"message": {"text": "x"}, "ruleIndex": 0}
    assert one(by_index, driver=driver).severity == "error"
    assert one(by_index, driver=driver).rule == "Q"
    # An index that leads to another rule than the id is wrong: the id is what people read.
    assert one(said(ruleIndex=0), driver=driver).severity == "notice"
    assert one(said(ruleIndex=99), driver=driver).severity == "notice"
    assert one(said(ruleId="R/sub"), driver=driver).severity == "notice"
    assert one(said(ruleId="S"), driver=driver).severity == "warning"


def test_with_several_invocations_the_result_says_which_one_it_is_of():
    def set_to(level):
        override = {"descriptor": {"index": 0}, "configuration": {"level": level}}
        return {"ruleConfigurationOverrides": [override]}

    run = {"driver": {"rules": [{"id": "R"}]}, "invocations": [set_to("error"), set_to("note")]}
    assert one(said(), **run).severity == "warning"
    assert one(said(provenance={"invocationIndex": 1}), **run).severity == "notice"
    assert one(said(provenance={"invocationIndex": 9}), **run).severity == "warning"


@pytest.mark.parametrize("reference", [{"index": 1}, {"name": "more"}, {"guid": "g"}, None])
def test_a_rule_may_be_of_an_extension(reference):
    extensions = [{"name": "e"}, {"name": "more", "guid": "g", "rules": [{"id": "R", "name": "n"}]}]
    tool = {"driver": {"name": "t"}, "extensions": extensions}
    rule = {"id": "R", **({"index": 0, "toolComponent": reference} if reference else {})}
    result = {"rule": rule, "message": {"text": "x"}}
    run = {"tool": tool, "results": [result]}
    (found,) = read_sarif(json.dumps({"version": "2.1.0", "runs": [run]}).encode()).results
    assert (found.rule, found.purpose) == ("R", "n")


@pytest.mark.parametrize("kind", ["pass", "notApplicable", "informational"])
def test_what_is_no_problem_is_no_finding(kind):
    assert read(said(kind=kind, level="error"), said(kind="fail")) == (one(said()),)


@pytest.mark.parametrize("kind", ["open", "review"])
def test_what_a_person_is_to_look_at_is_a_notice(kind):
    assert one(said(kind=kind, level="error")).severity is Severity.NOTICE


@pytest.mark.parametrize(
    ("suppressions", "shown"),
    [
        ([], True),
        ([{"kind": "inSource"}], False),  # no status means accepted
        ([{"kind": "external", "status": "accepted"}], False),
        ([{"status": "underReview"}], True),
        ([{"status": "accepted"}, {"status": "rejected"}], True),
        ("nonsense", True),
        ([None, 3], True),
    ],
)
def test_an_accepted_suppression_is_honoured_and_counted(suppressions, shown):
    log = read_sarif(document(said(suppressions=suppressions)))
    assert (len(log.results), log.suppressed_count) == ((1, 0) if shown else (0, 1))


def test_what_the_tool_knows_from_before_is_marked_and_what_is_gone_is_none():
    states = ["new", "unchanged", "updated", "absent"]
    results = read(*(said(baselineState=state) for state in states))
    assert [result.is_old for result in results] == [False, True, False]


def test_our_own_report_is_not_taken_for_another_tools():
    log = read_sarif(document(said(), said(), driver={"name": "CodeFlow"}))
    assert (log.results, log.own_count) == ((), 2)


BROKEN = [
    None,
    3,
    "text",
    [],
    {},
    {"message": {}},
    {"message": {"text": ""}},
]
ODD = [
    said(locations=3),
    said(locations=[None, {"physicalLocation": 3}, {}]),
    said(locations=at(uri=None)),
    said(locations=at(uri=7)),
    said(locations=at(line=-3)),
    said(locations=at(line=0)),
    said(locations=at(line="x")),
    said(locations=at(line=10**30)),
    said(ruleIndex="x", rule=[], properties=[], suppressions={}, provenance=4, kind=[], level={}),
    said(ruleId=12),
    said(properties={"tags": [1, None, "x"], "security-severity": []}),
    {"ruleId": "R"},
    {"ruleId": "R", "message": "a string"},
    said(text="\ud800 half of a pair"),
]


def test_a_broken_result_is_counted_and_loses_no_other():
    log = read_sarif(document(said("first"), *BROKEN, said("last")))
    assert [result.message for result in log.results] == ["first", "last"]
    assert log.unreadable_count == len(BROKEN)


def test_an_odd_result_keeps_what_is_right_in_it():
    log = read_sarif(document(*ODD))
    assert (len(log.results), log.unreadable_count) == (len(ODD), 0)
    assert all(result.message.isprintable() and result.rule for result in log.results)
    assert {spot.line for result in log.results for spot in result.spots} <= {None, 3}


def test_a_range_that_ends_before_it_starts_is_its_first_line():
    location = at()
    location[0]["physicalLocation"]["region"]["endLine"] = 1
    (spot,) = one(said(locations=location)).spots
    assert (spot.line, spot.end_line) == (3, 3)


def test_a_broken_run_loses_no_other():
    runs = [None, 3, {"tool": 3, "results": 4}, {"results": [said()]}, {"tool": {}}]
    log = read_sarif(json.dumps({"version": "2.1.0", "runs": runs}).encode())
    assert [result.tool for result in log.results] == ["a tool without a name"]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "not JSON"),
        (b"\x00\x01\xff\xfe", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "no SARIF"),
        (b"{}", "no SARIF"),
        (b'{"runs": {}}', "no SARIF"),
        (b'{"version": "2.0.0", "runs": []}', "'2.0.0'; 2.1.0 can be read"),
        (b'{"version": 2.1, "runs": []}', "2.1.0 can be read"),
        (b"[" * 200_000, "too deeply"),
        (b'{"version": "2.1.0", "runs": [' + b"{}," * 2_000_000 + b"{}]}", "too many parts"),
        (b'{"a":' * 200_000, "too deeply"),
    ],
)
def test_what_is_no_sarif_is_refused_with_the_reason(raw, why):
    with pytest.raises(NotAReport, match=why):
        read_sarif(raw)


def test_deep_nesting_in_what_is_not_read_is_no_reason_to_refuse():
    deep = value = {}
    for _ in range(min(400, sys.getrecursionlimit() // 2)):
        value["x"] = value = {}
    assert one(said(properties={"deep": deep}, level=deep)).message == "Bad"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_any_unicode_encoding_is_read(encoding):
    text = document(said("Größe")).decode().replace("\\u00f6", "ö").replace("\\u00df", "ß")
    assert read_sarif(text.encode(encoding)).results[0].message == "Größe"


def test_numbers_that_are_none_and_giant_ones_harm_nothing():
    text = document(said(rank=1)).decode().replace('"rank": 1', '"rank": NaN, "x": -Infinity')
    digits = text.replace("NaN", "9" * 10_000)
    assert read_sarif(text.encode()).results == read_sarif(digits.encode()).results


def test_only_so_many_results_are_read_and_the_rest_is_counted():
    log = read_sarif(document(*[said()] * 5), limit=3)
    assert (len(log.results), log.excess_count) == (3, 2)
    log = read_sarif(document(said(), *[{}] * 5), limit=3)
    assert (len(log.results), log.unreadable_count, log.excess_count) == (1, 2, 3)


def failed(*results, tool="T", told=(), success=False, **run):
    notes = [{"level": level, "message": {"text": text}} for level, text in told]
    invocation = {"executionSuccessful": success, "toolExecutionNotifications": notes}
    driver = {"driver": {"name": tool}}
    one = {"tool": driver, "invocations": [invocation], "results": list(results), **run}
    return read_sarif(json.dumps({"version": "2.1.0", "runs": [one]}).encode()).failures


def test_a_run_that_failed_by_its_tools_own_account_is_told():
    assert failed() == ("T says that its run failed",)
    assert failed(results=None, invocations=None) == ("T says that its run failed",)
    told = [("note", "hello"), ("error", "Parsing error")]
    assert failed(said(), told=told) == ("T says that its run failed: Parsing error",)


def test_a_tool_that_calls_finding_something_a_failure_has_not_failed():
    assert failed(said()) == failed(said(), told=[("warning", "slow")]) == ()
    assert failed(success=True) == failed(success=True, told=[("error", "1 file skipped")]) == ()
    assert failed(tool="CodeFlow") == failed(invocations=[None, 3, {}]) == ()


def readings(uri, run=None, **more):
    result = one(said(locations=at(uri=uri, **more)), **(run or {}))
    return result.spots[0].paths if result.spots else ()


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("src/a.py", "src/a.py"),
        ("./src/a.py", "./src/a.py"),
        ("src/a%20b%C3%BC.py", "src/a bü.py"),
        ("src/100%.py", "src/100%.py"),
        ("/w/src/a.py", "/w/src/a.py"),
        ("file:///w/src/a.py", "/w/src/a.py"),
        ("FILE:/w/src/a.py", "/w/src/a.py"),
        ("file://localhost/w/a.py", "/w/a.py"),
        ("file://src/a.py", "src/a.py"),  # two slashes too few, as some write
        ("file:///C:/w/a.py", "C:/w/a.py"),
        ("C:\\w\\src\\a.py", "C:/w/src/a.py"),
        ("src\\a.py", "src/a.py"),
        ("../../etc/passwd", "../../etc/passwd"),
    ],
)
def test_a_uri_is_read_as_a_path(uri, path):
    assert readings(uri)[0] == path


@pytest.mark.parametrize(
    "uri", ["https://example.com/a.py", "git://x/a.py", "urn:x:a", "", "x" * 5_000]
)
def test_what_leads_to_no_file_is_no_place(uri):
    assert readings(uri) == ()


def test_a_base_is_followed_through_others_and_never_in_a_circle():
    bases = {
        "SRC": {"uri": "src/", "uriBaseId": "ROOT"},
        "ROOT": {"uri": "file:///w/"},
        "LOOP": {"uri": "x/", "uriBaseId": "LOOP"},
        "BARE": {"description": "not said"},
    }
    run = {"originalUriBaseIds": bases}
    assert readings("a.py", run, uriBaseId="SRC") == ("/w/src/a.py", "a.py")
    assert readings("a.py", run, uriBaseId="LOOP")[-1] == "a.py"
    assert readings("a.py", run, uriBaseId="BARE") == ("a.py",)
    assert readings("a.py", run, uriBaseId="NOT_THERE") == ("a.py",)
    assert readings("/x/a.py", run, uriBaseId="SRC") == ("/x/a.py",)


def in_folder(uri, *folders, result=None, **location):
    invocations = [{"workingDirectory": {"uri": folder}} for folder in folders]
    place = {"physicalLocation": {"artifactLocation": {"uri": uri, **location}}}
    return spot_of(said(locations=[place], **(result or {})), invocations=invocations).paths


def spot_of(*results, **run):
    (spot,) = one(*results, **run).spots
    return spot


def test_a_path_without_a_base_begins_where_the_tool_says_that_it_ran():
    web = "file:///home/runner/work/r/r/web/"
    below = "/home/runner/work/r/r/web/src/a.ts"
    assert in_folder("src/a.ts", web) == (below, "src/a.ts")
    assert in_folder("src/a.ts", web, web) == (below, "src/a.ts")
    assert in_folder("src/a.ts", web, "file:///elsewhere") == ("src/a.ts",)
    by_index = {"provenance": {"invocationIndex": 0}}
    assert in_folder("src/a.ts", web, "file:///elsewhere", result=by_index)[0] == below
    beyond = {"provenance": {"invocationIndex": 7}}
    assert in_folder("src/a.ts", web, result=beyond)[0] == below
    assert in_folder("a.ts", "web") == ("web/a.ts", "a.ts")
    assert in_folder("a.ts", "D:\\a\\r\\r\\web") == ("D:/a/r/r/web/a.ts", "a.ts")
    assert in_folder("file:///x/a.ts", web) == ("/x/a.ts", "file:///x/a.ts")[:1]
    assert in_folder("a.ts", "https://example.com/") == ("a.ts",)


def test_the_repositorys_root_goes_before_the_folder_that_the_tool_ran_in():
    for name in ("%SRCROOT%", "SRCROOT", "ROOTPATH"):
        assert in_folder("src/a.ts", "file:///w/web", uriBaseId=name)[0] == "src/a.ts"
    assert in_folder("src/a.ts", "file:///w/web", uriBaseId="HERE")[0] == "/w/web/src/a.ts"


def test_a_base_without_an_address_hands_on_to_its_own_base():
    bases = {"A": {"uriBaseId": "B"}, "B": {"uri": "web/", "uriBaseId": "ROOT"},
             "ROOT": {"uri": "file:///w/r/"}}  # fmt: skip
    location = {"uri": "a.ts", "uriBaseId": "A"}
    place = {"physicalLocation": {"artifactLocation": location}}
    spot = spot_of(said(locations=[place]), originalUriBaseIds=bases)
    assert spot.paths[0] == "/w/r/web/a.ts"


def region_of(region, **run):
    physical = {"artifactLocation": {"uri": "a.py"}, "region": region}
    return spot_of(said(locations=[{"physicalLocation": physical}]), **run)


def test_a_region_may_be_given_by_an_offset_in_three_units():
    spot = region_of({"charOffset": 7, "charLength": 3})
    assert spot.region == OffsetRegion(start=7, length=3, unit=OffsetUnit.UTF16)
    spot = region_of({"charOffset": 7}, columnKind="unicodeCodePoints")
    assert spot.region == OffsetRegion(start=7, unit=OffsetUnit.CODE_POINTS)
    spot = region_of({"charOffset": -1, "byteOffset": 0, "byteLength": 4})
    assert spot.region == OffsetRegion(start=0, length=4, unit=OffsetUnit.BYTES)
    assert region_of({"charOffset": 7, "startLine": 3}).line == 3
    assert region_of({"charOffset": -1, "byteOffset": -1}).region is None
    assert region_of({"charOffset": "x"}).region is None


def test_a_region_that_ends_before_a_lines_first_column_ends_on_the_line_before():
    def span(**region):
        spot = region_of(region)
        return spot.line, spot.end_line

    assert span(startLine=3, endLine=5, endColumn=1) == (3, 4)
    assert span(startLine=3, endLine=5, endColumn=2) == (3, 5)
    assert span(startLine=3, endLine=3, startColumn=1, endColumn=1) == (3, 3)


def test_a_place_may_be_given_by_the_artifacts_index_or_the_target():
    run = {"artifacts": [{"location": {"uri": "b.py"}}, {}]}
    physical = {"artifactLocation": {"index": 0}, "region": {"startLine": 2}}
    assert one(said(locations=[{"physicalLocation": physical}]), **run).spots[0].paths == ("b.py",)
    for index in (1, 2, -1, "x"):
        physical["artifactLocation"] = {"index": index}
        assert one(said(locations=[{"physicalLocation": physical}]), **run).spots == ()
    assert one(said(analysisTarget={"uri": "c.py"})).spots[0].line is None


WORDS = st.sampled_from(
    [
        *("ruleId", "ruleIndex", "rule", "kind", "level", "message", "locations", "suppressions"),
        *("text", "id", "index", "arguments", "physicalLocation", "artifactLocation", "uri"),
        *("uriBaseId", "region", "startLine", "endLine", "properties", "tags", "rules", "driver"),
        *("tool", "extensions", "toolComponent", "invocations", "ruleConfigurationOverrides"),
        *("descriptor", "configuration", "defaultConfiguration", "artifacts", "location"),
        *("workingDirectory", "charOffset", "charLength", "byteOffset", "columnKind"),
        *("originalUriBaseIds", "messageStrings", "results", "analysisTarget", "status"),
    ]
)
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 4),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["error", "pass", "R", "{0}", "file:///a%zz", "%SRCROOT%", "a.py", "\ud800"]),
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=25,
)
SHAPES = st.fixed_dictionaries(
    {},
    optional={
        "ruleId": PLAIN,
        "ruleIndex": PLAIN,
        "rule": VALUES,
        "message": st.fixed_dictionaries({}, optional={"text": PLAIN, "id": PLAIN}) | VALUES,
        "level": VALUES,
        "kind": PLAIN,
        "locations": VALUES,
        "suppressions": VALUES,
        "properties": VALUES,
    },
)


@given(st.lists(SHAPES | VALUES, max_size=4), st.dictionaries(WORDS, VALUES, max_size=5))
def test_no_document_breaks_the_reader(results, run):
    document = {"version": "2.1.0", "runs": [{**run, "results": results}, *[run] * 2]}
    log = read_sarif(json.dumps(document).encode())
    for result in log.results:
        assert result.message
        assert f"{result.tool}{result.rule}{result.message}{result.purpose}".encode()
        for spot in result.spots:
            assert spot.paths
            assert spot.line is None or 1 <= spot.line <= spot.end_line


def test_a_hostile_document_takes_no_long_time():
    rule = {
        "id": "R",
        "shortDescription": {"text": "x" * 1_000_000},
        "properties": {"tags": ["t"] * 100_000},
    }
    extensions = [{"name": f"e{at}"} for at in range(20_000)]
    overrides = [{"descriptor": {"id": f"o{at}"}} for at in range(20_000)]
    result = {"ruleId": "R", "rule": {"toolComponent": {"name": "none"}}, "message": {}}
    run = {
        "tool": {"driver": {"name": "t", "rules": [rule]}, "extensions": extensions},
        "invocations": [{"ruleConfigurationOverrides": overrides}],
        "results": [*[result] * 2_000, said(ruleId="/" * 500_000), said(text="[" * 500_000)],
    }
    started = time.process_time()
    log = read_sarif(json.dumps({"version": "2.1.0", "runs": [run]}).encode())
    assert len(log.results) == 2_002
    assert time.process_time() - started < 20
