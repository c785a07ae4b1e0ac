""".NET: projects, Directory.Packages.props, packages.lock.json and nuget.config."""

from codeflow_action.manifests import json_text
from codeflow_action.manifests.package import (
    Ecosystem,
    Listing,
    Package,
    Registry,
    mapping,
    words,
)
from codeflow_action.manifests.xml_text import Element, elements


def read_project(text: str) -> Listing:
    """Read a project or props file: `PackageReference` and `PackageVersion`."""
    found = (
        _reference(element)
        for element in elements(text)
        if element.name in ("PackageReference", "PackageVersion", "GlobalPackageReference")
    )
    return Listing(packages=tuple(package for package in found if package))


def _reference(element: Element) -> Package | None:
    attributes = element.attributes
    name = attributes.get("Include", "").strip()  # `Update` and `Remove` add nothing
    if not name or "$(" in name:
        return None
    version = attributes.get("Version") or element.children.get("Version", "")
    return Package(
        ecosystem=Ecosystem.NUGET,
        name=name.lower(),
        version=version.strip(),
        line=element.line,
        end_line=element.end_line,
        direct=True,
    )


def read_lock(text: str) -> Listing:
    """Read a packages.lock.json: by target framework, then by name."""
    document = json_text.parse(text)
    places = json_text.spans(text, 3)
    packages = [
        Package(
            ecosystem=Ecosystem.NUGET,
            name=name.lower(),
            version=words(entry.get("resolved")),
            line=place[0],
            end_line=place[1],
            digests=frozenset({f"sha512:{digest}"} if digest else ()),
            direct=entry.get("type") == "Direct",
        )
        for framework, group in mapping(document.get("dependencies")).items()
        for name, value in mapping(group).items()
        if (entry := mapping(value)).get("type") != "Project"
        for place in [places.get(("dependencies", framework, name), (1, 1))]
        for digest in [words(entry.get("contentHash"))]
    ]
    return Listing(packages=tuple(packages))


def read_settings(text: str) -> Listing:
    """Read a nuget.config's package sources."""
    sources = (
        element
        for element in elements(text)
        if element.name == "add" and "packageSources" in element.path
    )
    registries = (
        Registry(url=element.attributes.get("value", ""), line=element.line) for element in sources
    )
    return Listing(registries=tuple(one for one in registries if "://" in one.url))
