"""Python's other lists of packages: channels of conda, and `dependency_links` of setuptools."""

from collections.abc import Iterator

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests import toml_text
from codeflow_action.manifests.package import Ecosystem, items, mapping, words
from codeflow_action.manifests.sources.places import Places
from codeflow_action.manifests.sources.source import SourceRole, SourceStatement
from codeflow_action.manifests.sources.yaml_leaves import leaves

_LINKS = regex(r"\bdependency_links\s{0,20}=\s{0,20}\[([^\]]{1,4000})\]")
_TEXT = regex(r"[\"']([^\"'\n]{1,500})[\"']")
_ADDRESS = regex(r"(?:[a-z]{2,5}\+)?(?:https?|git|ssh)://\S+")
_URL = regex(r"[a-z]+://")


def read_channels(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the channels of an environment.yml or a .condarc.

    https://docs.conda.io/projects/conda/en/stable/user-guide/configuration/custom-channels.html
    """
    is_environment = "dependencies" in text
    for leaf in leaves(text):
        match leaf.path:
            case ("channels" | "default_channels", int()):
                yield _channel(leaf.value, leaf.line)
            case ("channel_alias",) if not is_environment:
                yield _channel(leaf.value, leaf.line)
            case ("custom_channels", str()):
                yield _channel(leaf.value, leaf.line)
            case ("dependencies", int()) if "::" in leaf.value:
                yield _channel(leaf.value.partition("::")[0], leaf.line)


def read_pixi(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the channels of a pixi.toml (https://pixi.sh/latest/reference/pixi_manifest/)."""
    document = toml_text.parse(text)
    places = Places(text)
    for table in (mapping(document.get("workspace")), mapping(document.get("project"))):
        for entry in items(table.get("channels")):
            if name := words(entry) or words(mapping(entry).get("channel")):
                yield _channel(name, places.line(name))


def _channel(name: str, line: int) -> SourceStatement:
    # Anybody may open one at Anaconda, which is where a bare name leads.
    name = name.strip()
    is_address = _URL.match(name) is not None or "/" in name
    target = name if is_address else f"https://anaconda.org/{name}/packages"
    return _index(Ecosystem.CONDA, target, line)


def read_setup_py(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the `dependency_links` of a setup.py, which is not run.

    https://setuptools.pypa.io/en/latest/deprecated/dependency_links.html
    """
    for match in _LINKS.finditer(text):
        for link in _TEXT.finditer(match[1]):
            if _ADDRESS.match(link[1]):
                line = text.count("\n", 0, match.start(1) + link.start()) + 1
                yield _index(Ecosystem.PYPI, link[1].partition("#")[0], line)


def read_setup_cfg(text: str, _path: str) -> Iterator[SourceStatement]:
    """Yield the same of a setup.cfg."""
    key = ""
    for number, line in enumerate(text.split("\n"), start=1):
        value = line[:2_000].strip()
        if line[:1].strip():
            key, _, value = value.partition("=")
        if key.strip() == "dependency_links" and (address := _ADDRESS.match(value.strip())):
            yield _index(Ecosystem.PYPI, address[0].partition("#")[0], number)


def _index(ecosystem: str, target: str, line: int) -> SourceStatement:
    return SourceStatement(
        ecosystem=ecosystem, role=SourceRole.REGISTRY, name="", target=target, line=line
    )
