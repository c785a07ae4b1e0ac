"""Dangerous workflows and actions, found by zizmor in the whole head file."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import Field

from codeflow_action.actions.quality_gates.code_only import code_and_strings
from codeflow_action.actions.quality_gates.gate import (
    MAX_LINE,
    FileChange,
    Gate,
    GateLevel,
    GateResult,
    GateSubject,
)
from codeflow_action.engine.findings import Category, Finding, Severity
from codeflow_action.engine.scans import WorkflowRisk
from codeflow_action.review.well_formed import ParseResult, parse

_AUDIT_PATHS = re.compile(
    r"\.github/workflows/[^/]+\.ya?ml|\.github/dependabot\.ya?ml|(?:.*/)?action\.ya?ml", re.DOTALL
)
# Text that strangers write and GitHub hands to a workflow: pasted into a script, it is code.
# https://docs.github.com/en/actions/concepts/security/script-injections
_STRANGERS = re.compile(
    r"github\.head_ref\b|github\.event\.[\w.*\[\]'\"]{0,80}\b(?:title|body|label|message|name|email"
    r"|page_name|head_ref|head_branch|(?<!base\.)ref|display_title|default_branch)\b"
    r"|\Agithub(?:\.event(?:\.pull_request|\.issue|\.comment)?)?\Z"  # all of it, as JSON
)
# `['name']` means what `.name` means.
_BRACKETS = re.compile(r"\[\s?['\"]([\w-]{1,80})['\"]\s?\]")
# A line that checks out the head of a pull request, in a workflow with secrets and a token that
# may write: what comes first on the line, and what follows it. One pattern for both would take
# quadratic time.
_TAKES_HEAD = tuple(
    (re.compile(start), re.compile(rest))
    for start, rest in (
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
    "template-injection": (
        "Whoever writes that text can run commands here. Pass it in through `env:` and use the "
        "variable, in quotes."
    ),
    "dangerous-triggers": (
        "This workflow has the repository's secrets and checks out a stranger's code. Use "
        "`pull_request`, or do not check out the head."
    ),
}
_MAX_LINES = 10
_HOLDS_SECRETS = frozenset({"hardcoded-container-credentials"})


class WorkflowRisks(Gate):
    """A workflow can run text that a stranger wrote, or lacks a usual protection against that."""

    name = "workflow_risk"
    category = Category.SECURITY
    level: GateLevel = GateLevel.ERROR
    # The default ones hold for nearly every workflow: nobody reads a finding that is always there.
    ignore_rules: tuple[str, ...] = Field(
        default=("unpinned-uses", "artipacked", "dependabot-cooldown"),
        description="Ids of zizmor's rules that are not reported.",
    )

    async def check(self, subject: GateSubject) -> GateResult:
        """Report the risks that this change brings: one of their places is an added line."""
        changes = {
            change.path: change for change in subject.texts if _AUDIT_PATHS.fullmatch(change.path)
        }
        files = {
            path: change.head for path, change in changes.items() if isinstance(change.head, bytes)
        }
        if not files:
            return GateResult()
        audit = await subject.scanners.workflows(files)
        risks = [risk for risk in audit.risks if risk.rule not in self.ignore_rules]
        live, findings = await asyncio.to_thread(
            lambda: (
                {path for path in audit.unread if _may_run(changes[path])},
                [self._describe(group) for group in _grouped_risks(risks, changes)],
            )
        )
        return GateResult(
            findings=findings,
            notes=tuple(
                f"zizmor cannot read {path} as a workflow"
                for path in audit.unread
                if path not in live
            ),
            unchecked=tuple(
                f"could not check {path}: zizmor cannot read it as a workflow"
                for path in audit.unread
                if path in live
            ),
        )

    def _describe(self, group: "_RiskGroup") -> Finding:
        risk = group.risk
        is_error = group.severity is Severity.ERROR
        advice = _ADVICE.get(risk.rule, "") if is_error else f"About this rule: {risk.url}"
        lines = sorted(set(group.other_lines) - {risk.line})
        also = f" Also on line{'s' if len(lines) > 1 else ''} " if lines else ""
        also += ", ".join(map(str, lines[:_MAX_LINES])) + ("." if lines else "")
        return self.finding(
            risk.path,
            risk.line,
            end_line=risk.end_line if is_error and risk.end_line > risk.line else None,
            severity=group.severity,
            title=f"Workflow risk: {risk.rule.replace('-', ' ')}",
            message=f"zizmor: {risk.description}.{also} {advice}".rstrip(),
            code="" if risk.rule in _HOLDS_SECRETS else risk.text.strip().split("\n")[0][:200],
            rule=risk.rule,
            scanner="zizmor",
        )


@dataclass(kw_only=True)
class _RiskGroup:
    """A risk with its severity; milder risks of one rule and file are one group."""

    risk: WorkflowRisk
    severity: Severity
    other_lines: list[int]


def _may_run(change: FileChange) -> bool:
    """True where GitHub may run a file that zizmor cannot read: it is YAML and has jobs or runs."""
    result = parse(change.path, change.head) if isinstance(change.head, bytes) else None
    if not isinstance(result, ParseResult) or result.error:
        return not isinstance(result, ParseResult)
    return re.search(r"^[\"']?(?:jobs|runs)[\"']?\s{0,9}:", change.text, re.MULTILINE) is not None


def _grouped_risks(
    risks: Sequence[WorkflowRisk], changes: Mapping[str, FileChange]
) -> Iterable[_RiskGroup]:
    """Return the risks of this change: each error alone, notices once for a rule and file."""
    groups: dict[tuple[object, ...], _RiskGroup] = {}
    for risk in sorted(risks, key=lambda risk: (risk.path, risk.line)):
        change = changes[risk.path]
        severity = _severity(risk, change)
        if severity is None:
            continue
        place = risk
        alone: tuple[object, ...] = ()
        if severity is Severity.ERROR:
            new_lines = change.file.added_lines
            if risk.rule == "dangerous-triggers" and risk.line not in new_lines:
                # The trigger is older: the checkout is what this change added.
                line = min(_checkout_lines(change) & new_lines)
                place = replace(risk, line=line, end_line=line)
            alone = place.line, place.text
        key = place.path, place.rule, severity, alone
        if key in groups:
            groups[key].other_lines.append(place.line)
        else:
            groups[key] = _RiskGroup(risk=place, severity=severity, other_lines=[])
    return groups.values()


def _severity(risk: WorkflowRisk, change: FileChange) -> Severity | None:
    """Return the severity, None for a risk that was there before or is only a guess."""
    new_lines = change.file.added_lines
    checkouts = _checkout_lines(change) if risk.rule == "dangerous-triggers" else frozenset()
    if checkouts:
        return Severity.ERROR if new_lines & {risk.line, *checkouts} else None
    if risk.rule == "template-injection" and _STRANGERS.search(_BRACKETS.sub(r".\1", risk.text)):
        is_new = any(new_lines.intersection(range(first, end + 1)) for first, end in risk.spans)
        return Severity.ERROR if is_new else None
    is_sure = risk.severity in ("high", "medium") and risk.confidence in ("high", "medium")
    return Severity.NOTICE if is_sure and risk.line in new_lines else None


def _checkout_lines(change: FileChange) -> frozenset[int]:
    """Return the lines that check out what the pull request's author wrote."""
    lines = code_and_strings(change.text, "yaml").split("\n")
    expressions = {
        number: _BRACKETS.sub(r".\1", line)
        for number, line in enumerate(lines, start=1)
        if len(line) <= MAX_LINE
    }
    return frozenset(
        number
        for number, expression in expressions.items()
        for start, rest in _TAKES_HEAD
        if (match := start.search(expression)) and rest.search(expression, match.end())
    )
