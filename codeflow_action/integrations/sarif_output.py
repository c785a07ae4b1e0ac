"""Findings as SARIF 2.1.0, inside the limits of GitHub code scanning."""

import gzip
import json
import re
from collections.abc import Sequence
from urllib.parse import quote

from pydantic import JsonValue

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Category, Finding, Severity
from codeflow_action.engine.report import Report, ReportedFinding
from codeflow_action.security.invisible import visible_text

# GitHub's documentation, "SARIF support for code scanning": an upload takes 25,000 results and
# 25,000 rules a run, keeps the first 5,000, and is at most 10 MB after gzip.
MAX_RESULTS = 5_000
MAX_GZIP = 10_000_000
_MAX_TEXT = 4_000  # characters of one message
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}
_SECURITY = {Severity.ERROR: "8.0", Severity.WARNING: "5.0", Severity.NOTICE: "2.0"}
_ARGUMENT = re.compile(r"\{(\d+)\}")  # SARIF 2.1.0, 3.11.5
_HOME = "https://github.com/marketplace/actions/codeflow"


def to_sarif(report: Report) -> dict[str, JsonValue]:
    """Return one run with a rule for each kind of finding and a result for each finding.

    The gravest findings come first, and as many as an upload takes. A finding without a file is a
    notification, because a result must have a place.
    """
    located = [reported for reported in report.findings if reported.finding.path][:MAX_RESULTS]
    placeless = [reported.finding for reported in report.findings if not reported.finding.path]
    while True:
        sarif = _sarif(report, located, placeless[:MAX_RESULTS])
        size = len(gzip.compress(json.dumps(sarif).encode(), compresslevel=1))
        if size <= MAX_GZIP or not located:
            return sarif
        located = located[: len(located) // 2]


def line_of(finding: Finding) -> int:
    """Return the line that a result stands at: code scanning asks for one of the head."""
    return finding.line if finding.line is not None and finding.side is Side.RIGHT else 1


def _sarif(
    report: Report, located: Sequence[ReportedFinding], placeless: Sequence[Finding]
) -> dict[str, JsonValue]:
    gravest: dict[str, Finding] = {}
    for reported in located:
        gravest.setdefault(reported.finding.rule, reported.finding)
    index = {rule: number for number, rule in enumerate(sorted(gravest))}
    driver: dict[str, JsonValue] = {
        "name": "CodeFlow",
        "version": report.version,
        "informationUri": _HOME,
        "rules": [_rule(gravest[rule]) for rule in index],
    }
    run: dict[str, JsonValue] = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"codeflow/{report.name}/"},
        "columnKind": "utf16CodeUnits",
        "results": [_result(reported, index[reported.finding.rule]) for reported in located],
    }
    if placeless:
        notes: list[JsonValue] = [
            {"level": _LEVELS[finding.severity], "message": {"text": _text(finding)}}
            for finding in placeless
        ]
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": notes}]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }


def _rule(finding: Finding) -> dict[str, JsonValue]:
    """Describe a rule by its gravest finding."""
    properties: dict[str, JsonValue] = {"tags": [finding.category.value]}
    if finding.category is Category.SECURITY:
        properties["security-severity"] = _SECURITY[finding.severity]
    description = finding.title if finding.is_deterministic else finding.rule
    return {
        "id": finding.rule,
        "name": finding.rule,
        "shortDescription": {"text": _plain(description or finding.rule)},
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
        "properties": properties,
    }


def _result(reported: ReportedFinding, rule_index: int) -> dict[str, JsonValue]:
    finding = reported.finding
    first = line_of(finding)
    last = max(first, finding.last_line or first) if finding.side is Side.RIGHT else first
    prints: dict[str, JsonValue] = {"codeflowFingerprint/v1": reported.id}
    if reported.line_hash:
        prints["primaryLocationLineHash"] = reported.line_hash
    physical: dict[str, JsonValue] = {
        "artifactLocation": {
            "uri": quote(finding.path or "", errors="replace"),
            "uriBaseId": "%SRCROOT%",
        },
        "region": {"startLine": first, "endLine": last},
    }
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _text(finding)},
        "locations": [{"physicalLocation": physical}],
        "partialFingerprints": prints,
        "properties": {"evidence": finding.evidence.value, "sources": list(finding.sources)},
    }


def _text(finding: Finding) -> str:
    """Return title and message, with nothing in them that would be a link or an argument.

    Braces and brackets that mean neither stay as they are: few readers know SARIF's escapes.
    """
    return _plain(f"{finding.title}\n\n{finding.message}")


def _plain(text: str) -> str:
    text = visible_text(text)[:_MAX_TEXT]
    return _ARGUMENT.sub(r"{{\1}}", text.replace("](", "] ("))
