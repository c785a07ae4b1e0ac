"""What should not change: the bytes of a version, whose archive it is, what an install runs."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from codeflow_action.actions.quality_gates.dependencies.deltas import Delta, Deltas, Key
from codeflow_action.actions.quality_gates.dependencies.sources import host, public
from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.manifests import Ecosystem, FileRole, Origin, Package
from codeflow_action.security.untrusted import one_line

_WEAK = frozenset({"md5", "sha1"})
_SCRIPT = re.compile(r'\s*"((?:pre|post)?install)"\s*:\s*"(?![\^~*\d])(.*)')
# What fetches code or hides it.
_FETCHES = re.compile(
    r"https?://|\b(?:curl|wget|base64|eval|powershell|node -e|node --eval|python3? -c)\b"
)
_MAX_EACH = 3  # findings of one kind and file; a rewritten lock is one piece of news


def changed_digests(deltas: Deltas) -> Iterator[Finding]:
    """Yield packages whose digest changed, or went, under the same version from the same place."""
    # A requirements file is a manifest, and may name digests:
    # https://pip.pypa.io/en/stable/topics/secure-installs/
    for delta in deltas.of(FileRole.LOCK, FileRole.MANIFEST):
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
    """True when they may be the same bytes: none that both name differs, no good one is gone."""
    if old.digests and not new.digests:
        return False
    before, after = _by_what(old), _by_what(new)
    if after and after.keys() <= _WEAK < before.keys() | _WEAK:
        return False
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


def foreign_archives(deltas: Deltas) -> Iterator[Finding]:
    """Yield entries of npm's locks whose archive, by its address, is another package's."""
    for delta in deltas.of(FileRole.LOCK):
        known = {(one.key, one.source) for one in delta.before.packages}
        found = [
            one
            for one in delta.after.packages
            if (one.key, one.source) not in known and _is_of_another(one)
        ]
        yield from (_foreign(delta, one) for one in found[:_MAX_EACH])


def _is_of_another(package: Package) -> bool:
    """True for `https://host/other/-/other-1.0.0.tgz`; an alias is named by its real name."""
    owner, sign, _ = package.source.partition("/-/")
    is_alias = package.version.startswith("npm:")
    is_npm = package.ecosystem is Ecosystem.NPM and bool(sign) and not is_alias
    return is_npm and not unquote(owner).lower().endswith(f"/{package.name.lower()}")


def _foreign(delta: Delta, package: Package) -> Finding:
    name = one_line(package.name, 80)
    return delta.finding(
        "integrity",
        Severity.WARNING,
        delta.line_of(package, package.source),
        code=f"{package.name} {public(package.source)}",
        title=f"{name} is the archive of another package",
        message=(
            f"The lock fetches it from {one_line(public(package.source), 120)}: what is installed "
            "as this name is that package. Make the lock anew from the manifest."
        ),
    )


def own_install_scripts(deltas: Deltas) -> Iterator[Finding]:
    """Yield scripts that this repository's package.json runs at an install and did not run so."""
    for delta in deltas.of(FileRole.MANIFEST):
        if delta.format.ecosystem is not Ecosystem.NPM:
            continue
        gone = {
            line.text.strip(" ,\r") for hunk in delta.change.file.hunks for line in hunk.removed
        }
        for number, text in delta.added.items():
            script = _SCRIPT.match(text)
            if script is None or text.strip(" ,\r") in gone:
                continue
            fetches = _FETCHES.search(script[2]) is not None
            if fetches or not delta.is_new:
                yield _own_script(delta, number, script[1], fetches=fetches)


def _own_script(delta: Delta, line: int, name: str, *, fetches: bool) -> Finding:
    what = "fetches or hides code" if fetches else "runs at every install"
    return delta.finding(
        "install_script",
        Severity.WARNING if fetches else Severity.NOTICE,
        line,
        code=f"{name} script",
        title=f"The {name} script {what}",
        message=(
            "It runs on every machine that installs this package, CI's too, with the rights of "
            "whoever installs. Look at what it does."
        ),
    )


def new_install_scripts(deltas: Deltas) -> Iterator[Finding]:
    """Yield packages that run code when they are installed and did not, or were not there.

    A version that was there before runs what it ran then: only the lock says it newly.
    """
    for delta in deltas.of(FileRole.LOCK):
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
