"""Where to look: which files are of a kind with the changed ones, near them, or named alike."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from codeflow_action.engine.files import family, is_foreign, is_prose, is_test
from codeflow_action.engine.lazy import regex

_TEST_PARTS = regex(r"(?:^tests?_|_tests?$|[._-](?:test|spec)s?$|_spec$|Tests?$|Spec$|^Test)")


class Neighbourhood:
    """How many folders lie between a path and the nearest of the changed files."""

    def __init__(self, near: Iterable[str]) -> None:
        self._up: dict[str, int] = {}
        for path in near:
            for steps, folder in enumerate(_folders(path)):
                self._up[folder] = min(steps, self._up.get(folder, steps))

    def distance(self, path: str) -> int:
        """Return steps up and down; what has no folder in common is farthest."""
        return min(
            (
                down + self._up[folder]
                for down, folder in enumerate(_folders(path))
                if folder in self._up
            ),
            default=99,
        )


@lru_cache(maxsize=20_000)
def _folders(path: str) -> tuple[str, ...]:
    """Return the folders around the path, innermost first; the root is empty."""
    parts = path.split("/")[:-1]
    return tuple("/".join(parts[:end]) for end in range(len(parts), -1, -1))


def search_order(
    paths: Sequence[str], near: Sequence[str], *, with_others: bool = False
) -> tuple[str, ...]:
    """Return the paths worth searching for names in `near`: same languages, nearest first.

    What other people or tools wrote is not this project's to answer for. Other languages come after
    that `with_others`, without prose and tests.
    """
    families = frozenset(map(family, near)) - {""}
    neighbourhood = Neighbourhood(near)
    own_paths = [path for path in paths if family(path) in families and not is_foreign(path)]
    other_paths = (
        path
        for path in (paths if with_others else ())
        if family(path) not in families
        and not (is_foreign(path) or is_prose(path) or is_test(path))
    )

    def place(path: str) -> tuple[int, str]:
        return neighbourhood.distance(path), path

    return (*sorted(own_paths, key=place), *sorted(other_paths, key=place))


def subject(path: str) -> str:
    """Return the file's name without suffix and what marks it as a test, in lower case."""
    stem = PurePosixPath(path).name.partition(".")[0] or PurePosixPath(path).stem
    return _TEST_PARTS.sub("", stem).lower().replace("_", "").replace("-", "")
