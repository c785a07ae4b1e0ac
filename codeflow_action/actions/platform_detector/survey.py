"""What is read of the repository, and what is left out with the reason."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from codeflow_action.actions.platform_detector.dependencies import (
    Aliases,
    UnreadableManifest,
    catalog_aliases,
)
from codeflow_action.actions.platform_detector.places import scope_of
from codeflow_action.actions.platform_detector.reading import (
    MAX_READ,
    Match,
    is_read,
    read_content,
    read_name,
)
from codeflow_action.actions.platform_detector.rules import Rules
from codeflow_action.engine.globs import any_matches
from codeflow_action.engine.platforms import PlatformScope
from codeflow_action.engine.ports import Absent, Content
from codeflow_action.review.scope import is_vendored

MAX_FILES = 1_000  # manifests and the like that are read
MAX_FILES_SINGLY = 20  # where each is a request
MAX_BYTES = 20_000_000  # of all of them together
MAX_PATH = 400  # characters; nobody keeps a manifest deeper
_CATALOG = "libs.versions.toml"
_LOCK_OF = ".in"  # requirements.in says what requirements.txt pins, and all that it drags along


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What the files of one version say, by path; `problems` are files that could not be read."""

    said: Mapping[str, tuple[Match, ...]]
    problems: Mapping[str, str] = field(default_factory=dict)


def own_paths(paths: Iterable[str], ignore: Sequence[str]) -> tuple[str, ...]:
    """Return the paths that are looked at: not vendored, not ignored, not pinned by another."""
    own = [
        path
        for path in paths
        if len(path) <= MAX_PATH and not is_vendored(path) and not any_matches(ignore, path)
    ]
    wanted = {path.removesuffix(_LOCK_OF) for path in own if path.endswith(_LOCK_OF)}
    return tuple(
        path for path in own if path.removesuffix(".txt") not in wanted or path[-4:] != ".txt"
    )


def choose(
    paths: Iterable[str], first: Container[str], sizes: Mapping[str, int], rules: Rules, limit: int
) -> tuple[tuple[str, ...], str]:
    """Return the paths to read, and a note when that is not all of them.

    What the pull request changes comes `first`, then the product before tests and examples, and
    what lies near the root before what is deep.
    """
    wanted = [path for path in paths if is_read(path, rules)]
    wanted.sort(key=lambda path: (path not in first, *_rank(path)))
    chosen: list[str] = []
    left = MAX_BYTES
    for path in wanted[:limit]:
        size = sizes.get(path, 0)
        if size <= min(left, MAX_READ):
            chosen.append(path)
            left -= size
    note = f"{len(chosen):,} of {len(wanted):,} manifests and configuration files were read"
    return tuple(chosen), note if len(chosen) < len(wanted) else ""


def _rank(path: str) -> tuple[int, int, str]:
    return tuple(PlatformScope).index(scope_of(path)), path.count("/"), path


def survey(paths: Iterable[str], contents: Mapping[str, Content], rules: Rules) -> Survey:
    """Return what the names of these paths, and these contents, say."""
    aliases = _aliases(contents)
    said: dict[str, tuple[Match, ...]] = {}
    problems: dict[str, str] = {}
    for path in paths:
        matches = [*read_name(path, rules)]
        content = contents.get(path)
        if isinstance(content, bytes):
            reading = read_content(path, content[:MAX_READ], rules, aliases)
            matches += reading.matches
            if reading.problem:
                problems[path] = reading.problem
        elif content is not None and content is not Absent.MISSING:
            problems[path] = f"its content is {content.value.replace('_', ' ')}"
        if matches:
            said[path] = tuple(matches)
    return Survey(said=said, problems=problems)


def _aliases(contents: Mapping[str, Content]) -> Aliases:
    """Return what the version catalogs mean; where several name the same, the last wins."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for path, content in contents.items():
        if path.endswith(_CATALOG) and isinstance(content, bytes):
            try:
                found |= catalog_aliases(content[:MAX_READ].decode("utf-8", "replace"))
            except UnreadableManifest:
                continue  # told when the file itself is read
    return found
