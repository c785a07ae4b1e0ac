"""One line for the reader: what was added, moved and removed."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from codeflow_action.actions.quality_gates.dependencies.deltas import Deltas, Key
from codeflow_action.engine.ports import Tree
from codeflow_action.manifests import Ecosystem, FileRole, Listing, Package, format_of, read
from codeflow_action.security.untrusted import one_line

_MAX_NAMED = 3
_MOST = 20  # manifests of one change that are read beside their locks
_MAX_NAME = 40  # characters
_MAX_VERSION = 12
_EXACT = re.compile(r"[v=]*\d")


# The manifest beside a lock that does not say itself what was asked for.
_BESIDE = {
    Ecosystem.NPM: "package.json",
    Ecosystem.PYPI: "pyproject.toml",
    Ecosystem.CARGO: "Cargo.toml",
    Ecosystem.GO: "go.mod",
    Ecosystem.RUBYGEMS: "Gemfile",
    Ecosystem.COMPOSER: "composer.json",
    Ecosystem.HEX: "mix.exs",
}


async def asked_for(deltas: Deltas, head: Tree) -> frozenset[Key]:
    """Return what unchanged manifests beside changed locks ask for."""
    read_before = {delta.path for delta in deltas.files}
    beside = {
        str(PurePosixPath(delta.path).with_name(name))
        for delta in deltas.of(FileRole.LOCK)
        if (name := _BESIDE.get(delta.format.ecosystem))
        and any(package.direct is None for package in delta.after.packages)
    }
    wanted = sorted(beside - read_before)[:_MOST]
    contents = await head.read_many(wanted) if wanted else {}
    return await asyncio.to_thread(
        lambda: frozenset(
            package.key
            for path, content in contents.items()
            if isinstance(content, bytes)
            for package in _packages(path, content)
            if package.direct
        )
    )


def _packages(path: str, content: bytes) -> Sequence[Package]:
    of = format_of(path)
    listing = read(of, content) if of else None
    return listing.packages if isinstance(listing, Listing) else ()


def digest(deltas: Deltas, direct_names: frozenset[Key]) -> str:
    """Return the line, empty where no dependency changed.

    Direct dependencies are named, those that only locks speak of are counted. `direct_names` are
    asked for by manifests that did not change.
    """
    before, after = deltas.before, deltas.after
    direct = direct_names | _direct(deltas)
    added = [key for key in after if key not in before]
    removed = [key for key in before if key not in after]
    moved = [
        key for key in after if key in before and _versions(before[key]) != _versions(after[key])
    ]
    parts = [
        _named("adds", [_added(key, after[key]) for key in added if key in direct]),
        _named("moves", [_name(key) for key in moved if key in direct]),
        _named("removes", [_name(key) for key in removed if key in direct]),
    ]
    others = [[key for key in keys if key not in direct] for keys in (added, moved, removed)]
    counts = zip(("added", "moved", "removed"), map(len, others), strict=True)
    rest = ", ".join(f"{count} {what}" for what, count in counts if count)
    parts.append(f"in locks alone {rest}" if rest else "")
    said = "; ".join(part for part in parts if part)
    return f"Dependencies: {said}" if said else ""


def _direct(deltas: Deltas) -> frozenset[Key]:
    return frozenset(
        package.key
        for delta in deltas.files
        for listing in (delta.before, delta.after)
        for package in listing.packages
        if package.direct or (package.direct is None and delta.role is FileRole.MANIFEST)
    )


def _versions(packages: Sequence[Package]) -> frozenset[str]:
    return frozenset(package.version for package in packages)


def _named(verb: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    more = len(names) - _MAX_NAMED
    listed = ", ".join(names[:_MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"{verb} {listed}"


def _name(key: Key) -> str:
    return one_line(key[1], _MAX_NAME)


def _added(key: Key, packages: Sequence[Package]) -> str:
    """Return the name with the version that a lock has, else with what a manifest asks for."""
    versions = [one.version for one in packages if one.version and "$" not in one.version]
    exact = (one for one in versions if _EXACT.match(one))
    version = one_line(next(exact, versions[0] if versions else "").lstrip("="), _MAX_VERSION)
    return " ".join(part for part in (_name(key), version, f"({key[0].value})") if part)
