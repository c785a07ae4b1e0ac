"""Dangerous workflows and actions: our own audit of values, and zizmor for everything else.

Both look at the merge base and at the head; what is reported is the difference.
"""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import Field

from codeflow_action.actions.quality_gates.gate import (
    FileChange,
    Gate,
    GateLevel,
    GateResult,
    GateSubject,
)
from codeflow_action.actions.quality_gates.workflow_risk.agent_workflows import (
    agent_workflow_risks,
)
from codeflow_action.actions.quality_gates.workflow_risk.guards import Guard
from codeflow_action.actions.quality_gates.workflow_risk.removed_guards import removed_guards
from codeflow_action.actions.quality_gates.workflow_risk.risks import (
    POWER_WORDS,
    FilePlace,
    NewRisk,
    StrangerRisk,
    new_risks,
)
from codeflow_action.actions.quality_gates.workflow_risk.snapshots import (
    RepositoryTexts,
    WorkflowSnapshot,
    is_audited,
    parse_snapshot,
    read_texts,
)
from codeflow_action.actions.quality_gates.workflow_risk.workflow_audit import WorkflowAuditor
from codeflow_action.engine.findings import Category, Finding, Severity
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.pull_request import FileStatus
from codeflow_action.engine.scans import WorkflowAudit, WorkflowRisk
from codeflow_action.review.well_formed import ParseResult, parse

_ZIZMOR_PATHS = regex(
    r"\.github/workflows/[^/]+\.ya?ml|\.github/dependabot\.ya?ml|(?:.*/)?action\.ya?ml", re.DOTALL
)
_BASE_FOLDER = "base/"  # before the paths of what zizmor reads of the merge base
_MAX_LINES = 10
_HOLDS_SECRETS = frozenset({"hardcoded-container-credentials"})
# zizmor's rules, and those of ours that say the same of a file.
_SAID_BY = {
    "dangerous-triggers": "untrusted-checkout",
    "excessive-permissions": "excessive-permissions",
    "github-env": "environment-injection",
    "insecure-commands": "insecure-commands",
    "secrets-inherit": "secrets-inherit",
    "self-hosted-runner": "self-hosted-runner",
}
# They pass nobody whom the repository does not trust anyway.
_TRUSTED = frozenset({Guard.MEMBER, Guard.SAME_REPOSITORY})


