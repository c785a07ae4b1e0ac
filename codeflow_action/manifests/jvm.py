"""Java and Kotlin: pom.xml, and Gradle's lock, version catalogs and build scripts."""

import re
from collections.abc import Mapping

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import toml_text
from codeflow_action.manifests.line_formats import numbered_lines
from codeflow_action.manifests.package import (
    Ecosystem,
    Hint,
    Listing,
    Package,
    Registry,
    items,
    mapping,
    words,
)
from codeflow_action.manifests.xml_text import Element, elements

# `group:artifact:version`: https://docs.gradle.org/current/userguide/declaring_dependencies.html
_COORDINATES = regex(r"""["']([A-Za-z][\w.-]*:[\w.${}-]+)(?::([^"'\n]*))?["']""")
_MAP = regex(r"""group\s*[:=]\s*["']([\w.-]+)["']\s*,\s*name\s*[:=]\s*["']([\w.-]+)["']""")
# https://docs.gradle.org/current/userguide/plugins.html
_PLUGIN = regex(r"""\bid\s*+(?:\(\s*+)?+["']([\w.-]+)["']|\bplugin\s*[:=]\s*["']([\w.-]+)["']""")
_KOTLIN = regex(r"""\bkotlin\s*\(\s*["']([\w.-]+)["']\s*\)""")
_ALIAS = regex(r"\blibs\.([A-Za-z][\w.]*)")
_CORE_PLUGIN = regex(
    r"^\s*`?(java|java-library|application|war|scala|groovy|checkstyle|pmd|jacoco)`?\s*$"
)


def read_pom(text: str) -> Listing:
    """Read a pom.xml (https://maven.apache.org/pom.html): dependencies and repositories.

    Managed dependencies count too. Parents, plugins and extensions are hints, as are names that
    hold a property: its value may stand in another file.
    """
    packages: list[Package] = []
    tools: list[Package] = []
    registries: list[Registry] = []
    for element in elements(text):
        if element.name == "dependency":
            packages.append(_dependency(element))
        elif element.name in ("parent", "plugin", "extension"):
            tools.append(_dependency(element))
        # A repository in `distributionManagement` is one that the project publishes to.
        elif (
            element.name in ("repository", "pluginRepository")
            and "distributionManagement" not in element.path
        ):
            registries.append(Registry(url=element.children.get("url", ""), line=element.line))
    unclear = [package for package in packages if "$" in package.name]
    return Listing(
        packages=tuple(package for package in packages if "$" not in package.name),
        registries=tuple(registries),
        hints=tuple(
            Hint(package.ecosystem, package.name, package.named_at or 1)
            for package in (*tools, *unclear)
        ),
    )


def _dependency(element: Element) -> Package:
    children = element.children
    # A plugin's group has this default: https://maven.apache.org/pom.html#plugins
    group = "org.apache.maven.plugins" if element.name == "plugin" else ""
    return Package(
        ecosystem=Ecosystem.MAVEN,
        name=f"{children.get('groupId', group)}:{children.get('artifactId', '')}",
        version=children.get("version", ""),
        line=element.line,
        end_line=element.end_line,
        named_at=element.lines.get("artifactId", element.line),
        direct=True,
    )


def read_gradle_lock(text: str) -> Listing:
    """Read a gradle.lockfile: `group:artifact:version=configurations`.

    https://docs.gradle.org/current/userguide/dependency_locking.html
    """
    packages: list[Package] = []
    for number, line in enumerate(text.split("\n"), start=1):
        parts = line.partition("=")[0].split(":")
        if len(parts) == 3 and not line.startswith("#"):
            packages.append(_package(f"{parts[0]}:{parts[1]}", parts[2], number))
    return Listing(packages=tuple(packages))


def _package(name: str, version: str, line: int, *, direct: bool | None = None) -> Package:
    return Package(
        ecosystem=Ecosystem.MAVEN,
        name=name,
        version=version,
        line=line,
        end_line=line,
        direct=direct,
    )


def read_catalog(text: str) -> Listing:
    """Read a libs.versions.toml.

    https://docs.gradle.org/current/userguide/version_catalogs.html
    """
    document = toml_text.parse(text)
    outline = toml_text.Outline(text)
    versions = mapping(document.get("versions"))
    packages: list[Package] = []
    for alias, value in mapping(document.get("libraries")).items():
        # A version is a text, a reference to `[versions]`, or the third part of a short library.
        entry = mapping(value).get("version")
        reference = versions.get(words(mapping(entry).get("ref")))
        version = words(entry) or words(reference) or "".join(words(value).split(":")[2:3])
        line = outline.key("libraries", alias)
        packages.append(_package(_module(value), version, line, direct=True))
    return Listing(
        packages=tuple(package for package in packages if package.name.strip(":")),
        hints=tuple(
            Hint("gradle", _plugin(value), outline.key("plugins", alias))
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

    A bundle means several. Raises `NotUnderstood`.
    https://docs.gradle.org/current/userguide/version_catalogs.html#sec:mapping-aliases-to-type-safe-accessors
    """
    document = toml_text.parse(text)
    targets: dict[str, tuple[tuple[str, str], ...]] = {
        _accessor(alias): ((Ecosystem.MAVEN, _module(value)),)
        for alias, value in mapping(document.get("libraries")).items()
    }
    for alias, value in mapping(document.get("plugins")).items():
        targets[f"plugins.{_accessor(alias)}"] = (("gradle", _plugin(value)),)
    for alias, members in mapping(document.get("bundles")).items():
        targets[f"bundles.{_accessor(alias)}"] = tuple(
            target for name in items(members) for target in targets.get(_accessor(words(name)), ())
        )
    return targets


def _accessor(alias: str) -> str:
    return re.sub(r"[-_.]", ".", alias).lower()


def read_build(text: str) -> Listing:
    """Read a build script of Gradle: coordinates, where they are written out. It is not run.

    Plugins are hints of the kind `gradle`, accessors of a version catalog of the kind `catalog`.
    """
    packages: list[Package] = []
    hints: list[Hint] = []
    for number, line in numbered_lines(text):
        # The slashes of an address begin no comment.
        code = line.partition("//")[0] if "://" not in line else line
        libraries = [
            *_COORDINATES.findall(code),
            *((f"{group}:{name}", "") for group, name in _MAP.findall(code)),
        ]
        packages += [_package(name, version, number, direct=True) for name, version in libraries]
        plugins = ["".join(groups) for groups in _PLUGIN.findall(code)]  # one of two holds it
        plugins += [f"org.jetbrains.kotlin.{name}" for name in _KOTLIN.findall(code)]
        plugins += _CORE_PLUGIN.findall(code)
        hints += [Hint("gradle", name, number) for name in plugins]
        for alias in _ALIAS.findall(code):
            hints.append(Hint("catalog", alias.removesuffix(".get").lower(), number))
    return Listing(packages=tuple(packages), hints=tuple(hints))
