"""Findings as the runner's annotations: one command a finding, as many as a step may give."""

from collections.abc import Collection, Sequence

from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.engine.report import ReportedFinding
from codeflow_action.integrations import runner

# Of each severity; the runner takes ten of a step, and one is the run's last word
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
    findings: Sequence[ReportedFinding], given: Collection[str] = (), limit: int = MAX_PER_TYPE
) -> tuple[dict[str, str], int]:
    """Return the lines by their findings' ids, and how many findings are left without one.

    `given` are the ids of findings that this step has annotated already. Of each severity there are
    at most `limit` with those.
    """
    lines: dict[str, str] = {}
    severities = [one.finding.severity for one in findings if one.id in given]
    left = {severity: limit - severities.count(severity) for severity in Severity}
    over = 0
    for reported in findings:
        severity = reported.finding.severity
        if reported.id in given:
            continue
        if left[severity] > 0:
            left[severity] -= 1
            lines[reported.id] = annotation(reported.finding)
        else:
            over += 1
    return lines, over
