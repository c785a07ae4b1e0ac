"""npm: package.json, package-lock.json and npm-shrinkwrap.json (lockfileVersion 1 to 3).

https://github.com/npm/cli/blob/latest/docs/lib/content/configuring-npm/package-json.md
https://github.com/npm/cli/blob/latest/docs/lib/content/configuring-npm/package-lock-json.md
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping

from codeflow_action.manifests import json_text
from codeflow_action.manifests.json_text import Span
from codeflow_action.manifests.package import (
    Ecosystem,
    Hint,
    InstallScript,
    Listing,
    Origin,
    Package,
    git_or_url,
    items,
    mapping,
    words,
)

# Peer dependencies are asked of whoever installs the package; no lock need hold them.
SECTIONS = ("dependencies", "devDependencies", "optionalDependencies")
# What an installation runs, of dependencies and of the package itself; `prepare` runs where the
# package lies in its repository, or is installed from git. npm 6 ran `prepublish` too.
# https://docs.npmjs.com/cli/using-npm/scripts#life-cycle-scripts and https://pnpm.io/scripts
_LIFECYCLE = (
    *("preinstall", "install", "postinstall", "prepublish"),
    *("preprepare", "prepare", "postprepare", "pnpm:devPreinstall"),
)
_PEERS = "peerDependencies"
_LOCAL = ("workspace:", "file:", "link:", "portal:")
_MAX_DEPTH = 100  # of a version 1 lock


def read_manifest(text: str) -> Listing:
    """Read a package.json."""
    document = json_text.parse(text)
    places = json_text.spans(text, 2)
    packages = [
        requirement(name, words(spec), places.get((section, name), (1, 1)))
        for section in SECTIONS
        for name, spec in mapping(document.get(section)).items()
    ]
    scripts = mapping(document.get("scripts"))
    return Listing(
        packages=tuple(packages),
        hints=tuple(_hints(document, places)),
        scripts=tuple(
            InstallScript(name=name, command=command, line=places.get(("scripts", name), (1, 1))[0])
            for name in _LIFECYCLE
            if (command := words(scripts.get(name)))
        ),
    )


def _hints(document: Mapping[str, object], places: Mapping[json_text.Path, Span]) -> Iterator[Hint]:
    """Yield the project, its peers, names that are aliases, the manifest's keys, and its tool."""
    lines = {path: place[0] for path, place in places.items()}
    yield Hint(Ecosystem.NPM, words(document.get("name")), lines.get(("name",), 1))
    for section in (*SECTIONS, _PEERS):
        for name, spec in mapping(document.get(section)).items():
            if section == _PEERS or words(spec).startswith("npm:"):
                yield Hint(Ecosystem.NPM, name, lines.get((section, name), 1))
    for key in document:
        yield Hint("package.json", key, lines.get((key,), 1))
    # `name@version`: https://nodejs.org/api/packages.html#packagemanager
    if tool := words(document.get("packageManager")).partition("@")[0]:
        yield Hint("package.json", f"packageManager:{tool}", lines.get(("packageManager",), 1))


def read_deno(text: str) -> Listing:
    """Read a deno.json without comments: the npm packages that `imports` maps to.

    https://docs.deno.com/runtime/fundamentals/configuration/
    """
    document = json_text.parse(text)
    places = json_text.spans(text, 2)
    return Listing(
        packages=tuple(
            requirement(name, target, places.get(("imports", name), (1, 1)))
            for name, value in mapping(document.get("imports")).items()
            if (target := words(value)).startswith("npm:")
        )
    )


def requirement(name: str, spec: str, place: Span) -> Package:
    """Return what a package.json asks for. An alias counts as the package behind it."""
    # `npm:name@range`: https://github.com/npm/cli/blob/latest/docs/lib/content/using-npm/package-spec.md
    alias = name if spec.startswith("npm:") else ""
    if alias:
        real, _, version = spec[4:].rpartition("@")
        name, spec = (real, version) if real else (spec[4:], "")
    origin, source = _origin(spec)
    return Package(
        ecosystem=Ecosystem.NPM,
        name=name,
        version=spec,
        line=place[0],
        end_line=place[1],
        origin=origin,
        alias=alias if alias != name else "",
        source=source,
        direct=True,
    )


