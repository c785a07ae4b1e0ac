"""One line for the reader: which dependencies were added, changed and removed."""

import asyncio
from collections.abc import Sequence
from pathlib import PurePosixPath

from codeflow_action.actions.quality_gates.dependencies.deltas import (
    Deltas,
    PackageKey,
    read_packages,
)
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.ports import Tree
from codeflow_action.manifests import Ecosystem, FileRole, Package
from codeflow_action.security.untrusted import one_line

_MAX_NAMED = 3
_MAX_MANIFESTS = 20  # of one change that are read because their locks changed
_MAX_NAME = 40  # characters
_MAX_VERSION = 12
_EXACT = regex(r"[v=]*\d")

# A lock alone often does not say which packages the project itself asked for; the manifest does.
_MANIFEST_NAMES = {
    Ecosystem.NPM: "package.json",
    Ecosystem.PYPI: "pyproject.toml",
    Ecosystem.CARGO: "Cargo.toml",
    Ecosystem.GO: "go.mod",
    Ecosystem.RUBYGEMS: "Gemfile",
    Ecosystem.COMPOSER: "composer.json",
    Ecosystem.HEX: "mix.exs",
}


async def direct_dependencies(deltas: Deltas, head: Tree) -> frozenset[PackageKey]:
    """Return what the unchanged manifests beside changed locks ask for."""
    manifests = {
        str(PurePosixPath(delta.path).with_name(name))
        for delta in deltas.of(FileRole.LOCK)
        if (name := _MANIFEST_NAMES.get(delta.format.ecosystem))
        and any(package.direct is None for package in delta.after.packages)
    }
    paths = sorted(manifests - {delta.path for delta in deltas.files})[:_MAX_MANIFESTS]
    contents = await head.read_many(paths) if paths else {}
    return await asyncio.to_thread(
        lambda: frozenset(
            package.key
            for path, content in contents.items()
            for package in read_packages(path, content) or ()
            if package.direct
        )
    )


def summary_line(deltas: Deltas, direct_names: frozenset[PackageKey]) -> str:
    """Return the line, empty where no dependency changed.

    Direct dependencies are named, and those that only locks mention are counted. `direct_names`
    are asked for by manifests that did not change.
    """
    before, after = deltas.before, deltas.after
    direct = direct_names | {
        package.key
        for delta in deltas.files
        for listing in (delta.before, delta.after)
        for package in listing.packages
        if package.direct or (package.direct is None and delta.role is FileRole.MANIFEST)
    }
    additions = [key for key in after if key not in before]
    updates = [
        key for key in after if key in before and _versions(before[key]) != _versions(after[key])
    ]
    removals = [key for key in before if key not in after]
    parts = [
        _clause("adds", [_with_version(key, after[key]) for key in additions if key in direct]),
        _clause("changes", [one_line(key[1], _MAX_NAME) for key in updates if key in direct]),
        _clause("removes", [one_line(key[1], _MAX_NAME) for key in removals if key in direct]),
    ]
    counts = {
        "added": len([key for key in additions if key not in direct]),
        "changed": len([key for key in updates if key not in direct]),
        "removed": len([key for key in removals if key not in direct]),
    }
    indirect = ", ".join(f"{count} {verb}" for verb, count in counts.items() if count)
    parts.append(f"only in locks: {indirect}" if indirect else "")
    text = "; ".join(filter(None, parts))
    return f"Dependencies: {text}" if text else ""


def _versions(packages: Sequence[Package]) -> frozenset[str]:
    return frozenset(package.version for package in packages)


def _clause(verb: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    rest = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return f"{verb} {', '.join(names[:_MAX_NAMED])}{rest}"


def _with_version(key: PackageKey, packages: Sequence[Package]) -> str:
    """Return the name with the version that a lock has, else with what a manifest asks for."""
    ecosystem, name = key
    # A "$" is a variable of a build script, which says nothing here.
    versions = [
        package.version for package in packages if package.version and "$" not in package.version
    ]
    exact = (version for version in versions if _EXACT.match(version))
    version = one_line(next(exact, versions[0] if versions else "").lstrip("="), _MAX_VERSION)
    return " ".join(filter(None, (one_line(name, _MAX_NAME), version, f"({ecosystem.value})")))
