"""Where packages come from: git and plain addresses, hosts of registries, and their settings."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from codeflow_action.actions.quality_gates.dependencies.deltas import Delta, Deltas
from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.manifests import Ecosystem, FileRole, Origin, Package
from codeflow_action.security.untrusted import one_line

_REMOTE = (Origin.GIT, Origin.URL)
_MAX_NAMED = 3


def remote_sources(deltas: Deltas) -> Iterator[Finding]:
    """Yield dependencies that are newly fetched from git or an address, past every registry.

    A lock that takes the same version from there, with no manifest that asks for it, was tampered
    with or made by a strange tool.
    """
    known = {
        (key, _repository(one.source)) for key, several in deltas.before.items() for one in several
    }
    asked = {
        one.key
        for delta in deltas.of(FileRole.MANIFEST)
        for one in delta.after.packages
        if one.origin in _REMOTE
    }
    seen = set()
    for delta in deltas.of(FileRole.MANIFEST, FileRole.LOCK):
        for package in delta.after.packages:
            at = (package.key, _repository(package.source))
            if package.origin not in _REMOTE or at in known or package.key in seen:
                continue
            seen.add(package.key)
            is_moved = package.key not in asked and _is_moved(package, delta)
            yield _remote(delta, package, is_moved=is_moved)


def _is_moved(package: Package, delta: Delta) -> bool:
    """True when a lock took the same version from its registry before."""
    before = delta.old.get(package.key, ()) if delta.role is FileRole.LOCK else ()
    same = [one for one in before if one.version and one.version == package.version]
    return bool(same) and all(one.origin is Origin.REGISTRY for one in same)


def _remote(delta: Delta, package: Package, *, is_moved: bool) -> Finding:
    name = one_line(package.name, 80)
    moved = "The same version came from the registry before. " if is_moved else ""
    return delta.finding(
        "source",
        Severity.WARNING if is_moved else Severity.NOTICE,
        delta.line_of(package, package.source),
        code=f"{package.name} {_repository(package.source)}",
        title=f"{name} is fetched from {'git' if package.origin is Origin.GIT else 'an address'}",
        message=(
            f"{moved}It comes from {one_line(public(package.source), 120)} and not from the "
            "registry: no index vouches for it, and advisories do not name it. Check who can write "
            "there."
        ),
    )


def _repository(source: str) -> str:
    """Return an address without its revision, so that a moved revision is no new source."""
    bare = public(source).lower().removeprefix("git+").partition("#")[0]
    parts = bare.removesuffix(".git").split("/")
    if "codeload." in bare:
        parts = parts[:5]  # the archive of a commit: host, owner, repository
    return "/".join(parts)


def public(address: str) -> str:
    """Return an address without what may be a secret in it: the user and the query."""
    scheme, sign, rest = address.partition("?")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{sign}{host.rpartition('@')[2]}{slash}{path}" if sign else address


def new_hosts(deltas: Deltas) -> Iterator[Finding]:
    """Yield hosts that a lock's packages come from and that no lock of the base knew.

    A lock that is new has nothing to compare with.
    """
    locks = deltas.of(FileRole.LOCK)
    known: defaultdict[Ecosystem, set[str]] = defaultdict(set)
    for delta in locks:
        known[delta.format.ecosystem] |= {
            host(one.source) for one in _fetched(delta.before.packages)
        }
    for delta in locks:
        hosts = known[delta.format.ecosystem]
        by_host: defaultdict[str, list[Package]] = defaultdict(list)
        for package in _fetched(delta.after.packages):
            by_host[host(package.source)].append(package)
        for name, packages in by_host.items():
            if name not in hosts and delta.before.packages:
                hosts.add(name)
                yield _new_host(delta, name, packages)


def _fetched(packages: Sequence[Package]) -> Iterator[Package]:
    return (one for one in packages if one.origin is Origin.REGISTRY and host(one.source))


def host(address: str) -> str:
    """Return scheme and host, empty for what is no web address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}" if parts.hostname else ""


def _new_host(delta: Delta, name: str, packages: Sequence[Package]) -> Finding:
    names = ", ".join(one_line(one.name, 60) for one in packages[:_MAX_NAMED])
    more = f" and {len(packages) - _MAX_NAMED} more" if len(packages) > _MAX_NAMED else ""
    plain = " Without TLS anybody on the way can replace them." if name.startswith("http:") else ""
    return delta.finding(
        "registry",
        Severity.WARNING,
        delta.line_of(packages[0], name),
        code=name,
        title=f"Packages come from a host that is new here: {one_line(name, 100)}",
        message=f"The lock took nothing from there before; now {names}{more}.{plain}",
    )


def registry_settings(deltas: Deltas) -> Iterator[Finding]:
    """Yield settings that name a registry which this file did not name before.

    A manifest that is new brings its registries along; a settings file exists for nothing else.
    """
    for delta in deltas.files:
        if delta.is_new and delta.role is not FileRole.SETTINGS:
            continue
        known = {host(one.url) for one in delta.before.registries}
        for registry in delta.after.registries:
            name = host(registry.url)
            if not name or name in known or registry.line not in delta.added:
                continue
            known.add(name)
            yield delta.finding(
                "registry",
                Severity.WARNING,
                registry.line,
                code=name,
                title=f"Packages may now come from {one_line(name, 100)}",
                message=(
                    "This setting names a registry that was not asked before. Whoever runs it "
                    "decides what is installed; check that private names cannot be taken there."
                ),
            )
