"""Java and Kotlin: pom.xml, and Gradle's lock, version catalogs and build scripts."""

import re
from collections.abc import Mapping

from codeflow_action.manifests import toml_text
from codeflow_action.manifests.lines import numbered
from codeflow_action.manifests.package import (
    Ecosystem,
    Listing,
    Mention,
    Package,
    Registry,
    items,
    mapping,
    words,
)
from codeflow_action.manifests.xml_text import Element, elements

_COORDINATES = re.compile(r"""["']([A-Za-z][\w.-]*:[\w.${}-]+)(?::([^"'\n]*))?["']""")
_MAP = re.compile(r"""group\s*[:=]\s*["']([\w.-]+)["']\s*,\s*name\s*[:=]\s*["']([\w.-]+)["']""")
_PLUGIN = re.compile(
    r"""\bid\s*+(?:\(\s*+)?+["']([\w.-]+)["']|\bplugin\s*[:=]\s*["']([\w.-]+)["']"""
)
_KOTLIN = re.compile(r"""\bkotlin\s*\(\s*["']([\w.-]+)["']\s*\)""")
_ALIAS = re.compile(r"\blibs\.([A-Za-z][\w.]*)")
_CORE_PLUGIN = re.compile(
    r"^\s*`?(java|java-library|application|war|scala|groovy|checkstyle|pmd|jacoco)`?\s*$"
)


def read_pom(text: str) -> Listing:
    """Read a pom.xml: dependencies, managed ones too, and repositories.

    What Maven itself is made of is mentioned, as are names that hold properties.
    """
    packages: list[Package] = []
    others: list[Package] = []
    registries: list[Registry] = []
    for element in elements(text):
        if element.name == "dependency":
            packages.append(_dependency(element))
        elif _is_read_from(element):
            registries.append(Registry(url=element.children.get("url", ""), line=element.line))
        elif element.name in ("parent", "plugin", "extension"):
            others.append(_dependency(element))
    others += [one for one in packages if "$" in one.name]
    return Listing(
        packages=tuple(one for one in packages if "$" not in one.name),
        registries=tuple(registries),
        mentions=tuple(Mention(one.ecosystem, one.name, one.named_at or 1) for one in others),
    )


def _is_read_from(element: Element) -> bool:
    """True for a repository; what stands in `distributionManagement` is written to."""
    is_repository = element.name in ("repository", "pluginRepository")
    return is_repository and "distributionManagement" not in element.path


def _dependency(element: Element) -> Package:
    inside = element.children
    group = "org.apache.maven.plugins" if element.name == "plugin" else ""
    return Package(
        ecosystem=Ecosystem.MAVEN,
        name=f"{inside.get('groupId', group)}:{inside.get('artifactId', '')}",
        version=inside.get("version", ""),
        line=element.line,
        end_line=element.end_line,
        named_at=element.lines.get("artifactId", element.line),
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
        version = mapping(value).get("version")
        named = versions.get(words(mapping(version).get("ref")))
        said = words(version) or words(named) or "".join(words(value).split(":")[2:3])
        packages.append(_locked(_module(value), said, outline.key("libraries", alias), direct=True))
    return Listing(
        packages=tuple(one for one in packages if one.name.strip(":")),
        mentions=tuple(
            Mention("gradle", _plugin(value), outline.key("plugins", alias))
            for alias, value in mapping(document.get("plugins")).items()
        ),
    )


def _module(library: object) -> str:
    table = mapping(library)
    if group := words(table.get("group")):
        return f"{group}:{words(table.get('name'))}"
    return words(table.get("module")) or ":".join([*words(library).split(":"), ""][:2])


def _plugin(value: object) -> str:
    return words(mapping(value).get("id")) or words(value).partition(":")[0]


def catalog_aliases(text: str) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return what each accessor of a catalog means (`androidx.core.ktx`), as kind and name.

    Bundles mean several. Raises `NotUnderstood`.
    """
    document = toml_text.parse(text)
    found: dict[str, tuple[tuple[str, str], ...]] = {
        _accessor(alias): ((Ecosystem.MAVEN, _module(value)),)
        for alias, value in mapping(document.get("libraries")).items()
    }
    for alias, value in mapping(document.get("plugins")).items():
        found[f"plugins.{_accessor(alias)}"] = (("gradle", _plugin(value)),)
    for alias, members in mapping(document.get("bundles")).items():
        found[f"bundles.{_accessor(alias)}"] = tuple(
            target for name in items(members) for target in found.get(_accessor(words(name)), ())
        )
    return found


def _accessor(alias: str) -> str:
    return re.sub(r"[-_.]", ".", alias).lower()


def read_build(text: str) -> Listing:
    """Read a build script of Gradle, which is not run: coordinates, where they are written out.

    Plugins are mentioned as `gradle`, accessors of a version catalog as `catalog`.
    """
    packages: list[Package] = []
    mentions: list[Mention] = []
    for number, line in numbered(text):
        code = line.partition("//")[0] if "://" not in line else line
        found = [(name, version) for name, version in _COORDINATES.findall(code)]
        found += [(f"{group}:{name}", "") for group, name in _MAP.findall(code)]
        packages += [_locked(name, version, number, direct=True) for name, version in found]
        plugins = [one or other for one, other in _PLUGIN.findall(code)]
        plugins += [f"org.jetbrains.kotlin.{name}" for name in _KOTLIN.findall(code)]
        plugins += _CORE_PLUGIN.findall(code)
        mentions += [Mention("gradle", name, number) for name in plugins]
        for alias in _ALIAS.findall(code):
            mentions.append(Mention("catalog", alias.removesuffix(".get").lower(), number))
    return Listing(packages=tuple(packages), mentions=tuple(mentions))
