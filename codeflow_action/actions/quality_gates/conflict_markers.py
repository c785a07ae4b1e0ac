"""Conflict markers that a merge left behind."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from codeflow_action.actions.quality_gates.gate import Change, Checked, Level, LineGate, Subject
from codeflow_action.engine.findings import Category, Evidence, Finding, Severity

_OPEN = re.compile(r"<{7} \S")
_MIDDLE = re.compile(r"={7}\s*$|\|{7} |%{7} |\+{7} ")  # git's, its diff3 style's, Jujutsu's
_CLOSE = re.compile(r">{7} \S")
# Where quotes in quotes in quotes begin like a marker, and headings are underlined: only a whole
# conflict is one.
_PROSE = frozenset({".md", ".mdx", ".markdown", ".rst", ".txt", ".adoc", ".asciidoc", ".eml"})


class ConflictMarkers(LineGate):
    """A merge conflict was committed unresolved: the file does not mean what it should."""

    name = "conflict_markers"
    level: Level = Level.ERROR

    def look(self, subject: Subject) -> Checked:
        """Report each conflict once, from its opening to its closing marker."""
        findings = (
            _finding(change, first, last, text)
            for change in subject.texts
            for first, last, text in _conflicts(change)
        )
        return Checked(findings=findings)


def _conflicts(change: Change) -> Iterator[tuple[int, int, str]]:
    """Yield first line, last line and first text; a lone marker is a conflict of one line."""
    whole_only = PurePosixPath(change.path).suffix.lower() in _PROSE
    opened: tuple[int, str] | None = None
    parted = False
    for number, text in change.added_whole:
        if _OPEN.match(text):
            if opened and not whole_only:
                yield opened[0], opened[0], opened[1]
            opened, parted = (number, text), False
        elif _MIDDLE.match(text):
            parted = True
        elif _CLOSE.match(text):
            first, code = opened or (number, text)
            if not whole_only or (opened and parted):
                yield first, number, code
            opened = None
    if opened and not whole_only:
        yield opened[0], opened[0], opened[1]


def _finding(change: Change, first: int, last: int, text: str) -> Finding:
    return Finding(
        severity=Severity.ERROR,
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
