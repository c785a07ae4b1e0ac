"""Conflict markers that a merge left in a file."""

import re
from collections.abc import Iterator

from codeflow_action.actions.quality_gates.gate import (
    FileChange,
    GateLevel,
    GateResult,
    GateSubject,
    ThreadedGate,
)
from codeflow_action.engine.files import is_prose
from codeflow_action.engine.findings import Category

_OPEN = re.compile(r"<{7} \S")
_MIDDLE = re.compile(r"={7}\s*$|\|{7} |%{7} |\+{7} ")  # git's, its diff3 style's, Jujutsu's
_CLOSE = re.compile(r">{7} \S")


class ConflictMarkers(ThreadedGate):
    """An unresolved merge conflict was committed."""

    name = "conflict_markers"
    category = Category.CORRECTNESS
    level: GateLevel = GateLevel.ERROR

    def look(self, subject: GateSubject) -> GateResult:
        """Report each conflict once, from its opening to its closing marker."""
        findings = (
            self.finding(
                change.path,
                first,
                end_line=last,
                title="Unresolved merge conflict",
                message=(
                    "Conflict markers were committed, so this file holds two versions of the same "
                    "lines. Resolve the conflict and remove the markers."
                ),
                code=text.strip(),
            )
            for change in subject.texts
            for first, last, text in _conflicts(change)
        )
        return GateResult(findings=findings)


def _conflicts(change: FileChange) -> Iterator[tuple[int, int, str]]:
    """Yield first line, last line and first text; a lone marker is a conflict of one line."""
    # In prose a nested quote can begin like a marker, and a heading can be underlined with
    # "=======": here only a whole conflict counts.
    whole_only = is_prose(change.path)
    opening: tuple[int, str] | None = None
    has_middle = False
    for number, text in change.all_added_lines:
        if _OPEN.match(text):
            if opening and not whole_only:
                yield opening[0], opening[0], opening[1]
            opening, has_middle = (number, text), False
        elif _MIDDLE.match(text):
            has_middle = True
        elif _CLOSE.match(text):
            first, code = opening or (number, text)
            if not whole_only or (opening and has_middle):
                yield first, number, code
            opening = None
    if opening and not whole_only:
        yield opening[0], opening[0], opening[1]
