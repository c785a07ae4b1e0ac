"""Drafts: places that may be shown, before their files are searched for secrets."""

from collections.abc import Iterable
from dataclasses import dataclass

from codeflow_action.review.context.material import Material
from codeflow_action.review.context.snippets import ContextKind, Snippet, numbered
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
    joined: dict[tuple[str, str, tuple[int, ...]], list[SnippetDraft]] = {}
    for draft in drafts:
        joined.setdefault((draft.kind, draft.path, draft.lines), []).append(draft)
    found = [
        Snippet(
            kind=same[0].kind,
            path=same[0].path,
            name=same[0].name,
            lines=lines,
            weight=max(draft.weight for draft in same),
            wanted_by=frozenset(shown_path(draft.wanted_by) for draft in same),
        )
        for same in joined.values()
        if (lines := numbered(material.lines(same[0].path), same[0].lines))
    ]
    return tuple(sorted(found, key=lambda one: (-one.weight, one.path, one.lines[0][0])))