def _origin(spec: str) -> tuple[Origin, str]:
    if spec.startswith(_LOCAL):
        return Origin.LOCAL, spec
    if "://" in spec or spec.startswith(("git@", "github:", "gitlab:", "bitbucket:", "gist:")):
        return git_or_url(spec), spec
    repository = spec.partition("#")[0]  # a commit or `semver:` and a range may follow
    is_github = "/" in repository and not spec.startswith((".", "/", "~", "@")) and " " not in spec
    if is_github and ":" not in repository:
        return Origin.GIT, f"github:{spec}"  # `owner/repository` is GitHub's
    return Origin.REGISTRY, ""


def read_lock(text: str) -> Listing:
    """Read a package-lock.json or npm-shrinkwrap.json.

    Since version 2 there is `packages`; version 1 has `dependencies` within `dependencies`.
    """
    document = json_text.parse(text)
    if "packages" in document:
        return Listing(packages=tuple(_flat_lock(text, mapping(document["packages"]))))
    return Listing(packages=tuple(_nested_lock(text, mapping(document.get("dependencies")))))


def _flat_lock(text: str, packages: Mapping[str, object]) -> Iterator[Package]:
    places = json_text.spans(text, 2)
    # What the project and its workspaces ask for: they have paths without `node_modules`.
    direct = frozenset(
        name
        for path, value in packages.items()
        if "node_modules/" not in path
        for section in SECTIONS
        for name in mapping(mapping(value).get(section))
    )
    for path, value in packages.items():
        entry = mapping(value)
        folder, separator, tail = path.rpartition("node_modules/")
        if not separator or entry.get("link"):
            continue  # the project itself or a workspace
        name = words(entry.get("name")) or tail
        yield _lock_package(
            name,
            entry,
            places.get(("packages", path), (1, 1)),
            direct=not folder and name in direct,
        )


def _nested_lock(text: str, dependencies: Mapping[str, object]) -> Iterator[Package]:
    """Yield the entries of version 1. Equal names stand in the text in the order of this walk."""
    places: defaultdict[str, deque[Span]] = defaultdict(deque)
    for path, place in json_text.spans(text, _MAX_DEPTH).items():
        if len(path) % 2 == 0 and all(part == "dependencies" for part in path[::2]):
            places[str(path[-1])].append(place)
    # A stack, not recursion: a stranger sets the depth.
    stack = [iter(dependencies.items())]
    while stack:
        name, value = next(stack[-1], ("", None))
        if value is None:
            stack.pop()
            continue
        entry = mapping(value)
        place = places[name].popleft() if places[name] else (1, 1)
        yield _lock_package(name, entry, place, direct=None)
        stack.append(iter(mapping(entry.get("dependencies")).items()))


def _lock_package(
    name: str, entry: Mapping[str, object], place: Span, *, direct: bool | None
) -> Package:
    version, source = words(entry.get("version")), words(entry.get("resolved"))
    license_ = entry.get("license")
    # Older packages have an object with a `type`, or a list of such.
    licenses = [license_, mapping(license_).get("type")]
    licenses += [mapping(option).get("type") or option for option in items(license_)]
    if "://" in version or version.startswith(("git+", "file:", "github:")):
        source = version  # version 1 writes where the package comes from in its place
    return Package(
        ecosystem=Ecosystem.NPM,
        name=name,
        version=version,
        line=place[0],
        end_line=place[1],
        origin=origin_of(source),
        source=source,
        digests=integrity(words(entry.get("integrity"))),
        direct=direct,
        install_script=entry.get("hasInstallScript") is True,
        licenses=tuple(filter(None, map(words, licenses))),
    )


def name_and_rest(text: str) -> tuple[str, str]:
    """Split `name@rest`. The first sign may be a scope's, and a name may have one letter."""
    index = text.find("@", 1)
    return (text[:index], text[index + 1 :]) if index > 0 else (text, "")


def origin_of(source: str) -> Origin:
    """Return how the address in a lock is fetched."""
    address = source.partition("#")[0]
    if not source:
        return Origin.REGISTRY
    # GitHub's archives of a commit:
    # https://docs.github.com/en/repositories/working-with-files/using-files/downloading-source-code-archives
    if "://codeload.github.com/" in address.lower():
        return Origin.GIT
    # Registries serve their tarballs below `/-/`, GitHub's below `/download/`.
    is_archive = address.endswith((".tgz", ".tar.gz")) and "/-/" not in address
    origin = git_or_url(address)
    if origin is Origin.URL and (not is_archive or "/download/" in address):
        return Origin.REGISTRY
    return origin


def integrity(text: str) -> frozenset[str]:
    """Return the digests of an `integrity` field (https://www.w3.org/TR/SRI/)."""
    pairs = (token.partition("-") for token in text.split())
    return frozenset(f"{algorithm}:{digest}" for algorithm, _, digest in pairs if digest)