class WorkflowRisks(Gate):
    """A workflow can run text or code of strangers, or lost a protection against that."""

    name = "workflow_risk"
    category = Category.SECURITY
    level: GateLevel = GateLevel.ERROR
    # The default ones hold for nearly every workflow: nobody reads a finding that is always there.
    ignore_rules: tuple[str, ...] = Field(
        default=("unpinned-uses", "artipacked", "dependabot-cooldown"),
        description="Ids of rules that are not reported: zizmor's, and this gate's own.",
    )

    async def check(self, subject: GateSubject) -> GateResult:
        """Audit what changed before and after, and report what the change brings."""
        changes = [
            change
            for change in subject.changes
            if any(
                is_audited(path) or _ZIZMOR_PATHS.fullmatch(path)
                for path in (change.path, change.merge_base_path)
            )
        ]
        heads = {change.path: change for change in changes if change.has_text}
        if not heads:
            return GateResult()
        texts = await read_texts(subject, changes)
        audit, own = await asyncio.gather(
            self._zizmor(subject, heads, texts),
            asyncio.to_thread(_own_audit, changes, texts, subject.repository),
        )
        shown = [
            new
            for new in own.risks
            if new.risk.rule not in self.ignore_rules and not _is_trusted(new.risk)
        ]
        notices = _new_zizmor_risks(
            [risk for risk in audit.risks if risk.rule not in self.ignore_rules], heads
        )
        return await asyncio.to_thread(self._result, heads, _Audits(shown, own, audit, notices))

    async def _zizmor(
        self, subject: GateSubject, heads: Mapping[str, FileChange], texts: RepositoryTexts
    ) -> WorkflowAudit:
        files = {
            path: change.head
            for path, change in heads.items()
            if isinstance(change.head, bytes) and _ZIZMOR_PATHS.fullmatch(path)
        }
        if not files:
            return WorkflowAudit()
        bases = {
            f"{_BASE_FOLDER}{path}": texts.before[old]
            for path in files
            if (old := heads[path].merge_base_path) in texts.before and _ZIZMOR_PATHS.fullmatch(old)
        }
        return await subject.scanners.workflows({**files, **bases})

    def _result(self, heads: Mapping[str, FileChange], audits: "_Audits") -> GateResult:
        findings = [
            finding for new in audits.shown if (finding := self._describe(new, heads)) is not None
        ]
        own_rules = defaultdict[str, set[str]](set)
        lines = defaultdict[str, set[int]](set)
        for new in audits.shown:
            place = new.risk.places[0]
            own_rules[place.path].add(new.risk.rule)
            if new.risk.rule == "template-injection":
                lines[place.path].add(place.line)
        zizmor = [
            risk
            for risk in audits.notices
            if _SAID_BY.get(risk.rule) not in own_rules[risk.path]
            and not (
                risk.rule == "template-injection"
                and any(
                    not lines[risk.path].isdisjoint(range(first, end + 1))
                    for first, end in risk.spans
                )
            )
        ]
        findings += [self._describe_group(group) for group in _groups(zizmor, heads)]
        unread = [path for path in audits.zizmor.unread if path in heads]
        live = {path for path in unread if _may_run(heads[path])}
        return GateResult(
            findings=findings,
            notes=(
                *(
                    f"zizmor cannot read {path} as a workflow"
                    for path in unread
                    if path not in live
                ),
                *audits.own.notes,
            ),
            unchecked=(
                *(
                    f"could not check {path}: zizmor cannot read it as a workflow"
                    for path in unread
                    if path in live
                ),
                *(
                    f"could not check {path}: {reason}"
                    for path, reason in audits.own.unread.items()
                    if path in heads and path not in unread
                ),
            ),
        )

    def _describe(self, new: NewRisk, heads: Mapping[str, FileChange]) -> Finding | None:
        risk = new.risk
        place = _shown_place(risk.places, heads)
        if place is None:
            return None
        origin = risk.places[0]
        elsewhere = f" It happens in {origin.path}, line {origin.line}." if origin != place else ""
        return self.finding(
            place.path,
            place.line,
            severity=risk.threat.severity,
            title=risk.title,
            message=" ".join([risk.message + elsewhere, *_what_changed(new)]),
            advice=risk.advice,
            code=risk.code,
            rule=risk.rule,
        )

    def _describe_group(self, group: "_RiskGroup") -> Finding:
        risk = group.risk
        lines = sorted(set(group.other_lines) - {risk.line})
        also = f" Also on line{'s' if len(lines) > 1 else ''} " if lines else ""
        also += ", ".join(map(str, lines[:_MAX_LINES])) + ("." if lines else "")
        return self.finding(
            risk.path,
            group.line,
            severity=Severity.NOTICE,
            title=f"Workflow risk: {risk.rule.replace('-', ' ')}",
            message=f"zizmor: {risk.description}.{also} About this rule: {risk.url}",
            code="" if risk.rule in _HOLDS_SECRETS else risk.text.strip().split("\n")[0][:200],
            rule=risk.rule,
            scanner="zizmor",
        )


