"""yarn.lock: the format of Yarn 1, which is its own, and the YAML of Yarn 2 and later (Berry).

https://classic.yarnpkg.com/lang/en/docs/yarn-lock/ and https://yarnpkg.com/protocols
"""

import base64
import re
from collections.abc import Iterator

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import indented
from codeflow_action.manifests.indented import YamlEntry
from codeflow_action.manifests.npm import integrity, name_and_rest, origin_of
from codeflow_action.manifests.package import Ecosystem, Listing, Package

_SHA1 = regex(r"[0-9a-f]{40}")
_FIELD = regex(r'  (version|resolved|integrity) "?([^"\n]*)')


def read_lock(text: str) -> Listing:
    """Read a yarn.lock of either kind."""
    berry = re.search(r"^__metadata:", text, re.MULTILINE)
    return Listing(packages=tuple(_berry(text) if berry else _classic(text)))


def _classic(text: str) -> Iterator[Package]:
    header, start, last = "", 1, 1
    fields: dict[str, str] = {}
    for number, line in enumerate([*text.split("\n"), "end:"], start=1):
        if line and line[0] not in " #" and line.rstrip().endswith(":"):
            if fields:
                yield _classic_package(header, fields, start, last)
            header, start, fields = line.rstrip()[:-1], number, {}
        elif field := _FIELD.match(line):
            fields[field[1]] = field[2]
        last = number if line.strip() else last


def _classic_package(header: str, fields: dict[str, str], line: int, end_line: int) -> Package:
    # `"@scope/name@range", "@scope/name@other range"`
    name, spec = name_and_rest(header.split(",", maxsplit=1)[0].strip('" '))
    if spec.startswith("npm:") and (target := name_and_rest(spec[4:]))[1]:
        name = target[0]  # an alias counts as what is behind it
    source = fields.get("resolved", "")
    return Package(
        ecosystem=Ecosystem.NPM,
        name=name,
        version=fields.get("version", ""),
        line=line,
        end_line=end_line,
        origin=origin_of(source),
        source=source,
        digests=integrity(fields.get("integrity", "")) or _fragment(source),
    )


def _fragment(source: str) -> frozenset[str]:
    """Return the digest behind an address: before version 1.10 a lock had no other."""
    digest = source.rpartition("#")[2]
    if not _SHA1.fullmatch(digest):
        return frozenset()
    return frozenset({f"sha1:{base64.b64encode(bytes.fromhex(digest)).decode()}"})


def _berry(text: str) -> Iterator[Package]:
    """Yield what is fetched. `resolution` names it, and a checksum holds for one `cacheKey`."""
    cache = ""
    block: list[YamlEntry] = []
    for entry in [*indented.entries(text), YamlEntry(("",), "", text.count("\n") + 1)]:
        if entry.path[:2] == ("__metadata", "cacheKey"):
            cache = entry.value
        if entry.depth == 1:
            if block and (package := _berry_package(block, entry.line - 1, cache)):
                yield package
            block = []
        block.append(entry)


def _berry_package(block: list[YamlEntry], end_line: int, cache: str) -> Package | None:
    fields = {entry.path[1]: entry.value for entry in block if entry.depth == 2}
    resolution = fields.get("resolution", "")
    name, locator = name_and_rest(resolution)
    if not name or locator.startswith(("workspace:", "patch:", "link:", "portal:")):
        return None
    remote = "" if locator.startswith("npm:") else locator
    key, _, digest = fields.get("checksum", "").rpartition("/")
    return Package(
        ecosystem=Ecosystem.NPM,
        name=name,
        version=fields.get("version", ""),
        line=block[0].line,
        end_line=end_line,
        origin=origin_of(remote),
        source=remote,
        digests=frozenset({f"{key or cache}:{digest}"} if digest else ()),
    )
