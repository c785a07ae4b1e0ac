"""Python's locks: poetry.lock, uv.lock, pdm.lock, pylock.toml and Pipfile.lock."""

from collections.abc import Mapping

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import json_text, toml_text
from codeflow_action.manifests.package import (
    Ecosystem,
    Listing,
    Origin,
    Package,
    Registry,
    items,
    mapping,
    words,
)
from codeflow_action.manifests.python import normal_name

_DIGEST_FOLDER = regex(r"(?<=/)[0-9a-f]{2,128}/")


def read_toml_lock(text: str) -> Listing:
    """Read a poetry.lock, uv.lock or pdm.lock: all three have tables `[[package]]`."""
    document = toml_text.parse(text)
    tables = items(document.get("package"))
    places = toml_text.Outline(text).tables("package")
    if len(places) != len(tables):  # the text is not as a tool writes it
        places = [(1, 1)] * len(tables)
    # Before version 1.3 Poetry kept all digests in one table at the end:
    # https://github.com/python-poetry/poetry/blob/main/CHANGELOG.md
    old_files = mapping(mapping(document.get("metadata")).get("files"))
    packages: list[Package] = []
    for table, place in zip(map(mapping, tables), places, strict=True):
        name = words(table.get("name"))
        origin, source = _source(table)
        if not name or origin is Origin.LOCAL:
            continue
        files = items(table.get("files")) or items(old_files.get(name))
        files = [*files, table.get("sdist"), *items(table.get("wheels"))]  # the last two are uv's
        digests: set[str] = set()
        for file in map(mapping, files):
            file_name = words(file.get("file")) or words(file.get("url")).rpartition("/")[2]
            if digest := words(file.get("hash")):
                digests.add(f"{file_name}:{digest}")
        packages.append(
            Package(
                ecosystem=Ecosystem.PYPI,
                name=normal_name(name),
                version=words(table.get("version")),
                line=place[0],
                end_line=place[1],
                origin=origin,
                source=source,
                digests=frozenset(digests),
            )
        )
    return Listing(packages=tuple(packages))


def _source(table: Mapping[str, object]) -> tuple[Origin, str]:
    """Return where a package comes from; Poetry, uv and PDM each have other keys for it."""
    source = mapping(table.get("source"))
    kind, url = words(source.get("type")), words(source.get("url"))
    git = words(source.get("git")) or words(table.get("git")) or (url if kind == "git" else "")
    if git:
        return Origin.GIT, git
    if kind in ("directory", "file") or set(source) & {"editable", "virtual", "directory", "path"}:
        return Origin.LOCAL, url
    if kind == "url" or (url and not kind) or words(table.get("url")):
        return Origin.URL, url or words(table.get("url"))
    return Origin.REGISTRY, words(source.get("registry")) or url


def read_pylock(text: str) -> Listing:
    """Read a pylock.toml.

    https://packaging.python.org/en/latest/specifications/pylock-toml/
    """
    document = toml_text.parse(text)
    tables = items(document.get("packages"))
    places = toml_text.Outline(text).tables("packages")
    if len(places) != len(tables):  # the text is not as a tool writes it
        places = [(1, 1)] * len(tables)
    packages: list[Package] = []
    for table, place in zip(map(mapping, tables), places, strict=True):
        if not (name := words(table.get("name"))):
            continue
        vcs, archive = mapping(table.get("vcs")), mapping(table.get("archive"))
        remote = vcs or archive
        origin = Origin.GIT if vcs else Origin.URL if archive else Origin.REGISTRY
        digests: set[str] = set()
        for file in map(mapping, (*items(table.get("wheels")), table.get("sdist"), archive)):
            address = words(file.get("url")) or words(file.get("path")) or words(file.get("name"))
            # An index names folders by digests; elsewhere another folder has another build.
            address = _DIGEST_FOLDER.sub("", address.partition("?")[0])
            for algorithm, digest in mapping(file.get("hashes")).items():
                digests.add(f"{address}:{algorithm}:{words(digest)}")
        packages.append(
            Package(
                ecosystem=Ecosystem.PYPI,
                name=normal_name(name),
                version=words(table.get("version")),
                line=place[0],
                end_line=place[1],
                origin=Origin.LOCAL if "directory" in table else origin,
                source=words(remote.get("url")) if remote else words(table.get("index")),
                digests=frozenset(digests),
            )
        )
    return Listing(packages=tuple(packages))


def read_pipfile_lock(text: str) -> Listing:
    """Read a Pipfile.lock.

    https://pipenv.pypa.io/en/latest/pipfile.html
    """
    document = json_text.parse(text)
    places = json_text.spans(text, 2)
    packages: list[Package] = []
    for section in ("default", "develop"):
        for name, entry in mapping(document.get(section)).items():
            table = mapping(entry)
            place = places.get((section, name), (1, 1))
            git, file = words(table.get("git")), words(table.get("file"))
            origin = Origin.GIT if git else Origin.URL if file else Origin.REGISTRY
            packages.append(
                Package(
                    ecosystem=Ecosystem.PYPI,
                    name=normal_name(name),
                    version=words(table.get("version")).removeprefix("=="),
                    line=place[0],
                    end_line=place[1],
                    origin=Origin.LOCAL if "path" in table or "editable" in table else origin,
                    source=git or file,
                    digests=frozenset(map(words, items(table.get("hashes")))) - {""},
                )
            )
    sources = items(mapping(document.get("_meta")).get("sources"))
    line = places.get(("_meta", "sources"), (1, 1))[0]
    urls = [words(mapping(source).get("url")) for source in sources]
    registries = tuple(Registry(url=url, line=line) for url in urls if url)
    return Listing(packages=tuple(packages), registries=registries)
