"""Published advisories about new dependencies, as GitHub knows them."""

import re
from collections.abc import Sequence

from codeflow_action.actions.quality_gates.dependencies.deltas import Deltas, DependencyGate
from codeflow_action.engine.dependencies import Advisory, ChangeKind, DependencyChange, Risk
from codeflow_action.engine.findings import Finding, Severity
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


def advisories(changes: Sequence[DependencyChange], deltas: Deltas) -> list[Finding]:
    """Return one finding for each new version that has published advisories.

    Where the previous version had all of them too, this change is not to blame: it is a notice.
    Without runtime scope a finding is at most a warning.
    """
    old = {
        (change.manifest, change.ecosystem, change.name, advisory.id)
        for change in changes
        if change.kind is ChangeKind.REMOVED
        for advisory in change.advisories
    }
    findings = []
    for change in _vulnerable(changes):
        new = [
            advisory
            for advisory in change.advisories
            if (change.manifest, change.ecosystem, change.name, advisory.id) not in old
        ]
        findings.append(_finding(change, new or change.advisories, deltas, is_new=bool(new)))
    return findings


def _vulnerable(changes: Sequence[DependencyChange]) -> list[DependencyChange]:
    """Return each added version that has advisories, the most severe first.

    A lock and its manifest may both list one version: the first is enough.
    """
    additions = [
        change for change in changes if change.kind is ChangeKind.ADDED and change.advisories
    ]
    additions.sort(key=lambda change: min(map(_rank, change.advisories)))
    by_version: dict[tuple[str, str, str], DependencyChange] = {}
    for change in additions:
        by_version.setdefault((change.ecosystem, change.name, change.version), change)
    return list(by_version.values())[:_MAX_FINDINGS]


def _rank(advisory: Advisory) -> int:
    return _ORDER.index(advisory.risk)


def _finding(
    change: DependencyChange, advisories: Sequence[Advisory], deltas: Deltas, *, is_new: bool
) -> Finding:
    risk = min(advisories, key=_rank).risk
    severity = _SEVERITIES[risk]
    if severity is Severity.ERROR and not change.is_runtime:
        severity = Severity.WARNING
    descriptions = [
        f"{one_line(advisory.id, 30)} ({advisory.risk.value})"
        + (f": {one_line(advisory.summary, 120)}" if advisory.summary else "")
        for advisory in sorted(advisories, key=_rank)[:_MAX_NAMED]
    ]
    if len(advisories) > _MAX_NAMED:
        descriptions.append(f"and {len(advisories) - _MAX_NAMED} more")
    history = "" if is_new else " The previous version had them too."
    name, version = one_line(change.name, 80), one_line(change.version, 40)
    path, line = place_of(change, deltas)
    return DependencyGate.finding(
        path,
        line,
        severity=severity if is_new else Severity.NOTICE,
        title=f"{name} {version} has a known vulnerability ({risk.value})",
        message=f"{'; '.join(descriptions)}.{history} Use a version that is not affected.",
        # GitHub's ids rather than the version: an update that keeps them is not a new finding.
        code=f"{change.name} {' '.join(sorted(advisory.id for advisory in advisories))}",
        rule="advisory",
    )


def place_of(change: DependencyChange, deltas: Deltas) -> tuple[str | None, int | None]:
    """Return path and line that add the dependency, as far as our readers know them."""
    delta = next((delta for delta in deltas.files if delta.path == change.manifest), None)
    if delta is None:
        return change.manifest or None, None
    packages = [
        package
        for package in delta.after.packages
        if plain_name(package.name) == plain_name(change.name)
    ]
    version = change.version.lstrip("=v ")
    exact = (package for package in packages if package.version.lstrip("=v ") == version)
    package = next(exact, packages[0] if packages else None)
    return delta.path, delta.line_of(package, change.version) if package else None


def plain_name(name: str) -> str:
    """Return a name spelled in one way, as GitHub and a lock may spell it differently."""
    return re.sub(r"[-_.]+", "-", name).lower()
