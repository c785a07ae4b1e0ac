"""Findings as SARIF 2.1.0, inside the limits of GitHub code scanning."""

from collections.abc import Sequence
from urllib.parse import quote

from pydantic import JsonValue

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Category, Severity
from codeflow_action.engine.report import Report, ReportedFinding

MAX_RESULTS = 5_000  # code scanning keeps the top 5,000 of a run
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}
_SECURITY = {Severity.ERROR: "8.0", Severity.WARNING: "5.0", Severity.NOTICE: "2.0"}
_HOME = "https://github.com/marketplace/actions/codeflow"


def to_sarif(report: Report) -> dict[str, JsonValue]:
    """Return one run with a rule for each kind of finding and a result for each finding."""
    shown = report.findings[:MAX_RESULTS]
    rules = sorted({one.finding.rule for one in shown})
    driver: dict[str, JsonValue] = {
        "name": "CodeFlow",
        "version": report.version,
        "informationUri": _HOME,
        "rules": [_rule(rule, shown) for rule in rules],
    }
    run: dict[str, JsonValue] = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"codeflow/{report.name}/"},
        "columnKind": "utf16CodeUnits",
        "results": [_result(one, rules.index(one.finding.rule)) for one in shown],
    }
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }


def _rule(rule: str, findings: Sequence[ReportedFinding]) -> dict[str, JsonValue]:
    """Describe a rule by its gravest finding."""
    finding = next(one.finding for one in findings if one.finding.rule == rule)
    properties: dict[str, JsonValue] = {"tags": [finding.category.value]}
    if finding.category is Category.SECURITY:
        properties["security-severity"] = _SECURITY[finding.severity]
    return {
        "id": rule,
        "name": rule,
        "shortDescription": {"text": finding.title if finding.is_deterministic else rule},
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
        "properties": properties,
    }


def _result(one: ReportedFinding, rule_index: int) -> dict[str, JsonValue]:
    finding = one.finding
    result: dict[str, JsonValue] = {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.title}\n\n{finding.message}"},
        "partialFingerprints": {"codeflowFingerprint/v1": one.id},
        "properties": {"evidence": finding.evidence.value},
    }
    if finding.path:
        physical: dict[str, JsonValue] = {
            "artifactLocation": {"uri": quote(finding.path), "uriBaseId": "%SRCROOT%"}
        }
        on_head = finding.line is not None and finding.side is Side.RIGHT
        first = finding.line if on_head else 1  # code scanning asks for a line of the head
        last = finding.last_line if on_head else 1
        physical["region"] = {"startLine": first, "endLine": last}
        result["locations"] = [{"physicalLocation": physical}]
    return result
