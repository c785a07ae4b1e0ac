"""Gathers context once a run: one listing, one search, one reading, one look for secrets."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from codeflow_action.engine.guidance import ContextKind
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ports import Hit, Search, Tree
from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.review.context.callers import Callers
from codeflow_action.review.context.definition_drafts import DefinitionDrafts
from codeflow_action.review.context.import_paths import PathIndex
from codeflow_action.review.context.imported_files import ImportedFiles
from codeflow_action.review.context.material import Mask, Material
from codeflow_action.review.context.nearby_tests import NearbyTests
from codeflow_action.review.context.needs import (
    ContextNeed,
    NameChange,
    is_telling,
    names_in_order,
    needs_of,
)
from codeflow_action.review.context.neighbourhood import search_order
from codeflow_action.review.context.removed_files import (
    drafts_of_removed,
    removed_paths,
    users_of_removed,
)
from codeflow_action.review.context.siblings import Siblings
from codeflow_action.review.context.snippet_choice import budget_for, pick
from codeflow_action.review.context.snippet_draft import SnippetDraft, snippets
from codeflow_action.review.context.snippets import Snippet, render
from codeflow_action.review.units import SourceFile, Unit

_NEARLY_ALL = 0.98  # a table or a generated file that is too large to search says nothing
_MAX_NEEDS = 2_000  # a tree is searched for some 200 names
_MAX_FILES = 60  # searched for secrets and shown from; a chunk has room for some 30 snippets


@dataclass(frozen=True, kw_only=True)
class ContextRequest:
    """Which kinds of context, what no model may be sent, and all files of the change.

    `files` has those too that nobody reviews: who uses what is deleted is found by them.
    """

    kinds: frozenset[ContextKind] = frozenset(ContextKind)
    never_send: tuple[str, ...] = ()
    files: tuple[ChangedFile, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReviewContext:
    """What may be shown beside the change. `note` is for the receipt: what was not looked at."""

    snippets: tuple[Snippet, ...] = ()
    note: str = ""

    def for_chunk(self, units: Sequence[Unit], count: Callable[[str], int]) -> str:
        """Return what is shown beside these units, empty when there is nothing worth it.

        It takes no more tokens than `budget_for` allows.
        """
        budget = budget_for(sum(count(unit.text) for unit in units))
        return render(pick(self.snippets, units, budget, count))


async def gather(
    tree: Tree, sources: Sequence[SourceFile], request: ContextRequest, mask: Mask
) -> ReviewContext:
    """Return the context of a change at head, ranked. Raises what the tree's reading raises."""
    needs = await asyncio.to_thread(_needs, sources)
    material = Material(tree, sources, request.never_send, mask)
    context = await _look_up(material, needs, request.kinds)
    fates = removed_paths(request.files)
    if not (fates and sources and ContextKind.CALLER in request.kinds):
        return context
    users = await users_of_removed(fates, material)
    drafts = list(drafts_of_removed(users, fates, [source.file.path for source in sources]))
    await material.mask(draft.path for draft in drafts)
    # They are the weightiest of all, and so come first.
    return replace(context, snippets=(*snippets(drafts, material), *context.snippets))


def _needs(sources: Iterable[SourceFile]) -> Sequence[ContextNeed]:
    """Return what the change makes a reader look up, the weightiest where it is too much."""
    needs = [need for source in sources for need in needs_of(source)]
    if len(needs) <= _MAX_NEEDS:
        return needs
    return sorted(needs, key=lambda need: (-(need.change or 0), -need.weight))[:_MAX_NEEDS]


async def around(
    names: Iterable[str],
    path: str,
    material: Material,
    kinds: frozenset[ContextKind] = frozenset({ContextKind.DEFINITION, ContextKind.CALLER}),
) -> tuple[Snippet, ...]:
    """Return definitions and callers of the names that a claim about `path` mentions, ranked."""
    telling_names = [name for name in dict.fromkeys(names) if is_telling(name)]
    needs = [
        *(ContextNeed(path=path, name=name, weight=4.0) for name in telling_names),
        *(ContextNeed(path=path, name=name, change=NameChange.SIGNATURE) for name in telling_names),
    ]
    await material.read([path])
    return (await _look_up(material, needs, kinds)).snippets


