"""Deterministic checks of the added lines: one file each, run together, no model needed."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

from pydantic import Field

from codeflow_action.actions.quality_gates.broken_files import BrokenFiles
from codeflow_action.actions.quality_gates.conflict_markers import ConflictMarkers
from codeflow_action.actions.quality_gates.debug_leftovers import DebugLeftovers
from codeflow_action.actions.quality_gates.dependencies import Dependencies
from codeflow_action.actions.quality_gates.file_hygiene import FileHygiene
from codeflow_action.actions.quality_gates.gate import (
    FileChange,
    Gate,
    GateLevel,
    GateResult,
    GateSubject,
)
from codeflow_action.actions.quality_gates.hidden_unicode import HiddenUnicode
from codeflow_action.actions.quality_gates.review_presence import ReviewPresence
from codeflow_action.actions.quality_gates.runs_by_itself import RunsByItself
from codeflow_action.actions.quality_gates.secrets import Secrets
from codeflow_action.actions.quality_gates.size import Size
from codeflow_action.actions.quality_gates.suppressions import Suppressions
from codeflow_action.actions.quality_gates.workflow_risk import WorkflowRisks
from codeflow_action.engine.action import Action, Task
from codeflow_action.engine.errors import GitHubError, RepositoryError
from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.engine.globs import Globs, any_matches
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.outcome import Done, Outcome, Reason, Shortfall, Skipped
from codeflow_action.engine.ports import Absent
from codeflow_action.engine.pull_request import Gap, Trigger
from codeflow_action.engine.scans import ScannerFailed


class QualityGates(Action):
    """Checks the lines that a pull request adds, by code alone: each gate has a level or options.

    `paths.ignore` is for models; gates have their own `ignore`, empty by default, because lock
    files and vendored folders are where secrets hide.
    """

    name = "quality_gates"
    triggers = Action.triggers | {Trigger.BASE_CHANGED, Trigger.PUSH, Trigger.MERGE_GROUP}

    # The registry: a new gate is its file, and its import and a line here. The most valuable stands
    # first, and the documents keep this order.
    secrets: Secrets = Secrets()
    workflow_risk: WorkflowRisks = WorkflowRisks()
    runs_by_itself: RunsByItself = RunsByItself()
    broken_files: BrokenFiles = BrokenFiles()
    conflict_markers: ConflictMarkers = ConflictMarkers()
    debug_leftovers: DebugLeftovers = DebugLeftovers()
    dependencies: Dependencies = Dependencies()
    hidden_unicode: HiddenUnicode = HiddenUnicode()
    review_presence: ReviewPresence = ReviewPresence()
    suppressions: Suppressions = Suppressions()
    size: Size = Size()
    file_hygiene: FileHygiene = FileHygiene()
    ignore: Globs = Field(default=(), description="Patterns of paths that no gate looks at.")

    @property
    def gates(self) -> tuple[Gate, ...]:
        """All gates with their options, in the order of the registry."""
        return tuple(value for _, value in self if isinstance(value, Gate))

    async def run(self, task: Task) -> Outcome:
        """Read the changed files at the head once and hand them to every gate that is on."""
        files = [
            file for file in task.pull_request.files if not any_matches(self.ignore, file.path)
        ]
        if not files and not task.pull_request.files_left_out:
            return Skipped(reason=Reason.NO_REVIEWABLE_CHANGES, detail="no changed file to check")
        heads = await task.head.read_many([file.path for file in files if file.hunks])
        changes = [
            FileChange(file=file, head=heads.get(file.path, Absent.MISSING)) for file in files
        ]
        subject = GateSubject(
            changes=tuple(changes),
            head=task.head,
            merge_base=task.base,
            scanners=task.scanners,
            forge=task.forge,
            repository=task.pull_request.repository,
        )
        gates = [gate for gate in self.gates if gate.level is not GateLevel.OFF]
        blind_spots = _blind_spots(gates, changes, task) if gates else ()
        reports: dict[str, _GateReport] = {}

        async def check(gate: Gate) -> None:
            reports[gate.name] = await _check(gate, subject, task)
            # What is known so far, in case the run is stopped before the slowest gate is done.
            task.keep(_outcome(gates, reports, blind_spots))

        await asyncio.gather(*(check(gate) for gate in gates))
        return _outcome(gates, reports, blind_spots)


@dataclass(frozen=True, kw_only=True)
class _GateReport:
    """What one gate found, and the lines that no finding may quote."""

    done: Done
    secret_lines: frozenset[tuple[str, int]]


def _outcome(
    gates: Sequence[Gate], reports: Mapping[str, _GateReport], blind_spots: Sequence[Shortfall]
) -> Done:
    """Return what the gates found that have finished; one that has not is no pass."""
    complete = [reports[gate.name] for gate in gates if gate.name in reports]
    pending = [gate for gate in gates if gate.name not in reports]
    findings = [finding for report in complete for finding in report.done.findings]
    if any(gate.name == Secrets.name for gate in pending):
        # Nobody knows yet which lines hold a secret, so no finding may quote its line.
        findings = [finding.model_copy(update={"code": ""}) for finding in findings]
    else:
        secret_lines = {line for report in complete for line in report.secret_lines}
        findings = [_without_secret(finding, secret_lines) for finding in findings]
    return Done(
        findings=tuple(findings),
        notes=tuple(note for report in complete for note in report.done.notes),
        shortfalls=(
            *(shortfall for report in complete for shortfall in report.done.shortfalls),
            *(
                Shortfall(
                    reason=Reason.GATE_NOT_RUN,
                    detail=f"{gate.name} was stopped before it finished",
                    severity=gate.level.severity,
                )
                for gate in pending
            ),
            *blind_spots,
        ),
    )


async def _check(gate: Gate, subject: GateSubject, task: Task) -> _GateReport:
    """Run one gate. Whatever breaks in it stays in it, and counts as no pass."""
    try:
        result = await gate.check(subject.without(gate.ignore))
    except ScannerFailed as error:
        result = GateResult(unchecked=(f"could not run: {error}",))
    except (RepositoryError, GitHubError) as error:  # what it wanted to read was not to be had
        result = GateResult(unchecked=(f"could not run: {error.with_hint}",))
    except Exception as error:  # noqa: BLE001 - the boundary around a gate: a bug in one must not lose the others' findings
        task.on_bug(gate.name, error)
        result = GateResult(unchecked=(f"could not run: it crashed ({type(error).__name__})",))
    severity = gate.level.severity
    return _GateReport(
        done=Done(
            findings=tuple(
                finding.model_copy(update={"severity": gate.level.cap(finding.severity)})
                for finding in result.findings
            ),
            notes=result.notes,
            shortfalls=tuple(
                Shortfall(
                    reason=Reason.GATE_NOT_RUN, detail=f"{gate.name} {predicate}", severity=severity
                )
                for predicate in result.unchecked
            ),
        ),
        secret_lines=result.secret_lines,
    )


def _without_secret(finding: Finding, secret_lines: Collection[tuple[str, int]]) -> Finding:
    """Return the finding without the line that it quotes, where that line holds a secret.

    The secrets gate's own findings quote a masked text.
    """
    is_quoting = (finding.path, finding.line) in secret_lines
    if not is_quoting or finding.rule.startswith(f"{Secrets.name}/"):
        return finding
    return finding.model_copy(update={"code": ""})


def _blind_spots(
    gates: Sequence[Gate], changes: Sequence[FileChange], task: Task
) -> tuple[Shortfall, ...]:
    """Return the files that no gate could look at: they have not passed."""
    most_severe = min((gate.level.severity for gate in gates), key=lambda severity: severity.rank)
    shortfalls = [
        Shortfall(
            reason=Reason.GATE_NOT_RUN,
            detail=f"{change.path} was not checked: {change.unchecked_because}",
            # A file past our own limits, or a binary, is worth saying but no reason to block.
            severity=Severity.WARNING
            if change.file.gap is Gap.TOO_LARGE
            or change.head is Absent.TOO_LARGE
            or change.hides_text
            else most_severe,
        )
        for change in changes
        if change.unchecked_because
    ]
    if left_out := task.pull_request.files_left_out:
        shortfalls.append(
            Shortfall(reason=Reason.GATE_NOT_RUN, detail=left_out, severity=Severity.WARNING)
        )
    return tuple(shortfalls)
