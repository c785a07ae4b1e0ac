"""The check run: verdict and annotations on the head, for jobs that are no check themselves."""

import hashlib
from itertools import batched

from pydantic import JsonValue

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.report import Report, ReportedFinding, Shown, Verdict
from codeflow_action.integrations.github import render
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.security import untrusted

_PER_REQUEST = 50  # annotations (GitHub REST: checks/create)
_MAX_ANNOTATIONS = 500
_MAX_MESSAGE = 16_000
_LEVELS = {Severity.ERROR: "failure", Severity.WARNING: "warning", Severity.NOTICE: "notice"}
_CONCLUSIONS = {
    Verdict.PASS: "success",
    Verdict.FAIL: "failure",
    Verdict.INCOMPLETE: "neutral",
    Verdict.SKIPPED: "skipped",
}


async def write(api: GitHubApi, repository: str, report: Report) -> None:
    """Write the check run, once for the same outcome on the same head. Raises `GitHubError`."""
    identity = _identity(report)
    path = f"/repos/{repository}/check-runs"
    existing = await api.get(
        f"/repos/{repository}/commits/{report.head_sha}/check-runs", {"check_name": report.name}
    )
    if _has(existing, identity):
        return
    notes = [_annotation(one) for one in report.findings if one.shown is Shown.ANNOTATION]
    batches = [list(batch) for batch in batched(notes[:_MAX_ANNOTATIONS], _PER_REQUEST)] or [[]]
    created = await api.post(path, _body(report, identity, batches[0]))
    number = created.get("id") if isinstance(created, dict) else None
    for batch in batches[1:]:
        await api.patch(f"{path}/{number}", {"output": _output(report, batch)})


def _identity(report: Report) -> str:
    text = "\n".join([report.verdict.value, *(one.id for one in report.findings)])
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _has(existing: JsonValue, identity: str) -> bool:
    runs = existing.get("check_runs") if isinstance(existing, dict) else None
    return any(
        isinstance(run, dict) and run.get("external_id") == identity
        for run in (runs if isinstance(runs, list) else [])
    )


def _body(report: Report, identity: str, batch: list[JsonValue]) -> dict[str, JsonValue]:
    failed = report.exit_code not in (0, 1)
    return {
        "name": report.name,
        "head_sha": report.head_sha,
        "status": "completed",
        "conclusion": "failure" if failed else _CONCLUSIONS[report.verdict],
        "external_id": identity,
        "output": _output(report, batch),
    }


def _output(report: Report, batch: list[JsonValue]) -> dict[str, JsonValue]:
    said = render.verdict_line(report)
    return {"title": said.strip("*")[:255], "summary": said, "annotations": batch}


def _annotation(one: ReportedFinding) -> JsonValue:
    finding = one.finding
    on_head = finding.line is not None and finding.side is Side.RIGHT
    first = finding.line if on_head else 1
    last = finding.last_line if on_head else 1
    return {
        "path": finding.path or ".github",
        "start_line": first,
        "end_line": last,
        "annotation_level": _LEVELS[finding.severity],
        "title": _plain(untrusted.one_line(finding.title, 255)),
        "message": _plain(finding.message)[:_MAX_MESSAGE],
    }


def _plain(text: str) -> str:
    """GitHub's check runs do not take characters above U+FFFF."""
    return "".join(char if ord(char) < 0x10000 else "?" for char in untrusted.visible_text(text))
