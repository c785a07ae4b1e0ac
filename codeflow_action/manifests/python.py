"""Python: requirements files and pyproject.toml.

https://pip.pypa.io/en/stable/reference/requirements-file-format/
https://packaging.python.org/en/latest/specifications/pyproject-toml/
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import toml_text
from codeflow_action.manifests.package import (
    Ecosystem,
    Hint,
    Listing,
    NotUnderstood,
    Origin,
    Package,
    Registry,
    git_or_url,
    items,
    mapping,
    words,
)

_REQUIREMENT = regex(r"\s*([A-Za-z0-9][\w.-]{0,200})\s*(?:\[[^\]]{0,500}\])?\s*(.*)", re.DOTALL)
# A line that pip takes: a name, then extras, an address or versions, and a marker. Possessive
# repeats keep it linear. Versions are as loose as older releases of pip had them.
# https://packaging.python.org/en/latest/specifications/dependency-specifiers/#grammar
_PIP_LINE = regex(
    r"""\s*+[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?\s*+
    (?:\[[\w.,\s-]*+\]\s*+)?
    (?:@\s*+\S++
      |\(?\s*+(?:(?:===|[=~!<>]=|[<>])\s*+[^\s,;()]++\s*+,?\s*+)*+\)?)
    (?:\s*+;\s*+[(\s]*+(?:["']|(?:python|os|sys|platform|implementation|extra)\w*+).*+)?\s*+""",
    re.VERBOSE | re.ASCII,
)
# What fills a template before pip sees the line: Jinja, ERB, shells, and `@word@`.
_TEMPLATE = regex(r"[{<][{%]|\$[{(\w]|@\w+@")
_PATH = regex(r"[\w.~-]*/\S*|\.\.?|[\w+.-]+://\S+.*|\S+\.(?:whl|zip|tar\.\w+)(?:\[[\w,]*\])?")
_OPTION = regex(r"--?[A-Za-z]")  # a hyphen before a space makes a list of prose
_HASH = regex(r"--hash[= ](\w+:[0-9a-fA-F]{16,128})")
_INDEX = regex(r"\s*(?:-i|-f|--index-url|--extra-index-url|--find-links)[= ]\s*(\S+)")
_EDITABLE = regex(r"\s*(?:-e|--editable)[= ]\s*")
_EGG = regex(r"[#&]egg=([\w.-]+)")


def normal_name(name: str) -> str:
    """Return the name as indexes compare it.

    https://packaging.python.org/en/latest/specifications/name-normalization/
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement(text: str, place: tuple[int, int]) -> Package | None:
    """Return what a requirement asks for; None if it has no name.

    https://packaging.python.org/en/latest/specifications/dependency-specifiers/
    """
    match = _REQUIREMENT.match(text)
    if match is None:
        return None
    spec = match[2].partition(";")[0].strip()
    source = spec[1:].strip() if spec.startswith("@") else ""
    return Package(
        ecosystem=Ecosystem.PYPI,
        name=normal_name(match[1]),
        version="" if source else spec,
        line=place[0],
        end_line=place[1],
        origin=git_or_url(source) if source else Origin.REGISTRY,
        source=source,
        direct=True,
    )


def read_requirements(text: str) -> Listing:
    """Read a requirements file of pip. What it includes (`-r`) is another file.

    A text of which most lines are no requirements is prose, and asks for nothing. Raises
    `NotUnderstood` where only some lines are none: pip refuses such a file.
    """
    packages: list[Package] = []
    registries: list[Registry] = []
    strange_lines: list[int] = []
    for line, place in _logical_lines(text):
        if index := _INDEX.match(line):
            registries.append(Registry(url=index[1], line=place[0]))
        elif not _is_pips(line):
            strange_lines.append(place[0])
        elif package := _line_requirement(line, place):
            packages.append(package)
    if len(strange_lines) >= len(packages):
        return Listing(registries=tuple(registries))
    if strange_lines:
        raise NotUnderstood(f"pip cannot read its line {strange_lines[0]}")
    return Listing(packages=tuple(packages), registries=tuple(registries))


def _is_pips(line: str) -> bool:
    """True for a requirement, an option, a path or an address, and for what a template fills in."""
    bare = line.partition(" --")[0].strip()
    patterns = (_PIP_LINE, _PATH)
    return (
        _OPTION.match(bare) is not None
        or any(pattern.fullmatch(bare) for pattern in patterns)
        or _TEMPLATE.search(line) is not None
    )


def _logical_lines(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield lines without comments, joined where a backslash continues them."""
    parts: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        bare = "" if line.lstrip().startswith("#") else line.partition(" #")[0].rstrip()
        parts.append(bare.removesuffix("\\"))
        if bare.endswith("\\"):
            continue
        if logical_line := " ".join(parts).strip():
            yield logical_line, (number - len(parts) + 1, number)
        parts = []


def _line_requirement(line: str, place: tuple[int, int]) -> Package | None:
    digests = frozenset(_HASH.findall(line))
    spec = line.partition(" --")[0]
    if editable := _EDITABLE.match(spec):
        spec = spec[editable.end() :]
    # An address alone carries its name as a fragment; without one nobody knows what it is.
    # https://pip.pypa.io/en/stable/topics/vcs-support/#url-fragments
    egg = _EGG.search(spec)
    if "://" in spec.partition("@")[0] or editable:
        spec = f"{egg[1]} @ {spec}" if egg else ""
    if spec.startswith(("-", ".", "/")):
        return None
    package = requirement(spec, place)
    return replace(package, digests=digests) if package else None


def read_pyproject(text: str) -> Listing:
    """Read a pyproject.toml: the standard tables, Poetry's, and the indexes of Poetry, uv and PDM.

    https://packaging.python.org/en/latest/specifications/dependency-groups/
    https://python-poetry.org/docs/pyproject/
    """
    document = toml_text.parse(text)
    outline = toml_text.Outline(text)
    tool = mapping(document.get("tool"))
    poetry = mapping(tool.get("poetry"))
    packages = [*_standard(document, outline), *_poetry(poetry, outline)]
    return Listing(
        packages=tuple(packages),
        registries=tuple(_indexes(tool, outline)),
        hints=tuple(_hints(document, outline)),
    )


def _hints(document: Mapping[str, object], outline: toml_text.Outline) -> Iterator[Hint]:
    """Yield the project, what tools' own tables ask for, and those tables as `pyproject`."""
    tool = mapping(document.get("tool"))
    tables = (mapping(document.get("project")), mapping(tool.get("poetry")))
    for project in (words(table.get("name")) for table in tables):
        yield Hint(Ecosystem.PYPI, normal_name(project), outline.string(project))
    # https://hatch.pypa.io/latest/config/environment/overview/#dependencies
    environments = mapping(mapping(tool.get("hatch")).get("envs")).values()
    lists = (
        mapping(tool.get("uv")).get("dev-dependencies"),
        *mapping(mapping(tool.get("pdm")).get("dev-dependencies")).values(),
        *(mapping(environment).get("dependencies") for environment in environments),
        *(mapping(environment).get("extra-dependencies") for environment in environments),
    )
    for text in (words(spec) for specs in lists for spec in items(specs)):
        if package := requirement(text, (1, 1)):
            yield Hint(Ecosystem.PYPI, package.name, outline.string(text))
    for name in tool:
        yield Hint("pyproject", f"tool.{name}", outline.below(f"tool.{name}"))


def _standard(document: Mapping[str, object], outline: toml_text.Outline) -> Iterator[Package]:
    project = mapping(document.get("project"))
    groups = (
        project.get("dependencies"),
        *mapping(project.get("optional-dependencies")).values(),
        *mapping(document.get("dependency-groups")).values(),
    )
    # What builds the project is installed apart from its dependencies, and is in no lock.
    build = mapping(document.get("build-system")).get("requires")
    for group in (*groups, build):
        for text in map(words, items(group)):
            line = outline.string(text)
            if package := requirement(text, (line, line)):
                yield replace(package, is_locked=group is not build)


def _poetry(poetry: Mapping[str, object], outline: toml_text.Outline) -> Iterator[Package]:
    groups = [("tool.poetry.dependencies", poetry.get("dependencies"))]
    groups.append(("tool.poetry.dev-dependencies", poetry.get("dev-dependencies")))
    for name, group in mapping(poetry.get("group")).items():
        section = f"tool.poetry.group.{name}.dependencies"
        groups.append((section, mapping(group).get("dependencies")))
    for section, group in groups:
        for name, spec in mapping(group).items():
            if name != "python":  # the interpreter, no package
                yield of_table(name, spec, outline.key(section, name))


def of_table(name: str, spec: object, line: int) -> Package:
    """Return what a table of Poetry or Pipenv asks for: a version, or where it comes from.

    https://python-poetry.org/docs/dependency-specification/
    https://pipenv.pypa.io/en/latest/pipfile.html
    """
    table = mapping(spec)
    source = words(table.get("git")) or words(table.get("url"))
    local = words(table.get("path"))
    origin = Origin.LOCAL if local else Origin.REGISTRY
    if source:
        origin = Origin.GIT if "git" in table else Origin.URL
    return Package(
        ecosystem=Ecosystem.PYPI,
        name=normal_name(name),
        version=words(spec) or words(table.get("version")),
        line=line,
        end_line=line,
        origin=origin,
        source=source or local,
        direct=True,
    )


def _indexes(tool: Mapping[str, object], outline: toml_text.Outline) -> Iterator[Registry]:
    uv = mapping(tool.get("uv"))
    # https://docs.astral.sh/uv/concepts/indexes/
    sources = (
        *items(mapping(tool.get("poetry")).get("source")),
        *items(uv.get("index")),
        *items(mapping(tool.get("pdm")).get("source")),
    )
    urls = [mapping(source).get("url") for source in sources]
    urls += [uv.get("index-url"), *items(uv.get("extra-index-url"))]
    for url in filter(None, map(words, urls)):
        yield Registry(url=url, line=outline.string(url))
