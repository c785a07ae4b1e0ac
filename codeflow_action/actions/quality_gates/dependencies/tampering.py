"""What a lock should not show: other bytes under the same version, and new install scripts."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from codeflow_action.actions.quality_gates.dependencies.deltas import Delta, Deltas, Key
from codeflow_action.actions.quality_gates.dependencies.sources import host
from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.manifests import Origin, Package, Role
from codeflow_action.security.untrusted import one_line

_MAX_EACH = 3  # findings of one kind and file; a rewritten lock is one piece of news


def changed_digests(deltas: Deltas) -> Iterator[Finding]:
    """Yield packages whose digest changed, or went, under the same version from the same place."""
    for delta in deltas.of(Role.LOCK):
        found = [
            one for one in delta.after.packages if _is_tampered(one, delta.old.get(one.key, ()))
        ]
        yield from (_tampered(delta, one) for one in found[:_MAX_EACH])


def _is_tampered(package: Package, before: Sequence[Package]) -> bool:
    same = [
        old
        for old in before
        if old.version == package.version
        and old.version
        and old.origin is package.origin is Origin.REGISTRY
        and host(old.source) == host(package.source)
    ]
    return bool(same) and not any(_agree(old, package) for old in same)


def _agree(old: Package, new: Package) -> bool:
    """True when they may be the same bytes: no digest that both name differs, and none is gone."""
    if old.digests and not new.digests:
        return False
    before, after = _by_what(old), _by_what(new)
    return all(before[what] & after[what] for what in before.keys() & after.keys())


def _by_what(package: Package) -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for digest in package.digests:
        what, _, value = digest.rpartition(":")
        found[what].add(value)
    return found


def _tampered(delta: Delta, package: Package) -> Finding:
    name = one_line(package.name, 80)
    version = one_line(package.version, 40)
    digests = [digest.rpartition(":")[2] for digest in package.digests]
    what = "another digest than before" if digests else "no digest any more"
    return delta.finding(
        "integrity",
        Severity.WARNING,
        delta.line_of(package, *digests),
        code=f"{package.name} {package.version}",
        title=f"{name} {version} has {what}",
        message=(
            "The version and the place it comes from are the same, the bytes need not be. "
            "Registries do not replace a version: compare it with what the registry says."
        ),
    )


def new_install_scripts(deltas: Deltas) -> Iterator[Finding]:
    """Yield packages that run code when they are installed and did not, or were not there.

    A version that was there before runs what it ran then: only the lock says it newly.
    """
    for delta in deltas.of(Role.LOCK):
        known = {one.key for one in delta.before.packages if one.install_script}
        versions = {(one.key, one.version) for one in delta.before.packages}
        names = {one.key for one in delta.before.packages}
        found: dict[Key, Package] = {}
        for one in delta.after.packages:
            is_new = one.key not in known and (one.key, one.version) not in versions
            if one.install_script and is_new:
                found.setdefault(one.key, one)
        for package in list(found.values())[:_MAX_EACH] if names else ():
            yield _script(delta, package, is_new=package.key not in names)


def _script(delta: Delta, package: Package, *, is_new: bool) -> Finding:
    name = one_line(package.name, 80)
    said = "It is new here." if is_new else "Its version before this one did not."
    return delta.finding(
        "install_script",
        Severity.NOTICE if is_new else Severity.WARNING,
        delta.line_of(package, "hasInstallScript", "requiresBuild"),
        code=package.name,
        title=f"{name} runs a script when it is installed",
        message=f"{said} The script runs with the rights of whoever installs. Look at it once.",
    )
