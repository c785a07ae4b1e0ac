"""The same name used elsewhere, for a reader who asks whether the two should differ.

What an added line uses, and few other lines do: a constant, a call, a key in quotes, a route.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log2

from codeflow_action.engine.files import family, is_prose, is_test
from codeflow_action.engine.guidance import ContextKind
from codeflow_action.engine.ports import Hit
from codeflow_action.review.context.callers import is_no_use
from codeflow_action.review.context.definition_drafts import look
from codeflow_action.review.context.material import Material
from codeflow_action.review.context.needs import ContextNeed
from codeflow_action.review.context.neighbourhood import Neighbourhood
from codeflow_action.review.context.snippet_draft import SnippetDraft
from codeflow_action.review.syntax import MentionRole

_AROUND = 1  # lines before and after
_MAX_USES = 6  # elsewhere; with more of them, three lines are no comparison
_MAX_OF_FILE = 3  # shown for one changed file
_MAX_FILES = 12  # parsed in all
_WEIGHT = 12.0  # below what a name is, and below who breaks


class Siblings:
    """Finds them among the hits of one search."""

    def __init__(self, material: Material, hits: Mapping[str, Sequence[Hit]]) -> None:
        self._material = material
        self._hits = hits

    def candidates(self, needs: Iterable[ContextNeed]) -> list[str]:
        """Return the files to read."""
        paths = dict.fromkeys(hit.path for _need, hit in self._choice(needs))
        return list(paths)[:_MAX_FILES]

    def drafts(self, needs: Iterable[ContextNeed]) -> Iterator[SnippetDraft]:
        """Yield the nearest other use of each name, from files that were read."""
        counts: dict[str, int] = {}
        for need, hit in self._choice(needs):
            if counts.get(need.path, 0) >= _MAX_OF_FILE or not self._is_use(hit):
                continue
            counts[need.path] = counts.get(need.path, 0) + 1
            yield SnippetDraft(
                kind=ContextKind.SIBLING,
                path=hit.path,
                name=need.name,
                lines=tuple(range(max(1, hit.line - _AROUND), hit.line + _AROUND + 1)),
                weight=_WEIGHT + need.weight / 2 - 2.0 * log2(1 + len(self._uses(need))),
                wanted_by=need.path,
            )

    def _choice(self, needs: Iterable[ContextNeed]) -> Iterator[tuple[ContextNeed, Hit]]:
        """Yield the nearest other use of each name, of names that most lines are about first."""
        for need in sorted(needs, key=lambda need: -need.weight):
            uses = self._uses(need)
            if 0 < len(uses) <= _MAX_USES:
                neighbourhood = Neighbourhood([need.path])
                yield (
                    need,
                    min(uses, key=lambda hit: (neighbourhood.distance(hit.path), hit.path)),
                )

    def _uses(self, need: ContextNeed) -> list[Hit]:
        changed_lines = self._material.added_lines(need.path)
        return [
            hit
            for hit in self._hits.get(need.name, ())
            if (need.text or need.name) in hit.text
            and not (hit.path == need.path and hit.line in changed_lines)
            and (need.crosses or family(hit.path) == family(need.path))
            and (is_test(need.path) or not is_test(hit.path))
            and not (is_prose(hit.path) or is_no_use(hit.text) or look(hit) == 2)
            and self._material.may_send(hit.path)
        ]

    def _is_use(self, hit: Hit) -> bool:
        """False for a line that defines the name, as the file's grammar says."""
        syntax = self._material.syntax(hit.path)
        if syntax is None:
            return True
        if any(entry.name_line == hit.line for entry in syntax.definitions_named(hit.name)):
            return False
        roles = [entry.role for entry in syntax.mentions([hit.line]) if entry.name == hit.name]
        return not roles or any(role is not MentionRole.BINDING for role in roles)
