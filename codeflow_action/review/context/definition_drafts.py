"""Definitions of names that a change uses: through imports, in the same folder, or the only one."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log2

from codeflow_action.engine.files import family, is_test
from codeflow_action.engine.guidance import ContextKind
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.ports import Hit
from codeflow_action.review.context.imported_files import ALL, ImportedFiles
from codeflow_action.review.context.material import Material
from codeflow_action.review.context.needs import ContextNeed, is_everyday
from codeflow_action.review.context.neighbourhood import Neighbourhood
from codeflow_action.review.context.receivers import resembles
from codeflow_action.review.context.snippet_draft import SnippetDraft
from codeflow_action.review.syntax import Definition, DefinitionKind

WHOLE = 10  # lines; a definition up to this is shown as it is
_MAX_SIGNATURE = 5  # lines; what comes after says the same of more parameters
_MAX_DOC = 3  # lines: the summary, of a docstring that may be a page
_MAX_MEMBERS = 6  # those that the change names come first
_MAX_FILES_OF_NAME = 3  # parsed in search of one definition
_MAX_FILES = 40  # parsed in all: 10 kB take 3 ms
_MAX_FILES_UNSEARCHED = 8  # read one by one where the tree cannot be searched
_AMBIGUOUS = 3  # definitions of one name, none of them imported: it could be any
# The surer it is that this definition is meant, the more it weighs.
_IMPORTED_WEIGHT, _OWN_WEIGHT, _FOLDER_WEIGHT, _ONLY_WEIGHT = 30.0, 26.0, 22.0, 14.0

_KEYWORD = (
    r"\b(?:def|defp|defmodule|class|func|fn|function|fun|interface|type|struct|enum|trait|record"
    r"|const|let|var|val|module|object|protocol|static|namespace|union|typedef|final|readonly)\b"
)
_NOT_FIRST = regex(
    r"^\s*(?:return|await|new|throw|raise|import|from|using|use|else|case|if|while|for|yield"
    r"|export \*|#|//|\*|/\*|@|\})"
)
_DOC = regex(r"^\s*(?:[rbu]?\"\"\"|[rbu]?'''|///|//!|\"\"\")")


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
        self,
        material: Material,
        imported_files: ImportedFiles,
        hits: Mapping[str, Sequence[Hit]] | None,
    ) -> None:
        self._material = material
        self._imported_files = imported_files
        self._is_searched = hits is not None
        self._hits = hits or {}
        self._chosen: dict[tuple[str, str], list[str]] = {}
        self._where: dict[str, Neighbourhood] = {}

    def candidates(self, needs: Iterable[ContextNeed]) -> list[str]:
        """Return the files to read and parse, the likeliest first, within the limits."""
        paths: dict[str, None] = {}
        limit = _MAX_FILES if self._is_searched else _MAX_FILES_UNSEARCHED
        for need in sorted(needs, key=lambda need: -need.weight):
            for path in self._files(need):
                if len(paths) < limit:
                    paths[path] = None
        return list(paths)

    def drafts(self, needs: Iterable[ContextNeed]) -> Iterator[SnippetDraft]:
        """Yield what can be shown for each name, from files that were read."""
        needs = list(needs)
        used_names: dict[str, set[str]] = {}
        for need in needs:
            used_names.setdefault(need.path, set()).add(need.name)
        for need in needs:
            yield from self._drafts(need, used_names[need.path])

    def _files(self, need: ContextNeed) -> list[str]:
        """Return the files that may define the name, the likeliest first; worked out once."""
        key = (need.path, need.name)
        if key in self._chosen:
            return self._chosen[key]
        imports = self._imported_files.of(need.path)
        imported_files = self._sources(need)
        if not self._is_searched or is_everyday(need.name):
            likeliest = sorted(imported_files, key=lambda path: (need.name not in path, path))
            self._chosen[key] = likeliest[: _MAX_FILES_OF_NAME - 1]
            return self._chosen[key]
        package_files = imports.get(ALL, frozenset())
        best: dict[str, int] = {}
        for hit in self._hits.get(need.name, ()):
            # A test's own helpers explain tests alone.
            is_fitting = (is_test(need.path) or not is_test(hit.path)) and family(
                hit.path
            ) == family(need.path)
            if hit.path != need.path and is_fitting and self._material.may_send(hit.path):
                best[hit.path] = max(best.get(hit.path, 0), look(hit))
        neighbourhood = self._where.setdefault(need.path, Neighbourhood([need.path]))
        ranked_files = sorted(
            (path for path, score in best.items() if score or path in imported_files),
            key=lambda path: (
                path not in imported_files,
                path not in package_files,
                -best[path],
                neighbourhood.distance(path),
            ),
        )
        self._chosen[key] = ranked_files[:_MAX_FILES_OF_NAME]
        return self._chosen[key]

    def _sources(self, need: ContextNeed) -> frozenset[str]:
        """Return the files that an import says the name, or its receiver, is taken from."""
        imports = self._imported_files.of(need.path)
        bound_files = imports.get(need.name, frozenset())
        return bound_files or imports.get(need.receiver, frozenset())

    def _drafts(self, need: ContextNeed, used_names: set[str]) -> Iterator[SnippetDraft]:
        own = self._definitions_in(need.path, need.name)
        if own and not need.receiver:
            yield from self._draft(need, need.path, own, _OWN_WEIGHT, used_names)
            return
        imports = self._imported_files.of(need.path)
        candidates = [
            (path, definitions)
            for path in self._files(need)
            if (definitions := self._definitions_in(path, need.name))
        ]
        imported_files = self._sources(need)
        package_files = imports.get(ALL, frozenset())
        exact = [candidate for candidate in candidates if candidate[0] in imported_files] or [
            candidate for candidate in candidates if candidate[0] in package_files
        ]
        # Of a name that many types have, the one before the dot tells.
        is_ambiguous = not exact and len(candidates) >= _AMBIGUOUS
        of_holder = list(self._of_holder(need, candidates)) if is_ambiguous else []
        if not candidates or (is_ambiguous and not of_holder):
            return
        path, definitions = (exact or of_holder or candidates)[0]
        if exact:
            base = _IMPORTED_WEIGHT
        elif of_holder:
            base = _FOLDER_WEIGHT
        else:
            neighbourhood = self._where.setdefault(need.path, Neighbourhood([need.path]))
            distance = neighbourhood.distance(path)
            base = _ONLY_WEIGHT - distance if distance else _FOLDER_WEIGHT
        yield from self._draft(need, path, definitions, base, used_names)

    def _of_holder(
        self, need: ContextNeed, candidates: Iterable[tuple[str, list[Definition]]]
    ) -> Iterator[tuple[str, list[Definition]]]:
        """Yield the members of the type that the word before the dot has, or is called like."""
        likely: list[tuple[str, list[Definition]]] = []
        for path, definitions in candidates if need.holder else ():
            pairs = [(entry.outer_names[-1], entry) for entry in definitions if entry.outer_names]
            if of_type := [entry for owner, entry in pairs if owner in need.holder_types]:
                yield path, of_type
            elif alike := [entry for owner, entry in pairs if resembles(need.holder, owner)]:
                likely.append((path, alike))
        yield from likely

    def _definitions_in(self, path: str, name: str) -> list[Definition]:
        syntax = self._material.syntax(path)
        definitions = syntax.definitions_named(name) if syntax else ()
        return sorted(
            definitions,
            key=lambda definition: (definition.kind is DefinitionKind.VALUE, definition.line),
        )

    def _draft(
        self,
        need: ContextNeed,
        path: str,
        definitions: Sequence[Definition],
        base: float,
        used_names: set[str],
    ) -> Iterator[SnippetDraft]:
        base -= 8.0 if is_test(need.path) else 0.0  # a test's doubles explain themselves
        common = 2.0 * log2(1 + len(self._hits.get(need.name, ())))
        for definition in definitions[:1]:
            lines = tuple(self._lines_to_show(path, definition, used_names))
            yield SnippetDraft(
                kind=ContextKind.DEFINITION,
                path=path,
                name=need.name,
                lines=lines,
                weight=base + need.weight - common - len(lines) / 2,
                wanted_by=need.path,
            )

    def _lines_to_show(self, path: str, definition: Definition, used_names: set[str]) -> list[int]:
        """Return the whole of a small definition, else its signature, docstring, used members."""
        if definition.line_count <= WHOLE:
            return list(range(definition.line, definition.end_line + 1))
        end = min(definition.signature_end, definition.name_line + _MAX_SIGNATURE - 1)
        lines = list(range(definition.name_line, end + 1))
        raw = self._material.raw_lines(path)
        if end < len(raw) and _DOC.match(raw[end]):
            lines += range(end + 1, end + 1 + _MAX_DOC)
        syntax = self._material.syntax(path)
        if syntax is None or definition.kind not in (
            DefinitionKind.TYPE,
            DefinitionKind.EXTENSION,
        ):
            return lines
        members = [
            member
            for member in syntax.definitions
            if member is not definition and definition.holds(member.line, member.end_line)
        ]
        members.sort(
            key=lambda member: (
                member.name not in used_names,
                member.kind is not DefinitionKind.VALUE,
                member.line,
            )
        )
        return [*lines, *(member.name_line for member in members[:_MAX_MEMBERS])]
