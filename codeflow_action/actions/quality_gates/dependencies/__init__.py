"""What a change does to dependencies: what it adds, removes and updates, and what looks wrong."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import islice

from pydantic import Field

from codeflow_action.actions.quality_gates.dependencies.action_owners import owner_look_alikes
from codeflow_action.actions.quality_gates.dependencies.advisories import advisories
from codeflow_action.actions.quality_gates.dependencies.deltas import (
    Deltas,
    DependencyGate,
    PackageKey,
    read_deltas,
)
from codeflow_action.actions.quality_gates.dependencies.dependency_summary import (
    direct_dependencies,
    summary_line,
)
from codeflow_action.actions.quality_gates.dependencies.drift import lock_drift
from codeflow_action.actions.quality_gates.dependencies.look_alikes import look_alikes
from codeflow_action.actions.quality_gates.dependencies.package_sources import (
    moved_archives,
    new_hosts,
    registry_settings,
    remote_sources,
)
from codeflow_action.actions.quality_gates.dependencies.pins import loosened_pins
from codeflow_action.actions.quality_gates.dependencies.redirects import redirects
from codeflow_action.actions.quality_gates.dependencies.tampering import (
    allowed_scripts,
    changed_digests,
    foreign_archives,
    new_install_scripts,
    own_install_scripts,
)
from codeflow_action.actions.quality_gates.gate import GateLevel, GateResult, GateSubject
from codeflow_action.engine.dependencies import DependencyChange, Unavailable
from codeflow_action.engine.findings import Finding
from codeflow_action.security.untrusted import one_line

_MAX_UNREAD = 3  # files that are named
_MAX_EACH = 20  # findings of one signal: a reader needs no more to act


class Dependencies(DependencyGate):
    """A dependency has a known vulnerability, or shows a sign of a supply-chain attack."""

    level: GateLevel = GateLevel.ERROR
    deny_licenses: tuple[str, ...] = Field(
        default=(), description="SPDX ids that a new dependency may not be under."
    )
    allow: tuple[str, ...] = Field(
        default=(),
        description="Names of packages, and hosts of registries, that are never reported.",
    )

    async def check(self, subject: GateSubject) -> GateResult:
        """Compare the manifests, locks and settings that changed; ask GitHub where some did."""
        deltas = await read_deltas(subject)
        if not (deltas.files or deltas.sources or deltas.locks or deltas.unread):
            return GateResult()
        direct, drift, changes = await asyncio.gather(
            direct_dependencies(deltas, subject.head),
            lock_drift(deltas, subject),
            _changes(deltas, subject),
        )
        answers = () if isinstance(changes, Unavailable) else changes
        # Look-alikes compare thousands of names: the processor's work, not the event loop's.
        signals = await asyncio.to_thread(
            lambda: [
                finding for signal in _SIGNALS for finding in islice(signal(deltas), _MAX_EACH)
            ]
        )
        denied, license_notes = await asyncio.to_thread(self._check_licenses, answers, deltas)
        findings = [
            *advisories(answers, deltas),
            *denied[:_MAX_EACH],
            *signals,
            *drift,
        ]
        return GateResult(
            findings=tuple(finding for finding in findings if not self._is_allowed(finding)),
            notes=(*_notes(deltas, direct, changes), *license_notes),
        )

    def _check_licenses(
        self, changes: Sequence[DependencyChange], deltas: Deltas
    ) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
        """Return findings and notes."""
        if not self.deny_licenses:
            return (), ()
        from codeflow_action.actions.quality_gates.dependencies import (  # noqa: PLC0415 - see there
            licenses,
        )

        check = licenses.check_licenses(self.deny_licenses, changes, deltas)
        return check.findings, check.notes

    def _is_allowed(self, finding: Finding) -> bool:
        """True when the finding's `code` begins with an allowed package or host."""
        name = finding.code.partition(" ")[0].lower()
        return not {name, name.partition("://")[2]}.isdisjoint(map(str.lower, self.allow))


async def _changes(
    deltas: Deltas, subject: GateSubject
) -> tuple[DependencyChange, ...] | Unavailable:
    """Return what the forge knows; it is asked only when a dependency may have changed."""
    if not deltas.is_changed and not deltas.unread and not deltas.unread_locks:
        return ()
    return await subject.forge.dependency_changes(subject.merge_base.sha, subject.head.sha)


# Each yields findings from the files alone: a new signal is a function and a line here.
_SIGNALS = (
    look_alikes,
    owner_look_alikes,
    new_hosts,
    registry_settings,
    changed_digests,
    foreign_archives,
    redirects,
    loosened_pins,
    remote_sources,
    moved_archives,
    new_install_scripts,
    own_install_scripts,
    allowed_scripts,
)


def _notes(
    deltas: Deltas, direct: frozenset[PackageKey], changes: Sequence[DependencyChange] | Unavailable
) -> Iterator[str]:
    if line := summary_line(deltas, direct):
        yield line
    if deltas.unread:
        reasons = "; ".join(one_line(reason, 120) for reason in deltas.unread[:_MAX_UNREAD])
        rest = len(deltas.unread) - _MAX_UNREAD
        yield f"Dependencies not read: {reasons}{f' and {rest} more' if rest > 0 else ''}"
    if locks := deltas.unread_locks:
        names = ", ".join(one_line(path, 120) for path in locks[:_MAX_UNREAD])
        others = f" and {len(locks) - _MAX_UNREAD} more" if len(locks) > _MAX_UNREAD else ""
        yield f"{names}{others} changed; {'it is' if len(locks) == 1 else 'they are'} not read"
    if isinstance(changes, Unavailable):
        yield f"Advisories unavailable: {one_line(changes.reason, 250)}"
