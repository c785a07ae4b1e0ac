"""What GitHub says of the dependencies that come: published advisories, and licences."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from codeflow_action.actions.quality_gates.dependencies.deltas import Deltas
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
from codeflow_action.engine.ports import Advisory, ChangeKind, DependencyChange, Risk
from codeflow_action.manifests import Package
from codeflow_action.security.untrusted import one_line

_SEVERITIES = {
    Risk.CRITICAL: Severity.ERROR,
    Risk.HIGH: Severity.ERROR,
    Risk.MODERATE: Severity.WARNING,
    Risk.LOW: Severity.NOTICE,
}
_MAX_FINDINGS = 20
_MAX_NAMED = 4
_ORDER = list(Risk)


def advisories(changes: Sequence[DependencyChange], deltas: Deltas) -> Iterator[Finding]:
    """Yield one finding a dependency that comes with published advisories.

    An advisory that the version before had too is not this change's: it is a notice. Without
    runtime scope a finding is at most a warning.
    """
    had = {
        (one.manifest, one.ecosystem, one.name, advisory.id)
        for one in changes
        if one.kind is ChangeKind.REMOVED
        for advisory in one.advisories
    }
    for change in _without_repeats(changes):
        new = [
            one
            for one in change.advisories
            if (change.manifest, change.ecosystem, change.name, one.id) not in had
        ]
        if told := new or list(change.advisories):
            yield _finding(change, told, deltas, is_new=bool(new))


def _without_repeats(changes: Sequence[DependencyChange]) -> list[DependencyChange]:
    """Return what is added with advisories, a version once, gravest first.

    A lock and its manifest both tell of one version: where both do, the first is enough.
    """
    added = [one for one in changes if one.kind is ChangeKind.ADDED and one.advisories]
    added.sort(key=lambda one: min(_ORDER.index(each.risk) for each in one.advisories))
    kept = {(one.ecosystem, one.name, one.version): one for one in reversed(added)}
    return [one for one in added if kept[one.ecosystem, one.name, one.version] is one][
        :_MAX_FINDINGS
    ]


def _finding(
    change: DependencyChange, told: Sequence[Advisory], deltas: Deltas, *, is_new: bool
) -> Finding:
    gravest = min(told, key=lambda one: _ORDER.index(one.risk))
    severity = _SEVERITIES[gravest.risk]
    if severity is Severity.ERROR and not change.is_runtime:
        severity = Severity.WARNING
    name, version = one_line(change.name, 80), one_line(change.version, 40)
    kept = "" if is_new else " The version before has them too."
    return _at_its_line(
        change,
        deltas,
        Finding(
            severity=severity if is_new else Severity.NOTICE,
            category=Category.SECURITY,
            title=f"{name} {version} has a known weakness ({gravest.risk.value})",
            message=f"{'; '.join(_told(told))}.{kept} Take a version without them.",
            evidence=Evidence.DETERMINISTIC,
            sources=("quality_gates",),
            rule="dependencies/advisory",
            code=f"{change.name} {' '.join(sorted(one.id for one in told))}",
        ),
    )


def _told(told: Sequence[Advisory]) -> Iterator[str]:
    for one in sorted(told, key=lambda each: _ORDER.index(each.risk))[:_MAX_NAMED]:
        yield f"{one_line(one.id, 30)} ({one.risk.value}): {one_line(one.summary, 120)}".rstrip(
            ": "
        )
    if len(told) > _MAX_NAMED:
        yield f"and {len(told) - _MAX_NAMED} more"


def _at_its_line(change: DependencyChange, deltas: Deltas, finding: Finding) -> Finding:
    """Return the finding at the line that adds the dependency, as far as our readers know it."""
    delta = next((one for one in deltas.files if one.path == change.manifest), None)
    if delta is None:
        return finding.model_copy(update={"path": change.manifest or None})
    same = [one for one in delta.after.packages if _is_same(one, change)]
    exact = [one for one in same if one.version.lstrip("=v ") == change.version.lstrip("=v ")]
    found = next(iter(exact or same), None)
    line = delta.line_of(found, change.version) if found else None
    return finding.model_copy(update={"path": delta.path, "line": line})


def _is_same(package: Package, change: DependencyChange) -> bool:
    return _plain(package.name) == _plain(change.name)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


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
        at = (_plain(one.name), one.version)
        if at in seen:
            continue
        seen.add(at)
        if one.licenses and all(_is_refused(each, refused) for each in one.licenses):
            yield _denied(one, deltas)


def _from_forge(changes: Sequence[DependencyChange]) -> Iterator[_Licensed]:
    for one in changes:
        if one.kind is ChangeKind.ADDED and one.license:
            licenses = tuple(re.split(r"\s+OR\s+", one.license.replace("(", "").replace(")", "")))
            yield _Licensed(name=one.name, version=one.version, licenses=licenses, change=one)


def _from_locks(deltas: Deltas) -> Iterator[_Licensed]:
    for delta in deltas.files:
        known = {(one.key, one.version) for one in delta.before.packages}
        for one in delta.after.packages:
            if one.licenses and (one.key, one.version) not in known:
                yield _Licensed(
                    name=one.name,
                    version=one.version,
                    licenses=tuple(
                        each
                        for license_ in one.licenses
                        for each in re.split(r"\s+OR\s+|\s+or\s+", license_.strip("()"))
                    ),
                    change=DependencyChange(
                        kind=ChangeKind.ADDED,
                        manifest=delta.path,
                        ecosystem="",
                        name=one.name,
                        version=one.version,
                    ),
                )


def _is_refused(expression: str, refused: frozenset[str]) -> bool:
    """True when one licence of those that hold together is refused (SPDX `AND`, `WITH`)."""
    parts = re.split(r"\s+AND\s+|\s+and\s+", expression)
    return any(part.partition(" ")[0].strip("()").lower() in refused for part in parts)


def _denied(one: _Licensed, deltas: Deltas) -> Finding:
    name, licenses = one_line(one.name, 80), one_line(" or ".join(one.licenses), 80)
    return _at_its_line(
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
