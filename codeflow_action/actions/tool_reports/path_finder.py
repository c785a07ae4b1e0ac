"""Which file of the repository a report means: tools write paths of machines we never see."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from posixpath import basename, normpath

_DRIVE = re.compile(r"[A-Za-z]:/")
_MIN_PARTS = 2  # of a path's end that is trusted alone; `setup.py` is in many folders
# What a report may make us do: nobody nests deeper, has more checkouts, or looks through more
# files of one name.
_MAX_PARTS = 40
_MAX_ROOTS = 20  # that one run learns
_MAX_NAMESAKES = 500


class PathFinder:
    """Finds files among `paths`.

    `roots` are folders that a checkout is known to lie in. `is_whole` says that `paths` holds all
    files of the repository, so that one which is alone with its name's end is the one. What
    `is_in_checkout` knows under its own path there, and git does not, is no file of ours: an
    installed dependency, say.
    """

    def __init__(
        self,
        paths: Iterable[str],
        roots: Sequence[str],
        *,
        is_whole: bool = True,
        is_in_checkout: Callable[[str], bool] = lambda _path: False,
    ) -> None:
        self._paths = frozenset(paths)
        self._roots = [root.rstrip("/") for root in roots if root.rstrip("/")]
        self._is_in_checkout = is_in_checkout
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for path in self._paths if is_whole else ():
            self._by_name[basename(path)].append(path)
        # A report names the same few files in thousands of results.
        self.find = lru_cache(maxsize=20_000)(self._find)

    def learn(self, spellings: Iterable[Sequence[str]]) -> None:
        """Take over the folders that a report's other paths show to be the checkout's."""
        limit = len(self._roots) + _MAX_ROOTS
        for spelling in (normpath(path) for paths in spellings for path in paths):
            if len(self._roots) >= limit:
                break
            if _is_absolute(spelling) and self._below_a_root(spelling) is None:
                end = self._longest_end(spelling)
                root = spelling.removesuffix(f"/{end}") if end else ""
                self._roots += [root] if root else []
        self.find.cache_clear()

    def _find(self, spellings: tuple[str, ...]) -> str | None:
        """Return the file that one of the spellings names, else the first that leads to one."""
        for spelling in spellings:
            path = self._in_repository(spelling)
            if path in self._paths:
                return path
        return next(filter(None, map(self._guess, spellings)), None)

    def _guess(self, spelling: str) -> str | None:
        plain = normpath(spelling)
        path = self._in_repository(plain)
        if path in self._paths:
            return path
        if path and (path.startswith("../") or self._is_in_checkout(path)):
            return None
        if end := self._longest_end(plain):
            return end
        # Of a relative path the whole may be the end of one file's.
        namesakes = self._by_name.get(basename(plain), [])
        if _is_absolute(plain) or len(namesakes) > _MAX_NAMESAKES:
            return None
        matches = [candidate for candidate in namesakes if candidate.endswith(f"/{plain}")]
        return matches[0] if len(matches) == 1 else None

    def _in_repository(self, spelling: str) -> str | None:
        """Return the path as the repository would have it, None where it lies in no checkout."""
        if spelling in self._paths:
            return spelling
        plain = normpath(spelling)
        return self._below_a_root(plain) if _is_absolute(plain) else plain

    def _below_a_root(self, path: str) -> str | None:
        for root in self._roots:
            if path.startswith(f"{root}/"):
                return path.removeprefix(f"{root}/")
        return None

    def _longest_end(self, path: str) -> str | None:
        """Return the longest end of the path that is a file, of two folders at least."""
        parts = path.split("/")
        for start in range(max(1, len(parts) - _MAX_PARTS), len(parts) - _MIN_PARTS + 1):
            end = "/".join(parts[start:])
            if end in self._paths:
                return end
        return None


def _is_absolute(path: str) -> bool:
    return path.startswith("/") or bool(_DRIVE.match(path))
