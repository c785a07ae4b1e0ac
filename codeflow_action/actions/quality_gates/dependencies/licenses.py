"""Licences of new dependencies, as GitHub or a lock states them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from codeflow_action.actions.quality_gates.dependencies.advisories import place_of, plain_name
from codeflow_action.actions.quality_gates.dependencies.deltas import Deltas, DependencyGate
from codeflow_action.engine.dependencies import ChangeKind, DependencyChange
from codeflow_action.engine.findings import Category, Finding
from codeflow_action.security.untrusted import one_line


@dataclass(frozen=True, kw_only=True)
class _LicensedChange:
    """A new package, with the licences that a user may choose from."""

    change: DependencyChange
    licenses: tuple[str, ...]


def denied_licenses(
    deny_list: Iterable[str], changes: Sequence[DependencyChange], deltas: Deltas
) -> Iterator[Finding]:
    """Yield new packages that can only be used under a denied licence."""
    denied_ids = frozenset(license_id.lower() for license_id in deny_list)
    if not denied_ids:
        return
    versions = set()
    for package in _licensed_changes(changes, deltas):
        change = package.change
        version = (plain_name(change.name), change.version)
        if version in versions:
            continue
        versions.add(version)
        if package.licenses and all(_is_denied(choice, denied_ids) for choice in package.licenses):
            yield _finding(package, deltas)


def _licensed_changes(
    changes: Sequence[DependencyChange], deltas: Deltas
) -> Iterator[_LicensedChange]:
    """Yield new packages with a licence: those that the forge knows, then those of locks."""
    for change in changes:
        if change.kind is ChangeKind.ADDED and change.license:
            yield _LicensedChange(change=change, licenses=tuple(_choices(change.license)))
    for delta in deltas.files:
        old = {(package.key, package.version) for package in delta.before.packages}
        for package in delta.after.packages:
            if package.licenses and (package.key, package.version) not in old:
                yield _LicensedChange(
                    change=DependencyChange(
                        kind=ChangeKind.ADDED,
                        manifest=delta.path,
                        ecosystem=package.ecosystem.value,
                        name=package.name,
                        version=package.version,
                    ),
                    licenses=tuple(
                        choice for expression in package.licenses for choice in _choices(expression)
                    ),
                )


def _choices(expression: str) -> Iterator[str]:
    """Yield what an SPDX expression lets a user choose from, without brackets."""
    plain = " ".join(expression.replace("(", " ").replace(")", " ").split())
    yield from re.split(r" (?:OR|or) ", plain)


def _is_denied(choice: str, denied_ids: frozenset[str]) -> bool:
    """True when one of the licences that apply together (SPDX `AND`, `WITH`) is denied."""
    parts = re.split(r" (?:AND|and) ", choice)
    return any(part.partition(" ")[0].lower() in denied_ids for part in parts)


def _finding(package: _LicensedChange, deltas: Deltas) -> Finding:
    change = package.change
    name, version = one_line(change.name, 80), one_line(change.version, 40)
    licenses = one_line(" or ".join(package.licenses), 80)
    path, line = place_of(change, deltas)
    return DependencyGate.finding(
        path,
        line,
        title=f"{name} has a licence that this project does not allow",
        message=(
            f"{name} {version} is licensed under {licenses}, and `deny_licenses` rules that out. "
            "Use another package, or change the list."
        ),
        code=f"{change.name} {licenses}",
        rule="license",
        category=Category.CONFIGURATION,
    )
