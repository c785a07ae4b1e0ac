"""Deterministic gates over the added lines: one file each, run together, no model needed."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codeflow_action.actions.quality_gates.broken_files import BrokenFiles
from codeflow_action.actions.quality_gates.conflict_markers import ConflictMarkers
from codeflow_action.actions.quality_gates.debug_leftovers import DebugLeftovers
from codeflow_action.actions.quality_gates.dependencies import Dependencies
from codeflow_action.actions.quality_gates.file_hygiene import FileHygiene
from codeflow_action.actions.quality_gates.gate import (
    Change,
    Checked,
    Gate,
    Level,
    Subject,
)
from codeflow_action.actions.quality_gates.hidden_unicode import HiddenUnicode
from codeflow_action.actions.quality_gates.secrets import Secrets
from codeflow_action.actions.quality_gates.size import Size
from codeflow_action.actions.quality_gates.suppressions import Suppressions
from codeflow_action.actions.quality_gates.workflow_risk import WorkflowRisks
from codeflow_action.engine.action import Action, Task
from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.engine.globs import Globs, any_matches
from codeflow_action.engine.outcome import Done, Outcome, Reason, Shortfall, Skipped
from codeflow_action.engine.ports import Absent
from codeflow_action.engine.pull_request import Gap, Trigger
from codeflow_action.engine.scans import ScannerFailed


class QualityGates(Action):
    """Options: for each gate a level (`off`, `notice`, `warning`, `error`), or its own options.

    `paths.ignore` is for models; gates have their own `ignore`, empty by default, because lock
    files and vendored folders are where secrets hide.
    """

    name = "quality_gates"
    triggers = Action.triggers | {Trigger.BASE_CHANGED, Trigger.PUSH, Trigger.MERGE_GROUP}

    secrets: Secrets = Secrets()
    workflow_risk: WorkflowRisks = WorkflowRisks()
    broken_files: BrokenFiles = BrokenFiles()
    conflict_markers: ConflictMarkers = ConflictMarkers()
    debug_leftovers: DebugLeftovers = DebugLeftovers()
    dependencies: Dependencies = Dependencies()
    hidden_unicode: HiddenUnicode = HiddenUnicode()
    suppressions: Suppressions = Suppressions()
    size: Size = Size()
    file_hygiene: FileHygiene = FileHygiene()
    ignore: Globs = ()

    @property
    def gates(self) -> tuple[Gate, ...]:
        """All gates with their options, in the order of their value."""
        return tuple(value for _, value in self if isinstance(value, Gate))

    async def run(self, task: Task) -> Outcome:
        """Read the changed files at head once and hand them to every gate that is on."""
        files = [
            file for file in task.pull_request.files if not any_matches(self.ignore, file.path)
        ]
        if not files and not task.pull_request.files_left_out:
            return Skipped(reason=Reason.NO_REVIEWABLE_CHANGES, detail="no changed file to check")
        heads = await task.head.read_many([file.path for file in files if file.hunks])
        changes = [Change(file=file, head=heads.get(file.path, Absent.MISSING)) for file in files]
        subject = Subject(
            changes=tuple(changes),
            head=task.head,
            base=task.base,
            scanners=task.scanners,
            forge=task.forge,
        )
        on = [gate for gate in self.gates if gate.level is not Level.OFF]
        gaps = _gaps(on, changes, task) if on else ()
        ended: dict[str, _Looked] = {}

        async def check(gate: Gate) -> None:
            ended[gate.name] = await _checked(gate, subject, task)
            task.found(_together(on, ended, gaps))

        await asyncio.gather(*(check(gate) for gate in on))
        return _together(on, ended, gaps)


@dataclass(frozen=True, kw_only=True)
class _Looked:
    """What one gate says, and the lines that nobody may quote."""

    done: Done
    secret_lines: frozenset[tuple[str, int]]


def _together(on: Sequence[Gate], ended: Mapping[str, _Looked], gaps: Sequence[Shortfall]) -> Done:
    """Return what the gates say that have ended; one that has not is no pass."""
    looked = [ended[gate.name] for gate in on if gate.name in ended]
    cut = [
        Shortfall(
            reason=Reason.GATE_NOT_RUN,
            detail=f"{gate.name} was stopped before its end",
            severity=gate.level.severity,
        )
        for gate in on
        if gate.name not in ended
    ]
    findings = _without_secrets(looked)
    if Secrets.name in {gate.name for gate in on} - ended.keys():  # any line may hold one
        findings = tuple(finding.model_copy(update={"code": ""}) for finding in findings)
    return Done(
        findings=findings,
        notes=tuple(note for one in looked for note in one.done.notes),
        shortfalls=(*(short for one in looked for short in one.done.shortfalls), *cut, *gaps),
    )


async def _checked(gate: Gate, subject: Subject, task: Task) -> _Looked:
    """Return what one gate says: whatever breaks in it stays in it, and is no pass."""
    try:
        checked = await gate.check(subject.without(gate.ignore))
    except ScannerFailed as error:
        checked = Checked(gaps=(f"could not run: {error}",))
    except Exception as error:  # noqa: BLE001 - the boundary around a gate: a bug in one must not lose the others' findings
        task.on_bug(gate.name, error)
        checked = Checked(gaps=(f"could not run: it broke ({type(error).__name__})",))
    severity = gate.level.severity
    done = Done(
        findings=tuple(
            finding.model_copy(update={"severity": gate.level.cap(finding.severity)})
            for finding in checked.findings
        ),
        notes=checked.notes,
        shortfalls=tuple(
            Shortfall(reason=Reason.GATE_NOT_RUN, detail=f"{gate.name} {gap}", severity=severity)
            for gap in checked.gaps
        ),
    )
    return _Looked(done=done, secret_lines=checked.secret_lines)


def _without_secrets(looked: Sequence[_Looked]) -> tuple[Finding, ...]:
    """Take the quoted line off every finding on a line that holds a secret."""
    held = frozenset[tuple[str, int]]().union(*(one.secret_lines for one in looked))
    findings = [finding for one in looked for finding in one.done.findings]
    return tuple(
        finding.model_copy(update={"code": ""})
        if (finding.path, finding.line) in held and not finding.rule.startswith(f"{Secrets.name}/")
        else finding
        for finding in findings
    )


def _gaps(on: Sequence[Gate], changes: Sequence[Change], task: Task) -> tuple[Shortfall, ...]:
    """Return what no gate could look at: that is never a pass."""
    gravest = min((gate.level.severity for gate in on), key=lambda severity: severity.rank)
    gaps = [
        Shortfall(
            reason=Reason.GATE_NOT_RUN,
            detail=f"{change.path} was not looked at: {change.not_looked_at}",
            severity=Severity.WARNING if _is_no_fault(change) else gravest,
        )
        for change in changes
        if change.not_looked_at
    ]
    if left_out := task.pull_request.files_left_out:
        gaps.append(
            Shortfall(reason=Reason.GATE_NOT_RUN, detail=left_out, severity=Severity.WARNING)
        )
    return tuple(gaps)


def _is_no_fault(change: Change) -> bool:
    """True for files past our own limits, or of no text: said, but no reason to stop a merge."""
    large = change.file.gap is Gap.TOO_LARGE or change.head is Absent.TOO_LARGE
    return large or change.hides_text
