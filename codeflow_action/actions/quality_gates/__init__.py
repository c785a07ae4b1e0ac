"""Deterministic gates over the added lines: one file each, run together, no model needed."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import field_validator

from codeflow_action.actions.quality_gates.conflict_markers import ConflictMarkers
from codeflow_action.actions.quality_gates.debug_leftovers import DebugLeftovers
from codeflow_action.actions.quality_gates.gate import Change, Gate, Level
from codeflow_action.actions.quality_gates.secrets import Secrets
from codeflow_action.engine.action import Action, Done, Outcome, Reason, Shortfall, Skipped, Task
from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.engine.globs import any_matches, compile_glob
from codeflow_action.engine.ports import Absent, Content, ScannerFailed
from codeflow_action.engine.pull_request import Gap, Trigger

GATES: tuple[Gate, ...] = (Secrets(), ConflictMarkers(), DebugLeftovers())


@dataclass(frozen=True, kw_only=True)
class _Checked:
    findings: tuple[Finding, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()


class QualityGates(Action):
    """Options: a level per gate (`off`, `notice`, `warning`, `error`) and paths to ignore.

    `paths.ignore` is for models; gates have their own `ignore`, empty by default, because lock
    files and vendored folders are where secrets hide.
    """

    name = "quality_gates"
    triggers = Action.triggers | {Trigger.BASE_CHANGED, Trigger.PUSH, Trigger.MERGE_GROUP}

    secrets: Level = Secrets.default
    conflict_markers: Level = ConflictMarkers.default
    debug_leftovers: Level = DebugLeftovers.default
    ignore: tuple[str, ...] = ()

    @field_validator("ignore")
    @classmethod
    def _globs_compile(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            compile_glob(pattern.removeprefix("!"))
        return patterns

    def level(self, gate: Gate) -> Level:
        """Return the level set for that gate."""
        levels = {
            Secrets.name: self.secrets,
            ConflictMarkers.name: self.conflict_markers,
            DebugLeftovers.name: self.debug_leftovers,
        }
        return levels[gate.name]

    async def run(self, task: Task) -> Outcome:
        """Read the changed files at head once and hand them to every gate that is on."""
        files = [
            file for file in task.pull_request.files if not any_matches(self.ignore, file.path)
        ]
        if not files and not task.pull_request.files_left_out:
            return Skipped(reason=Reason.NO_REVIEWABLE_CHANGES, detail="no changed file to check")
        heads = await task.head.read_many([file.path for file in files if file.hunks])
        changes = [Change(file=file, head=heads.get(file.path, Absent.MISSING)) for file in files]
        on = [gate for gate in GATES if self.level(gate) is not Level.OFF]
        checked = [await self._checked(gate, changes, task) for gate in on]
        gaps = self._gaps(changes, task) if on else ()
        return Done(
            findings=tuple(finding for one in checked for finding in one.findings),
            shortfalls=(*(short for one in checked for short in one.shortfalls), *gaps),
        )

    async def _checked(self, gate: Gate, changes: Sequence[Change], task: Task) -> _Checked:
        texts = [change for change in changes if change.is_text]
        try:
            return _Checked(findings=await gate.check(texts, self.level(gate), task.scanners))
        except ScannerFailed as error:
            shortfall = Shortfall(
                reason=Reason.GATE_NOT_RUN,
                detail=f"{gate.name} could not run: {error}",
                severity=self.level(gate).severity,
            )
            return _Checked(shortfalls=(shortfall,))

    def _gaps(self, changes: Sequence[Change], task: Task) -> tuple[Shortfall, ...]:
        """Return what no gate could look at: that is never a pass."""
        gravest = min(
            (self.level(gate).severity for gate in GATES if self.level(gate) is not Level.OFF),
            key=lambda severity: severity.rank,
        )
        gaps = [
            Shortfall(
                reason=Reason.GATE_NOT_RUN,
                detail=f"{change.path} was not looked at: {change.not_looked_at}",
                severity=Severity.WARNING if _is_only_large(change) else gravest,
            )
            for change in changes
            if change.not_looked_at
        ]
        if left_out := task.pull_request.files_left_out:
            gaps.append(
                Shortfall(reason=Reason.GATE_NOT_RUN, detail=left_out, severity=Severity.WARNING)
            )
        return tuple(gaps)


def _is_only_large(change: Change) -> bool:
    """True for files past our own limits: said, but no reason to stop a merge."""
    content: Content = change.head
    return change.file.gap is Gap.TOO_LARGE or content is Absent.TOO_LARGE
