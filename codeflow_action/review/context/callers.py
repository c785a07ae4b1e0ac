"""Who uses what the change changed: the lines that break when a signature or a name goes.

A line that holds the name is no use by that: overloads, interfaces and other classes' methods
define it again. Each file's grammar tells definitions from uses; receivers and imports tell whose.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from math import log2
from pathlib import PurePosixPath
from typing import NamedTuple

from codeflow_action.engine.files import family, is_test
from codeflow_action.engine.guidance import ContextKind
from codeflow_action.engine.lazy import regex
from codeflow_action.engine.ports import Hit
from codeflow_action.review.context.definition_drafts import look
from codeflow_action.review.context.imported_files import ALL, ImportedFiles
from codeflow_action.review.context.material import Material
from codeflow_action.review.context.needs import (
    ContextNeed,
    NameChange,
    is_everyday,
    receiver_of,
)
from codeflow_action.review.context.neighbourhood import Neighbourhood
from codeflow_action.review.context.snippet_draft import SnippetDraft
from codeflow_action.review.syntax import MentionRole, Syntax, language_of

_AROUND = 1  # lines before and after the call
# What nobody can have called yet needs no caller; what changed its shape breaks them.
_LIMIT = {NameChange.ADDED: 0, NameChange.BODY: 1, NameChange.SIGNATURE: 3, NameChange.REMOVED: 3}
_WEIGHT = {
    NameChange.ADDED: 0.0,
    NameChange.BODY: 16.0,
    NameChange.SIGNATURE: 36.0,
    NameChange.REMOVED: 40.0,
}
_COMMON = 40  # uses; a change to such a name is found by compilers and tests, not by three of them
_MAX_FILES_OF_NAME = 6  # parsed to tell a name's uses from its definitions
_MAX_FILES = 40  # parsed in all
_NOT_USED = regex(
    r"^\s*(?:import|from|using|use|#include|require|package|export \{|export \*|//|#|\*|/\*|--"
    r"|@(?:spec|callback|doc|see)\b)"
)
_SELF = frozenset({"self", "this", "super", "cls", "$this", "Self", "parent", "static", "base"})


class Kinship(IntEnum):
    """How sure it is that a use means the changed definition, and not a namesake."""

    OTHER = 0
    UNKNOWN = 1
    LIKELY = 2
    SURE = 3


class _Use(NamedTuple):
    """A line that uses a name; `is_call` where it is called there, or nobody can tell."""

    hit: Hit
    kinship: Kinship
    is_call: bool


class Callers:
    """Finds them among the hits of one search."""

    def __init__(
        self,
        material: Material,
        imported_files: ImportedFiles,
        hits: Mapping[str, Sequence[Hit]],
    ) -> None:
        self._material = material
        self._imported_files = imported_files
        self._hits = hits

    def candidates(self, needs: Iterable[ContextNeed]) -> list[str]:
        """Return the files to read and parse, those of what breaks most first."""
        paths: dict[str, None] = {}
        for need in needs:
            of_name = dict.fromkeys(hit.path for hit in self._hits_near(need))
            for path in list(of_name)[:_MAX_FILES_OF_NAME]:
                if len(paths) < _MAX_FILES:
                    paths[path] = None
        return list(paths)

    def drafts(self, needs: Iterable[ContextNeed]) -> Iterator[SnippetDraft]:
        """Yield the surest and nearest uses of each changed name, from files that were read."""
        for need in needs:
            if need.change is None or not _LIMIT[need.change]:
                continue
            uses = list(self._uses(need))
            if len(uses) > _COMMON:
                continue
            for use in uses[: _LIMIT[need.change]]:
                line = use.hit.line
                yield SnippetDraft(
                    kind=ContextKind.CALLER,
                    path=use.hit.path,
                    name=need.name,
                    lines=tuple(range(max(1, line - _AROUND), line + _AROUND + 1)),
                    weight=_WEIGHT[need.change]
                    - 2.0 * log2(1 + len(uses))
                    + 2.0 * (use.kinship - Kinship.UNKNOWN),
                    wanted_by=need.path,
                )

    def _hits_near(self, need: ContextNeed) -> Iterator[Hit]:
        """Yield the lines that may use the name, nearest first."""
        if need.change is None or not _LIMIT[need.change]:
            return
        neighbourhood = Neighbourhood([need.path])
        for hit in sorted(
            self._hits.get(need.name, ()),
            key=lambda hit: (neighbourhood.distance(hit.path), hit.path, hit.line),
        ):
            is_own = family(hit.path) == family(need.path) or need.crosses
            if is_own and not (is_no_use(hit.text) or look(hit) == 2 or is_test(hit.path)):
                yield hit

    def _uses(self, need: ContextNeed) -> Iterator[_Use]:
        """Yield lines that use it, the surest first, one in each run of lines."""
        uses = [use for hit in self._hits_near(need) if (use := self._use(hit, need))]
        least = Kinship.LIKELY if is_everyday(need.name) else Kinship.UNKNOWN
        uses = [use for use in uses if use.kinship >= least]
        shown_lines: set[tuple[str, int]] = set()
        for use in sorted(uses, key=lambda use: (-use.kinship, not use.is_call)):
            path, line = use.hit.path, use.hit.line
            if any((path, line + step) in shown_lines for step in range(-2, 3)):
                continue
            shown_lines.add((path, line))
            yield use

    def _use(self, hit: Hit, need: ContextNeed) -> _Use | None:
        """Return the use, None for a definition, a comment or a text that holds the name."""
        syntax = self._material.syntax(hit.path)
        if syntax is None:
            # Nobody has parsed the file: the name's place on the line has to do.
            is_use = look(hit) == 0 or language_of(hit.path) is None
            return _Use(hit, Kinship.UNKNOWN, is_call=True) if is_use else None
        roles = [
            mention.role for mention in syntax.mentions([hit.line]) if mention.name == hit.name
        ]
        uses = [role for role in roles if role is not MentionRole.BINDING]
        is_defined = any(
            definition.name_line == hit.line for definition in syntax.definitions_named(hit.name)
        )
        # A key stands in quotes, and imports say nothing of it.
        if need.crosses and (uses or re.search(rf"[\"'`]{re.escape(hit.name)}[\"'`]", hit.text)):
            return _Use(hit, Kinship.UNKNOWN, is_call=False)
        # Some grammars call the name in `abstract load()` an attribute, and not a binding.
        if len(uses) <= (is_defined and MentionRole.BINDING not in roles):
            return None
        return _Use(hit, self._kinship(hit, need, syntax), is_call=MentionRole.CALL in uses)

    def _kinship(self, hit: Hit, need: ContextNeed, syntax: Syntax) -> Kinship:
        receiver = receiver_of(hit.name, hit.text)
        defines_it = bool(syntax.definitions_named(hit.name))
        if hit.path == need.path:
            return Kinship.SURE
        leads_to = self._imported_files.leads_to
        named = self._imported_files.sure_of(hit.path).get(receiver or hit.name)
        if named:
            is_meant = leads_to(hit.path, need.path, receiver or hit.name)
            return Kinship.SURE if is_meant else Kinship.OTHER
        if (not receiver or receiver in _SELF) and defines_it:
            return Kinship.OTHER
        is_near = leads_to(hit.path, need.path, ALL) or _mentions_owner(receiver, need, syntax)
        return Kinship.LIKELY if is_near or _same_folder(hit.path, need.path) else Kinship.UNKNOWN


def is_no_use(line: str) -> bool:
    """True for a line that imports a name, or speaks of it in a comment."""
    return _NOT_USED.match(line) is not None


def _mentions_owner(receiver: str, need: ContextNeed, syntax: Syntax) -> bool:
    """True where the receiver is called like the type that the name belongs to, or it is named."""
    if not need.owner:
        return False
    owner = need.owner.lower()
    bare = receiver.replace("_", "").lower()
    if len(bare) > 1 and (bare in owner or owner in bare):
        return True
    return any(mention.name == need.owner for mention in syntax.all_mentions)


def _same_folder(path: str, other: str) -> bool:
    return PurePosixPath(path).parent == PurePosixPath(other).parent
