"""The Action's outputs, and findings as the JSON that later steps read."""

import json
from collections.abc import Sequence

from pydantic import JsonValue

from codeflow_action.engine.final_count import Fate, FinalCount
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.platform_words import platforms_json
from codeflow_action.engine.report import Report, ReportedFinding
from codeflow_action.security.invisible import visible_text
from codeflow_action.security.untrusted import json_for_runner

# A step's environment takes 131,071 bytes a variable (Linux MAX_ARG_STRLEN); outputs are passed on
# that way, and the JSON may be quoted on the way.
MAX_FINDINGS = 60_000  # bytes


def finding_json(finding_report: ReportedFinding) -> dict[str, JsonValue]:
    """Return one finding by the names of the public contract."""
    finding = finding_report.finding
    return {
        "id": finding_report.id,
        "severity": finding.severity.value,
        "category": finding.category.value,
        "path": finding.path,
        "line": finding.line,
        "end_line": finding.last_line,
        "side": finding.side.value,
        "title": visible_text(finding.title),
        "message": visible_text(finding.message),
        "evidence": finding.evidence.value,
        "sources": list(finding.sources),
        "blocking": finding_report.blocking,
        "rule": finding.rule,
        "suggestion": finding.suggestion.replacement if finding.suggestion else None,
        "url": finding_report.url,
    }


def findings_text(findings: Sequence[ReportedFinding], limit: int) -> tuple[str, bool]:
    """Return ASCII JSON of at most `limit` bytes, and whether findings were left out of it.

    A later step may print it as it is: no part of it is a command to the runner.
    """
    items: list[str] = []
    size = 2
    for finding_report in findings:
        item = json_for_runner(json.dumps(finding_json(finding_report), separators=(",", ":")))
        size += len(item) + 1
        if size > limit:
            return f"[{','.join(items)}]", True
        items.append(item)
    return f"[{','.join(items)}]", False


def final_count_text(count: FinalCount | None, limit: int) -> str:
    """Return ASCII JSON of at most `limit` bytes, empty where nothing was counted."""
    if count is None:
        return ""
    totals = {fate.value: count.count(fate) for fate in Fate}
    findings: list[JsonValue] = []
    size = 200  # for the totals
    for finding in count.findings:
        item = finding.model_dump(mode="json", exclude={"is_by_model"})
        size += len(json.dumps(item, separators=(",", ":"))) + 10
        if size > limit:
            break
        findings.append(item)
    answer = {"merged": count.is_merged, **totals, "findings": findings}
    return json_for_runner(json.dumps(answer, separators=(",", ":")))


def outputs(
    report: Report,
    *,
    report_path: str = "",
    sarif_path: str = "",
    findings_path: str = "",
    comment_url: str = "",
    review_url: str = "",
    shards: Sequence[str] = (),
) -> dict[str, str]:
    """Return every output of the contract. `shards` are the labels that a plan has."""
    findings, is_truncated = findings_text(report.findings, MAX_FINDINGS)
    cost = report.spent.cost_usd
    return {
        "verdict": report.verdict.value,
        "reason": report.reason.value,
        "findings": findings,
        "findings_truncated": str(is_truncated).lower(),
        "findings_count": str(len(report.findings)),
        "errors_count": str(report.count(Severity.ERROR)),
        "warnings_count": str(report.count(Severity.WARNING)),
        "notices_count": str(report.count(Severity.NOTICE)),
        "blocking_count": str(report.blocking_count),
        "coverage": f"{report.receipt.share or 0:.4g}",
        "platforms": json_for_runner(
            json.dumps(platforms_json(report.platforms), separators=(",", ":"))
        ),
        "risk": report.risk.lane.value if report.risk else "",
        "report_path": report_path,
        "sarif_path": sarif_path,
        "findings_path": findings_path,
        "comment_url": comment_url,
        "review_url": review_url,
        "tokens": str(report.spent.tokens),
        "cost_usd": "" if cost is None else f"{cost:.6f}",
        "matrix": json.dumps({"shard": list(shards)}, separators=(",", ":")),
        "reviewed": report.reviewed.value,
        "final_count": final_count_text(report.final_count, MAX_FINDINGS),
    }
