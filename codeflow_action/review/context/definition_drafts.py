"""Definitions of names that a change uses: through imports, in the same folder, or the only one."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log2

from codeflow_action.engine.files import is_test
from codeflow_action.engine.ports import Hit
from codeflow_action.review.context.import_paths import PathIndex, files_of_import
from codeflow_action.review.context.material import Material
from codeflow_action.review.context.needs import ContextNeed
from codeflow_action.review.context.neighbourhood import Neighbourhood
from codeflow_action.review.context.snippet_draft import SnippetDraft
from codeflow_action.review.context.snippets import ContextKind
from codeflow_action.review.syntax import Definition, DefinitionKind

WHOLE = 10  # lines; a definition up to this is shown as it is
_MAX_SIGNATURE = 5
_MAX_DOC = 3
_MAX_MEMBERS = 6
_MAX_FILES_OF_NAME = 3  # parsed in search of one definition
_MAX_FILES = 40  # parsed in all: 10 kB take 3 ms
_MAX_FILES_UNSEARCHED = 8  # read one by one where the tree cannot be searched
_AMBIGUOUS = 3  # definitions of one name, none of them imported: it could be any
_IMPORTED, _OWN, _SAME_FOLDER, _ONLY = 30.0, 26.0, 22.0, 14.0

_KEYWORD = (
    r"\b(?:def|defp|defmodule|class|func|fn|function|fun|interface|type|struct|enum|trait|record"
    r"|const|let|var|val|module|object|protocol|static|namespace|union|typedef|final|readonly)\b"
)
_NOT_FIRST = re.compile(
    r"^\s*(?:return|await|new|throw|raise|import|from|using|use|else|case|if|while|for|yield"
    r"|export \*|#|//|\*|/\*|@|\})"
)
_DOC = re.compile(r"^\s*(?:[rbu]?\"\"\"|[rbu]?'''|///|//!|\"\"\")")


def look(hit: Hit) -> int:
    """Return 2 where a keyword announces the name, 1 where its place may, 0 for a mere use."""
    name = re.escape(hit.name)
    if _NOT_FIRST.match(hit.text):
        return 0
    if re.search(rf"{_KEYWORD}[^=;(]*?(?<!\w){name}(?!\w)", hit.text):
        return 2
    if re.search(rf"^\s*func\s*\([^)]*\)\s*{name}\b", hit.text):
        return 2
    before = r"^\s*(?:[\w<>\[\],.?*&:]+\s+){0,6}[*&]?"
    if re.match(rf"{before}{name}\s*(?:[({{<=:;?,]|$|\s[\w*\[])", hit.text):
        return 1
    return 0


class DefinitionDrafts:
    """Finds them among the hits of one search.

    `hits` is None where the tree cannot be searched: then imports alone lead to files.
    """

    def __init__(
        self, material: Material, index: PathIndex, hits: Mapping[str, Sequence[Hit]] | None
    ) -> None:
        self._material = material
        self._index = index
        self._is_searched = hits is not None
        self._hits = hits or {}
        self._chosen: dict[tuple[str, str], list[str]] = {}
        self._where: dict[str, Neighbourhood] = {}
        self._imported: dict[str, Mapping[str, frozenset[str]]] = {}

    def candidates(self, needs: Iterable[ContextNeed]) -> list[str]:
        """Return the files to read and parse, the likeliest first, within the limits."""
        paths: dict[str, None] = {}
        most = _MAX_FILES if self._is_searched else _MAX_FILES_UNSEARCHED
        for need in sorted(needs, key=lambda need: -need.weight):
            for path in self._files(need):
                if len(paths) < most:
                    paths[path] = None
        return list(paths)

    def drafts(self, needs: Iterable[ContextNeed]) -> Iterator[SnippetDraft]:
        """Yield what can be shown for each name, from files that were read."""
        needs = list(needs)
        used: dict[str, set[str]] = {}
        for need in needs:
            used.setdefault(need.path, set()).add(need.name)
        for need in needs:
            yield from self._drafts(need, used[need.path])

    def _files(self, need: ContextNeed) -> list[str]:
        key = (need.path, need.name)
        if key not in self._chosen:
            self._chosen[key] = self._ranked(need)
        return self._chosen[key]

    def _ranked(self, need: ContextNeed) -> list[str]:
        imported = self._imports(need.path)
        named = imported.get(need.name, frozenset())
        if not self._is_searched:
            return sorted(named)[:2]
        loose = imported.get("*", frozenset())
        best: dict[str, int] = {}
        for hit in self._hits.get(need.name, ()):
            if self._may_define(hit.path, need.path):
                best[hit.path] = max(best.get(hit.path, 0), look(hit))
        where = self._where.setdefault(need.path, Neighbourhood([need.path]))
        ranked = sorted(
            (path for path, score in best.items() if score or path in named),
            key=lambda path: (
                path not in named,
                path not in loose,
                -best[path],
                where.distance(path),
            ),
        )
        return ranked[:_MAX_FILES_OF_NAME]

    def _may_define(self, path: str, user: str) -> bool:
        return (
            path != user and (is_test(user) or not is_test(path)) and self._material.may_send(path)
        )

    def _imports(self, path: str) -> Mapping[str, frozenset[str]]:
        """Return files by the name that an import binds to them; `*` for packages and wildcards."""
        if path in self._imported:
            return self._imported[path]
        syntax = self._material.syntax(path)
        found: dict[str, set[str]] = {}
        for one in syntax.imports if syntax else ():
            for name, original in one.names or (("*", ""),):
                files = files_of_import(one.source, original, path, self._index)
                found.setdefault(name, set()).update(files)
                found.setdefault("*", set()).update(files)
        self._imported[path] = {name: frozenset(files) for name, files in found.items()}
        return self._imported[path]

    def _drafts(self, need: ContextNeed, used: set[str]) -> Iterator[SnippetDraft]:
        own = self._defined(need.path, need.name)
        if own:
            yield from self._draft(need, need.path, own, _OWN, used)
            return
        imported = self._imports(need.path)
        found = [
            (path, definitions)
            for path in self._files(need)
            if (definitions := self._defined(path, need.name))
        ]
        named = imported.get(need.name, frozenset())
        loose = imported.get("*", frozenset())
        exact = [one for one in found if one[0] in named] or [
            one for one in found if one[0] in loose
        ]
        chosen = exact or found
        if not exact and len(found) >= _AMBIGUOUS:
            return
        for path, definitions in chosen[:1]:
            yield from self._draft(
                need, path, definitions, self._base(need, path, bool(exact)), used
            )

    def _base(self, need: ContextNeed, path: str, is_imported: bool) -> float:
        if is_imported:
            return _IMPORTED
        where = self._where.setdefault(need.path, Neighbourhood([need.path]))
        return _SAME_FOLDER if where.distance(path) == 0 else _ONLY - where.distance(path)

    def _defined(self, path: str, name: str) -> list[Definition]:
        syntax = self._material.syntax(path)
        found = syntax.defined(name) if syntax else ()
        return sorted(found, key=lambda one: (one.kind is DefinitionKind.VALUE, one.line))

    def _draft(
        self,
        need: ContextNeed,
        path: str,
        definitions: Sequence[Definition],
        base: float,
        used: set[str],
    ) -> Iterator[SnippetDraft]:
        base -= 8.0 if is_test(need.path) else 0.0  # a test's doubles explain themselves
        common = 2.0 * log2(1 + len(self._hits.get(need.name, ())))
        for one in definitions[:1]:
            lines = tuple(self._shown(path, one, used))
            yield SnippetDraft(
                kind=ContextKind.DEFINITION,
                path=path,
                name=need.name,
                lines=lines,
                weight=base + need.weight - common - len(lines) / 2,
                wanted_by=need.path,
            )

    def _shown(self, path: str, one: Definition, used: set[str]) -> list[int]:
        """Return the whole of a small definition, else its signature, docstring, used members."""
        if one.line_count <= WHOLE:
            return list(range(one.line, one.end_line + 1))
        end = min(one.signature_end, one.name_line + _MAX_SIGNATURE - 1)
        lines = list(range(one.name_line, end + 1))
        lines += self._doc(path, end + 1)
        if one.kind in (DefinitionKind.TYPE, DefinitionKind.EXTENSION):
            lines += self._members(path, one, used)
        return lines

    def _doc(self, path: str, at: int) -> list[int]:
        raw = self._material.raw_lines(path)
        is_doc = at <= len(raw) and _DOC.match(raw[at - 1])
        return list(range(at, at + _MAX_DOC)) if is_doc else []

    def _members(self, path: str, outer: Definition, used: set[str]) -> list[int]:
        """Return the name lines of members, those that the change uses first."""
        syntax = self._material.syntax(path)
        inner = [
            one
            for one in (syntax.definitions if syntax else ())
            if one is not outer and outer.holds(one.line, one.end_line)
        ]
        inner.sort(
            key=lambda one: (one.name not in used, one.kind is not DefinitionKind.VALUE, one.line)
        )
        return [one.name_line for one in inner[:_MAX_MEMBERS]]
