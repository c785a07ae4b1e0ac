"""Manifests that ask for what the lock beside them does not hold."""

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from codeflow_action.actions.quality_gates.dependencies.deltas import Delta, Deltas, Key
from codeflow_action.actions.quality_gates.gate import Subject
from codeflow_action.engine.findings import Category, Finding, Severity
from codeflow_action.engine.ports import Tree
from codeflow_action.manifests import FileRole, Listing, Origin, Package, format_of, read
from codeflow_action.security.untrusted import one_line

# Which locks a manifest fills. A requirements file has none.
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
_MOST = 20  # manifests of one change whose locks are read


async def lock_drift(deltas: Deltas, subject: Subject) -> tuple[Finding, ...]:
    """Return manifests with a new dependency that no lock beside or above them holds.

    Only locks that were not touched count, and only those that held all that the manifest asked
    for before: others are not its locks.
    """
    manifests = deltas.of(FileRole.MANIFEST)
    asking = [(delta, new) for delta in manifests if (new := _new(delta))][:_MOST]
    paths = frozenset(await subject.head.list() or ()) if asking else frozenset[str]()
    beside = [(delta, new, _locks(delta.path, paths)) for delta, new in asking]
    touched = {change.path for change in subject.changes}
    wanted = [
        (delta, new, locks) for delta, new, locks in beside if locks and not touched & {*locks}
    ]
    held = await _names(subject.head, {lock for _, _, locks in wanted for lock in locks})
    return tuple(
        _drifted(delta, missing, locks[0])
        for delta, new, locks in wanted
        if (missing := _missing(delta, new, [held.get(lock) for lock in locks]))
    )


def _new(delta: Delta) -> list[Package]:
    """Return what the manifest asks for and did not; nothing for a manifest that is new."""
    if not delta.before.packages:
        return []
    return [one for one in delta.after.packages if one.key not in delta.old and _is_locked(one)]


def _is_locked(package: Package) -> bool:
    return package.is_locked and package.origin is Origin.REGISTRY


def _locks(path: str, paths: frozenset[str]) -> tuple[str, ...]:
    """Return the locks in the nearest folder that has any, from the manifest's own upwards."""
    place = PurePosixPath(path)
    names = next((locks for manifest, locks in _LOCKS if manifest.fullmatch(place.name)), ())
    for folder in place.parents:
        found = tuple(lock for name in names if (lock := str(folder / name)) in paths)
        if found:
            return found
    return ()


async def _names(head: Tree, locks: Iterable[str]) -> dict[str, frozenset[Key] | None]:
    contents = await head.read_many(sorted(locks))
    return await asyncio.to_thread(
        lambda: {
            path: _held(path, content) if isinstance(content, bytes) else None
            for path, content in contents.items()
        }
    )


def _held(path: str, content: bytes) -> frozenset[Key] | None:
    of = format_of(path)
    listing = read(of, content) if of else None
    if not isinstance(listing, Listing):
        return None
    return frozenset(package.key for package in listing.packages)


def _missing(
    delta: Delta, new: Sequence[Package], locks: Sequence[frozenset[Key] | None]
) -> list[Package]:
    """Return what none of the locks holds; nothing where one is unreadable or not this one's."""
    old = {one.key for one in delta.before.packages if _is_locked(one)}
    own = [lock for lock in locks if lock is not None and old <= lock]
    if not own or None in locks:
        return []
    return [one for one in new if not any(one.key in lock for lock in own)]


def _drifted(delta: Delta, missing: Sequence[Package], lock: str) -> Finding:
    names = ", ".join(_shown(missing))
    found = delta.finding(
        "lock",
        Severity.WARNING,
        delta.line_of(missing[0]),
        code=missing[0].name,
        title=f"{PurePosixPath(lock).name} was not updated",
        message=(
            f"The manifest now asks for {names}, which {one_line(lock, 120)} does not hold: an "
            "install from the lock fails or takes what nobody has seen. Commit the lock too."
        ),
    )
    return found.model_copy(update={"category": Category.CONFIGURATION})


def _shown(packages: Sequence[Package]) -> Iterator[str]:
    yield from (one_line(one.name, 60) for one in packages[:_MAX_NAMED])
    if len(packages) > _MAX_NAMED:
        yield f"and {len(packages) - _MAX_NAMED} more"
