"""Which files a file imports, and under which of its names: the edges of the import graph."""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from codeflow_action.engine.files import family
from codeflow_action.review.context.import_paths import (
    PathIndex,
    files_of_import,
    stands_for,
    surest_files,
)
from codeflow_action.review.context.material import Material

ALL = "*"


class ImportedFiles:
    """The imports of files that were read, each worked out once."""

    def __init__(self, material: Material, index: PathIndex) -> None:
        self._material = material
        self._index = index
        self._likely: dict[str, Mapping[str, frozenset[str]]] = {}
        self._sure: dict[str, Mapping[str, frozenset[str]]] = {}

    def of(self, importer: str) -> Mapping[str, frozenset[str]]:
        """Return all files that it may import, by the name that the import binds to them.

        Under `ALL` stand all of them, also those of wildcards and of imports that bind nothing.
        """
        if importer not in self._likely:
            self._likely[importer] = self._resolve(importer, files_of_import)
        return self._likely[importer]

    def sure_of(self, importer: str) -> Mapping[str, frozenset[str]]:
        """Return the same, of each import the files of its likeliest meaning alone."""
        if importer not in self._sure:
            self._sure[importer] = self._resolve(importer, surest_files)
        return self._sure[importer]

    def _resolve(
        self, importer: str, find: Callable[[str, str, str, PathIndex], list[str]]
    ) -> Mapping[str, frozenset[str]]:
        syntax = self._material.syntax(importer)
        files_by_name: dict[str, set[str]] = {}
        for statement in syntax.imports if syntax else ():
            for name, original in statement.names or ((ALL, ""),):
                files = find(statement.source, original, importer, self._index)
                files_by_name.setdefault(name, set()).update(files)
                files_by_name.setdefault(ALL, set()).update(files)
        return {name: frozenset(files) for name, files in files_by_name.items()}

    def leads_to(self, importer: str, path: str, name: str = ALL) -> bool:
        """True when `importer` takes `name` from that file, its header, or the index above it."""
        return any(
            _is_same_module(file, path) or stands_for(file, path)
            for file in self.sure_of(importer).get(name, ())
        )


def _is_same_module(file: str, path: str) -> bool:
    """True for one file, and for a header and its source."""
    first, second = PurePosixPath(file), PurePosixPath(path)
    return file == path or (
        first.parent == second.parent and first.stem == second.stem and family(file) == family(path)
    )
