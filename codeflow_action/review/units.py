"""Units: the pieces of a change that a model reads whole, each rendered with line numbers.

A unit is one hunk or several near ones, widened by lines of the head file around them. What is
shown to the model is also what its quotes are looked up in, so that a redacted secret stays so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from codeflow_action.engine.diff import Hunk, LineKind
from codeflow_action.engine.pull_request import ChangedFile

MAX_UNIT_LINES = 400  # of the diff; longer hunks are cut into several units


@dataclass(frozen=True, kw_only=True)
class Unit:
    """Rendered lines of one file, and how many of them the change added or removed."""

    path: str
    text: str
    changed: int


@dataclass(frozen=True, kw_only=True)
class Source:
    """A changed file as a model may see it: head lines redacted, no line breaks in them."""

    file: ChangedFile
    lines: tuple[str, ...]


def split_lines(text: str) -> tuple[str, ...]:
    """Return lines as git counts them: LF ends a line, nothing else does; a CR before it goes."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return tuple(line.removesuffix("\r") for line in lines)


def units_of(source: Source, context: int) -> tuple[Unit, ...]:
    """Return the file's units in order, each with up to `context` lines of head around it."""
    rows = _rows(source, context)
    return tuple(
        Unit(
            path=source.file.path,
            text="\n".join(text for text, _ in piece),
            changed=sum(changed for _, changed in piece),
        )
        for group in rows
        for piece in _pieces(group)
    )


type _Row = tuple[str, bool]  # rendered line, changed


def _rows(source: Source, context: int) -> list[list[_Row]]:
    """Render all hunks; those whose surroundings touch become one group."""
    groups: list[list[_Row]] = []
    shown = 0  # last head line that was rendered
    for hunk in source.file.hunks:
        first = _head_start(hunk)
        start = max(1, first - context)
        if not groups or start > shown + 1:
            groups.append([])
            shown = start - 1
        groups[-1].extend(_head_rows(source, shown + 1, first - 1))
        groups[-1].extend(_hunk_rows(source, hunk))
        last = first + hunk.new_count - 1
        shown = min(last + context, len(source.lines), _limit(source, hunk))
        groups[-1].extend(_head_rows(source, last + 1, shown))
        shown = max(shown, last)
    return groups


def _head_start(hunk: Hunk) -> int:
    """Return the first head line after what precedes the hunk; a pure removal has no own line."""
    return hunk.new_start if hunk.new_count else hunk.new_start + 1


def _limit(source: Source, hunk: Hunk) -> int:
    """Return the last head line before the next hunk, so that no line is shown twice."""
    hunks = source.file.hunks
    after = hunks.index(hunk) + 1
    return _head_start(hunks[after]) - 1 if after < len(hunks) else len(source.lines)


def _head_rows(source: Source, first: int, last: int) -> list[_Row]:
    return [
        (_render(" ", number, source.lines[number - 1]), False)
        for number in range(first, min(last, len(source.lines)) + 1)
    ]


def _hunk_rows(source: Source, hunk: Hunk) -> list[_Row]:
    rows: list[_Row] = []
    for line in hunk.lines:
        at_head = line.new is not None and line.new <= len(source.lines)
        text = source.lines[line.new - 1] if at_head and line.new else line.text.removesuffix("\r")
        rows.append((_render(line.kind.value, line.new, text), line.kind is not LineKind.CONTEXT))
    return rows


def _render(mark: str, number: int | None, text: str) -> str:
    return f"{mark} {number if number is not None else '':>5} | {text}"


def _pieces(rows: Sequence[_Row]) -> list[Sequence[_Row]]:
    return [rows[at : at + MAX_UNIT_LINES] for at in range(0, len(rows), MAX_UNIT_LINES)]
