"""pnpm-lock.yaml, lockfileVersion 5 to 9.

https://github.com/pnpm/spec/tree/master/lockfile
"""

import re
from collections.abc import Iterator

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import indented
from codeflow_action.manifests.indented import YamlEntry
from codeflow_action.manifests.npm import SECTIONS, integrity, origin_of
from codeflow_action.manifests.package import Ecosystem, Listing, Origin, Package

# `/name/1.0.0`, `/@scope/name/1.0.0_peer`, `/name@1.0.0(peer@2.0.0)`, `name@1.0.0`.
_KEY = regex(r"/?((?:@[^/@]+/)?[^/@]+)[/@](.+)")


def read_lock(text: str) -> Listing:
    """Read a pnpm-lock.yaml."""
    entries = list(indented.entries(text))
    # A workspace has `importers`, one for each project; a single project has the sections alone.
    direct = frozenset(
        entry.path[-1]
        for entry in entries
        if (entry.depth == 4 and entry.path[0] == "importers" and entry.path[2] in SECTIONS)
        or (entry.depth == 2 and entry.path[0] in SECTIONS)
    )
    packages: list[Package] = []
    block: list[YamlEntry] = []
    for entry in [*entries, YamlEntry(("",), "", text.count("\n") + 2)]:
        if entry.depth <= 2:
            if block:
                packages += _package(block, entry.line - 1, direct)
            block = [entry] if entry.depth == 2 and entry.path[0] == "packages" else []
        elif block:
            block.append(entry)
    return Listing(packages=tuple(packages))


def _package(block: list[YamlEntry], end_line: int, direct: frozenset[str]) -> Iterator[Package]:
    fields = {entry.path[2]: entry.value for entry in block if entry.depth == 3}
    # The resolution is a mapping in braces, or over several lines.
    lines = {
        entry.path[3]: entry.value
        for entry in block
        if entry.depth == 4 and entry.path[2] == "resolution"
    }
    resolution = {**indented.flow(fields.get("resolution", "")), **lines}
    match = _KEY.match(block[0].path[1])
    name = fields.get("name") or (match[1] if match else "")
    if not name:
        return
    source = resolution.get("tarball") or resolution.get("repo") or ""
    yield Package(
        ecosystem=Ecosystem.NPM,
        name=name,
        # Behind the version a key may name the peers that it was resolved with.
        version=fields.get("version") or re.sub(r"[(_].*", "", match[2] if match else ""),
        line=block[0].line,
        end_line=end_line,
        origin=Origin.GIT if "repo" in resolution else origin_of(source),
        source=source,
        digests=integrity(resolution.get("integrity", "")),
        direct=name in direct,
        install_script=fields.get("requiresBuild") == "true",
    )
