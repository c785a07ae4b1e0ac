"""Python's and Rust's TOML: sources, overrides and patches, however the tables are written."""

from collections.abc import Iterator, Mapping

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import toml_text
from codeflow_action.manifests.package import Ecosystem, items, mapping, words
from codeflow_action.manifests.python import normal_name, requirement
from codeflow_action.manifests.sources.places import Places
from codeflow_action.manifests.sources.source import SourceRole, SourceStatement

_CARGO_SECTIONS = ("dependencies", "dev-dependencies", "build-dependencies")
# https://peps.python.org/pep-0723/#reference-implementation
_SCRIPT = regex(r"(?m)^# /// script[^\S\n]*\n((?:#[^\S\n]?[^\n]*\n)+?)# ///[^\S\n]*$")


def read_pyproject(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield what uv, Poetry and PDM take from elsewhere, and the checks that are turned off.

    https://docs.astral.sh/uv/concepts/projects/dependencies/#dependency-sources
    https://python-poetry.org/docs/repositories/ and https://pdm-project.org/latest/usage/config/
    """
    document = toml_text.parse(text)
    places = Places(text)
    tool = mapping(document.get("tool"))
    yield from _uv(mapping(tool.get("uv")), places)
    yield from _poetry(mapping(tool.get("poetry")), places)
    pdm = mapping(tool.get("pdm"))
    for name, spec in mapping(mapping(pdm.get("resolution")).get("overrides")).items():
        yield _python(name, words(spec), places.line(words(spec), name))
    yield from _insecure_indexes(items(pdm.get("source")), places)


def read_uv_settings(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the same of a uv.toml, whose tables stand at the top."""
    yield from _uv(toml_text.parse(text), Places(text))


def _uv(uv: Mapping[str, object], places: Places) -> Iterator[SourceStatement]:
    for name, value in mapping(uv.get("sources")).items():
        # Several, for different systems, are a list.
        for table in map(mapping, items(value) or [value]):
            target = words(table.get("git")) or words(table.get("url")) or words(table.get("path"))
            version = (
                words(table.get("rev")) or words(table.get("tag")) or words(table.get("branch"))
            )
            if table.get("workspace") is True:
                continue  # a member of the same repository
            index = f"index: {words(table.get('index'))}" if "index" in table else ""
            local = target if target.startswith((".", "/")) else f"./{target}"
            spec = target if "git" in table or "url" in table else local if target else index
            yield _python(name, spec, places.line(target or name, name), version)
    for key in (
        "override-dependencies",
        "constraint-dependencies",
        "build-constraint-dependencies",
    ):
        for text in map(words, items(uv.get(key))):
            package = requirement(text, (1, 1))
            # A constraint without an address only narrows versions.
            if package and (package.source or key == "override-dependencies"):
                yield _python(package.name, package.source or package.version, places.line(text))
    pip = mapping(uv.get("pip"))
    urls = [pip.get("index-url"), *items(pip.get("extra-index-url"))]
    for table in (uv, pip):
        urls += [*items(table.get("find-links"))]
        for name in map(words, items(table.get("allow-insecure-host"))):
            yield _check(Ecosystem.PYPI, "allow-insecure-host", name, places.line(name))
    for url in filter(None, map(words, urls)):
        yield _index(Ecosystem.PYPI, url, places.line(url))


def _poetry(poetry: Mapping[str, object], places: Places) -> Iterator[SourceStatement]:
    groups = mapping(poetry.get("group")).values()
    tables = [poetry.get("dependencies"), poetry.get("dev-dependencies")]
    tables += [mapping(group).get("dependencies") for group in groups]
    for name, spec in ((name, spec) for table in tables for name, spec in mapping(table).items()):
        for table in map(mapping, items(spec) or [spec]):
            if index := words(table.get("source")):
                yield _python(name, f"index: {index}", places.line(name, index))


def read_pipfile(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the indexes of a Pipfile (https://pipenv.pypa.io/en/latest/indexes.html)."""
    document = toml_text.parse(text)
    places = Places(text)
    for table in map(mapping, items(document.get("source"))):
        url = words(table.get("url"))
        yield _index(Ecosystem.PYPI, url, places.line(url))
    yield from _insecure_indexes(items(document.get("source")), places)
    for section in ("packages", "dev-packages"):
        for name, spec in mapping(document.get(section)).items():
            if index := words(mapping(spec).get("index")):
                yield _python(name, f"index: {index}", places.line(name, index))


def read_script(text: str, path: str) -> Iterator[SourceStatement]:
    """Yield what a Python script asks for in its own head (PEP 723)."""
    if block := _SCRIPT.search(text):
        lines = [line[2:] if line.startswith("# ") else line[1:] for line in block[1].split("\n")]
        head = "\n".join(lines)
        # The same lines as in the file, so that places hold.
        padding = "\n" * text.count("\n", 0, block.start(1))
        document = toml_text.parse(head)
        places = Places(padding + head)
        for spec in map(words, items(document.get("dependencies"))):
            package = requirement(spec, (1, 1))
            if package and package.source:
                line = places.line(package.source, package.name)
                yield _place(package.name, package.source, line)
        yield from read_pyproject(padding + head, path)


def _place(name: str, target: str, line: int) -> SourceStatement:
    return SourceStatement(
        ecosystem=Ecosystem.PYPI, role=SourceRole.PLACE, name=name, target=target, line=line
    )


def _python(name: str, target: str, line: int, version: str = "") -> SourceStatement:
    return SourceStatement(
        ecosystem=Ecosystem.PYPI,
        role=SourceRole.OVERRIDE,
        name=normal_name(name),
        target=target,
        line=line,
        version=version,
    )


def _index(ecosystem: str, url: str, line: int) -> SourceStatement:
    return SourceStatement(
        ecosystem=ecosystem, role=SourceRole.REGISTRY, name="", target=url, line=line
    )


def _check(ecosystem: str, name: str, target: str, line: int) -> SourceStatement:
    return SourceStatement(
        ecosystem=ecosystem, role=SourceRole.CHECK, name=name, target=target, line=line
    )


def _insecure_indexes(sources: list[object], places: Places) -> Iterator[SourceStatement]:
    """Yield indexes whose certificates nobody checks."""
    for table in map(mapping, sources):
        if table.get("verify_ssl") is False:
            url = words(table.get("url"))
            yield _check(Ecosystem.PYPI, "verify_ssl", url, places.line("verify_ssl", "false"))


def read_cargo(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield patches, replacements and other registries, of a Cargo.toml or of Cargo's settings.

    https://doc.rust-lang.org/cargo/reference/overriding-dependencies.html
    https://doc.rust-lang.org/cargo/reference/source-replacement.html
    """
    document = toml_text.parse(text)
    places = Places(text)
    tables = [*mapping(document.get("patch")).values(), document.get("replace")]
    for name, spec in ((name, spec) for table in tables for name, spec in mapping(table).items()):
        table = mapping(spec)
        local = words(table.get("path"))
        target = words(table.get("git")) or (
            local if local.startswith((".", "/")) else f"./{local}"
        )
        crate = words(table.get("package")) or name.partition(":")[0]
        version = words(table.get("rev")) or words(table.get("tag")) or words(table.get("branch"))
        yield SourceStatement(
            ecosystem=Ecosystem.CARGO,
            role=SourceRole.OVERRIDE,
            name=crate,
            target=target if "git" in table or local else words(table.get("version")),
            line=places.line(target, name),
            version=version,
        )
    for name, value in mapping(document.get("source")).items():
        table = mapping(value)
        local = words(table.get("directory")) or words(table.get("local-registry"))
        target = words(table.get("registry")) or words(table.get("git")) or words(table.get("url"))
        if target:
            yield _index(Ecosystem.CARGO, target, places.line(target, name))
        elif local:
            yield _index(Ecosystem.CARGO, f"file:{local}", places.line(local))
    if mapping(document.get("http")).get("check-revoke") is False:
        yield _check(Ecosystem.CARGO, "check-revoke", "false", places.line("check-revoke"))
