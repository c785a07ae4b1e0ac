"""Dependencies that keep their name and come from somewhere else."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from codeflow_action.actions.quality_gates.dependencies.action_owners import (
    OWNERS,
    imitated_owner,
)
from codeflow_action.actions.quality_gates.dependencies.deltas import Deltas, SourceDelta
from codeflow_action.engine.files import is_documentation, is_example, is_fixture, is_test
from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.manifests import Ecosystem
from codeflow_action.manifests.sources import SourceRole, SourceStatement
from codeflow_action.manifests.sources.address import (
    Address,
    AddressKind,
    address_of,
    have_one_owner,
    image_address,
    is_shared,
)
from codeflow_action.security.untrusted import one_line

_ARCHIVE = regex(
    r"\.(?:tgz|tar|tar\.\w+|zip|whl|jar|aar|gem|nupkg|crate|phar|dll|so)$", re.IGNORECASE
)

type _Key = tuple[SourceRole, str, str]

# What these run is judged only when it changes: a new image or action is no redirect.
_PLACES = frozenset(
    {
        *(Ecosystem.DOCKER, Ecosystem.ACTIONS, Ecosystem.SWIFT),
        *("pre-commit", "Helm", "Argo CD", "CircleCI orbs", "GitLab CI", "Nix", "Terraform"),
        *("git submodules", "CocoaPods", "Deno", "C++", "Conan"),
        *("Bundler", "docker-bake", "files of repositories", "Gradle's catalog"),
    }
)
_MAX_NAMED = 3
_NOUNS = {
    Ecosystem.DOCKER: "the image",
    Ecosystem.ACTIONS: "the action",
    "pre-commit": "the hooks",
    "Helm": "the chart",
    "git submodules": "the submodule",
    "Nix": "the input",
}


@dataclass(frozen=True, kw_only=True)
class Redirect:
    """Something that comes from elsewhere than before: from where, to where, and how grave it is.

    An empty `before` stands for the ecosystem's own registry.
    """

    source: SourceStatement
    before: str
    after: Address
    severity: Severity


def redirects(deltas: Deltas) -> Iterator[Finding]:
    """Yield everything that is newly taken from elsewhere, each place once."""
    places_before = {
        (source.ecosystem, source.name, where(source).identity)
        for delta in deltas.sources
        for source in delta.before
    }
    for delta in deltas.sources:
        before = _by_key(delta.before)
        after = _by_key(delta.after)
        versions: list[Redirect] = []
        for key, sources in after.items():
            for source in sources:
                identity = (source.ecosystem, source.name, where(source).identity)
                if identity in places_before:
                    continue
                places_before.add(identity)
                redirect = _redirect(source, before.get(key, ()), sources, delta)
                if redirect and redirect.after.kind is AddressKind.REGISTRY:
                    versions.append(redirect)
                elif redirect:
                    yield _finding(delta, redirect)
        if versions:
            yield _version_finding(delta, versions)


def _by_key(sources: Sequence[SourceStatement]) -> Mapping[_Key, list[SourceStatement]]:
    by_key: defaultdict[_Key, list[SourceStatement]] = defaultdict(list)
    for source in sources:
        if source.role in (SourceRole.OVERRIDE, SourceRole.PLACE):
            by_key[source.role, source.ecosystem, source.name].append(source)
    return by_key


@lru_cache(maxsize=10_000)
def _address(ecosystem: str, target: str) -> Address:
    return image_address(target) if ecosystem == Ecosystem.DOCKER else address_of(target)


def where(source: SourceStatement) -> Address:
    """Return where something is fetched from, its name having no part in it."""
    return _address(source.ecosystem, source.target)


def _redirect(
    source: SourceStatement,
    before: Sequence[SourceStatement],
    after: Sequence[SourceStatement],
    delta: SourceDelta,
) -> Redirect | None:
    """Return what is redirected; None where the statement moves nothing, or nobody can say."""
    address = where(source)
    if "$" in address.words or "{" in address.words:
        return None  # a variable or a template: nobody knows what stands there
    identities = {where(statement).identity for statement in after}
    departures = [statement for statement in before if where(statement).identity not in identities]
    is_place = source.role is SourceRole.PLACE
    if is_place and source.ecosystem in _PLACES:
        if not departures or address.kind is AddressKind.REGISTRY:
            return None
        olds = departures
    elif is_place and not before:
        # Something new is no redirect; that no registry vouches for it is worth a word.
        is_elsewhere = address.kind in (AddressKind.REMOTE, AddressKind.PACKAGE)
        redirect = Redirect(source=source, before="", after=address, severity=Severity.NOTICE)
        return redirect if is_elsewhere else None
    else:
        olds = list(before)
    # A module of Go is named by its own address, and an override of anything else by no place.
    places = [where(old) for old in olds] or [_address(source.ecosystem, source.name)]
    is_same = address.kind is AddressKind.REMOTE and address in places
    severity = None if is_same else _severity(places, address, is_place=is_place)
    # The repository's own folders are reviewed as such; archives and other folders are not.
    is_reviewed = (
        is_place and address.kind is AddressKind.LOCAL and _is_within(delta.path, address.path)
    )
    if severity is None or is_reviewed:
        return None
    if severity is Severity.WARNING and _is_own(address, delta):
        severity = Severity.NOTICE
    is_mild = (delta.is_new and delta.is_manifest) or is_made_up(delta.path)
    return Redirect(
        source=source,
        before=next((place.words for place in places if place.kind is AddressKind.REMOTE), ""),
        after=address,
        severity=Severity.NOTICE if is_mild else severity,
    )


def _severity(olds: Sequence[Address], new: Address, *, is_place: bool) -> Severity | None:
    """Return how grave a move is: a warning only where somebody else now decides what comes."""
    match new.kind:
        case AddressKind.REGISTRY:
            return None if is_place else Severity.NOTICE
        case AddressKind.LOCAL:
            return Severity.NOTICE
        case AddressKind.PACKAGE:
            scopes = {_scope(old.path) for old in olds if old.kind is AddressKind.PACKAGE}
            is_own = _scope(new.path) in scopes - {""}
            return Severity.NOTICE if is_own else Severity.WARNING
    is_own = any(old.kind is AddressKind.REMOTE and have_one_owner(old, new) for old in olds)
    return Severity.NOTICE if is_own else Severity.WARNING


def _scope(package: str) -> str:
    """Return who publishes a package, as far as its name tells: a scope, or a domain backwards."""
    group = package.partition(":")[2].partition(":")[0]
    if not package.startswith("maven:"):
        return package.rpartition("/")[0]
    # One account at a host that many share: https://central.sonatype.org/register/namespace/
    parts = group.split(".")
    is_shared_domain = parts[:2] in (["com", "github"], ["io", "github"], ["com", "gitlab"])
    return ".".join(parts[: 3 if is_shared_domain else 2])


def _is_own(address: Address, delta: SourceDelta) -> bool:
    """True for an owner to whom this file gave everything before, or whom many trust by name."""
    if is_shared(address.host) and address.owner in delta.owners:
        return True
    return address.host == "github.com" and address.owner in OWNERS


def _is_within(path: str, target: str) -> bool:
    """True for a folder of the same repository, by what the manifest at `path` says of it."""
    bare = re.sub(r"^(?:file|link|portal|path):(?://)?", "", target)
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(path), bare))
    is_outside = bare.startswith(("/", "~")) or folder.startswith("..")
    return not is_outside and _ARCHIVE.search(bare) is None


def is_made_up(path: str) -> bool:
    """True for what is shown or tested with, and is installed by nobody else."""
    # A `.txt` is prose by its name, and here it is a manifest.
    is_page = is_documentation(path) and not path.endswith(".txt")
    return is_test(path) or is_fixture(path) or is_example(path) or is_page


def _version_finding(delta: SourceDelta, redirects: Sequence[Redirect]) -> Finding:
    """Return one finding for all versions that a file sets, as people do for many at once."""
    names = sorted({redirect.source.name for redirect in redirects})
    count = len(names) - _MAX_NAMED
    names_text = ", ".join(one_line(name, 60) for name in names[:_MAX_NAMED])
    return delta.finding(
        "source",
        Severity.NOTICE,
        min(delta.line_of(redirect.source) for redirect in redirects),
        code=" ".join(names),
        title=f"An override sets the version of {one_line(names[0], 60)}"
        + (f" and {len(names) - 1} more" if len(names) > 1 else ""),
        message=(
            "Whatever other packages ask for, the version that stands here is taken of "
            f"{names_text}{f' and {count} more' if count > 0 else ''}."
        ),
        advice=(
            "Remove an override when the packages ask for that version themselves: later it holds "
            "back updates."
        ),
    )


def _finding(delta: SourceDelta, redirect: Redirect) -> Finding:
    source, after = redirect.source, redirect.after
    name = one_line(source.name or "Everything", 80)
    place = one_line(after.words or source.target, 120)
    before = one_line(redirect.before or "its registry", 120)
    match after.kind:
        case AddressKind.LOCAL:
            title = f"{name} is taken from a file or folder"
            message = (
                f"It comes from {one_line(source.target, 120)} instead of {before}, so advisories "
                "and updates do not reach it."
            )
            advice = "Check that its content is what you expect."
        case AddressKind.PACKAGE:
            title = f"Another package is installed as {name}"
            message = f"Whoever imports {name} gets {one_line(after.path, 100)}."
            advice = "Check that this is the package that you mean, and who publishes it."
        case AddressKind.REMOTE if source.role is SourceRole.PLACE and not redirect.before:
            title = f"{name} is fetched from {place}"
            message = (
                f"It comes from {place} instead of a registry, so advisories do not cover it and "
                "its content can change at any time."
            )
            advice = "Check who can write there, and name a commit."
        case AddressKind.REMOTE:
            subject = _NOUNS.get(source.ecosystem, "the package")
            title = f"{name} now comes from {place}"
            message = (
                f"Until now {subject} came from {before}. Whoever can write to {place} decides "
                "what runs for everybody who builds or installs this."
            )
            advice = "Check that the address is meant and whose it is."
            if source.ecosystem == Ecosystem.ACTIONS and (real := imitated_owner(after.owner)):
                advice += f" The owner's name is one slip from {one_line(real, 40)}."
    return delta.finding(
        "source",
        redirect.severity,
        delta.line_of(source),
        code=f"{source.name} {after.words or source.target}",
        title=title,
        message=message,
        advice=advice,
    )
