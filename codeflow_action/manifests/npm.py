"""npm: package.json, package-lock.json and npm-shrinkwrap.json (lockfileVersion 1 to 3)."""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping

from codeflow_action.manifests import json_text
from codeflow_action.manifests.json_text import Span
from codeflow_action.manifests.package import (
    Ecosystem,
    Listing,
    Mention,
    Origin,
    Package,
    git_or_url,
    items,
    mapping,
    words,
)

# Peer dependencies are asked of whoever installs the package, and are in no lock of their own.
SECTIONS = ("dependencies", "devDependencies", "optionalDependencies")
_PEERS = "peerDependencies"
_LOCAL = ("workspace:", "file:", "link:", "portal:")
_MAX_DEPTH = 100  # of a version 1 lock


def read_manifest(text: str) -> Listing:
    """Read a package.json."""
    document = json_text.parse(text)
    places = json_text.spans(text, 2)
    packages = [
        requirement(name, words(wanted), places.get((section, name), (1, 1)))
        for section in SECTIONS
        for name, wanted in mapping(document.get(section)).items()
    ]
    return Listing(packages=tuple(packages), mentions=tuple(_mentions(document, places)))


def _mentions(
    document: Mapping[str, object], places: Mapping[json_text.Path, Span]
) -> Iterator[Mention]:
    """Yield the project, its peers, names that are aliases, the manifest's keys, and its tool."""
    first = {path: place[0] for path, place in places.items()}
    yield Mention(Ecosystem.NPM, words(document.get("name")), first.get(("name",), 1))
    for section in (*SECTIONS, _PEERS):
        for name, wanted in mapping(document.get(section)).items():
            if section == _PEERS or words(wanted).startswith("npm:"):
                yield Mention(Ecosystem.NPM, name, first.get((section, name), 1))
    for key in document:
        yield Mention("package.json", key, first.get((key,), 1))
    if tool := words(document.get("packageManager")).partition("@")[0]:
        yield Mention("package.json", f"packageManager:{tool}", first.get(("packageManager",), 1))


def read_deno(text: str) -> Listing:
    """Read a deno.json: the npm packages that `imports` maps to; comments are not understood."""
    document = json_text.parse(text)
    places = json_text.spans(text, 2)
    return Listing(
        packages=tuple(
            requirement(name, target, places.get(("imports", name), (1, 1)))
            for name, value in mapping(document.get("imports")).items()
            if (target := words(value)).startswith("npm:")
        )
    )


def requirement(name: str, wanted: str, place: Span) -> Package:
    """Return what a package.json asks for; an alias counts as the package behind it."""
    if wanted.startswith("npm:"):
        real, _, version = wanted[4:].rpartition("@")
        name, wanted = (real, version) if real else (wanted[4:], "")
    origin, source = _origin(wanted)
    return Package(
        ecosystem=Ecosystem.NPM,
        name=name,
        version=wanted,
        line=place[0],
        end_line=place[1],
        origin=origin,
        source=source,
        direct=True,
    )


def _origin(wanted: str) -> tuple[Origin, str]:
    if wanted.startswith(_LOCAL):
        return Origin.LOCAL, wanted
    if "://" in wanted or wanted.startswith(("git@", "github:", "gitlab:", "bitbucket:")):
        return git_or_url(wanted), wanted
    is_github = "/" in wanted and not wanted.startswith((".", "/", "~", "@")) and " " not in wanted
    if is_github and ":" not in wanted:
        return Origin.GIT, f"github:{wanted}"  # `owner/repository` is GitHub's
    return Origin.REGISTRY, ""


def read_lock(text: str) -> Listing:
    """Read a package-lock.json or npm-shrinkwrap.json."""
    document = json_text.parse(text)
    if "packages" in document:
        return Listing(packages=tuple(_flat(text, mapping(document["packages"]))))
    return Listing(packages=tuple(_nested(text, mapping(document.get("dependencies")))))


def _flat(text: str, packages: Mapping[str, object]) -> Iterator[Package]:
    places = json_text.spans(text, 2)
    direct = _asked_for(packages)
    for path, value in packages.items():
        entry = mapping(value)
        folder, found, tail = path.rpartition("node_modules/")
        if not found or entry.get("link"):
            continue  # the project itself or a workspace
        name = words(entry.get("name")) or tail
        yield _locked(
            name,
            entry,
            places.get(("packages", path), (1, 1)),
            direct=not folder and name in direct,
        )


def _asked_for(packages: Mapping[str, object]) -> frozenset[str]:
    """Return the names that the project and its workspaces ask for."""
    own = [mapping(value) for path, value in packages.items() if "node_modules/" not in path]
    return frozenset(
        name for entry in own for section in SECTIONS for name in mapping(entry.get(section))
    )


def _nested(text: str, dependencies: Mapping[str, object]) -> Iterator[Package]:
    """Yield the entries of version 1; equal names stand in the text in the order of this walk."""
    places: defaultdict[str, deque[Span]] = defaultdict(deque)
    for path, place in json_text.spans(text, _MAX_DEPTH).items():
        if len(path) % 2 == 0 and all(part == "dependencies" for part in path[::2]):
            places[str(path[-1])].append(place)
    waiting = [iter(dependencies.items())]
    while waiting:
        name, value = next(waiting[-1], ("", None))
        if value is None:
            waiting.pop()
            continue
        entry = mapping(value)
        place = places[name].popleft() if places[name] else (1, 1)
        yield _locked(name, entry, place, direct=None)
        waiting.append(iter(mapping(entry.get("dependencies")).items()))


def _locked(name: str, entry: Mapping[str, object], place: Span, *, direct: bool | None) -> Package:
    version, source = words(entry.get("version")), words(entry.get("resolved"))
    if "://" in version or version.startswith(("git+", "file:", "github:")):
        source = version  # version 1 writes where the package comes from in its place
    return Package(
        ecosystem=Ecosystem.NPM,
        name=name,
        version=version,
        line=place[0],
        end_line=place[1],
        origin=fetched_from(source),
        source=source,
        digests=integrity(words(entry.get("integrity"))),
        direct=direct,
        install_script=entry.get("hasInstallScript") is True,
        licenses=_licenses(entry.get("license")),
    )


def fetched_from(source: str) -> Origin:
    """Return how the address in a lock is fetched.

    Registries serve tarballs below `/-/` or `/download/`; GitHub's are archives of a commit.
    """
    address = source.partition("#")[0]
    if not source:
        return Origin.REGISTRY
    if "://codeload.github.com/" in address.lower():
        return Origin.GIT
    is_archive = address.endswith((".tgz", ".tar.gz")) and "/-/" not in address
    found = git_or_url(address)
    if found is Origin.URL and (not is_archive or "/download/" in address):
        return Origin.REGISTRY
    return found


def integrity(text: str) -> frozenset[str]:
    """Return the digests of an `integrity` field (W3C Subresource Integrity)."""
    pairs = (one.partition("-") for one in text.split())
    return frozenset(f"{algorithm}:{digest}" for algorithm, _, digest in pairs if digest)


def _licenses(value: object) -> tuple[str, ...]:
    several = [words(mapping(one).get("type")) or words(one) for one in items(value)]
    return tuple(one for one in (words(value), words(mapping(value).get("type")), *several) if one)
