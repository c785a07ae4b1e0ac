"""Swift: Package.swift and Package.resolved.

https://docs.swift.org/package-manager/PackageDescription/PackageDescription.html
"""

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import json_text
from codeflow_action.manifests.line_formats import numbered_lines
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

_PACKAGE = regex(
    r"""\.package\([^"\n]{0,200}?(?:name:\s*"[^"\n]{0,100}"\s*,\s*)?url:\s*"([^"\n]{1,300})\""""
)
_NAME = regex(r"""name:\s*"([\w.-]+)\"""")


def read_manifest(text: str) -> Listing:
    """Read a Package.swift: packages as `owner/name`, and the project's own name. It is not run.

    They are hints: only a lock knows a package's identity.
    """
    hints: list[Hint] = []
    project = ""
    for number, line in numbered_lines(text):
        if line.strip().startswith("//"):
            continue
        for url in _PACKAGE.findall(line):
            parts = url.lower().rstrip("/").removesuffix(".git").split("/")
            hints.append(Hint(Ecosystem.SWIFT, "/".join(parts[-2:]), number))
        if not project and (name := _NAME.search(line)):
            project = name[1].lower()
            hints.append(Hint(Ecosystem.SWIFT, project, number))
    return Listing(hints=tuple(hints))


def read_resolved(text: str) -> Listing:
    """Read a Package.resolved, version 1 to 3. A revision serves as the digest of its version."""
    document = json_text.parse(text)
    # Version 1 keeps the pins in an `object`, and has other names in them.
    pins = items(document.get("pins")) or items(mapping(document.get("object")).get("pins"))
    prefix: json_text.Path = ("pins",) if "pins" in document else ("object", "pins")
    places = json_text.spans(text, len(prefix) + 1)
    packages = []
    for index, pin in enumerate(map(mapping, pins)):
        state = mapping(pin.get("state"))
        place = places.get((*prefix, index), (1, 1))
        revision = words(state.get("revision"))
        source = words(pin.get("location")) or words(pin.get("repositoryURL"))
        packages.append(
            Package(
                ecosystem=Ecosystem.SWIFT,
                name=(words(pin.get("identity")) or words(pin.get("package"))).lower(),
                version=words(state.get("version")) or revision,
                line=place[0],
                end_line=place[1],
                origin=Origin.REGISTRY,  # Swift has no registry of its own: git is the usual way
                source=source,
                digests=frozenset({f"revision:{revision}"} if revision else ()),
            )
        )
    return Listing(packages=tuple(packages))
