"""Rust: Cargo.toml and Cargo.lock."""

from collections.abc import Iterator, Mapping

from codeflow_action.manifests import toml_text
from codeflow_action.manifests.package import (
    Ecosystem,
    Listing,
    Mention,
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
    wanted = [
        (name, value, outline.key(f"{prefix}{section}", name))
        for prefix, scope in scopes
        for section in _SECTIONS
        for name, value in mapping(scope.get(section)).items()
    ]
    own = words(mapping(document.get("package")).get("name"))
    mentions = [Mention(Ecosystem.CARGO, own, outline.key("package", "name"))]
    mentions += [mention for one in wanted for mention in _mentions(*one)]
    return Listing(
        # What a member takes from its workspace is asked for in the workspace's manifest.
        packages=tuple(_requirement(*one) for one in wanted if not _is_inherited(one[1])),
        mentions=tuple(mentions),
    )


def _is_inherited(wanted: object) -> bool:
    return mapping(wanted).get("workspace") is True


def _mentions(name: str, wanted: object, line: int) -> Iterator[Mention]:
    """Yield what is inherited, and features as `crate:feature`: a driver may be one."""
    crate = words(mapping(wanted).get("package")) or name
    if _is_inherited(wanted):
        yield Mention(Ecosystem.CARGO, crate, line)
    for feature in map(words, items(mapping(wanted).get("features"))):
        yield Mention("cargo-feature", f"{crate}:{feature}", line)


def _requirement(name: str, wanted: object, line: int) -> Package:
    table = mapping(wanted)
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
