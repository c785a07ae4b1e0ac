"""Where a file belongs: its scope, and the component whose manifest is nearest."""

import re
from collections.abc import Iterable
from functools import lru_cache

from codeflow_action.engine.files import is_documentation, is_example, is_fixture, is_test
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.platforms import PlatformScope

# A benchmark is like a test: it is not shipped.
_BENCHMARK = regex(r"(?:^|/)(?:benchmarks?|benches|bench)/", re.IGNORECASE)

# A manifest that makes its folder a part of the repository with its own dependencies.
_MAKES_COMPONENT = regex(
    r"(?:.*/)?(?:package\.json|deno\.json|composer\.json|pyproject\.toml|setup\.py|requirements\.txt"
    r"|Pipfile|Cargo\.toml|go\.mod|pom\.xml|build\.gradle(?:\.kts)?|[^/]+\.[cfv][sb]proj"
    r"|Gemfile|[^/]*\.gemspec|Podfile|pubspec\.yaml|mix\.exs|Package\.swift|Chart\.yaml)",
    re.DOTALL,
)


@lru_cache(maxsize=65_536)
def folder_scope(folder: str) -> PlatformScope:
    """Return the scope of what lies in a folder; its path ends with a slash, or is empty."""
    if is_example(folder):
        return PlatformScope.EXAMPLE
    if is_test(folder) or is_fixture(folder) or _BENCHMARK.search(folder):
        return PlatformScope.TEST
    return PlatformScope.DOCS if is_documentation(folder) else PlatformScope.PRODUCT


def scope_of(path: str) -> PlatformScope:
    """Return the scope that the path's folders name."""
    folder, slash, _ = path.rpartition("/")
    return folder_scope(folder + slash)


class Components:
    """The folders with manifests of their own; a file belongs to the nearest one above it."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._folders = {
            path.rpartition("/")[0] for path in paths if _MAKES_COMPONENT.fullmatch(path)
        }
        self._nearest: dict[str, str] = {"": ""}

    def of(self, path: str) -> str:
        """Return the component's folder, empty for the root."""
        folder = path.rpartition("/")[0]
        folders_below = []
        while folder not in self._nearest and folder not in self._folders:
            folders_below.append(folder)
            folder = folder.rpartition("/")[0]
        nearest = self._nearest.get(folder, folder)
        # Trees have many files and few folders, so each folder is looked up once.
        self._nearest |= dict.fromkeys(folders_below, nearest)
        return nearest
