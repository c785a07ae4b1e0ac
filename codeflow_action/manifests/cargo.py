"""Rust: Cargo.toml and Cargo.lock.

https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html
"""

from codeflow_action.manifests import toml_text
from codeflow_action.manifests.package import (
    Ecosystem,
    Hint,
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
        # Headers quote a target, as in `[target.'cfg(unix)'.dependencies]`; outlines do not.
        bare = target.replace("'", "").replace('"', "")
        scopes.append((f"target.{bare}.", mapping(table)))
    packages: list[Package] = []
    project = words(mapping(document.get("package")).get("name"))
    hints = [Hint(Ecosystem.CARGO, project, outline.key("package", "name"))]
    for prefix, scope in scopes:
        for section in _SECTIONS:
            for name, spec in mapping(scope.get(section)).items():
                line = outline.key(f"{prefix}{section}", name)
                crate = words(mapping(spec).get("package")) or name
                # What a member takes from its workspace is asked for in the workspace's manifest:
                # https://doc.rust-lang.org/cargo/reference/workspaces.html#the-dependencies-table
                if mapping(spec).get("workspace") is True:
                    hints.append(Hint(Ecosystem.CARGO, crate, line))
                else:
                    packages.append(_requirement(name, spec, line))
                # A feature may be what tells of a database: its driver is one.
                hints += [
                    Hint("cargo-feature", f"{crate}:{words(feature)}", line)
                    for feature in items(mapping(spec).get("features"))
                ]
    return Listing(packages=tuple(packages), hints=tuple(hints))


def _requirement(name: str, spec: object, line: int) -> Package:
    table = mapping(spec)
    git, path = words(table.get("git")), words(table.get("path"))
    revisions = (words(table.get(key)) for key in ("rev", "tag", "branch"))
    revision = next(filter(None, revisions), "") if git else ""
    origin = Origin.GIT if git else Origin.LOCAL if path else Origin.REGISTRY
    return Package(
        ecosystem=Ecosystem.CARGO,
        name=words(table.get("package")) or name,
        version=words(spec) or words(table.get("version")) or revision,
        line=line,
        end_line=line,
        origin=origin,
        source=git or path,
        direct=True,
    )


def read_lock(text: str) -> Listing:
    """Read a Cargo.lock.

    Where a package comes from is written as a package id:
    https://doc.rust-lang.org/cargo/reference/pkgid-spec.html
    """
    tables = items(toml_text.parse(text).get("package"))
    places = toml_text.Outline(text).tables("package")
    if len(places) != len(tables):  # the text is not as Cargo writes it
        places = [(1, 1)] * len(tables)
    packages: list[Package] = []
    for table, place in zip(map(mapping, tables), places, strict=True):
        source, digest = words(table.get("source")), words(table.get("checksum"))
        if not source:
            continue  # the workspace itself
        packages.append(
            Package(
                ecosystem=Ecosystem.CARGO,
                name=words(table.get("name")),
                version=words(table.get("version")),
                line=place[0],
                end_line=place[1],
                origin=Origin.GIT if source.startswith("git+") else Origin.REGISTRY,
                source=source.removeprefix("registry+").removeprefix("sparse+"),
                digests=frozenset({f"sha256:{digest}"} if digest else ()),
            )
        )
    return Listing(packages=tuple(packages))
