"""What should not change: a version's content, whose archive it is, which packages run scripts."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath
from urllib.parse import unquote

from codeflow_action.actions.quality_gates.dependencies.deltas import (
    Delta,
    Deltas,
    DependencyGate,
    PackageKey,
)
from codeflow_action.actions.quality_gates.dependencies.package_sources import host, public
from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.manifests import Ecosystem, FileRole, Origin, Package
from codeflow_action.security.untrusted import one_line

# Collisions can be made for both.
_WEAK = frozenset({"md5", "sha1"})
# npm's, pnpm's and Deno's words for a package that runs something, and Composer's type.
_SCRIPT_FLAGS = ("hasInstallScript", "requiresBuild", '"scripts": true', "composer-plugin")
_BRANCH = re.compile(r"^dev-|[.-]dev$")
_MAX_EACH = 3  # findings of one kind and file: a rewritten lock is one piece of news


def changed_digests(deltas: Deltas) -> Iterator[Finding]:
    """Yield packages whose digest changed or went, with the same version and source."""
    # A requirements file is a manifest, and may name digests:
    # https://pip.pypa.io/en/stable/topics/secure-installs/
    for delta in deltas.of(FileRole.LOCK, FileRole.MANIFEST):
        suspects = (
            package
            for package in delta.after.packages
            if _is_tampered(package, delta.old.get(package.key, ()))
        )
        yield from (_digest_finding(delta, package) for package in islice(suspects, _MAX_EACH))


def _is_tampered(package: Package, before: Sequence[Package]) -> bool:
    # A branch is another commit whenever it is locked anew:
    # https://getcomposer.org/doc/articles/versions.md#branches
    if package.ecosystem is Ecosystem.COMPOSER and _BRANCH.search(package.version):
        return False
    same_version = [
        old
        for old in before
        if old.version == package.version
        and old.version
        and old.origin is package.origin is Origin.REGISTRY
        and host(old.source) == host(package.source)
    ]
    return bool(same_version) and not any(_may_be_equal(old, package) for old in same_version)


def _may_be_equal(old: Package, new: Package) -> bool:
    """True when both may have the same content.

    No algorithm that both name gives different digests, and no strong digest was dropped.
    """
    if old.digests and not new.digests:
        return False
    before, after = _by_algorithm(old), _by_algorithm(new)
    if after and after.keys() <= _WEAK < before.keys() | _WEAK:
        return False
    return all(before[name] & after[name] for name in before.keys() & after.keys())


def _by_algorithm(package: Package) -> dict[str, set[str]]:
    digests: defaultdict[str, set[str]] = defaultdict(set)
    for digest in package.digests:
        algorithm, _, value = digest.rpartition(":")
        digests[algorithm].add(value)
    return digests


def _digest_finding(delta: Delta, package: Package) -> Finding:
    name, version = one_line(package.name, 80), one_line(package.version, 40)
    digests = [digest.rpartition(":")[2] for digest in package.digests]
    change = "has a different digest" if digests else "no longer has a digest"
    return delta.finding(
        "integrity",
        Severity.WARNING,
        delta.line_of(package, *digests),
        code=f"{package.name} {package.version}",
        title=f"{name} {version} {change}",
        message=(
            "Its version and source are the same as before, but its content may not be: registries "
            "do not replace a published version. Compare the lock with what the registry says."
        ),
    )


def foreign_archives(deltas: Deltas) -> Iterator[Finding]:
    """Yield entries of npm's locks whose archive, by its URL, belongs to another package."""
    for delta in deltas.of(FileRole.LOCK):
        old = {(package.key, package.source) for package in delta.before.packages}
        foreign = (
            package
            for package in delta.after.packages
            if (package.key, package.source) not in old and _is_foreign(package)
        )
        for package in islice(foreign, _MAX_EACH):
            name, address = one_line(package.name, 80), public(package.source)
            yield delta.finding(
                "integrity",
                Severity.WARNING,
                delta.line_of(package, package.source),
                code=f"{package.name} {address}",
                title=f"{name} installs the archive of another package",
                message=(
                    f"The lock fetches it from {one_line(address, 120)}, so that package is "
                    "installed under this name. Generate the lock again from the manifest."
                ),
            )


def _is_foreign(package: Package) -> bool:
    """True for `https://host/other/-/other-1.0.0.tgz`; an alias names its real package."""
    owner, sign, _ = package.source.partition("/-/")
    is_alias = package.version.startswith("npm:")
    is_npm = package.ecosystem is Ecosystem.NPM and bool(sign) and not is_alias
    return is_npm and not unquote(owner).lower().endswith(f"/{package.name.lower()}")


def allowed_scripts(deltas: Deltas) -> Iterator[Finding]:
    """Yield settings that let dependencies run scripts, and did not before.

    What the repository's own packages run is what the gate `runs_by_itself` tells.
    """
    for delta in deltas.of(FileRole.SETTINGS):
        before, after = delta.before.runs_scripts, delta.after.runs_scripts
        if before is False and after is not False:
            severity = Severity.WARNING
            history = "This setting kept packages from running code, and it is gone."
        elif before is None and after:
            # A project's file beats that of the user, who may have forbidden them:
            # https://docs.npmjs.com/cli/v11/configuring-npm/npmrc
            severity = Severity.NOTICE
            history = "It is so by default, but this beats whatever a user's own settings say."
        else:
            continue
        yield DependencyGate.finding(
            delta.path,
            next(iter(delta.added), None),
            severity=severity,
            title="Dependencies may run scripts when they are installed",
            message=(
                f"{history} The scripts run with the rights of whoever installs, and most attacks "
                "by packages begin with one. Allow single packages where the package manager can."
            ),
            code=f"{PurePosixPath(delta.path).name} scripts",
            rule="install_script",
        )


def new_install_scripts(deltas: Deltas) -> Iterator[Finding]:
    """Yield new or updated packages that run code on installation and did not before.

    The same version runs what it ran before: then only the lock has begun to say so.
    """
    for delta in deltas.of(FileRole.LOCK):
        if not delta.before.packages:
            continue
        with_script = {package.key for package in delta.before.packages if package.install_script}
        versions = {(package.key, package.version) for package in delta.before.packages}
        by_key: dict[PackageKey, Package] = {}
        for package in delta.after.packages:
            is_known = package.key in with_script or (package.key, package.version) in versions
            if package.install_script and not is_known:
                by_key.setdefault(package.key, package)
        for package in islice(by_key.values(), _MAX_EACH):
            is_new = package.key not in delta.old
            history = "It is a new dependency." if is_new else "Its previous version did not."
            yield delta.finding(
                "install_script",
                Severity.NOTICE if is_new else Severity.WARNING,
                delta.line_of(package, *_SCRIPT_FLAGS),
                code=package.name,
                title=f"{one_line(package.name, 80)} runs a script when it is installed",
                message=(
                    f"{history} The script runs with the rights of whoever installs the package. "
                    "Check what it does."
                ),
            )
