"""What should not change: a version's content, whose archive it is, what an installation runs."""

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
from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import Ecosystem, FileRole, InstallScript, Origin, Package
from codeflow_action.security.untrusted import one_line

# Collisions can be made for both.
_WEAK = frozenset({"md5", "sha1"})
# Commands that fetch code or hide it.
_FETCHES = regex(
    r"https?:\\?/|\b(?:curl|wget|aria2c|base64|atob|eval|powershell|pwsh|iwr|irm|iex|certutil|netcat"
    r"|fromCharCode|urlopen|nc\s+-|ncat|gh\s+api)\b|/dev/tcp/|\bBuffer\.from\b"
    r"|\b(?:node|bun)\s+(?:--?\w+\s+)*(?:-[ep]|-pe|--eval|--print)\b"
    r"|\b(?:python[\d.]*|sh|bash|zsh)\s+-c\b|\b(?:perl|ruby)\s+-e\b|\bphp\s+-r\b"
    r"|\\(?:x[0-9a-f]{2}|u[0-9a-f]{4})",
    re.IGNORECASE,
)
# npm's, pnpm's and Deno's words for a package that runs something, and Composer's type.
_SCRIPT_FLAGS = ("hasInstallScript", "requiresBuild", '"scripts": true', "composer-plugin")
_MAX_COMMAND = 100_000  # characters that are searched
_BRANCH = regex(r"^dev-|[.-]dev$")
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
            "do not replace a published version."
        ),
        advice="Compare the lock with what the registry says.",
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
                    "installed under this name."
                ),
                advice="Generate the lock again from the manifest.",
            )


def _is_foreign(package: Package) -> bool:
    """True for `https://host/other/-/other-1.0.0.tgz`; an alias names its real package."""
    owner, sign, _ = package.source.partition("/-/")
    is_alias = package.version.startswith("npm:")
    is_npm = package.ecosystem is Ecosystem.NPM and bool(sign) and not is_alias
    return is_npm and not unquote(owner).lower().endswith(f"/{package.name.lower()}")


def own_install_scripts(deltas: Deltas) -> Iterator[Finding]:
    """Yield scripts that fetch or hide code, where a package of the repository begins to run them.

    Values are compared, so that neither the place nor the writing of a script matters. Other
    scripts of an installation are what the gate `runs_by_itself` tells.
    """
    for delta in deltas.of(FileRole.MANIFEST):
        old = {(script.name, script.command) for script in delta.before.scripts}
        for script in delta.after.scripts:
            is_old = (script.name, script.command) in old
            if not is_old and _FETCHES.search(script.command, 0, _MAX_COMMAND):
                yield _script_finding(delta, script)


def _script_finding(delta: Delta, script: InstallScript) -> Finding:
    what = "the dependencies of this repository" if "prepare" in script.name else "this package"
    return delta.finding(
        "install_script",
        Severity.WARNING,
        script.line,
        code=f"{script.name} script",
        title=f"The {script.name} script fetches or hides code",
        message=(
            f"It runs on every machine that installs {what}, including CI, with the rights of "
            f"whoever installs it: {one_line(script.command, 200)}."
        ),
        advice="Check what it does.",
    )


def allowed_scripts(deltas: Deltas) -> Iterator[Finding]:
    """Yield settings that kept dependencies from running scripts, and no longer do."""
    for delta in deltas.of(FileRole.SETTINGS):
        if delta.after.runs_scripts and not delta.before.runs_scripts:
            yield DependencyGate.finding(
                delta.path,
                next(iter(delta.added), None),
                severity=Severity.WARNING,
                title="Dependencies may run scripts again when they are installed",
                message=(
                    "This setting kept packages from running code on whoever installs them, and it "
                    "is gone. Most attacks by packages begin with such a script."
                ),
                advice="Keep it, and allow single packages where the package manager can.",
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
                    f"{history} The script runs with the rights of whoever installs the package."
                ),
                advice="Check what it does.",
            )
