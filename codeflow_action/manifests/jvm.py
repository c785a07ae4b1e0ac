"""Java and Kotlin: pom.xml, gradle.lockfile and Gradle's libs.versions.toml."""

from codeflow_action.manifests import toml_text
from codeflow_action.manifests.package import Ecosystem, Listing, Package, Registry, mapping, words
from codeflow_action.manifests.xml_text import Element, elements


def read_pom(text: str) -> Listing:
    """Read a pom.xml: dependencies, managed ones too, and repositories."""
    packages: list[Package] = []
    registries: list[Registry] = []
    for element in elements(text):
        if element.name == "dependency":
            packages.append(_dependency(element))
        elif _is_read_from(element):
            registries.append(Registry(url=element.children.get("url", ""), line=element.line))
    return Listing(
        packages=tuple(one for one in packages if "$" not in one.name), registries=tuple(registries)
    )


def _is_read_from(element: Element) -> bool:
    """True for a repository; what stands in `distributionManagement` is written to."""
    is_repository = element.name in ("repository", "pluginRepository")
    return is_repository and "distributionManagement" not in element.path


def _dependency(element: Element) -> Package:
    inside = element.children
    return Package(
        ecosystem=Ecosystem.MAVEN,
        name=f"{inside.get('groupId', '')}:{inside.get('artifactId', '')}",
        version=inside.get("version", ""),
        line=element.line,
        end_line=element.end_line,
        direct=True,
    )


def read_gradle_lock(text: str) -> Listing:
    """Read a gradle.lockfile: `group:artifact:version=configurations`."""
    packages: list[Package] = []
    for number, line in enumerate(text.split("\n"), start=1):
        parts = line.partition("=")[0].split(":")
        if len(parts) == 3 and not line.startswith("#"):
            packages.append(_locked(f"{parts[0]}:{parts[1]}", parts[2], number))
    return Listing(packages=tuple(packages))


def _locked(name: str, version: str, line: int, *, direct: bool | None = None) -> Package:
    return Package(
        ecosystem=Ecosystem.MAVEN,
        name=name,
        version=version,
        line=line,
        end_line=line,
        direct=direct,
    )


def read_catalog(text: str) -> Listing:
    """Read a libs.versions.toml."""
    document = toml_text.parse(text)
    outline = toml_text.Outline(text)
    versions = mapping(document.get("versions"))
    packages: list[Package] = []
    for alias, value in mapping(document.get("libraries")).items():
        table = mapping(value)
        parts = [*words(value).split(":"), "", "", ""]
        name = words(table.get("module")) or ":".join(parts[:2])
        if group := words(table.get("group")):
            name = f"{group}:{words(table.get('name'))}"
        version = table.get("version")
        named = versions.get(words(mapping(version).get("ref")))
        said = words(version) or words(named) or parts[2]
        packages.append(_locked(name, said, outline.key("libraries", alias), direct=True))
    return Listing(packages=tuple(one for one in packages if one.name.strip(":")))
