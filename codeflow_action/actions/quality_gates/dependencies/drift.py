"""Manifests that ask for something that the lock beside them does not contain."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from codeflow_action.actions.quality_gates.dependencies.deltas import (
    Delta,
    Deltas,
    DependencyGate,
    PackageKey,
    read_packages,
)
from codeflow_action.actions.quality_gates.gate import GateSubject
from codeflow_action.engine.findings import Category, Finding, Severity
from codeflow_action.manifests import FileRole, Origin, Package
from codeflow_action.security.untrusted import one_line

# The locks that a manifest fills. A requirements file has none.
_LOCKS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(manifest), locks)
    for manifest, locks in (
        (
            r"package\.json",
            (
                *("package-lock.json", "npm-shrinkwrap.json", "yarn.lock"),
                *("pnpm-lock.yaml", "bun.lock"),
            ),
        ),
        (r"pyproject\.toml", ("poetry.lock", "uv.lock", "pdm.lock")),
        (r"Cargo\.toml", ("Cargo.lock",)),
        (r"go\.mod", ("go.sum",)),
        (r"Gemfile", ("Gemfile.lock",)),
        (r"composer\.json", ("composer.lock",)),
        (r"pubspec\.yaml", ("pubspec.lock",)),
        (r"mix\.exs", ("mix.lock",)),
        (r".*\.(?:cs|fs|vb)proj", ("packages.lock.json",)),
    )
)
_MAX_NAMED = 3
_MAX_MANIFESTS = 20  # of one change whose locks are read

type _Keys = frozenset[PackageKey]


async def lock_drift(deltas: Deltas, subject: GateSubject) -> tuple[Finding, ...]:
    """Return manifests with a new dependency that no lock beside or above them contains.

    Only locks that the change leaves alone count, and only those that contained all that the
    manifest asked for before: others are not its locks.
    """
    manifests = [
        (delta, new) for delta in deltas.of(FileRole.MANIFEST) if (new := _new_dependencies(delta))
    ]
    if not manifests:
        return ()
    tree = frozenset(await subject.head.list() or ())
    changed_paths = {change.path for change in subject.changes}
    with_locks = [
        (delta, new, locks)
        for delta, new in manifests[:_MAX_MANIFESTS]
        if (locks := _locks(delta.path, tree)) and changed_paths.isdisjoint(locks)
    ]
    paths = sorted({lock for _, _, locks in with_locks for lock in locks})
    contents = await subject.head.read_many(paths)
    keys = await asyncio.to_thread(
        lambda: {
            path: frozenset(package.key for package in packages)
            for path, content in contents.items()
            if (packages := read_packages(path, content)) is not None
        }
    )
    return tuple(
        _finding(delta, absent, locks[0])
        for delta, new, locks in with_locks
        if (absent := _absent_from(delta, new, [keys.get(lock) for lock in locks]))
    )


def _new_dependencies(delta: Delta) -> list[Package]:
    """Return what the manifest newly asks for; nothing for a manifest that is itself new."""
    if not delta.before.packages:
        return []
    return [
        package
        for package in delta.after.packages
        if package.key not in delta.old and _is_locked(package)
    ]


def _is_locked(package: Package) -> bool:
    return package.is_locked and package.origin is Origin.REGISTRY


def _locks(path: str, tree: frozenset[str]) -> tuple[str, ...]:
    """Return the locks in the nearest folder that has any, from the manifest's own upwards."""
    manifest = PurePosixPath(path)
    names = next((locks for pattern, locks in _LOCKS if pattern.fullmatch(manifest.name)), ())
    for folder in manifest.parents:
        if locks := tuple(lock for name in names if (lock := str(folder / name)) in tree):
            return locks
    return ()


def _absent_from(
    delta: Delta, new: Sequence[Package], locks: Sequence[_Keys | None]
) -> list[Package]:
    """Return what none of the manifest's locks contains; nothing where one is unreadable."""
    old = {package.key for package in delta.before.packages if _is_locked(package)}
    own = [lock for lock in locks if lock is not None and old <= lock]
    if not own or None in locks:
        return []
    return [package for package in new if not any(package.key in lock for lock in own)]


def _finding(delta: Delta, absent: Sequence[Package], lock: str) -> Finding:
    names = [one_line(package.name, 60) for package in absent[:_MAX_NAMED]]
    if len(absent) > _MAX_NAMED:
        names.append(f"and {len(absent) - _MAX_NAMED} more")
    return DependencyGate.finding(
        delta.path,
        delta.line_of(absent[0]),
        severity=Severity.WARNING,
        title=f"{PurePosixPath(lock).name} was not updated",
        message=(
            f"The manifest now asks for {', '.join(names)}, and {one_line(lock, 120)} does not "
            "contain that: an install from the lock fails, or fetches versions that nobody has "
            "reviewed. Update the lock and commit it."
        ),
        code=absent[0].name,
        rule="lock",
        category=Category.CONFIGURATION,
    )
