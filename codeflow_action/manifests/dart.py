"""Dart and Flutter: pubspec.yaml and pubspec.lock.

https://dart.dev/tools/pub/dependencies
"""

from collections import defaultdict

from codeflow_action.manifests import indented
from codeflow_action.manifests.indented import YamlEntry
from codeflow_action.manifests.package import Ecosystem, Listing, Origin, Package

_SECTIONS = ("dependencies", "dev_dependencies")
_ORIGINS = {"hosted": Origin.REGISTRY, "git": Origin.GIT, "path": Origin.LOCAL, "sdk": Origin.LOCAL}


def read_manifest(text: str) -> Listing:
    """Read a pubspec.yaml."""
    packages: list[Package] = []
    for block in _blocks(text, _SECTIONS):
        fields = {entry.path[2]: entry.value for entry in block if entry.depth == 3}
        inner = {entry.path[3]: entry.value for entry in block if entry.depth == 4}
        kind = next((key for key in ("git", "path", "sdk") if key in fields), "hosted")
        packages.append(
            Package(
                ecosystem=Ecosystem.PUB,
                name=block[0].path[1],
                version=block[0].value or fields.get("version", ""),
                line=block[0].line,
                end_line=block[-1].line,
                origin=_ORIGINS[kind],
                source=fields.get(kind, "") or inner.get("url", ""),
                direct=True,
            )
        )
    return Listing(packages=tuple(packages))


def _blocks(text: str, sections: tuple[str, ...]) -> list[list[YamlEntry]]:
    """Return the entries of each package: its own key first, then what stands in it."""
    blocks: defaultdict[tuple[str, ...], list[YamlEntry]] = defaultdict(list)
    for entry in indented.entries(text):
        if entry.depth >= 2 and entry.path[0] in sections:
            blocks[entry.path[:2]].append(entry)
    return list(blocks.values())


def read_lock(text: str) -> Listing:
    """Read a pubspec.lock."""
    packages: list[Package] = []
    for block in _blocks(text, ("packages",)):
        fields = {entry.path[2]: entry.value for entry in block if entry.depth == 3}
        description = {entry.path[3]: entry.value for entry in block if entry.depth == 4}
        # A hosted package has a digest, one from git the commit that its branch or tag led to.
        digest = description.get("sha256") or description.get("resolved-ref", "")
        packages.append(
            Package(
                ecosystem=Ecosystem.PUB,
                name=block[0].path[1],
                version=fields.get("version", ""),
                line=block[0].line,
                end_line=block[-1].line,
                origin=_ORIGINS.get(fields.get("source", ""), Origin.REGISTRY),
                source=description.get("url", ""),
                digests=frozenset({f"sha256:{digest}"} if digest else ()),
                direct=fields.get("dependency", "").startswith("direct"),
            )
        )
    return Listing(packages=tuple(packages))
