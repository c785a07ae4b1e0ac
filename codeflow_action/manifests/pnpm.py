"""pnpm-lock.yaml, lockfileVersion 5 to 9."""

import re
from collections.abc import Iterator

from codeflow_action.manifests import indented
from codeflow_action.manifests.indented import Entry
from codeflow_action.manifests.npm import fetched_from, integrity
from codeflow_action.manifests.package import Ecosystem, Listing, Origin, Package

# `/name/1.0.0`, `/@scope/name/1.0.0_peer`, `/name@1.0.0(peer@2.0.0)`, `name@1.0.0`.
_KEY = re.compile(r"/?((?:@[^/@]+/)?[^/@]+)[/@](.+)")


def read_lock(text: str) -> Listing:
    """Read a pnpm-lock.yaml."""
    found = list(indented.entries(text))
    direct = frozenset(
        entry.path[-1] if entry.path[0] != "importers" else entry.path[3]
        for entry in found
        if _is_direct(entry)
    )
    return Listing(packages=tuple(_packages(found, direct, text.count("\n") + 1)))


def _is_direct(entry: Entry) -> bool:
    sections = ("dependencies", "devDependencies", "optionalDependencies")
    if entry.path[0] == "importers":
        return entry.depth == 4 and entry.path[2] in sections
    return entry.depth == 2 and entry.path[0] in sections


def _packages(found: list[Entry], direct: frozenset[str], last: int) -> Iterator[Package]:
    block: list[Entry] = []
    for entry in [*found, Entry(("",), "", last + 1)]:
        if entry.depth <= 2:
            if block:
                yield from _package(block, entry.line - 1, direct)
            block = [entry] if entry.depth == 2 and entry.path[0] == "packages" else []
        elif block:
            block.append(entry)


def _package(block: list[Entry], end_line: int, direct: frozenset[str]) -> Iterator[Package]:
    fields = {entry.path[2]: entry.value for entry in block if entry.depth == 3}
    nested = {
        entry.path[3]: entry.value
        for entry in block
        if entry.depth == 4 and entry.path[2] == "resolution"
    }
    resolution = {**indented.flow(fields.get("resolution", "")), **nested}
    match = _KEY.match(block[0].path[1])
    name = fields.get("name") or (match[1] if match else "")
    if not name:
        return
    source = resolution.get("tarball") or resolution.get("repo") or ""
    yield Package(
        ecosystem=Ecosystem.NPM,
        name=name,
        version=fields.get("version") or re.sub(r"[(_].*", "", match[2] if match else ""),
        line=block[0].line,
        end_line=end_line,
        origin=Origin.GIT if "repo" in resolution else fetched_from(source),
        source=source,
        digests=integrity(resolution.get("integrity", "")),
        direct=name in direct,
        install_script=fields.get("requiresBuild") == "true",
    )
