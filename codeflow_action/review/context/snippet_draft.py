"""Drafts: places that may be shown, before their files are searched for secrets."""

from collections.abc import Iterable

from codeflow_action.engine.guidance import ContextKind
from codeflow_action.engine.lazy import dataclass
from codeflow_action.review.context.material import Material
from codeflow_action.review.context.snippets import Snippet, numbered_rows
from codeflow_action.security.untrusted import path as shown_path


@dataclass(frozen=True, kw_only=True)
class SnippetDraft:
    """Lines of a file by number, what they are there for, and which changed file wants them."""

    kind: ContextKind
    path: str
    name: str
    lines: tuple[int, ...]
    weight: float
    wanted_by: str


def snippets(drafts: Iterable[SnippetDraft], material: Material) -> tuple[Snippet, ...]:
    """Return the drafts with their lines, equal ones as one, weightiest first."""
    equal_drafts: dict[tuple[str, str, tuple[int, ...]], list[SnippetDraft]] = {}
    for draft in drafts:
        equal_drafts.setdefault((draft.kind, draft.path, draft.lines), []).append(draft)
    all_snippets = [
        Snippet(
            kind=equals[0].kind,
            path=equals[0].path,
            name=equals[0].name,
            lines=lines,
            weight=max(draft.weight for draft in equals),
            wanted_by=frozenset(shown_path(draft.wanted_by) for draft in equals),
        )
        for equals in equal_drafts.values()
        if (lines := numbered_rows(material.lines(equals[0].path), equals[0].lines))
    ]
    return tuple(
        sorted(
            all_snippets, key=lambda snippet: (-snippet.weight, snippet.path, snippet.lines[0][0])
        )
    )
