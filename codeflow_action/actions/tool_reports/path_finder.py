"""Which file of the repository a report means: tools write paths of machines we never see."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from posixpath import basename, dirname, join, normpath
from unicodedata import normalize

from codeflow_action.engine.lazy import regex

_DRIVE = regex(r"[A-Za-z]:/")
_MAX_UP = 20  # leading `../` that are taken off
# The compilers of these take a file in any folder, whatever its package.
_FREE_OF_FOLDERS = (".kt", ".scala")
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
    installed dependency, say. `modules` are names that stand for folders, as those of Go do.

    Names are compared as Unicode's NFC: macOS hands tools the decomposed form of what git holds.
    """

    def __init__(
        self,
        paths: Iterable[str],
        roots: Sequence[str],
        *,
        is_whole: bool = True,
        is_in_checkout: Callable[[str], bool] = lambda _path: False,
        modules: Mapping[str, str] | None = None,
    ) -> None:
        self._paths = frozenset(paths)
        self._by_form = {_form(path): path for path in self._paths if not path.isascii()}
        # The longest first: a module may lie inside another.
        self._modules = sorted((modules or {}).items(), key=lambda module: -len(module[0]))
        self._roots = [root.rstrip("/") for root in roots if root.rstrip("/")]
        self._is_in_checkout = is_in_checkout
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for path in self._paths if is_whole else ():
            self._by_name[_form(basename(path))].append(path)
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
                root = _form(spelling).removesuffix(f"/{_form(end)}") if end else ""
                self._roots += [root] if root else []
        self.find.cache_clear()

    def _find(self, spellings: tuple[str, ...]) -> str | None:
        """Return the file that one of the spellings names, else the first that leads to one."""
        for spelling in spellings:
            if path := self._known(self._in_repository(spelling)):
                return path
        return next(filter(None, map(self._guess, spellings)), None)

    def _guess(self, spelling: str) -> str | None:
        plain = normpath(spelling)
        inside = self._in_repository(plain)
        if path := self._known(inside):
            return path
        # A tool that ran in a folder of the repository goes up from there.
        ups = 0
        while plain.startswith("../") and ups < _MAX_UP:
            plain, ups = plain[3:], ups + 1
        if plain.startswith("../"):
            return None
        if ups and (path := self._known(plain)):
            return path
        if not ups and inside and self._is_in_checkout(inside):
            return None
        if end := self._longest_end(plain):
            return end
        return None if _is_absolute(plain) else self._alone_with_its_end(plain)

    def _alone_with_its_end(self, plain: str) -> str | None:
        """Return the only file whose path ends as the relative one does, None where none or more.

        The whole of it may be the end, and of a language whose packages need no folders a part.
        """
        namesakes = self._by_name.get(_form(basename(plain)), [])
        if len(namesakes) > _MAX_NAMESAKES:
            return None
        end = f"/{_form(plain)}"
        matches = [candidate for candidate in namesakes if _form(candidate).endswith(end)]
        if not matches and plain.endswith(_FREE_OF_FOLDERS):
            folder = basename(dirname(plain))
            end = f"/{join(folder, basename(plain))}"
            matches = [candidate for candidate in namesakes if candidate.endswith(end)]
        return matches[0] if len(matches) == 1 else None

    def _known(self, path: str | None) -> str | None:
        """Return the path as the repository spells it, None where it holds no such file."""
        if path is None or path in self._paths:
            return path
        return None if path.isascii() else self._by_form.get(_form(path))

    def _in_repository(self, spelling: str) -> str | None:
        """Return the path as the repository would have it, None where it lies in no checkout."""
        if self._known(spelling):
            return spelling
        plain = normpath(spelling)
        if _is_absolute(plain):
            return self._below_a_root(plain)
        for module, folder in self._modules:
            if plain.startswith(f"{module}/"):
                return normpath(join(folder, plain.removeprefix(f"{module}/")))
        return plain

    def _below_a_root(self, path: str) -> str | None:
        for root in self._roots:
            if path.startswith(f"{root}/"):
                return path.removeprefix(f"{root}/")
        if _DRIVE.match(path):  # Windows tells no capitals apart
            lower_path = path.casefold()
            for root in self._roots:
                if lower_path.startswith(f"{root.casefold()}/"):
                    return path[len(root) + 1 :]
        return None

    def _longest_end(self, path: str) -> str | None:
        """Return the longest end of the path that is a file, of two folders at least."""
        parts = path.split("/")
        for start in range(max(1, len(parts) - _MAX_PARTS), len(parts) - _MIN_PARTS + 1):
            if end := self._known("/".join(parts[start:])):
                return end
        return None


def _form(path: str) -> str:
    return path if path.isascii() else normalize("NFC", path)


def _is_absolute(path: str) -> bool:
    return path.startswith("/") or bool(_DRIVE.match(path))
