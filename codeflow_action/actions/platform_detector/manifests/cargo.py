"""Cargo.toml, of a package or a workspace."""

from collections.abc import Iterator

from pydantic import JsonValue

from codeflow_action.actions.platform_detector.manifests.manifest import (
    Dependency,
    Lines,
    as_object,
    at,
    named,
    read_toml,
)

_SECTIONS = ("dependencies", "dev-dependencies", "build-dependencies")


def cargo_toml(text: str) -> Iterator[Dependency]:
    """Yield crates; `crate:feature` as ecosystem `cargo-feature`, for drivers that are features."""
    manifest = read_toml(text)
    lines = Lines(text)
    tables: list[JsonValue] = [
        manifest,
        *as_object(manifest.get("target")).values(),
        at(manifest, "workspace"),
    ]
    for table in tables:
        for section in _SECTIONS:
            for name, about in as_object(at(table, section)).items():
                yield from _crate(name, about, lines)
    own = at(manifest, "package", "name")
    if isinstance(own, str):
        yield from named("cargo", own, lines.of(own))


def _crate(name: str, about: JsonValue, lines: Lines) -> Iterator[Dependency]:
    renamed = at(about, "package")
    crate = renamed if isinstance(renamed, str) else name
    yield from named("cargo", crate, lines.of(name))
    features = at(about, "features")
    for feature in features if isinstance(features, list) else ():
        if isinstance(feature, str):
            yield from named("cargo-feature", f"{crate}:{feature}", lines.of(name))
