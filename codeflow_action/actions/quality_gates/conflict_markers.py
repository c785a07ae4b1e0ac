"""Conflict markers that a merge left behind."""

import re
from collections.abc import Iterator, Sequence

from codeflow_action.actions.quality_gates.gate import Change, Gate, Level
from codeflow_action.engine.findings import Category, Evidence, Finding
from codeflow_action.engine.ports import Scanners

_OPEN = re.compile(r"<{7} \S")
_CLOSE = re.compile(r">{7} \S")


class ConflictMarkers(Gate):
    """A merge conflict was committed unresolved: the file does not mean what it should."""

    name = "conflict_markers"
    default = Level.ERROR

    async def check(
        self,
        changes: Sequence[Change],
        level: Level,
        scanners: Scanners,  # noqa: ARG002 - a gate's signature
    ) -> tuple[Finding, ...]:
        """Report each conflict once, from its opening to its closing marker."""
        return tuple(
            _finding(change, first, last, text, level)
            for change in changes
            for first, last, text in _conflicts(list(change.added))
        )


def _conflicts(added: Sequence[tuple[int, str]]) -> Iterator[tuple[int, int, str]]:
    """Yield first line, last line and first text; a lone marker is a conflict of one line."""
    opened: tuple[int, str] | None = None
    for number, text in added:
        if _OPEN.match(text):
            if opened:
                yield opened[0], opened[0], opened[1]
            opened = number, text
        elif _CLOSE.match(text):
            first, code = opened or (number, text)
            yield first, number, code
            opened = None
    if opened:
        yield opened[0], opened[0], opened[1]


def _finding(change: Change, first: int, last: int, text: str, level: Level) -> Finding:
    return Finding(
        severity=level.severity,
        category=Category.CORRECTNESS,
        path=change.path,
        line=first,
        end_line=last,
        title="Unresolved merge conflict",
        message="A conflict marker was committed. Resolve the conflict and remove the markers.",
        evidence=Evidence.DETERMINISTIC,
        sources=("quality_gates",),
        rule=ConflictMarkers.name,
        code=text.strip(),
    )
