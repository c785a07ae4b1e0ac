"""What manifests say, in the words of the rules."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from codeflow_action.manifests import Ecosystem, Hint, ManifestKind, NoObject, jvm, survey_kind
from codeflow_action.manifests.package import NotUnderstood

_MAX_NAME = 214  # characters: npm's own limit, and more than any other ecosystem's names have
_MAJOR = re.compile(r"/v\d+$|\.v\d+$")
_USUAL = re.compile(r"(?:docker\.io/)?(?:library/)?")  # the registry that everyone means
# Where the rules say it in another way than the ecosystem.
_WORDS: Mapping[str, str] = {
    Ecosystem.PYPI: "python",
    Ecosystem.CARGO: "cargo",
    Ecosystem.GO: "go",
    Ecosystem.RUBYGEMS: "ruby",
    Ecosystem.COMPOSER: "composer",
    Ecosystem.NUGET: "nuget",
    Ecosystem.HEX: "mix",
    Ecosystem.MAVEN: "maven",
    Ecosystem.SWIFT: "swift",
    Ecosystem.ACTIONS: "action",
    Ecosystem.DOCKER: "docker",
}


class Dependency(NamedTuple):
    """A name that a manifest gives. `line` is 1-based."""

    ecosystem: str
    name: str
    line: int


type Reader = Callable[[str], Iterator[Dependency]]
type Aliases = Mapping[str, tuple[tuple[str, str], ...]]


class UnreadableManifest(ValueError):
    """The file is not what its name says; the rest of the repository is."""


def reader_of(path: str) -> Reader | None:
    """Return who reads that file; None where it is no manifest. Raises `UnreadableManifest`."""
    kind = survey_kind(path)
    return partial(_read, kind) if kind else None


def _read(kind: ManifestKind, text: str) -> Iterator[Dependency]:
    for name in _names(kind, text):
        of, bare = _WORDS.get(name.kind, name.kind), _bare(name)
        if bare and len(bare) <= _MAX_NAME and bare.isprintable():
            yield Dependency(of, bare, name.line)


def _names(kind: ManifestKind, text: str) -> Iterator[Hint]:
    """Yield what is asked for directly, and all that is mentioned."""
    try:
        listing = kind.read(text.removeprefix("\ufeff"))
    except NoObject:
        return
    except (ValueError, RecursionError) as error:
        raise UnreadableManifest(str(error)) from error
    for package in listing.packages:
        if package.direct:
            of = package.ecosystem if package.is_locked else "build-system"
            yield Hint(of, package.name, package.named_at or package.line)
    yield from listing.hints


def _bare(name: Hint) -> str:
    """Return the name without a module's major version, or without an image's usual registry."""
    if name.kind == Ecosystem.GO:
        return _MAJOR.sub("", name.name)
    return _USUAL.sub("", name.name, count=1) if name.kind == Ecosystem.DOCKER else name.name


def catalog_aliases(text: str) -> Aliases:
    """Return what the accessors of a Gradle catalog mean. Raises `UnreadableManifest`."""
    try:
        found = jvm.catalog_aliases(text.removeprefix("\ufeff"))
    except NotUnderstood as error:
        raise UnreadableManifest(str(error)) from error
    return {
        accessor: tuple((_WORDS.get(kind, kind), name) for kind, name in meant)
        for accessor, meant in found.items()
    }
