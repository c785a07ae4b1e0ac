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
_MAX_LEARNED = 20
_MAX_NAMESAKES = 500


class Resolver:
    """Finds files among the paths that are `known`.

    `roots` are folders that a checkout is known to lie in. `is_whole` says that `known` holds all
    files of the repository, so that one which is alone with its name's end is the one. What
    `is_here` knows under its own path in the checkout, and git does not, is no file of ours.
    """

    def __init__(
        self,
        known: Iterable[str],
        roots: Sequence[str],
        *,
        is_whole: bool = True,
        is_here: Callable[[str], bool] = lambda _path: False,
    ) -> None:
        self._known = frozenset(known)
        self._roots = [root.rstrip("/") for root in roots if root.rstrip("/")]
        self._is_here = is_here
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for path in self._known if is_whole else ():
            self._by_name[basename(path)].append(path)
        self.find = lru_cache(maxsize=20_000)(self._find)

    def learn(self, readings: Iterable[Sequence[str]]) -> None:
        """Take over the folders that a report's other paths show to be the checkout's."""
        most = len(self._roots) + _MAX_LEARNED
        for path in (path for paths in readings for path in paths):
            root = self._root_of(path) if len(self._roots) < most else ""
            if root:
                self._roots.append(root)
        self.find.cache_clear()

    def _find(self, readings: tuple[str, ...]) -> str | None:
        """Return the file that a reading names, or else the first one that leads to one."""
        named = (there for path in readings if (there := self._plain(path)) in self._known)
        led = (found for path in readings if (found := self._one(path)))
        return next(named, None) or next(led, None)

    def _plain(self, path: str) -> str | None:
        """Return the path as the repository would have it, None where it lies in no checkout."""
        if path in self._known:
            return path
        plain = normpath(path)
        return self._below_a_root(plain) if _is_absolute(plain) else plain

    def _one(self, path: str) -> str | None:
        plain = normpath(path)
        below = self._plain(path)
        if below in self._known:
            return below
        if (below or "").startswith("../") or (below and self._is_here(below)):
            return None
        return self._by_its_end(plain) or self._alone(plain)

    def _below_a_root(self, path: str) -> str | None:
        for root in self._roots:
            if path.startswith(f"{root}/"):
                return path.removeprefix(f"{root}/")
        return None

    def _by_its_end(self, path: str) -> str | None:
        """Return the longest end of the path that is a file, of two folders at least."""
        parts = path.split("/")
        for at in range(max(1, len(parts) - _MAX_PARTS), len(parts) - _MIN_PARTS + 1):
            end = "/".join(parts[at:])
            if end in self._known:
                return end
        return None

    def _alone(self, path: str) -> str | None:
        """Return the one file whose path ends so; of a relative path that may be the whole."""
        namesakes = self._by_name.get(basename(path), [])
        if _is_absolute(path) or len(namesakes) > _MAX_NAMESAKES:
            return None
        found = [known for known in namesakes if known.endswith(f"/{path}")]
        return found[0] if len(found) == 1 else None

    def _root_of(self, path: str) -> str:
        plain = normpath(path)
        if not _is_absolute(plain) or self._below_a_root(plain) is not None:
            return ""
        end = self._by_its_end(plain)
        return plain.removesuffix(f"/{end}") if end else ""


def _is_absolute(path: str) -> bool:
    return path.startswith("/") or bool(_DRIVE.match(path))
