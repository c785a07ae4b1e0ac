"""Dart and Flutter: pubspec.yaml and pubspec.lock."""

from collections import defaultdict

from codeflow_action.manifests import indented
from codeflow_action.manifests.indented import Entry
from codeflow_action.manifests.package import Ecosystem, Listing, Origin, Package

_SECTIONS = ("dependencies", "dev_dependencies")
_ORIGINS = {"hosted": Origin.REGISTRY, "git": Origin.GIT, "path": Origin.LOCAL, "sdk": Origin.LOCAL}


def read_manifest(text: str) -> Listing:
    """Read a pubspec.yaml."""
    blocks = _blocks(text, _SECTIONS)
    return Listing(packages=tuple(_requirement(block) for block in blocks))


def _blocks(text: str, sections: tuple[str, ...]) -> list[list[Entry]]:
    """Return the entries of each package: its own first, then what is nested in it."""
    blocks: defaultdict[tuple[str, ...], list[Entry]] = defaultdict(list)
    for entry in indented.entries(text):
        if entry.depth >= 2 and entry.path[0] in sections:
            blocks[entry.path[:2]].append(entry)
    return list(blocks.values())


def _requirement(block: list[Entry]) -> Package:
    fields = {entry.path[2]: entry.value for entry in block if entry.depth == 3}
    nested = {entry.path[3]: entry.value for entry in block if entry.depth == 4}
    kind = next((key for key in ("git", "path", "sdk") if key in fields), "hosted")
    return Package(
        ecosystem=Ecosystem.PUB,
        name=block[0].path[1],
        version=block[0].value or fields.get("version", ""),
        line=block[0].line,
        end_line=block[-1].line,
        origin=_ORIGINS[kind],
        source=fields.get(kind, "") or nested.get("url", ""),
        direct=True,
    )


def read_lock(text: str) -> Listing:
    """Read a pubspec.lock."""
    return Listing(packages=tuple(_locked(block) for block in _blocks(text, ("packages",))))


def _locked(block: list[Entry]) -> Package:
    fields = {entry.path[2]: entry.value for entry in block if entry.depth == 3}
    description = {entry.path[3]: entry.value for entry in block if entry.depth == 4}
    digest = description.get("sha256") or description.get("resolved-ref", "")
    return Package(
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
