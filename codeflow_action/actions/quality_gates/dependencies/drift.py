"""Manifests whose lock is gone, or does not contain what they ask for."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from pathlib import PurePosixPath

from codeflow_action.actions.quality_gates.dependencies.deltas import (
    Delta,
    Deltas,
    DependencyGate,
    PackageKey,
    read_packages,
)
from codeflow_action.actions.quality_gates.gate import FileChange, GateSubject
from codeflow_action.engine.files import is_fixture
from codeflow_action.engine.findings import Category, Finding, Severity
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.ports import Absent, Content
from codeflow_action.engine.pull_request import FileStatus
from codeflow_action.manifests import FileRole, Origin, Package
from codeflow_action.manifests.lock_names import LockNames, lock_rows, locks_of
from codeflow_action.security.untrusted import one_line

_BINARY_LOCK = "bun.lockb"  # https://bun.com/docs/pm/lockfile
# Versions that another tool has written out of a lock.
_EXPORT = regex(r"requirements[^/]*\.txt|pylock[^/]*\.toml")
_MAX_NAMED = 3
_MAX_MANIFESTS = 20  # of one change whose locks are read

type _Keys = frozenset[PackageKey]


async def lock_drift(deltas: Deltas, subject: GateSubject) -> tuple[Finding, ...]:
    """Return manifests with a new dependency that no lock contains, and those whose lock is gone.

    Only locks that the change leaves alone count, and only those that contained all that the
    manifest asked for before: others are not its locks.
    """
    manifests = [
        (delta, new) for delta in deltas.of(FileRole.MANIFEST) if (new := _new_dependencies(delta))
    ]
    lost_changes = [change for change in deltas.locks if _is_lost(deltas, change)]
    if not manifests and not lost_changes:
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
    absences = (
        _finding(delta, absent, locks[0])
        for delta, new, locks in with_locks
        if (absent := _absent_from(delta, new, locks, keys))
    )
    return (*absences, *await _lost_locks(lost_changes[:_MAX_MANIFESTS], tree, subject))


def _is_lost(deltas: Deltas, change: FileChange) -> bool:
    """True for a lock that was removed, moved away, or emptied."""
    if is_fixture(change.merge_base_path):
        return False
    if change.file.status in (FileStatus.REMOVED, FileStatus.RENAMED):
        return any(lock_rows(change.merge_base_path))
    delta = next((delta for delta in deltas.files if delta.path == change.path), None)
    return delta is not None and bool(delta.before.packages) and not delta.after.packages


async def _lost_locks(
    lost_changes: Sequence[FileChange], tree: frozenset[str], subject: GateSubject
) -> list[Finding]:
    """Return the locks that are gone while a manifest that they belong to still asks for something.

    A lock of another tool, or of a folder above, may have taken its place.
    """
    gone_paths = {change.merge_base_path for change in lost_changes}
    exports = {
        change.path.rpartition("/")[0]
        for change in subject.changes
        if change.file.status is FileStatus.ADDED and _EXPORT.search(change.path)
    }
    manifests = _manifests_of(gone_paths, tree - gone_paths, exports)
    contents = await subject.head.read_many(sorted({*chain.from_iterable(manifests.values())}))
    manifests_by_lock = await asyncio.to_thread(
        lambda: {
            lock: [
                path
                for path, row in manifests[lock].items()
                if _asks_for_something(path, row, contents.get(path, Absent.MISSING))
            ]
            for lock in sorted(gone_paths)
        }
    )
    return [_lost_finding(lock, paths[0]) for lock, paths in manifests_by_lock.items() if paths]


def _manifests_of(
    locks: Collection[str], tree: frozenset[str], exports: Collection[str]
) -> dict[str, dict[str, LockNames]]:
    """Return the manifests of each lock that is gone, but for those that have another lock.

    A folder of `exports` has one that no manifest names: pinned requirements.
    """
    folders = {folder for lock in locks for folder, _ in lock_rows(lock)}
    files: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(tree):
        folder, slash, name = path.rpartition("/")
        if folder + slash in folders and folder not in exports:
            files[folder + slash].append(name)
    return {
        lock: {
            folder + name: row
            for folder, row in lock_rows(lock)
            for name in files[folder]
            if row.manifest.fullmatch(name) and not _locks(folder + name, tree)
        }
        for lock in locks
    }


def _asks_for_something(path: str, row: LockNames, content: Content) -> bool:
    """False only for a manifest that can be read and asks for nothing, in no member either."""
    if not isinstance(content, bytes):
        return True
    packages = read_packages(path, content)
    if packages is None:
        return row.asks in content
    return b"workspace" in content or any(map(_is_locked, packages))


def _lost_finding(lock: str, manifest: str) -> Finding:
    name = PurePosixPath(lock).name
    return DependencyGate.finding(
        lock,
        severity=Severity.WARNING,
        title=f"{name} is gone, and {one_line(PurePosixPath(manifest).name, 60)} is not",
        message=(
            "Without the lock, an installation fetches the newest versions that "
            f"{one_line(manifest, 120)} allows: nobody has reviewed those, and nothing holds their "
            "content."
        ),
        advice="Commit the lock again, or remove the manifest too.",
        code=name,
        rule="lock",
        category=Category.CONFIGURATION,
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
    names = locks_of(manifest.name)
    for folder in manifest.parents:
        if locks := tuple(lock for name in names if (lock := str(folder / name)) in tree):
            return locks
    return ()


def _absent_from(
    delta: Delta, new: Sequence[Package], locks: Sequence[str], keys: Mapping[str, _Keys]
) -> list[Package]:
    """Return what none of the manifest's locks contains; nothing where one is unreadable."""
    readable = [lock for lock in locks if PurePosixPath(lock).name != _BINARY_LOCK]
    if not readable:
        # Bun writes all that is asked for into its lock: untouched, it cannot hold what is new.
        return (
            list(new) if PurePosixPath(locks[0]).parent == PurePosixPath(delta.path).parent else []
        )
    old = {package.key for package in delta.before.packages if _is_locked(package)}
    own = [keys[lock] for lock in readable if lock in keys and old <= keys[lock]]
    if not own or not keys.keys() >= set(readable):
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
            "reviewed."
        ),
        advice="Update the lock and commit it.",
        code=absent[0].name,
        rule="lock",
        category=Category.CONFIGURATION,
    )
