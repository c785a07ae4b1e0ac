"""Where a file belongs: its scope, and the component whose manifest is nearest."""

import re
from collections.abc import Iterable
from functools import lru_cache

from codeflow_action.engine.platforms import PlatformScope

_SCOPES: tuple[tuple[PlatformScope, re.Pattern[str]], ...] = tuple(
    (scope, re.compile(rf"(?:^|/)(?:{pattern})/", re.IGNORECASE))
    for scope, pattern in (
        (
            PlatformScope.EXAMPLE,
            r"examples?|samples?|demos?|tutorials?|playgrounds?|sandbox|cookbook",
        ),
        (
            PlatformScope.TEST,
            (
                r"(?:[^/]*[._-])?(?:tests?|specs?|e2e)|__tests__|__mocks__|mocks?|fixtures?"
                r"|__fixtures__|testdata|test-?data|benchmarks?|benches|bench"
                r"|[^/]*(?:unit|integration|functional|acceptance)tests?"
            ),
        ),
        (PlatformScope.DOCS, r"docs?(?:[._-][^/]*)?|documentation"),
    )
)

# A manifest that makes its folder a part of the repository with its own dependencies.
_MAKES_COMPONENT = re.compile(
    r"(?:.*/)?(?:package\.json|deno\.json|composer\.json|pyproject\.toml|setup\.py|requirements\.txt"
    r"|Pipfile|Cargo\.toml|go\.mod|pom\.xml|build\.gradle(?:\.kts)?|[^/]+\.[cfv][sb]proj"
    r"|Gemfile|[^/]*\.gemspec|Podfile|pubspec\.yaml|mix\.exs|Package\.swift|Chart\.yaml)",
    re.DOTALL,
)


@lru_cache(maxsize=65_536)
def folder_scope(folder: str) -> PlatformScope:
    """Return the scope of what lies in a folder; its path ends with a slash, or is empty."""
    for scope, pattern in _SCOPES:
        if pattern.search(folder):
            return scope
    return PlatformScope.PRODUCT


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
        return self._of_folder(path.rpartition("/")[0])

    def _of_folder(self, folder: str) -> str:
        climbed = []
        while folder not in self._nearest and folder not in self._folders:
            climbed.append(folder)
            folder = folder.rpartition("/")[0]
        nearest = self._nearest.get(folder, folder)
        for one in climbed:
            self._nearest[one] = nearest
        return nearest
