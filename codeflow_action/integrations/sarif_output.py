"""Findings as SARIF 2.1.0, inside the limits of GitHub code scanning."""

import gzip
import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from pydantic import JsonValue

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Category, Finding, Severity
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.report import DismissedFinding, Report, ReportedFinding
from codeflow_action.security.invisible import visible_text

# GitHub's documentation, "SARIF support for code scanning": an upload takes 25,000 results and
# 25,000 rules a run, keeps the first 5,000, and is at most 10 MB after gzip.
MAX_RESULTS = 5_000
MAX_GZIP = 10_000_000
_MAX_TEXT = 4_000  # characters of one message
_MAX_DESCRIPTION = 1_024  # characters, and of an id or name 255, as the same page says
_MAX_NAME = 255
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}
_SECURITY = {Severity.ERROR: "8.0", Severity.WARNING: "5.0", Severity.NOTICE: "2.0"}
_ARGUMENT = regex(r"\{(\d+)\}")  # SARIF 2.1.0, 3.11.5
_HOME = "https://github.com/marketplace/actions/codeflow"
_WORD = regex(r"[A-Za-z0-9]+")
_CAPITALS = regex(r"[A-Z]{2,}")
_OF_OTHER_TOOLS = "tool_reports"  # whose rules have the names of those tools


@dataclass(frozen=True, kw_only=True)
class RulePage:
    """What the page of a gate or an action says of its rules, in Markdown, and where it stands."""

    text: str
    address: str = ""


def to_sarif(
    report: Report,
    pages: Mapping[str, RulePage] | None = None,
    *,
    with_dismissals: bool = False,
) -> dict[str, JsonValue]:
    """Return one run with a rule for each kind of finding and a result for each finding.

    The gravest findings come first, and as many as an upload takes. A finding without a file is a
    notification, because a result must have a place. Those that were dismissed or allowed come
    last, with `suppressions`, and for code scanning not at all: it takes no notice of these, and
    would show them as open (https://github.com/github/codeql-action/issues/1230). `pages` are by
    the first part of rules' ids. It passes Microsoft's validator with the rules of GitHub (`make
    sarif-validate`).
    """
    results: list[ReportedFinding | DismissedFinding] = [*report.findings]
    if with_dismissals:
        results += report.dismissals
    results_in_files = [result for result in results if result.finding.path][:MAX_RESULTS]
    placeless = [entry.finding for entry in report.findings if not entry.finding.path]
    while True:
        sarif = _sarif(report, results_in_files, placeless[:MAX_RESULTS], pages or {})
        size = len(gzip.compress(json.dumps(sarif).encode(), compresslevel=1))
        if size <= MAX_GZIP or not results_in_files:
            return sarif
        results_in_files = results_in_files[: len(results_in_files) // 2]


def line_of(finding: Finding) -> int:
    """Return the line that a result stands at: code scanning asks for one of the head."""
    return finding.line if finding.line is not None and finding.side is Side.RIGHT else 1


def _sarif(
    report: Report,
    located: Sequence[ReportedFinding | DismissedFinding],
    placeless: Sequence[Finding],
    pages: Mapping[str, RulePage],
) -> dict[str, JsonValue]:
    gravest: dict[str, Finding] = {}
    for entry in located:
        gravest.setdefault(_rule_id(entry.finding), entry.finding)
    index = {rule: number for number, rule in enumerate(sorted(gravest))}
    driver: dict[str, JsonValue] = {
        "name": "CodeFlow",
        "version": report.version,
        "informationUri": _HOME,
        "rules": [_rule(gravest[rule], pages) for rule in index],
    }
    run: dict[str, JsonValue] = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"codeflow/{report.name}/"},
        "columnKind": "utf16CodeUnits",
        "results": [_result(entry, index[_rule_id(entry.finding)]) for entry in located],
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


