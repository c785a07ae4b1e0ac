""".NET: projects, Directory.Packages.props, packages.lock.json and nuget.config."""

from collections.abc import Iterator

from codeflow_action.manifests import json_text
from codeflow_action.manifests.package import (
    Ecosystem,
    Listing,
    Mention,
    Package,
    Registry,
    mapping,
    words,
)
from codeflow_action.manifests.xml_text import Element, elements


def read_project(text: str) -> Listing:
    """Read a project or props file: `PackageReference` and `PackageVersion`."""
    packages: list[Package] = []
    mentions: list[Mention] = []
    for element in elements(text):
        name = element.attributes.get("Include", "").strip()  # `Update` and `Remove` add nothing
        if element.name not in ("PackageReference", "PackageVersion", "GlobalPackageReference"):
            mentions += _mentions(element, name)
        elif name and "$(" not in name:
            packages.append(_reference(element, name))
    return Listing(packages=tuple(packages), mentions=tuple(mentions))


def _reference(element: Element, name: str) -> Package:
    version = element.attributes.get("Version") or element.children.get("Version", "")
    return Package(
        ecosystem=Ecosystem.NUGET,
        name=name.lower(),
        version=version.strip(),
        line=element.line,
        end_line=element.end_line,
        # A central file's versions do not say what is used: that stands in the projects.
        direct=None if element.name == "PackageVersion" else True,
    )


def _mentions(element: Element, name: str) -> Iterator[Mention]:
    """Yield frameworks; SDKs and properties that are `true` as `msbuild`."""
    if element.name == "FrameworkReference":
        yield Mention(Ecosystem.NUGET, name.lower(), element.line)
    elif element.name in ("Project", "Sdk"):
        said = element.attributes.get("Name" if element.name == "Sdk" else "Sdk", "")
        for sdk in said.split(";"):
            yield Mention("msbuild", sdk.partition("/")[0], element.line)
    elif element.text.lower() == "true":
        yield Mention("msbuild", element.name, element.line)


def read_packages_config(text: str) -> Listing:
    """Read a packages.config, the older format."""
    found = (one for one in elements(text) if one.name == "package")
    return Listing(
        packages=tuple(
            Package(
                ecosystem=Ecosystem.NUGET,
                name=one.attributes.get("id", "").lower(),
                version=one.attributes.get("version", ""),
                line=one.line,
                end_line=one.end_line,
                direct=True,
            )
            for one in found
        )
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