@dataclass(frozen=True, kw_only=True)
class _OwnAudit:
    risks: tuple[NewRisk, ...]
    unread: Mapping[str, str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Audits:
    shown: Sequence[NewRisk]
    own: _OwnAudit
    zizmor: WorkflowAudit
    notices: Sequence[WorkflowRisk]


@dataclass(kw_only=True)
class _RiskGroup:
    """A risk that zizmor found; those of one rule and file are one group."""

    risk: WorkflowRisk
    line: int
    other_lines: list[int]


def _own_audit(changes: Sequence[FileChange], texts: RepositoryTexts, repository: str) -> _OwnAudit:
    """Audit the changed files, and what calls them, at both ends."""
    after = parse_snapshot(texts.after)
    same_paths = [
        path for path, content in texts.before.items() if texts.after.get(path) is content
    ]
    before = parse_snapshot(
        texts.before, [path for path in texts.before if path not in set(same_paths)]
    )
    before = WorkflowSnapshot(
        files={
            **{path: after.files[path] for path in same_paths if path in after.files},
            **before.files,
        },
        agents=before.agents,
    )
    heads = [change.path for change in changes if change.file.status is not FileStatus.REMOVED]
    bases = [
        change.merge_base_path for change in changes if change.file.status is not FileStatus.ADDED
    ]
    owner = repository.partition("/")[0].lower()
    old_risks, _ = _risks(before, bases, owner)
    risks, is_complete = _risks(after, heads, owner)
    new_findings = list(new_risks(old_risks, risks))
    graver = {(new.risk.places[0].path, new.risk.job) for new in new_findings}
    for change in changes:
        old, new = before.files.get(change.merge_base_path), after.files.get(change.path)
        if old is not None and new is not None:
            new_findings += [
                NewRisk(risk=risk)
                for risk in removed_guards(old, new)
                if (risk.places[0].path, risk.job) not in graver
            ]
    notes = ["workflow_risk read only the changed workflows: others were out of reach"] * (
        not texts.is_whole and any(b"./" in texts.after.get(path, b"") for path in heads)
    )
    if not is_complete:
        notes.append("workflow_risk followed calls of workflows only in part: there are too many")
    return _OwnAudit(risks=tuple(new_findings), unread=after.unread, notes=tuple(notes))


def _risks(
    snapshot: WorkflowSnapshot, paths: Sequence[str], owner: str
) -> tuple[list[StrangerRisk], bool]:
    """Return the risks of these files and of those that call them, and whether that is all."""
    auditor = WorkflowAuditor(snapshot.files, owner)
    risks = auditor.risks(auditor.with_callers(paths))
    for path in paths:
        if path in snapshot.agents:
            risks += agent_workflow_risks(path, snapshot.agents[path])
    own_paths = set(paths)
    # A risk that lies wholly in other files is not of this change.
    risks = [risk for risk in risks if any(place.path in own_paths for place in risk.places)]
    return risks, auditor.is_complete


def _is_trusted(risk: StrangerRisk) -> bool:
    return risk.threat.severity is Severity.NOTICE and not risk.threat.guards.isdisjoint(_TRUSTED)


def _shown_place(places: Iterable[FilePlace], heads: Mapping[str, FileChange]) -> FilePlace | None:
    """Return the place of a risk that a comment can stand at, or the nearest line that one can."""
    near_places = [place for place in places if place.path in heads]
    for place in near_places:
        if place.line in heads[place.path].file.added_lines:
            return place
    if not near_places:
        return None
    place = near_places[0]
    return FilePlace(path=place.path, line=_nearest_line(heads[place.path], place.line))


def _nearest_line(change: FileChange, line: int) -> int:
    ranges = [
        (hunk.new_start, hunk.new_start + hunk.new_count - 1)
        for hunk in change.file.hunks
        if hunk.new_count
    ]
    shown = [min(max(line, first), last) for first, last in ranges]
    return min(shown, key=lambda candidate: abs(candidate - line), default=line)


def _what_changed(new: NewRisk) -> Iterator[str]:
    """Yield what makes an old risk a new one."""
    if new.before is None:
        return
    lost_guards = sorted(new.before.threat.guards - new.risk.threat.guards)
    if lost_guards:
        yield f"Before this change, {lost_guards[0]}; that is gone."
    new_power = sorted(new.risk.power - new.before.power)
    words = [POWER_WORDS[name] for name in new_power if name in POWER_WORDS]
    words += [f"it reaches `{name[7:]}`" for name in new_power if name.startswith("secret ")]
    if words:
        yield f"New with this change: {', '.join(words)}."


def _may_run(change: FileChange) -> bool:
    """True where GitHub may run a file that zizmor cannot read: it is YAML and has jobs or runs."""
    result = parse(change.path, change.head) if isinstance(change.head, bytes) else None
    if not isinstance(result, ParseResult) or result.error:
        return not isinstance(result, ParseResult)
    return re.search(r"^[\"']?(?:jobs|runs)[\"']?\s{0,9}:", change.text, re.MULTILINE) is not None


def _new_zizmor_risks(
    risks: Sequence[WorkflowRisk], heads: Mapping[str, FileChange]
) -> list[WorkflowRisk]:
    """Return the risks that zizmor is sure of and that the merge base does not have.

    What it says of a file at both ends is counted by rule and words: lines move.
    """
    sure = [
        risk
        for risk in risks
        if risk.severity in ("high", "medium") and risk.confidence in ("high", "medium")
    ]
    old = Counter(
        (risk.path.removeprefix(_BASE_FOLDER), risk.rule, risk.description)
        for risk in sure
        if risk.path.startswith(_BASE_FOLDER)
    )
    by_key = defaultdict[tuple[str, str, str], list[WorkflowRisk]](list)
    for risk in sure:
        if risk.path in heads:
            by_key[risk.path, risk.rule, risk.description].append(risk)
    new_findings = []
    for key, same_risks in by_key.items():
        added_lines = heads[key[0]].file.added_lines
        # Those on added lines are most likely the new ones.
        same_risks.sort(key=lambda risk: (risk.line not in added_lines, risk.line))
        new_findings += same_risks[: max(0, len(same_risks) - old[key])]
    return new_findings


def _groups(risks: Sequence[WorkflowRisk], heads: Mapping[str, FileChange]) -> Iterable[_RiskGroup]:
    """Return the risks, once for a rule and file."""
    groups: dict[tuple[str, str], _RiskGroup] = {}
    for risk in sorted(risks, key=lambda risk: (risk.path, risk.line)):
        key = risk.path, risk.rule
        if key in groups:
            groups[key].other_lines.append(risk.line)
        else:
            line = risk.line
            change = heads[risk.path]
            if line not in change.file.added_lines:
                line = _nearest_line(change, line)
            groups[key] = _RiskGroup(risk=risk, line=line, other_lines=[])
    return groups.values()