def _rule(finding: Finding, pages: Mapping[str, RulePage]) -> dict[str, JsonValue]:
    """Describe a rule by its page and its gravest finding, with all that code scanning asks for.

    https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning#reportingdescriptor-object
    """
    properties: dict[str, JsonValue] = {"tags": [finding.category.value]}
    if finding.category is Category.SECURITY:
        properties["security-severity"] = _SECURITY[finding.severity]
    title = _plain(finding.title if finding.is_deterministic else "", _MAX_DESCRIPTION).strip()
    sources = ", ".join(finding.sources) or "CodeFlow"
    origin, _, _ = finding.rule.replace(":", "/").partition("/")
    page = pages.get(origin) or pages.get(_OF_OTHER_TOOLS)
    description = page.text if page and origin in pages else f"A finding of {sources}."
    help_text = f"{description}\n\nRule {_rule_id(finding)}, reported by {sources}."
    address = (page.address if page else "") or _HOME
    return {
        "id": _rule_id(finding),
        "name": _pascal_case(finding.rule),
        "shortDescription": {"text": title or _plain(_rule_id(finding), _MAX_DESCRIPTION)},
        "fullDescription": {"text": _plain(description, _MAX_DESCRIPTION)},
        "help": {
            "text": _plain(help_text),
            "markdown": f"{_plain(help_text)}\n\n[More about it]({address})",
        },
        "helpUri": address,
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
        "properties": properties,
    }


def _rule_id(finding: Finding) -> str:
    return finding.rule[:_MAX_NAME] or "codeflow"


def _pascal_case(rule: str) -> str:
    """Return a rule's id as a name (SARIF 2.1.0, 3.49.7): `secrets/aws` as `SecretsAws`.

    The name must not be the id again, whatever the capitals (the validator's SARIF1001).
    """
    words = _WORD.findall(rule[:_MAX_NAME])
    name = "".join(word[0].upper() + word[1:] for word in words)
    if name.lower() == rule[:_MAX_NAME].lower():
        name = f"{name[: _MAX_NAME // 2]}Finding"
    name = _CAPITALS.sub(lambda run: run[0].capitalize(), name)
    return (name if name[:1].isalpha() else f"Rule{name}")[:_MAX_NAME]


def _result(entry: ReportedFinding | DismissedFinding, rule_index: int) -> dict[str, JsonValue]:
    finding = entry.finding
    first = line_of(finding)
    last = max(first, finding.last_line or first) if finding.side is Side.RIGHT else first
    prints: dict[str, JsonValue] = {"codeflowFingerprint/v1": entry.id}
    if isinstance(entry, ReportedFinding) and entry.line_hash:
        prints["primaryLocationLineHash"] = entry.line_hash
    physical: dict[str, JsonValue] = {
        "artifactLocation": {
            "uri": quote(finding.path or "", errors="replace"),
            "uriBaseId": "%SRCROOT%",
        },
        "region": {"startLine": first, "endLine": last},
    }
    result: dict[str, JsonValue] = {
        "ruleId": _rule_id(finding),
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _text(finding)},
        "locations": [{"physicalLocation": physical}],
        "partialFingerprints": prints,
        "properties": {"evidence": finding.evidence.value, "sources": list(finding.sources)},
    }
    if isinstance(entry, DismissedFinding):
        # SARIF 2.1.0, 3.35: what is decided outside of the code, and holds.
        reason = _plain(entry.dismissal.account)
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": reason}
        ]
    if suggestion := finding.suggestion:
        # Whole lines, without the last one's end: SARIF 2.1.0, 3.30.5 and 3.30.7.
        replacement: JsonValue = {
            "deletedRegion": {"startLine": suggestion.start_line, "endLine": suggestion.end_line},
            "insertedContent": {"text": suggestion.replacement.removesuffix("\n")},
        }
        change: JsonValue = {
            "artifactLocation": physical["artifactLocation"],
            "replacements": [replacement],
        }
        result["fixes"] = [{"artifactChanges": [change]}]
    return result


def _text(finding: Finding) -> str:
    """Return title and message, with nothing in them that would be a link or an argument.

    Braces and brackets that mean neither stay as they are: few readers know SARIF's escapes.
    """
    text = _plain(f"{finding.title}\n\n{finding.message}")
    return text if text.strip() else f"Rule {_rule_id(finding)}"


def _plain(text: str, limit: int = _MAX_TEXT) -> str:
    text = visible_text(text)[:limit]
    return _ARGUMENT.sub(r"{{\1}}", text.replace("](", "] ("))
