"""Where packages come from: git and plain URLs, registries' hosts, and settings that name them."""

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
    """Yield dependencies that are newly fetched from git or a URL, past every registry.

    A lock that takes the same version from there, with no manifest that asks for it, was tampered
    with or written by an unusual tool.
    """
    old = {
        (key, _repository(package.source))
        for key, packages in deltas.before.items()
        for package in packages
    }
    from_manifests = {
        package.key
        for delta in deltas.of(FileRole.MANIFEST)
        for package in delta.after.packages
        if package.origin in _REMOTE
    }
    seen_keys = set()
    for delta in deltas.of(FileRole.MANIFEST, FileRole.LOCK):
        for package in delta.after.packages:
            source = (package.key, _repository(package.source))
            if package.origin not in _REMOTE or source in old or package.key in seen_keys:
                continue
            seen_keys.add(package.key)
            is_moved = package.key not in from_manifests and _was_in_registry(package, delta)
            yield _remote_finding(delta, package, is_moved=is_moved)


def _was_in_registry(package: Package, delta: Delta) -> bool:
    """True when a lock took the same version from its registry before."""
    before = delta.old.get(package.key, ()) if delta.role is FileRole.LOCK else ()
    origins = {old.origin for old in before if old.version and old.version == package.version}
    return origins == {Origin.REGISTRY}


def _remote_finding(delta: Delta, package: Package, *, is_moved: bool) -> Finding:
    name = one_line(package.name, 80)
    history = "The same version came from the registry before. " if is_moved else ""
    return delta.finding(
        "source",
        Severity.WARNING if is_moved else Severity.NOTICE,
        delta.line_of(package, package.source),
        code=f"{package.name} {_repository(package.source)}",
        title=f"{name} is fetched from {'git' if package.origin is Origin.GIT else 'a URL'}",
        message=(
            f"{history}It comes from {one_line(public(package.source), 120)} instead of the "
            "registry, so advisories do not cover it and its content can change at any time. Check "
            "who can write there."
        ),
    )


def _repository(source: str) -> str:
    """Return an address without its revision, so that a new revision is no new source."""
    bare = public(source).lower().removeprefix("git+").partition("#")[0]
    parts = bare.removesuffix(".git").split("/")
    if "codeload." in bare:
        parts = parts[:5]  # the archive of a commit: scheme, host, owner, repository
    return "/".join(parts)


def public(address: str) -> str:
    """Return an address without the parts that may hold a secret: the user and the query."""
    scheme, sign, rest = address.partition("?")[0].partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{sign}{authority.rpartition('@')[2]}{slash}{path}" if sign else address


def new_hosts(deltas: Deltas) -> Iterator[Finding]:
    """Yield hosts that a lock's packages come from and that no lock of the merge base knew.

    A lock that is new has nothing to compare with.
    """
    locks = deltas.of(FileRole.LOCK)
    hosts_by_ecosystem: defaultdict[Ecosystem, set[str]] = defaultdict(set)
    for delta in locks:
        hosts_by_ecosystem[delta.format.ecosystem] |= _by_host(delta.before.packages).keys()
    for delta in locks:
        hosts = hosts_by_ecosystem[delta.format.ecosystem]
        for address, packages in _by_host(delta.after.packages).items():
            if address not in hosts and delta.before.packages:
                hosts.add(address)
                yield _new_host_finding(delta, address, packages)


def _by_host(packages: Sequence[Package]) -> dict[str, list[Package]]:
    by_host: defaultdict[str, list[Package]] = defaultdict(list)
    for package in packages:
        if package.origin is Origin.REGISTRY and (address := host(package.source)):
            by_host[address].append(package)
    return by_host


def host(address: str) -> str:
    """Return scheme and host, empty for what is no web address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}" if parts.hostname else ""


def _new_host_finding(delta: Delta, address: str, packages: Sequence[Package]) -> Finding:
    names = ", ".join(one_line(package.name, 60) for package in packages[:_MAX_NAMED])
    rest = f" and {len(packages) - _MAX_NAMED} more" if len(packages) > _MAX_NAMED else ""
    is_plain = address.startswith("http:")
    return delta.finding(
        "registry",
        Severity.WARNING,
        delta.line_of(packages[0], address),
        code=address,
        title=f"Packages come from a new host: {one_line(address, 100)}",
        message=(
            f"The lock took nothing from there before, and now takes {names}{rest}. Whoever runs "
            "the host decides what is installed. Check that this is meant."
            + (" Without TLS, anybody on the way can replace the packages." if is_plain else "")
        ),
    )


def registry_settings(deltas: Deltas) -> Iterator[Finding]:
    """Yield settings that name a registry which this file did not name before.

    A manifest that is new brings its registries along; a settings file exists for nothing else.
    """
    for delta in deltas.files:
        if delta.is_new and delta.role is not FileRole.SETTINGS:
            continue
        hosts = {host(registry.url) for registry in delta.before.registries}
        for registry in delta.after.registries:
            address = host(registry.url)
            if not address or address in hosts or registry.line not in delta.added:
                continue
            hosts.add(address)
            yield delta.finding(
                "registry",
                Severity.WARNING,
                registry.line,
                code=address,
                title=f"Packages may now come from {one_line(address, 100)}",
                message=(
                    "This setting names a registry that this file did not name before. Whoever "
                    "runs it decides what is installed. Check that nobody else can publish under "
                    "the names of your private packages there."
                ),
            )
