"""What a change does to dependencies: what comes, goes and moves, and what is odd about it."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import islice

from codeflow_action.actions.quality_gates.dependencies.advisories import advisories
from codeflow_action.actions.quality_gates.dependencies.deltas import Deltas, Key, read_deltas
from codeflow_action.actions.quality_gates.dependencies.digest import asked_for, digest
from codeflow_action.actions.quality_gates.dependencies.drift import lock_drift
from codeflow_action.actions.quality_gates.dependencies.licenses import denied_licenses
from codeflow_action.actions.quality_gates.dependencies.look_alikes import look_alikes
from codeflow_action.actions.quality_gates.dependencies.pins import loosened_pins
from codeflow_action.actions.quality_gates.dependencies.sources import (
    new_hosts,
    registry_settings,
    remote_sources,
)
from codeflow_action.actions.quality_gates.dependencies.tampering import (
    changed_digests,
    foreign_archives,
    new_install_scripts,
    own_install_scripts,
)
from codeflow_action.actions.quality_gates.gate import Checked, Gate, Level, Subject
from codeflow_action.engine.dependencies import DependencyChange, Unavailable
from codeflow_action.engine.findings import Finding
from codeflow_action.security.untrusted import one_line

_MAX_UNREAD = 3  # files that are named
_MAX_EACH = 20  # findings of one kind: past that a reader needs no more to act


class Dependencies(Gate):
    """A dependency comes with a known weakness, or in a way in which attacks come.

    `deny_licenses` are SPDX ids; `allow` are names of packages, and hosts of registries, that are
    never reported.
    """

    name = "dependencies"
    level: Level = Level.ERROR
    deny_licenses: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()

    async def check(self, subject: Subject) -> Checked:
        """Compare the manifests, locks and settings that changed; ask GitHub where some did."""
        deltas = await read_deltas(subject)
        if not deltas.files and not deltas.unread:
            return Checked()
        names, drift, changes = await asyncio.gather(
            asked_for(deltas, subject.head), lock_drift(deltas, subject), _changes(deltas, subject)
        )
        known = () if isinstance(changes, Unavailable) else changes
        own = await asyncio.to_thread(lambda: tuple(_signals(deltas)))
        told = [
            *advisories(known, deltas),
            *islice(denied_licenses(self.deny_licenses, known, deltas), _MAX_EACH),
            *own,
            *drift,
        ]
        return Checked(
            findings=tuple(one for one in told if not self._is_allowed(one)),
            notes=tuple(_notes(deltas, names, changes)),
        )

    def _is_allowed(self, finding: Finding) -> bool:
        """True when what the finding is about is allowed: its `code` begins with it."""
        about = finding.code.partition(" ")[0].lower()
        return {about, about.partition("://")[2]} & {one.lower() for one in self.allow} != set()


async def _changes(deltas: Deltas, subject: Subject) -> tuple[DependencyChange, ...] | Unavailable:
    """Return what the forge knows; it is asked only when a dependency may have changed."""
    if not deltas.is_changed and not deltas.unread:
        return ()
    return await subject.forge.dependency_changes(subject.base.sha, subject.head.sha)


_SIGNALS = (
    look_alikes,
    new_hosts,
    registry_settings,
    changed_digests,
    foreign_archives,
    loosened_pins,
    remote_sources,
    new_install_scripts,
    own_install_scripts,
)


def _signals(deltas: Deltas) -> Iterator[Finding]:
    for signal in _SIGNALS:
        yield from islice(signal(deltas), _MAX_EACH)


def _notes(
    deltas: Deltas, names: frozenset[Key], changes: Sequence[DependencyChange] | Unavailable
) -> Iterator[str]:
    if said := digest(deltas, names):
        yield said
    if deltas.unread:
        listed = "; ".join(one_line(one, 120) for one in deltas.unread[:_MAX_UNREAD])
        more = len(deltas.unread) - _MAX_UNREAD
        yield f"Dependencies not read: {listed}{f' and {more} more' if more > 0 else ''}"
    if isinstance(changes, Unavailable):
        yield f"Advisories unavailable: {one_line(changes.reason, 250)}"
