"""Python: requirements files and pyproject.toml."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from codeflow_action.manifests import toml_text
from codeflow_action.manifests.package import (
    Ecosystem,
    Listing,
    Mention,
    Origin,
    Package,
    Registry,
    git_or_url,
    items,
    mapping,
    words,
)

_REQUIREMENT = re.compile(
    r"\s*([A-Za-z0-9][\w.-]{0,200})\s*(?:\[[^\]]{0,500}\])?\s*(.*)", re.DOTALL
)
_HASH = re.compile(r"--hash[= ](\w+:[0-9a-fA-F]{16,128})")
_INDEX = re.compile(r"\s*(?:-i|-f|--index-url|--extra-index-url|--find-links)[= ]\s*(\S+)")
_EDITABLE = re.compile(r"\s*(?:-e|--editable)[= ]\s*")
_EGG = re.compile(r"[#&]egg=([\w.-]+)")


def normalized(name: str) -> str:
    """Return the name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement(text: str, place: tuple[int, int]) -> Package | None:
    """Return what a requirement asks for (PEP 508); None where there is no name."""
    match = _REQUIREMENT.match(text)
    if match is None:
        return None
    wanted = match[2].partition(";")[0].strip()
    source = wanted[1:].strip() if wanted.startswith("@") else ""
    return Package(
        ecosystem=Ecosystem.PYPI,
        name=normalized(match[1]),
        version="" if source else wanted,
        line=place[0],
        end_line=place[1],
        origin=git_or_url(source) if source else Origin.REGISTRY,
        source=source,
        direct=True,
    )


def read_requirements(text: str) -> Listing:
    """Read a requirements file of pip; what it includes is another file."""
    packages: list[Package] = []
    registries: list[Registry] = []
    for line, place in _logical_lines(text):
        if index := _INDEX.match(line):
            registries.append(Registry(url=index[1], line=place[0]))
        elif package := _required(line, place):
            packages.append(package)
    return Listing(packages=tuple(packages), registries=tuple(registries))


def _logical_lines(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield lines without comments, continued ones joined."""
    parts: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        bare = "" if line.lstrip().startswith("#") else line.partition(" #")[0].rstrip()
        parts.append(bare.removesuffix("\\"))
        if bare.endswith("\\"):
            continue
        if joined := " ".join(parts).strip():
            yield joined, (number - len(parts) + 1, number)
        parts = []


def _required(line: str, place: tuple[int, int]) -> Package | None:
    digests = frozenset(_HASH.findall(line))
    wanted = line.partition(" --")[0]
    if editable := _EDITABLE.match(wanted):
        wanted = wanted[editable.end() :]
    egg = _EGG.search(wanted)
    if "://" in wanted.partition("@")[0] or editable:
        wanted = f"{egg[1]} @ {wanted}" if egg else ""
    if wanted.startswith(("-", ".", "/")):
        return None
    found = requirement(wanted, place)
    return replace(found, digests=digests) if found else None


def read_pyproject(text: str) -> Listing:
    """Read a pyproject.toml: PEP 621, PEP 735, Poetry, and the indexes of Poetry, uv and PDM."""
    document = toml_text.parse(text)
    outline = toml_text.Outline(text)
    tool = mapping(document.get("tool"))
    poetry = mapping(tool.get("poetry"))
    packages = [*_standard(document, outline), *_poetry(poetry, outline)]
    return Listing(
        packages=tuple(packages),
        registries=tuple(_indexes(tool, outline)),
        mentions=tuple(_mentions(document, outline)),
    )


def _mentions(document: Mapping[str, object], outline: toml_text.Outline) -> Iterator[Mention]:
    """Yield the project, what tools' own tables ask for, and those tables as `pyproject`."""
    tool = mapping(document.get("tool"))
    tables = (mapping(document.get("project")), mapping(tool.get("poetry")))
    for own in (words(table.get("name")) for table in tables):
        yield Mention(Ecosystem.PYPI, normalized(own), outline.string(own))
    for text in _for_tools(tool):
        if package := requirement(text, (1, 1)):
            yield Mention(Ecosystem.PYPI, package.name, outline.string(text))
    for name in tool:
        yield Mention("pyproject", f"tool.{name}", outline.below(f"tool.{name}"))


def _for_tools(tool: Mapping[str, object]) -> Iterator[str]:
    environments = mapping(mapping(tool.get("hatch")).get("envs")).values()
    lists = (
        mapping(tool.get("uv")).get("dev-dependencies"),
        *mapping(mapping(tool.get("pdm")).get("dev-dependencies")).values(),
        *(mapping(one).get("dependencies") for one in environments),
        *(mapping(one).get("extra-dependencies") for one in environments),
    )
    for wanted in lists:
        yield from map(words, items(wanted))


def _standard(document: Mapping[str, object], outline: toml_text.Outline) -> Iterator[Package]:
    project = mapping(document.get("project"))
    groups = (
        project.get("dependencies"),
        *mapping(project.get("optional-dependencies")).values(),
        *mapping(document.get("dependency-groups")).values(),
    )
    build = items(mapping(document.get("build-system")).get("requires"))
    wanted = [(words(one), True) for group in groups for one in items(group)]
    for text, is_locked in [*wanted, *((words(one), False) for one in build)]:
        line = outline.string(text)
        if package := requirement(text, (line, line)):
            yield replace(package, is_locked=is_locked)


def _poetry(poetry: Mapping[str, object], outline: toml_text.Outline) -> Iterator[Package]:
    groups = [("tool.poetry.dependencies", poetry.get("dependencies"))]
    groups.append(("tool.poetry.dev-dependencies", poetry.get("dev-dependencies")))
    for name, group in mapping(poetry.get("group")).items():
        section = f"tool.poetry.group.{name}.dependencies"
        groups.append((section, mapping(group).get("dependencies")))
    for section, group in groups:
        for name, wanted in mapping(group).items():
            if name != "python":  # the interpreter, no package
                yield of_table(name, wanted, outline.key(section, name))


def of_table(name: str, wanted: object, line: int) -> Package:
    """Return what a table of Poetry or Pipenv asks for: a version, or where it comes from."""
    table = mapping(wanted)
    source = words(table.get("git")) or words(table.get("url"))
    local = words(table.get("path"))
    origin = Origin.LOCAL if local else Origin.REGISTRY
    if source:
        origin = Origin.GIT if "git" in table else Origin.URL
    return Package(
        ecosystem=Ecosystem.PYPI,
        name=normalized(name),
        version=words(wanted) or words(table.get("version")),
        line=line,
        end_line=line,
        origin=origin,
        source=source or local,
        direct=True,
    )


def _indexes(tool: Mapping[str, object], outline: toml_text.Outline) -> Iterator[Registry]:
    places = (
        items(mapping(tool.get("poetry")).get("source")),
        items(mapping(tool.get("uv")).get("index")),
        items(mapping(tool.get("pdm")).get("source")),
    )
    uv = mapping(tool.get("uv"))
    loose = [words(uv.get("index-url")), *map(words, items(uv.get("extra-index-url")))]
    for url in [*(words(mapping(one).get("url")) for group in places for one in group), *loose]:
        if url:
            yield Registry(url=url, line=outline.string(url))
