"""Licences of the dependencies that come, as GitHub or a lock says them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from codeflow_action.actions.quality_gates.dependencies.advisories import at_its_line, plain_name
from codeflow_action.actions.quality_gates.dependencies.deltas import Deltas
from codeflow_action.engine.dependencies import ChangeKind, DependencyChange
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.manifests import Package
from codeflow_action.security.untrusted import one_line


@dataclass(frozen=True, kw_only=True)
class _Licensed:
    """A package that comes, with the alternatives that it may be used under."""

    name: str
    version: str
    licenses: tuple[str, ...]
    change: DependencyChange


def denied_licenses(
    denied: Iterable[str], changes: Sequence[DependencyChange], deltas: Deltas
) -> Iterator[Finding]:
    """Yield what comes and can only be used under a denied licence, as GitHub or the lock says."""
    refused = frozenset(one.lower() for one in denied)
    seen = set()
    for one in [*_from_forge(changes), *_from_locks(deltas)] if refused else ():
        at = (plain_name(one.name), one.version)
        if at in seen:
            continue
        seen.add(at)
        if one.licenses and all(_is_refused(each, refused) for each in one.licenses):
            yield _denied(one, deltas)


def _from_forge(changes: Sequence[DependencyChange]) -> Iterator[_Licensed]:
    for one in changes:
        if one.kind is ChangeKind.ADDED and one.license:
            licenses = tuple(_alternatives(one.license))
            yield _Licensed(name=one.name, version=one.version, licenses=licenses, change=one)


def _from_locks(deltas: Deltas) -> Iterator[_Licensed]:
    for delta in deltas.files:
        known = {(one.key, one.version) for one in delta.before.packages}
        for one in delta.after.packages:
            if one.licenses and (one.key, one.version) not in known:
                yield _locked(delta.path, one)


def _locked(path: str, package: Package) -> _Licensed:
    change = DependencyChange(
        kind=ChangeKind.ADDED,
        manifest=path,
        ecosystem=package.ecosystem.value,
        name=package.name,
        version=package.version,
    )
    licenses = tuple(one for each in package.licenses for one in _alternatives(each))
    return _Licensed(name=change.name, version=change.version, licenses=licenses, change=change)


def _alternatives(expression: str) -> Iterator[str]:
    """Yield what a reader of an SPDX expression may choose from, without brackets."""
    plain = " ".join(expression.replace("(", " ").replace(")", " ").split())
    yield from re.split(r" (?:OR|or) ", plain)


def _is_refused(alternative: str, refused: frozenset[str]) -> bool:
    """True when one of the licences that hold together is refused (SPDX `AND`, `WITH`)."""
    parts = re.split(r" (?:AND|and) ", alternative)
    return any(part.partition(" ")[0].lower() in refused for part in parts)


def _denied(one: _Licensed, deltas: Deltas) -> Finding:
    name, licenses = one_line(one.name, 80), one_line(" or ".join(one.licenses), 80)
    return at_its_line(
        one.change,
        deltas,
        Finding(
            severity=Severity.ERROR,
            category=Category.CONFIGURATION,
            title=f"{name} is under a licence that is denied here",
            message=f"{name} {one_line(one.version, 40)} is under {licenses} (`deny_licenses`).",
            evidence=Evidence.DETERMINISTIC,
            sources=("quality_gates",),
            rule="dependencies/license",
            code=f"{one.name} {licenses}",
        ),
    )
