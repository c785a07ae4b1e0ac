"""The names that manifests give, in the words of the rules."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import Ecosystem, Hint, ManifestKind, NoObject, jvm, survey_kind
from codeflow_action.manifests.package import NotUnderstood

_MAX_NAME = 214  # characters: npm's own limit, and more than any other ecosystem's names have
# Go's and gopkg.in's ways to write a major version: https://go.dev/ref/mod#major-version-suffixes
_MAJOR = regex(r"/v\d+$|\.v\d+$")
# The registry and namespace that are meant when an image names none.
_DEFAULT_REGISTRY = regex(r"(?:docker\.io/)?(?:library/)?")
# The rules' names for ecosystems, where they differ from ours.
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


class DependencyName(NamedTuple):
    """A name that a manifest gives. `line` is 1-based."""

    ecosystem: str
    name: str
    line: int


type Reader = Callable[[str], Iterator[DependencyName]]
type Aliases = Mapping[str, tuple[tuple[str, str], ...]]


class UnreadableManifest(ValueError):
    """The file is not what its name says. That says nothing about the rest of the repository."""


def reader_of(path: str) -> Reader | None:
    """Return the reader of that file; None where it is no manifest.

    The reader raises `UnreadableManifest`.
    """
    kind = survey_kind(path)
    return partial(_dependency_names, kind) if kind else None


def _dependency_names(kind: ManifestKind, text: str) -> Iterator[DependencyName]:
    """Yield what is asked for directly, and all that is mentioned."""
    try:
        listing = kind.read(text.removeprefix("\ufeff"))
    except NoObject:
        return
    except (ValueError, RecursionError) as error:
        raise UnreadableManifest(str(error)) from error
    hints = [
        Hint(
            package.ecosystem if package.is_locked else "build-system",
            package.name,
            package.named_at or package.line,
        )
        for package in listing.packages
        if package.direct
    ]
    for hint in (*hints, *listing.hints):
        name = hint.name
        if hint.kind == Ecosystem.GO:
            name = _MAJOR.sub("", name)
        elif hint.kind == Ecosystem.DOCKER:
            name = _DEFAULT_REGISTRY.sub("", name, count=1)
        if name and len(name) <= _MAX_NAME and name.isprintable():
            yield DependencyName(_WORDS.get(hint.kind, hint.kind), name, hint.line)


def catalog_aliases(text: str) -> Aliases:
    """Return what the accessors of a Gradle catalog mean. Raises `UnreadableManifest`."""
    try:
        aliases = jvm.catalog_aliases(text.removeprefix("\ufeff"))
    except NotUnderstood as error:
        raise UnreadableManifest(str(error)) from error
    return {
        accessor: tuple((_WORDS.get(kind, kind), name) for kind, name in targets)
        for accessor, targets in aliases.items()
    }
