"""From what an import says to the files that it may mean, by text alone.

No build file is read: a source is a tail of some path in the tree, whatever the roots are. Wrong
guesses cost nothing, as a file is shown only when it defines the name that was asked for.
"""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from posixpath import normpath

from codeflow_action.engine.files import family, language
from codeflow_action.engine.lazy import regex
from codeflow_action.review.context.neighbourhood import Neighbourhood

_MAX_CANDIDATES = 60  # a Go or Java package is a folder of files
FOLDER_FILES = ("__init__", "index", "mod", "lib")  # such a file stands for its folder
_SEPARATOR = regex(r"[.\\]|::")


class PathIndex:
    """The tree's paths by the last part of their name, so that look-ups stay cheap."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._by_stem: dict[str, list[str]] = {}
        self._by_folder: dict[str, list[str]] = {}
        for path in paths:
            *folders, stem = _parts(path)
            self._by_stem.setdefault(stem, []).append(path)
            self._by_folder.setdefault(folders[-1] if folders else "", []).append(path)

    def of_module(self, parts: Sequence[str]) -> list[str]:
        """Return files whose path, without suffix, ends in those parts, or whose folder does."""
        module = tuple(part for part in parts if part)
        if not module:
            return []
        size = len(module)
        files = [
            path for path in self._by_stem.get(module[-1], ()) if _parts(path)[-size:] == module
        ]
        folder = [
            path
            for path in self._by_folder.get(module[-1], ())
            if _parts(path)[:-1][-size:] == module
        ]
        index = [path for path in folder if _parts(path)[-1] in FOLDER_FILES]
        return [*files, *index, *(path for path in folder if path not in index)]


def _parts(path: str) -> tuple[str, ...]:
    *folders, name = path.split("/")
    return (*folders, name.partition(".")[0])


def stands_for(index: str, path: str) -> bool:
    """True when the first is a file that stands for a folder, and the other lies in it."""
    *folders, stem = _parts(index)
    return stem in FOLDER_FILES and _parts(path)[: len(folders)] == tuple(folders)


def files_of_import(source: str, name: str, importer: str, index: PathIndex) -> list[str]:
    """Return the files that may define `name` when `importer` takes it from `source`."""
    files: list[str] = []
    for parts in _readings(source, name, importer):
        matches = index.of_module(parts)
        files += [path for path in matches if family(path) == family(importer)]
        if len(files) >= _MAX_CANDIDATES:
            break
    neighbourhood = Neighbourhood([importer])
    unique = [path for path in dict.fromkeys(files) if path != importer]
    return sorted(unique, key=neighbourhood.distance)[:_MAX_CANDIDATES]


def surest_files(source: str, name: str, importer: str, index: PathIndex) -> list[str]:
    """Return the files of the first reading that leads to any: what the import does mean.

    Where the name is also the package's, as in Go, a file of that name does not stand for it.
    """
    files: list[str] = []
    for parts in _readings(source, name, importer):
        files += [
            path
            for path in index.of_module(parts)
            if family(path) == family(importer)
            # What is relative begins at the root; only the root of all else is unknown.
            and (not source.startswith(".") or _parts(path)[: len(parts)] == tuple(parts))
        ]
        if files and tuple(parts[-2:]) != (name, name):
            break
    return files


def _readings(source: str, name: str, importer: str) -> Iterable[Sequence[str]]:
    """Yield what the source may mean as parts of a path, surest first."""
    folder = PurePosixPath(importer).parent
    is_python = family(importer) == "python"
    if source.startswith(("./", "../")) or (source in (".", "..") and not is_python):
        yield _bare(normpath(str(folder / source)).split("/"))
        return
    if source.startswith("."):  # Python's relative imports
        dots = len(source) - len(source.lstrip("."))
        base = folder.parts[: len(folder.parts) - dots + 1]
        inner = [part for part in source.lstrip(".").split(".") if part]
        yield (*base, *inner, name)
        yield (*base, *inner)
        return
    # C's `money.h` and PHP's `money.php` are paths, as whatever has a slash.
    is_path = "/" in source or (language(source) != "" and family(source) == family(importer))
    pieces = _bare(source.split("/")) if is_path else _SEPARATOR.split(source)
    # What means "this package" in Rust, or the sources' root in JavaScript's bundlers.
    parts = [part for part in pieces if part not in ("crate", "self", "super", "@", "~", "")]
    for start in range(min(len(parts), 4)):  # roots such as `src` or a module's address go first
        tail = parts[start:]
        yield (*tail, name)
        yield tail
        if tail[-1:] == [name]:
            yield tail[:-1]


def _bare(parts: Sequence[str]) -> list[str]:
    """Return the parts without a suffix at the last one: `./cart.js` is `cart`."""
    return [*parts[:-1], parts[-1].partition(".")[0]] if parts else []
