"""Rust: Cargo.toml and Cargo.lock."""

from collections.abc import Iterator, Mapping

from codeflow_action.manifests import toml_text
from codeflow_action.manifests.package import (
    Ecosystem,
    Listing,
    Origin,
    Package,
    items,
    mapping,
    words,
)

_SECTIONS = ("dependencies", "dev-dependencies", "build-dependencies")


def read_manifest(text: str) -> Listing:
    """Read a Cargo.toml: a package's, a workspace's, and those of single targets."""
    document = toml_text.parse(text)
    outline = toml_text.Outline(text)
    scopes = [("", document), ("workspace.", mapping(document.get("workspace")))]
    for target, table in mapping(document.get("target")).items():
        scopes.append(
            (f"target.{target.replace(chr(39), '').replace(chr(34), '')}.", mapping(table))
        )
    packages = [
        _requirement(name, wanted, outline.key(f"{prefix}{section}", name))
        for prefix, scope in scopes
        for section in _SECTIONS
        for name, wanted in mapping(scope.get(section)).items()
    ]
    return Listing(packages=tuple(package for package in packages if package))


def _requirement(name: str, wanted: object, line: int) -> Package | None:
    table = mapping(wanted)
    if table.get("workspace") is True:
        return None  # what is asked for stands in the workspace's manifest
    git, path = words(table.get("git")), words(table.get("path"))
    origin = Origin.GIT if git else Origin.LOCAL if path else Origin.REGISTRY
    return Package(
        ecosystem=Ecosystem.CARGO,
        name=words(table.get("package")) or name,
        version=words(wanted) or words(table.get("version")),
        line=line,
        end_line=line,
        origin=origin,
        source=git or path,
        direct=True,
    )


def read_lock(text: str) -> Listing:
    """Read a Cargo.lock; what has no source is the workspace itself."""
    tables = items(toml_text.parse(text).get("package"))
    places = toml_text.Outline(text).tables("package")
    if len(places) != len(tables):
        places = [(1, 1)] * len(tables)
    return Listing(packages=tuple(_locked(tables, places)))


def _locked(tables: list[object], places: list[tuple[int, int]]) -> Iterator[Package]:
    for table, place in zip(map(mapping, tables), places, strict=True):
        source = words(table.get("source"))
        if not source:
            continue
        yield Package(
            ecosystem=Ecosystem.CARGO,
            name=words(table.get("name")),
            version=words(table.get("version")),
            line=place[0],
            end_line=place[1],
            origin=Origin.GIT if source.startswith("git+") else Origin.REGISTRY,
            source=source.removeprefix("registry+").removeprefix("sparse+"),
            digests=_digests(table),
        )


def _digests(table: Mapping[str, object]) -> frozenset[str]:
    digest = words(table.get("checksum"))
    return frozenset({f"sha256:{digest}"} if digest else ())
