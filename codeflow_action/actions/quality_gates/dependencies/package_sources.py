"""Where packages come from: git and plain URLs, registries' hosts, and settings that name them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from codeflow_action.actions.quality_gates.dependencies.deltas import Delta, Deltas, SourceDelta
from codeflow_action.actions.quality_gates.dependencies.redirects import is_made_up, where
from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import Ecosystem, FileRole, Origin, Package
from codeflow_action.manifests.sources import SourceRole, SourceStatement
from codeflow_action.manifests.sources.address import (
    Address,
    AddressKind,
    address_of,
    have_one_owner,
    is_shared,
)
from codeflow_action.manifests.sources.registries import OWN, VENDOR_HOSTS
from codeflow_action.security.untrusted import one_line

_REMOTE = (Origin.GIT, Origin.URL)
_MAX_NAMED = 3
_WITHOUT_TLS = " Without TLS, anybody on the way can replace the packages."
# This machine, networks that nobody reaches from outside (RFC 1918, RFC 6762, RFC 8375), names
# without a dot.
_NEAR = regex(
    r"(?:localhost|127\.[\d.]+|10\.[\d.]+|192\.168\.[\d.]+|172\.(?:1[6-9]|2\d|3[01])\.[\d.]+"
    r"|\[?::1\]?|[\w-]+|[\w.-]+\.(?:local|localhost|internal|lan|home\.arpa|svc|test))(?::\d+)?(?:/.*)?"
)
_ALL_SOURCES = frozenset({"*", "off", "1", "true"})


def remote_sources(deltas: Deltas) -> Iterator[Finding]:
    """Yield what locks newly fetch from git or a URL, where no manifest asks for that.

    A lock that takes the same version from there was tampered with or written by an unusual tool.
    """
    old = {
        (key, _repository(package.source))
        for key, packages in deltas.before.items()
        for package in packages
    }
    # What a manifest asks for is told there: `redirects`.
    requests = {
        (source.ecosystem, source.name)
        for delta in deltas.sources
        for source in delta.after
        if source.role is not SourceRole.REGISTRY and where(source).kind is AddressKind.REMOTE
    }
    seen_keys = set()
    for delta in deltas.of(FileRole.LOCK):
        for package in delta.after.packages:
            source = (package.key, _repository(package.source))
            is_told = source in old or package.key in seen_keys or package.key in requests
            if package.origin in _REMOTE and not is_told:
                seen_keys.add(package.key)
                yield _remote_finding(delta, package, is_moved=_was_in_registry(package, delta))


def moved_archives(deltas: Deltas) -> Iterator[Finding]:
    """Yield locked packages whose repository belongs to somebody else than before.

    Composer and Swift have no archives of their own: each package lies in a repository of its
    author's.
    """
    for delta in deltas.of(FileRole.LOCK):
        if delta.format.ecosystem not in (Ecosystem.COMPOSER, Ecosystem.SWIFT):
            continue
        moves = 0
        for package in delta.after.packages:
            before = delta.old.get(package.key, ())
            new, olds = address_of(package.source), [address_of(old.source) for old in before]
            is_move = new.kind is AddressKind.REMOTE and bool(olds)
            if not is_move or any(have_one_owner(old, new) for old in olds) or moves >= _MAX_NAMED:
                continue
            moves += 1
            is_same = any(old.version == package.version for old in before)
            name = one_line(package.name, 80)
            yield delta.finding(
                "source",
                Severity.WARNING if is_same else Severity.NOTICE,
                delta.line_of(package, package.source),
                code=f"{package.name} {new.words}",
                title=f"{name} now comes from {one_line(new.words, 100)}",
                message=(
                    f"Until now it came from {one_line(olds[0].words, 100)}"
                    f"{', and the version is the same' if is_same else ''}. Whoever can write "
                    "there decides what everybody gets who installs from this lock."
                ),
                advice="Check that the project has moved.",
            )


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
            "registry, so advisories do not cover it and its content can change at any time."
        ),
        advice="Check who can write there.",
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
            is_own = urlsplit(address).hostname in OWN.get(delta.format.ecosystem, ())
            is_own &= address.startswith("https:")
            if address not in hosts and not is_own and delta.before.packages:
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
            "the host decides what is installed."
        ),
        advice=f"Check that this is meant.{_WITHOUT_TLS if is_plain else ''}",
    )


def registry_settings(deltas: Deltas) -> Iterator[Finding]:
    """Yield registries that this file did not name before, and checks that it turns off.

    A manifest that is new brings its registries along; a settings file exists for nothing else.
    """
    settings = {
        _registry_key(source)
        for delta in deltas.sources
        for source in delta.before
        if source.role in (SourceRole.REGISTRY, SourceRole.CHECK)
    }
    for delta in deltas.sources:
        old = [address_of(source.target) for source in delta.before if _is_registry(source)]
        for source in delta.after:
            key = _registry_key(source)
            if source.role not in (SourceRole.REGISTRY, SourceRole.CHECK) or key in settings:
                continue
            settings.add(key)
            severity = _setting_severity(source, old, delta)
            if severity is None:
                continue
            is_check = source.role is SourceRole.CHECK
            yield (_check_finding if is_check else _registry_finding)(delta, source, severity)


def _is_registry(source: SourceStatement) -> bool:
    return source.role is SourceRole.REGISTRY


def _registry_key(source: SourceStatement) -> tuple[str, str, str]:
    """Return what makes two statements one: a host with its scheme, or a check and its value."""
    if source.role is SourceRole.CHECK:
        return source.ecosystem, source.name, source.target.lower()
    address = address_of(source.target)
    is_shared_host = is_shared(address.host) and address.host not in VENDOR_HOSTS
    return source.ecosystem, _base(source), address.owner if is_shared_host else ""


def _base(source: SourceStatement) -> str:
    """Return scheme and host of a registry, or where it is in the writing of its tool."""
    return host(source.target.removeprefix("sparse+")) or address_of(source.target).host


def _setting_severity(
    source: SourceStatement, old: Sequence[Address], delta: SourceDelta
) -> Severity | None:
    """Return how grave a setting is; None for an ecosystem's own registry."""
    address = address_of(source.target)
    is_manifest_new = delta.is_new and delta.is_manifest
    if source.role is SourceRole.CHECK:
        is_partial = source.name == "GOFLAGS" and "insecure" not in source.target
        is_partial |= source.name.startswith("GO") and source.target.lower() not in _ALL_SOURCES
        is_near = source.target.startswith("localhost") or (
            "." in source.target and _is_near(source.target)
        )
        is_mild = is_partial or is_near or is_made_up(delta.path)
        return Severity.NOTICE if is_mild else Severity.WARNING
    own = OWN.get(source.ecosystem, frozenset())
    is_plain = source.target.startswith("http:")
    if address.kind is not AddressKind.REMOTE or "$" in address.host or is_manifest_new:
        return Severity.NOTICE if address.kind is AddressKind.LOCAL else None
    if not is_plain and not own.isdisjoint((address.host, f"{address.host}/{address.owner}")):
        return None
    is_known = address.host in VENDOR_HOSTS or any(have_one_owner(place, address) for place in old)
    is_mild = (is_known and not is_plain) or _is_near(address.host) or is_made_up(delta.path)
    return Severity.NOTICE if is_mild else Severity.WARNING


