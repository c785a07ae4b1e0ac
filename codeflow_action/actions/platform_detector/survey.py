"""What is read of the repository, and what is left out with the reason."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import field

from codeflow_action.actions.platform_detector.components import scope_of
from codeflow_action.actions.platform_detector.dependency_names import (
    Aliases,
    UnreadableManifest,
    catalog_aliases,
)
from codeflow_action.actions.platform_detector.file_reading import (
    MAX_READ,
    RuleMatch,
    is_read,
    read_content,
    read_name,
)
from codeflow_action.actions.platform_detector.rules import PlatformRules
from codeflow_action.engine.files import is_vendored
from codeflow_action.engine.globs import any_matches
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.platforms import PlatformScope
from codeflow_action.engine.ports import Absent, Content

MAX_FILES = 1_000  # manifests and the like that are read
MAX_FILES_SINGLY = 20  # where each file is a request of its own
MAX_BYTES = 20_000_000  # of all files that are read
MAX_PATH = 400  # characters; nobody keeps a manifest deeper
_CATALOG = "libs.versions.toml"
# pip-compile reads requirements.in and pins it, with all that it needs, in requirements.txt.
# https://pip-tools.readthedocs.io/en/stable/#example-usage-for-pip-compile
_PIP_COMPILE = ".in"


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What the files of one version say, by path; `problems` are files that could not be read."""

    matches: Mapping[str, tuple[RuleMatch, ...]]
    problems: Mapping[str, str] = field(default_factory=dict)


def own_paths(paths: Iterable[str], ignore: Sequence[str]) -> tuple[str, ...]:
    """Return the paths that are looked at: not vendored, not ignored, not a pip-compile result."""
    own = [
        path
        for path in paths
        if len(path) <= MAX_PATH and not is_vendored(path) and not any_matches(ignore, path)
    ]
    compiled_paths = {
        f"{path.removesuffix(_PIP_COMPILE)}.txt" for path in own if path.endswith(_PIP_COMPILE)
    }
    return tuple(path for path in own if path not in compiled_paths)


def files_to_read(
    paths: Iterable[str],
    first: Container[str],
    sizes: Mapping[str, int],
    rules: PlatformRules,
    limit: int,
) -> tuple[tuple[str, ...], str]:
    """Return the paths to read, and a note when some must be left out.

    What the pull request changes comes `first`, then the product before tests and examples, and
    what lies near the root before what is deep.
    """
    candidates = sorted(
        (path for path in paths if is_read(path, rules)),
        key=lambda path: (
            path not in first,
            tuple(PlatformScope).index(scope_of(path)),
            path.count("/"),
            path,
        ),
    )
    to_read: list[str] = []
    budget = MAX_BYTES
    for path in candidates[:limit]:
        size = sizes.get(path, 0)
        if size <= min(budget, MAX_READ):
            to_read.append(path)
            budget -= size
    note = f"{len(to_read):,} of {len(candidates):,} manifests and configuration files were read"
    return tuple(to_read), note if len(to_read) < len(candidates) else ""


def survey(paths: Iterable[str], contents: Mapping[str, Content], rules: PlatformRules) -> Survey:
    """Return what the names of these paths, and these contents, say."""
    aliases = _aliases(contents)
    matches: dict[str, tuple[RuleMatch, ...]] = {}
    problems: dict[str, str] = {}
    for path in paths:
        of_path = [*read_name(path, rules)]
        content = contents.get(path)
        if isinstance(content, bytes):
            reading = read_content(path, content[:MAX_READ], rules, aliases)
            of_path += reading.matches
            if reading.problem:
                problems[path] = reading.problem
        elif content is not None and content is not Absent.MISSING:
            problems[path] = f"its content is {content.value.replace('_', ' ')}"
        if of_path:
            matches[path] = tuple(of_path)
    return Survey(matches=matches, problems=problems)


def _aliases(contents: Mapping[str, Content]) -> Aliases:
    """Return what the version catalogs mean; where several define a name, the last wins."""
    aliases: dict[str, tuple[tuple[str, str], ...]] = {}
    for path, content in contents.items():
        if path.endswith(_CATALOG) and isinstance(content, bytes):
            try:
                aliases |= catalog_aliases(content[:MAX_READ].decode("utf-8", "replace"))
            except UnreadableManifest:
                continue  # reported when the file itself is read
    return aliases
