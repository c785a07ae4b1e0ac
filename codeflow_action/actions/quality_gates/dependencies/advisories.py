"""Published advisories about the dependencies that come, as GitHub knows them."""

import re
from collections.abc import Iterator, Sequence

from codeflow_action.actions.quality_gates.dependencies.deltas import Deltas
from codeflow_action.engine.dependencies import Advisory, ChangeKind, DependencyChange, Risk
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity
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

    A lock and its manifest may both tell of one version: the first is enough.
    """
    added = [one for one in changes if one.kind is ChangeKind.ADDED and one.advisories]
    added.sort(key=lambda one: min(_ORDER.index(each.risk) for each in one.advisories))
    first: dict[tuple[str, str, str], DependencyChange] = {}
    for one in added:
        first.setdefault((one.ecosystem, one.name, one.version), one)
    return list(first.values())[:_MAX_FINDINGS]


def _finding(
    change: DependencyChange, told: Sequence[Advisory], deltas: Deltas, *, is_new: bool
) -> Finding:
    gravest = min(told, key=lambda one: _ORDER.index(one.risk))
    severity = _SEVERITIES[gravest.risk]
    if severity is Severity.ERROR and not change.is_runtime:
        severity = Severity.WARNING
    name, version = one_line(change.name, 80), one_line(change.version, 40)
    kept = "" if is_new else " The version before has them too."
    return at_its_line(
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
        summary = f": {one_line(one.summary, 120)}" if one.summary else ""
        yield f"{one_line(one.id, 30)} ({one.risk.value}){summary}"
    if len(told) > _MAX_NAMED:
        yield f"and {len(told) - _MAX_NAMED} more"


def at_its_line(change: DependencyChange, deltas: Deltas, finding: Finding) -> Finding:
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
    return plain_name(package.name) == plain_name(change.name)


def plain_name(name: str) -> str:
    """Return a name in the one way in which GitHub's and a lock's spelling are equal."""
    return re.sub(r"[-_.]+", "-", name).lower()
