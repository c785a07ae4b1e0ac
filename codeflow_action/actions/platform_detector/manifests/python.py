"""Python's manifests: pyproject.toml, requirements, setup.cfg, setup.py, Pipfile, tox.ini."""

import re
from collections.abc import Iterator

from pydantic import JsonValue

from codeflow_action.actions.platform_detector.manifests.manifest import (
    Dependency,
    Lines,
    as_object,
    as_texts,
    at,
    named,
    numbered,
    read_toml,
)

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:$|[\[<>=!~;@,( ])")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")
_SEPARATORS = re.compile(r"[-_.]+")
_QUOTED = re.compile(r"""["']([^"'\n]{1,200})["']""")
_SETUP_LISTS = re.compile(
    r"(?:install_requires|extras_require|tests_require|setup_requires|requirements?)\w*\s*[=:]"
)


def normalized(name: str) -> str:
    """Return the name as the index compares it (PEP 503)."""
    return _SEPARATORS.sub("-", name).lower()


def pyproject(text: str) -> Iterator[Dependency]:
    """Yield requirements of every table that has some, and tools as ecosystem `pyproject`."""
    manifest = read_toml(text)
    lines = Lines(text)
    for requirement in _requirements(manifest):
        yield from _requirement(requirement, lines)
    for name in _poetry(at(manifest, "tool", "poetry")):
        yield from named("python", normalized(name), lines.of(name))
    for tool in as_object(manifest.get("tool")):
        yield from named("pyproject", f"tool.{tool}", _header(text, tool))
    for requirement in as_texts(at(manifest, "build-system", "requires")):
        if match := _REQUIREMENT.match(requirement):
            yield from named("build-system", normalized(match[1]), lines.of(match[1]))
    own = at(manifest, "project", "name") or at(manifest, "tool", "poetry", "name")
    if isinstance(own, str):
        yield from named("python", normalized(own), lines.of(own))


def _requirements(manifest: JsonValue) -> Iterator[str]:
    project = at(manifest, "project")
    yield from as_texts(at(project, "dependencies"))
    groups = (
        at(project, "optional-dependencies"),
        at(manifest, "dependency-groups"),
        at(manifest, "tool", "pdm", "dev-dependencies"),
    )
    for group in groups:
        for requirements in as_object(group).values():
            yield from as_texts(requirements)
    yield from as_texts(at(manifest, "tool", "uv", "dev-dependencies"))
    for environment in as_object(at(manifest, "tool", "hatch", "envs")).values():
        yield from as_texts(at(environment, "dependencies"))
        yield from as_texts(at(environment, "extra-dependencies"))


def _poetry(poetry: JsonValue) -> Iterator[str]:
    tables = [at(poetry, "dependencies"), at(poetry, "dev-dependencies")]
    tables += [at(group, "dependencies") for group in as_object(at(poetry, "group")).values()]
    for table in tables:
        yield from as_object(table)


def _requirement(requirement: str, lines: Lines) -> Iterator[Dependency]:
    if match := _REQUIREMENT.match(requirement):
        yield from named("python", normalized(match[1]), lines.of(match[1]))


def _header(text: str, tool: str) -> int:
    before, found, _ = text.partition(f"[tool.{tool}")
    return before.count("\n") + 1 if found else 1


def requirements(text: str) -> Iterator[Dependency]:
    """Yield the names of a requirements file; options and included files are not followed."""
    for number, line in numbered(text):
        if egg := _EGG.search(line):
            yield from named("python", normalized(egg[1]), number)
        elif match := _requirement_in(line):
            yield from named("python", normalized(match[1]), number)


def conda(text: str) -> Iterator[Dependency]:
    """Yield what stands in the lists of an environment.yml, pip's among them."""
    for number, line in numbered(text):
        item = line.strip()
        if item.startswith("- ") and (match := _REQUIREMENT.match(item[2:].split("::")[-1])):
            yield from named("python", normalized(match[1]), number)


def setup_cfg(text: str) -> Iterator[Dependency]:
    """Yield requirements, and sections as ecosystem `setup.cfg`."""
    section, key = "", ""
    for number, line in numbered(text):
        value = line
        if line.startswith("["):
            section, key = line.strip().strip("[]"), ""
            yield from named("setup.cfg", section, number)
        elif line[:1].strip():
            key, _, value = line.partition("=")
            key = key.strip()
        if _holds_requirements(section, key) and (match := _requirement_in(value)):
            yield from named("python", normalized(match[1]), number)


def _holds_requirements(section: str, key: str) -> bool:
    if section == "options":
        return key.endswith("_requires") and key != "python_requires"
    return section == "options.extras_require"


def _requirement_in(line: str) -> re.Match[str] | None:
    return _REQUIREMENT.match(line.partition("#")[0].rstrip())


def setup_py(text: str) -> Iterator[Dependency]:
    """Yield quoted requirements of the usual lists; the file is read, never run."""
    inside = 0
    for number, line in numbered(text):
        if _SETUP_LISTS.search(line):
            inside = 200  # lines at most, should the list not be closed
        if not inside:
            continue
        for quoted in _QUOTED.findall(line):
            if match := _REQUIREMENT.match(quoted):
                yield from named("python", normalized(match[1]), number)
        closed = line.strip()[:1] in ("]", ")", "}") or line.rstrip().endswith(("],", "]"))
        inside = 0 if closed else inside - 1


def pipfile(text: str) -> Iterator[Dependency]:
    """Yield packages and development packages."""
    manifest = read_toml(text)
    lines = Lines(text)
    for section in ("packages", "dev-packages"):
        for name in as_object(manifest.get(section)):
            yield from named("python", normalized(name), lines.of(name))