def _is_near(name: str) -> bool:
    """True for this machine and for private networks, where nobody from outside serves."""
    return _NEAR.fullmatch(name.lower().partition("://")[2] or name.lower()) is not None


def _registry_finding(delta: SourceDelta, source: SourceStatement, severity: Severity) -> Finding:
    _, address, owner = _registry_key(source)
    address = f"{address}/{owner}".rstrip("/") or source.target
    return delta.finding(
        "registry",
        severity,
        delta.line_of(source),
        code=address,
        title=f"Packages may now come from {one_line(address, 100)}",
        message=(
            f"This names a registry for {_packages(source)} that this file did not name before. "
            "Whoever runs it decides what is installed, for everybody who builds with this file."
        ),
        advice=(
            "Check that nobody else can publish under the names of your private packages there."
            f"{_WITHOUT_TLS if source.target.startswith('http:') else ''}"
        ),
    )


def _packages(source: SourceStatement) -> str:
    return f"{source.ecosystem} packages" if source.ecosystem else "packages"


def _check_finding(delta: SourceDelta, source: SourceStatement, severity: Severity) -> Finding:
    name, value = one_line(source.name, 60), one_line(source.target, 80)
    return delta.finding(
        "registry",
        severity,
        delta.line_of(source),
        code=f"{source.name} {source.target}",
        title=f"{name} checks less of what is fetched",
        message=(
            f"With {value}, {_packages(source)} are taken without a check that they are what their "
            "authors published: whoever is on the way, or runs the server, can put others in their "
            "place."
        ),
        advice="Leave the check on, or limit it to a server of your own.",
    )
