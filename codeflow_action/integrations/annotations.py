"""Findings as the runner's annotations: a command for each, as many as a step may give."""

from collections.abc import Collection, Sequence

from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.engine.report import ReportedFinding
from codeflow_action.integrations import runner

# For each severity: the runner takes ten from a step, and the last one is for the verdict
# (actions/runner: ExecutionContext.cs, `_maxCountPerIssueType`).
MAX_PER_TYPE = 9


def annotation(finding: Finding) -> str:
    """Return the workflow command that annotates the finding's lines.

    A removed line has no place in the head's files, so it is annotated without a line.
    """
    properties: dict[str, str | int] = {"title": f"{finding.title} ({finding.rule})"}
    if finding.path:
        properties["file"] = finding.path
    if finding.line and finding.side == "RIGHT":
        properties |= {"line": finding.line, "endLine": finding.last_line or finding.line}
    return runner.command(finding.severity.value, finding.message, properties)


def annotations(
    findings: Sequence[ReportedFinding],
    annotated_ids: Collection[str] = (),
    limit: int = MAX_PER_TYPE,
) -> tuple[dict[str, str], int]:
    """Return the lines by their findings' ids, and how many findings are left without one.

    `annotated_ids` are the findings that this step has annotated already; they count towards the
    `limit` for each severity.
    """
    lines: dict[str, str] = {}
    severities = [
        finding_report.finding.severity
        for finding_report in findings
        if finding_report.id in annotated_ids
    ]
    room = {severity: limit - severities.count(severity) for severity in Severity}
    surplus = 0
    for finding_report in findings:
        severity = finding_report.finding.severity
        if finding_report.id in annotated_ids:
            continue
        if room[severity] > 0:
            room[severity] -= 1
            lines[finding_report.id] = annotation(finding_report.finding)
        else:
            surplus += 1
    return lines, surplus
