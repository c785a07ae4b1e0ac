"""Swift: Package.swift and Package.resolved."""

import re

from codeflow_action.manifests import json_text
from codeflow_action.manifests.lines import numbered
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

_PACKAGE = re.compile(
    r"""\.package\([^"\n]{0,200}?(?:name:\s*"[^"\n]{0,100}"\s*,\s*)?url:\s*"([^"\n]{1,300})\""""
)
_NAME = re.compile(r"""name:\s*"([\w.-]+)\"""")


def read_manifest(text: str) -> Listing:
    """Read a Package.swift: packages as `owner/name`, and the project's own name.

    Swift is not run, and what is asked for has no identity yet: these are mentions.
    """
    mentions: list[Mention] = []
    own = ""
    for number, line in numbered(text):
        if line.strip().startswith("//"):
            continue
        for url in _PACKAGE.findall(line):
            parts = url.lower().rstrip("/").removesuffix(".git").split("/")
            mentions.append(Mention(Ecosystem.SWIFT, "/".join(parts[-2:]), number))
        if not own and (name := _NAME.search(line)):
            own = name[1].lower()
            mentions.append(Mention(Ecosystem.SWIFT, own, number))
    return Listing(mentions=tuple(mentions))


def read_resolved(text: str) -> Listing:
    """Read a Package.resolved, version 1 to 3; a revision is the digest of its version."""
    document = json_text.parse(text)
    older = mapping(document.get("object"))
    pins = items(document.get("pins")) or items(older.get("pins"))
    prefix: json_text.Path = ("pins",) if "pins" in document else ("object", "pins")
    places = json_text.spans(text, len(prefix) + 1)
    packages = []
    for at, pin in enumerate(map(mapping, pins)):
        state = mapping(pin.get("state"))
        place = places.get((*prefix, at), (1, 1))
        revision = words(state.get("revision"))
        source = words(pin.get("location")) or words(pin.get("repositoryURL"))
        packages.append(
            Package(
                ecosystem=Ecosystem.SWIFT,
                name=(words(pin.get("identity")) or words(pin.get("package"))).lower(),
                version=words(state.get("version")) or revision,
                line=place[0],
                end_line=place[1],
                origin=Origin.REGISTRY,  # every package of Swift's lies in git
                source=source,
                digests=frozenset({f"revision:{revision}"} if revision else ()),
            )
        )
    return Listing(packages=tuple(packages))
