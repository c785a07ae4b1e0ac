"""Snippets: lines of a file at head that the change did not touch, shown as context."""

from collections.abc import Iterable, Sequence

from codeflow_action.engine.diff import LineKind
from codeflow_action.engine.guidance import ContextKind
from codeflow_action.engine.lazy import dataclass
from codeflow_action.review.units import LEFT_OUT, render_row
from codeflow_action.security.untrusted import path as shown_path

_MAX_LINE = 240  # characters: context is read for names and shapes, not for tables of data

_LABELS = {
    ContextKind.DEFINITION: "definition of",
    ContextKind.CALLER: "uses",
    ContextKind.TEST: "test of",
    ContextKind.SIBLING: "also uses",
}


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """Numbered lines of one file. `weight` ranks: more is shown first.

    `name` is what it is about, a word; `wanted_by` are the changed files that need it, as a model
    reads their paths.
    """

    kind: ContextKind
    path: str
    name: str
    lines: tuple[tuple[int, str], ...]
    weight: float
    wanted_by: frozenset[str]

    @property
    def shown_path(self) -> str:
        """The path as a model reads it."""
        return shown_path(self.path)

    @property
    def title(self) -> str:
        """What the lines are there for."""
        return f"{_LABELS[self.kind]} {self.name}"


def heading(of_path: Sequence[Snippet]) -> str:
    """Return a file's path as a model reads it, and what its snippets are there for."""
    names: dict[ContextKind, dict[str, None]] = {}
    for snippet in of_path:
        names.setdefault(snippet.kind, {})[snippet.name] = None
    titles = (f"{_LABELS[kind]} {', '.join(of_kind)}" for kind, of_kind in names.items())
    return f"=== {of_path[0].shown_path} ({'; '.join(titles)})"


def body(lines: Iterable[tuple[int, str]]) -> str:
    """Return numbered lines as the changed code is shown, with a mark for what is left out."""
    rows: list[str] = []
    before = 0
    for number, line in lines:
        if before and number > before + 1:
            rows.append(LEFT_OUT)
        shown_line = line if len(line) <= _MAX_LINE else f"{line[:_MAX_LINE]}…"
        rows.append(render_row(LineKind.CONTEXT, number, shown_line).text)
        before = number
    return "\n".join(rows)


def render(snippets: Iterable[Snippet]) -> str:
    """Return all of them in the form that the instructions describe, each file once."""
    by_path: dict[str, list[Snippet]] = {}
    for snippet in snippets:
        by_path.setdefault(snippet.shown_path, []).append(snippet)
    return "\n\n".join(
        f"{heading(of_path)}\n{body(sorted({row for part in of_path for row in part.lines}))}"
        for of_path in by_path.values()
    )


def numbered_rows(lines: Sequence[str], numbers: Iterable[int]) -> tuple[tuple[int, str], ...]:
    """Return those lines that exist, with their numbers, in order; blank ends are left off."""
    rows = [
        (number, lines[number - 1]) for number in sorted(set(numbers)) if 1 <= number <= len(lines)
    ]
    while rows and not rows[-1][1].strip():
        rows.pop()
    while rows and not rows[0][1].strip():
        rows.pop(0)
    return tuple(rows)
