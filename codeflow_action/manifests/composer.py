"""PHP: composer.json and composer.lock."""

from collections.abc import Mapping

from codeflow_action.manifests import json_text
from codeflow_action.manifests.json_text import Span
from codeflow_action.manifests.package import (
    Ecosystem,
    Listing,
    Mention,
    Origin,
    Package,
    Registry,
    items,
    mapping,
    words,
)


def read_manifest(text: str) -> Listing:
    """Read a composer.json; `php` and `ext-…` are the platform, only mentioned."""
    document = json_text.parse(text)
    places = json_text.spans(text, 2)
    found = [
        _requirement(name, words(wanted), places.get((section, name), (1, 1)))
        for section in ("require", "require-dev")
        for name, wanted in mapping(document.get(section)).items()
    ]
    return Listing(
        packages=tuple(one for one in found if "/" in one.name),
        registries=tuple(_repositories(document, places)),
        mentions=tuple(
            Mention(one.ecosystem, one.name, one.line) for one in found if "/" not in one.name
        ),
    )


def _requirement(name: str, wanted: str, place: Span) -> Package:
    return Package(
        ecosystem=Ecosystem.COMPOSER,
        name=name.lower(),
        version=wanted,
        line=place[0],
        end_line=place[1],
        direct=True,
    )


def _repositories(
    document: Mapping[str, object], places: Mapping[json_text.Path, Span]
) -> list[Registry]:
    value = document.get("repositories")
    listed = [*items(value), *mapping(value).values()]
    line = places.get(("repositories",), (1, 1))[0]
    urls = [words(mapping(one).get("url")) for one in listed]
    return [Registry(url=url, line=line) for url in urls if "://" in url]


def read_lock(text: str) -> Listing:
    """Read a composer.lock."""
    document = json_text.parse(text)
    places = json_text.spans(text, 2)
    packages = [
        _locked(mapping(entry), places.get((section, at), (1, 1)))
        for section in ("packages", "packages-dev")
        for at, entry in enumerate(items(document.get(section)))
    ]
    return Listing(packages=tuple(packages))


def _locked(entry: Mapping[str, object], place: Span) -> Package:
    dist, source = mapping(entry.get("dist")), mapping(entry.get("source"))
    url = words(dist.get("url")) or words(source.get("url"))
    shasum = words(dist.get("shasum"))
    reference = words(dist.get("reference")) or words(source.get("reference"))
    digests = {f"sha1:{shasum}"} if shasum else {f"commit:{reference}"} if reference else set()
    return Package(
        ecosystem=Ecosystem.COMPOSER,
        name=words(entry.get("name")).lower(),
        version=words(entry.get("version")),
        line=place[0],
        end_line=place[1],
        origin=Origin.LOCAL if dist.get("type") == "path" else Origin.REGISTRY,
        source=url,
        digests=frozenset(digests),
        licenses=tuple(filter(None, map(words, items(entry.get("license"))))),
    )