async def _look_up(
    material: Material, needs: Sequence[ContextNeed], kinds: frozenset[ContextKind]
) -> ReviewContext:
    if not needs or not kinds:
        return ReviewContext()
    paths = await material.tree.list()
    if paths is None:
        return ReviewContext(
            note="no definitions or callers were looked up: the tree cannot be listed"
        )
    sendable = [path for path in paths if material.may_send(path)]
    near = tuple(dict.fromkeys(need.path for need in needs))
    search_paths = search_order(sendable, near, with_others=any(need.crosses for need in needs))
    search = await material.tree.search(names_in_order(needs), search_paths)
    lookup = await asyncio.to_thread(_Lookup, material, sendable, search, kinds)
    note = ""
    if search is None:
        note = "callers were not looked up: this repository cannot be searched here"
    elif search.searched < search.of * _NEARLY_ALL:
        note = f"searched {search.searched:,} of {search.of:,} files for definitions and callers"
    return ReviewContext(snippets=await lookup.snippets(needs), note=note)


class _Lookup:
    def __init__(
        self,
        material: Material,
        paths: Sequence[str],
        search: Search | None,
        kinds: frozenset[ContextKind],
    ) -> None:
        hits: dict[str, list[Hit]] | None = None
        if search:
            hits = {}
            for hit in search.hits:
                hits.setdefault(hit.name, []).append(hit)
        self._material = material
        self._kinds = kinds
        self._hits = hits or {}
        imported_files = ImportedFiles(material, PathIndex(paths))
        self._definitions = DefinitionDrafts(material, imported_files, hits)
        self._callers = Callers(material, imported_files, self._hits)
        self._tests = NearbyTests(material, paths, self._hits)
        self._siblings = Siblings(material, self._hits)

    async def snippets(self, needs: Sequence[ContextNeed]) -> tuple[Snippet, ...]:
        uses = [need for need in needs if need.change is None]
        changed_names = [need for need in needs if need.change is not None]
        paths = await asyncio.to_thread(self._paths_to_read, uses, changed_names)
        await self._material.read(paths)
        drafts = await asyncio.to_thread(self._choose_drafts, uses, changed_names)
        await self._material.mask(draft.path for draft in drafts)
        return await asyncio.to_thread(snippets, drafts, self._material)

    def _paths_to_read(
        self, uses: Sequence[ContextNeed], changed_names: Sequence[ContextNeed]
    ) -> list[str]:
        paths: list[str] = []
        if ContextKind.DEFINITION in self._kinds:
            paths += self._definitions.candidates(uses)
        if ContextKind.TEST in self._kinds:
            paths += self._tests.candidates(changed_names)
        if ContextKind.CALLER in self._kinds:
            paths += self._callers.candidates(changed_names)
        if ContextKind.SIBLING in self._kinds:
            paths += self._siblings.candidates(uses)
        return paths

    def _choose_drafts(
        self, uses: Sequence[ContextNeed], changed_names: Sequence[ContextNeed]
    ) -> list[SnippetDraft]:
        """Return the weightiest drafts, of so many files at most: each is scanned for secrets."""
        drafts: list[SnippetDraft] = []
        if ContextKind.DEFINITION in self._kinds:
            drafts += self._definitions.drafts(uses)
        if ContextKind.TEST in self._kinds:
            drafts += self._tests.drafts(changed_names)
        if ContextKind.CALLER in self._kinds:
            drafts += self._callers.drafts(changed_names)
        if ContextKind.SIBLING in self._kinds:
            drafts += self._siblings.drafts(uses)
        files: set[str] = set()
        fitting_drafts: list[SnippetDraft] = []
        for draft in sorted(drafts, key=lambda draft: -draft.weight):
            if draft.path in files or len(files) < _MAX_FILES:
                files.add(draft.path)
                fitting_drafts.append(draft)
        return fitting_drafts
