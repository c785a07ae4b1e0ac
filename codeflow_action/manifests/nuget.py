""".NET: projects, Directory.Packages.props, packages.lock.json and nuget.config."""

from collections.abc import Iterator

from codeflow_action.manifests import json_text
from codeflow_action.manifests.package import (
    Ecosystem,
    Hint,
    Listing,
    Package,
    Registry,
    mapping,
    words,
)
from codeflow_action.manifests.xml_text import Element, elements


def read_project(text: str) -> Listing:
    """Read a project or props file: `PackageReference` and `PackageVersion`.

    https://learn.microsoft.com/en-us/nuget/consume-packages/package-references-in-project-files
    https://learn.microsoft.com/en-us/nuget/consume-packages/central-package-management
    """
    packages: list[Package] = []
    hints: list[Hint] = []
    for element in elements(text):
        name = element.attributes.get("Include", "").strip()  # `Update` and `Remove` add nothing
        if element.name not in ("PackageReference", "PackageVersion", "GlobalPackageReference"):
            hints += _hints(element, name)
        elif name and "$(" not in name:
            version = element.attributes.get("Version") or element.children.get("Version", "")
            packages.append(
                Package(
                    ecosystem=Ecosystem.NUGET,
                    name=name.lower(),
                    version=version.strip(),
                    line=element.line,
                    end_line=element.end_line,
                    # A central file only gives versions: what is used stands in the projects.
                    direct=None if element.name == "PackageVersion" else True,
                )
            )
    return Listing(packages=tuple(packages), hints=tuple(hints))


def _hints(element: Element, name: str) -> Iterator[Hint]:
    """Yield frameworks, and as `msbuild` the SDKs and the properties that are `true`.

    https://learn.microsoft.com/en-us/visualstudio/msbuild/how-to-use-project-sdk
    """
    if element.name == "FrameworkReference":
        yield Hint(Ecosystem.NUGET, name.lower(), element.line)
    elif element.name in ("Project", "Sdk"):
        names = element.attributes.get("Name" if element.name == "Sdk" else "Sdk", "")
        for sdk in names.split(";"):
            yield Hint("msbuild", sdk.partition("/")[0], element.line)
    elif element.text.lower() == "true":
        yield Hint("msbuild", element.name, element.line)


def read_packages_config(text: str) -> Listing:
    """Read a packages.config, the older format.

    https://learn.microsoft.com/en-us/nuget/reference/packages-config
    """
    return Listing(
        packages=tuple(
            Package(
                ecosystem=Ecosystem.NUGET,
                name=element.attributes.get("id", "").lower(),
                version=element.attributes.get("version", ""),
                line=element.line,
                end_line=element.end_line,
                direct=True,
            )
            for element in elements(text)
            if element.name == "package"
        )
    )


def read_lock(text: str) -> Listing:
    """Read a packages.lock.json: by target framework, then by name.

    https://learn.microsoft.com/en-us/nuget/consume-packages/package-references-in-project-files#locking-dependencies
    """
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
    """Read a nuget.config's package sources. Folders are left out.

    https://learn.microsoft.com/en-us/nuget/reference/nuget-config-file#packagesources
    """
    registries = (
        Registry(url=element.attributes.get("value", ""), line=element.line)
        for element in elements(text)
        if element.name == "add" and "packageSources" in element.path
    )
    return Listing(registries=tuple(registry for registry in registries if "://" in registry.url))
