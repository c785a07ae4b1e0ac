"""What makes a workflow or an action dangerous, found by zizmor in the whole head file."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from codeflow_action.actions.quality_gates.code_only import code_and_strings
from codeflow_action.actions.quality_gates.gate import (
    MAX_LINE,
    Change,
    Checked,
    Gate,
    Level,
    Subject,
)
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.engine.scans import WorkflowRisk
from codeflow_action.review.well_formed import Parsed, parse

_AUDITED = re.compile(
    r"\.github/workflows/[^/]+\.ya?ml|\.github/dependabot\.ya?ml|(?:.*/)?action\.ya?ml", re.DOTALL
)
# What strangers write and GitHub hands to a workflow; in a script it is code (docs.github.com,
# "Script injections").
_STRANGERS = re.compile(
    r"github\.head_ref\b|github\.event\.[\w.*\[\]'\"]{0,80}\b(?:title|body|label|message|name|email"
    r"|page_name|head_ref|head_branch|(?<!base\.)ref|display_title|default_branch)\b"
    r"|\Agithub(?:\.event(?:\.pull_request|\.issue|\.comment)?)?\Z"  # all of it, as JSON
)
_BRACKETS = re.compile(r"\[\s?['\"]([\w-]{1,80})['\"]\s?\]")
# A workflow that has secrets, and a token that may write, takes the head of a pull request.
# What says so, as what comes first on a line and what follows: both at once take the square of it.
_TAKES_HEAD = tuple(
    (re.compile(first), re.compile(then))
    for first, then in (
        (
            r"\bref:",
            (
                r"\bhead\.(?:sha|ref)|\bhead_(?:sha|ref|branch)\b|refs/pull/|\bmerge_commit_sha\b"
                r"|\bhead_commit\.id\b"
            ),
        ),
        (r"\brepository:", r"\bhead(?:\.repo\b|_repository\b)"),
        (r"\bgh pr checkout\b", ""),
        (r"\bgit fetch\b", r"\bpull/"),
        (
            r"\bgit (?:checkout|switch|merge|pull|reset|clone)\b",
            r"\bhead[._](?:sha|ref|branch|repo)",
        ),
    )
)
_ADVICE = {
    "template-injection": "Hand the value over in `env:` and use the variable, in quotes.",
    "dangerous-triggers": (
        "It runs with the repository's secrets and takes what a stranger wrote. Use `pull_request`,"
        " or do not check out the head."
    ),
}
_MAX_LINES = 10
_HOLDS_SECRETS = frozenset({"hardcoded-container-credentials"})


class WorkflowRisks(Gate):
    """A workflow runs what strangers write, or does less than it could to prevent it."""

    name = "workflow_risk"
    level: Level = Level.ERROR
    # zizmor's names of what is not reported: true of nearly every workflow, so nobody reads it.
    ignore_rules: tuple[str, ...] = ("unpinned-uses", "artipacked", "dependabot-cooldown")

    async def check(self, subject: Subject) -> Checked:
        """Report risks that this change brings: with an added line in one of their places."""
        changes = {one.path: one for one in subject.texts if _AUDITED.fullmatch(one.path)}
        files = {path: one.head for path, one in changes.items() if isinstance(one.head, bytes)}
        if not files:
            return Checked()
        audit = await subject.scanners.workflows(files)
        risks = [risk for risk in audit.risks if risk.rule not in self.ignore_rules]
        unread = {path: f"zizmor takes {path} for no valid workflow" for path in audit.unread}
        risky, findings = await asyncio.to_thread(
            lambda: (
                {path for path in unread if _may_run(changes[path])},
                tuple(_findings(risks, changes)),
            )
        )
        return Checked(
            findings=findings,
            notes=tuple(said for path, said in unread.items() if path not in risky),
            gaps=tuple(f"has a gap: {said}" for path, said in unread.items() if path in risky),
        )


def _may_run(change: Change) -> bool:
    """True where GitHub may run a file that could not be read: it is YAML and looks its part."""
    parsed = parse(change.path, change.head) if isinstance(change.head, bytes) else None
    if not isinstance(parsed, Parsed) or parsed.error:
        return not isinstance(parsed, Parsed)
    return re.search(r"^[\"']?(?:jobs|runs)[\"']?\s{0,9}:", change.text, re.MULTILINE) is not None


@dataclass(kw_only=True)
class _Remark:
    """A risk with its weight; milder ones of one rule and file are one remark."""

    risk: WorkflowRisk
    severity: Severity
    more: list[int]


def _findings(risks: Sequence[WorkflowRisk], changes: dict[str, Change]) -> Iterator[Finding]:
    remarks: dict[tuple[object, ...], _Remark] = {}
    for risk in sorted(risks, key=lambda one: (one.path, one.line)):
        severity = _weight(risk, changes[risk.path])
        if severity is None:
            continue
        shown = _shown(risk, changes[risk.path], severity)
        alone = shown.line, shown.text
        key = shown.path, shown.rule, severity, alone if severity is Severity.ERROR else ()
        if key in remarks:
            remarks[key].more.append(shown.line)
        else:
            remarks[key] = _Remark(risk=shown, severity=severity, more=[])
    return (_finding(remark) for remark in remarks.values())


def _weight(risk: WorkflowRisk, change: Change) -> Severity | None:
    """Return how grave it is, None where it was there before or is a guess."""
    added = change.file.added_lines
    heads = _head_lines(change) if risk.rule == "dangerous-triggers" else frozenset()
    if heads:
        return Severity.ERROR if added & {risk.line, *heads} else None
    if risk.rule == "template-injection" and _STRANGERS.search(_dotted(risk.text)):
        touched = any(added.intersection(range(first, end + 1)) for first, end in risk.spans)
        return Severity.ERROR if touched else None
    sure = risk.severity in ("high", "medium") and risk.confidence in ("high", "medium")
    return Severity.NOTICE if sure and risk.line in added else None


def _shown(risk: WorkflowRisk, change: Change, severity: Severity) -> WorkflowRisk:
    """Return the risk at the checkout that this change added, where its trigger is older."""
    added = change.file.added_lines
    if risk.rule != "dangerous-triggers" or severity is not Severity.ERROR or risk.line in added:
        return risk
    line = min(_head_lines(change) & added)
    return replace(risk, line=line, end_line=line)


def _dotted(text: str) -> str:
    """Return an expression with `['name']` as `.name`, which means the same."""
    return _BRACKETS.sub(r".\1", text)


def _head_lines(change: Change) -> frozenset[int]:
    """Return the lines that check out what the pull request's author wrote."""
    lines = code_and_strings(change.text, ".yml").split("\n")
    return frozenset(
        at
        for at, line in enumerate(lines, start=1)
        if len(line) <= MAX_LINE and _takes_head(_dotted(line))
    )


def _takes_head(line: str) -> bool:
    return any(
        (found := first.search(line)) is not None and then.search(line, found.end()) is not None
        for first, then in _TAKES_HEAD
    )


def _finding(remark: _Remark) -> Finding:
    risk = remark.risk
    grave = remark.severity is Severity.ERROR
    advice = _ADVICE.get(risk.rule, "") if grave else f"About this rule: {risk.url}"
    also = sorted(set(remark.more) - {risk.line})
    lines = f"line{'s' if len(also) > 1 else ''} {', '.join(map(str, also[:_MAX_LINES]))}"
    more = f" Also in {lines}." if also else ""
    return Finding(
        severity=remark.severity,
        category=Category.SECURITY,
        path=risk.path,
        line=risk.line,
        end_line=risk.end_line if grave and risk.end_line > risk.line else None,
        title=f"Workflow risk: {risk.rule.replace('-', ' ')}",
        message=f"zizmor: {risk.description}.{more} {advice}".rstrip(),
        evidence=Evidence.DETERMINISTIC,
        sources=("quality_gates", "zizmor"),
        rule=f"{WorkflowRisks.name}/{risk.rule}",
        code="" if risk.rule in _HOLDS_SECRETS else risk.text.strip().split("\n")[0][:200],
    )
