"""Maven's pom.xml, Gradle's build files and version catalogs. Names are `group:artifact`."""

import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from codeflow_action.actions.platform_detector.manifests.manifest import (
    Dependency,
    Lines,
    as_object,
    at,
    named,
    numbered,
    read_toml,
)
from codeflow_action.actions.platform_detector.manifests.xml import elements

_COORDINATES = re.compile(r"""["']([A-Za-z][\w.-]*):([\w.${}-]+)(?::[^"'\n]*)?["']""")
_MAP = re.compile(r"""group\s*[:=]\s*["']([\w.-]+)["']\s*,\s*name\s*[:=]\s*["']([\w.-]+)["']""")
_PLUGIN = re.compile(r"""\bid\s*\(?\s*["']([\w.-]+)["']|\bplugin\s*[:=]\s*["']([\w.-]+)["']""")
_KOTLIN = re.compile(r"""\bkotlin\s*\(\s*["']([\w.-]+)["']\s*\)""")
_ALIAS = re.compile(r"\blibs\.([A-Za-z][\w.]*)")
_CORE_PLUGIN = re.compile(
    r"^\s*`?(java|java-library|application|war|scala|groovy|checkstyle|pmd|jacoco)`?\s*$"
)


def pom(text: str) -> Iterator[Dependency]:
    """Yield dependencies, plugins, and the parent."""
    group, at_line = "", 0
    for element in elements(text):
        parent, tag = element.path[-2:] if len(element.path) > 1 else ("", "")
        if parent not in ("dependency", "plugin", "parent", "extension"):
            continue
        if tag == "groupId":
            group, at_line = element.text, element.line
        elif tag == "artifactId":
            near = element.line - at_line <= 3 and group
            owner = group if near else "org.apache.maven.plugins"
            yield from named("maven", f"{owner}:{element.text}", element.line)
            group = ""


def gradle(text: str) -> Iterator[Dependency]:
    """Yield coordinates, plugins as `gradle`, and the catalog's aliases as `catalog`."""
    for number, line in numbered(text):
        code = line.partition("//")[0] if "://" not in line else line
        for match in (*_COORDINATES.finditer(code), *_MAP.finditer(code)):
            yield from named("maven", f"{match[1]}:{match[2]}", number)
        for match in _PLUGIN.finditer(code):
            yield from named("gradle", match[1] or match[2], number)
        for match in _KOTLIN.finditer(code):
            yield from named("gradle", f"org.jetbrains.kotlin.{match[1]}", number)
        if core := _CORE_PLUGIN.match(code):
            yield from named("gradle", core[1], number)
        for match in _ALIAS.finditer(code):
            yield from named("catalog", match[1].removesuffix(".get").lower(), number)


def catalog(text: str) -> Iterator[Dependency]:
    """Yield what a version catalog declares, under the coordinates."""
    manifest = read_toml(text)
    lines = Lines(text)
    for alias, about in as_object(manifest.get("libraries")).items():
        yield from named("maven", _module(about), lines.of(alias))
    for alias, about in as_object(manifest.get("plugins")).items():
        plugin = at(about, "id")
        name = plugin if isinstance(plugin, str) else str(about).partition(":")[0]
        yield from named("gradle", name, lines.of(alias))


def catalog_aliases(text: str) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return what each accessor means (`androidx.core.ktx`), as ecosystem and name; bundles too."""
    manifest = read_toml(text)
    libraries = as_object(manifest.get("libraries"))
    found: dict[str, tuple[tuple[str, str], ...]]
    found = {_accessor(alias): (("maven", _module(about)),) for alias, about in libraries.items()}
    for alias, about in as_object(manifest.get("plugins")).items():
        plugin = at(about, "id")
        name = plugin if isinstance(plugin, str) else str(about).partition(":")[0]
        found[f"plugins.{_accessor(alias)}"] = (("gradle", name),)
    for alias, members in as_object(manifest.get("bundles")).items():
        names = members if isinstance(members, list) else []
        found[f"bundles.{_accessor(alias)}"] = tuple(
            target for name in names for target in found.get(_accessor(str(name)), ())
        )
    return found


def _accessor(alias: str) -> str:
    return re.sub(r"[-_.]", ".", alias).lower()


def _module(about: JsonValue) -> str:
    if isinstance(about, str):
        return ":".join(about.split(":")[:2])
    module, group, name = (at(about, key) for key in ("module", "group", "name"))
    return module if isinstance(module, str) else f"{group}:{name}"
