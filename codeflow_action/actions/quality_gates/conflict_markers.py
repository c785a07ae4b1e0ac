"""Conflict markers that a merge left in a file."""

import re
from collections.abc import Iterator, Mapping, Sequence

from codeflow_action.actions.quality_gates.gate import (
    FileChange,
    GateLevel,
    GateResult,
    GateSubject,
    ThreadedGate,
)
from codeflow_action.engine.files import is_prose, language
from codeflow_action.engine.findings import Category
from codeflow_action.engine.lazy import regex
from codeflow_action.review.syntax.breaks import find_code_lines
from codeflow_action.review.well_formed import ParseResult, language_of, parse

_OPEN = regex(r"<{7} \S")
_MIDDLE = regex(r"={7}\s*$|\|{7} |%{7} |\+{7} ")  # git's, its diff3 style's, Jujutsu's
_CLOSE = regex(r">{7} \S")
_SIGNS = tuple(sign * 7 for sign in "<=|%+>")  # of all three; few lines begin with one

type _Mark = tuple[int, str]  # a line with its number
# Of languages without a grammar here: what of theirs goes over several lines.
_COMMENT = r"/\*(?s:.*?)(?:\*/|\Z)"
_TRIPLE = r'|"""(?s:.*?)(?:"""|\Z)|' + r"\'\'\'(?s:.*?)(?:\'\'\'|\Z)"
_LONG_TEXTS: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys(("css", "scss", "less", "objective_c"), regex(_COMMENT)),
    **dict.fromkeys(("dart", "groovy"), regex(_COMMENT + _TRIPLE)),
    "sql": regex(_COMMENT + r"|'(?:[^']|'')*+'?"),
    **dict.fromkeys(("dockerfile", "ini", "make", "properties", "zig"), regex(r"\Z")),
}
_LINES_ONLY = regex(  # every line is for itself
    r"(?:^|/)(?:\.[a-z]+ignore|\.gitattributes|\.gitmodules|CODEOWNERS|\.env(?:\.\w+)?|go\.(?:mod|sum)"
    r"|(?:requirements|constraints)[\w.-]*\.txt)$"
)


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
                    "lines."
                ),
                advice="Resolve the conflict and remove the markers.",
                code=text.strip(),
            )
            for change in subject.texts
            if (marks := [line for line in change.all_added_lines if line[1].startswith(_SIGNS)])
            for first, last, text in (*_conflicts(change, marks), *_lone_middles(change, marks))
        )
        return GateResult(findings=findings)


def _conflicts(change: FileChange, marks: Sequence[_Mark]) -> Iterator[tuple[int, int, str]]:
    """Yield first line, last line and first text; a lone marker is a conflict of one line."""
    # In prose a nested quote can begin like a marker, and a heading can be underlined with
    # "=======": here only a whole conflict counts.
    whole_only = is_prose(change.path)
    opening: tuple[int, str] | None = None
    has_middle = False
    for number, text in marks:
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


def _lone_middles(change: FileChange, marks: Sequence[_Mark]) -> Iterator[tuple[int, int, str]]:
    """Yield what was left between two versions, without the markers around it."""
    middles: dict[int, str] = {}
    is_open = False
    for number, text in marks:
        if _MIDDLE.match(text) and not is_open:
            middles[number] = text
        elif _OPEN.match(text):
            is_open = True
        elif _CLOSE.match(text):
            is_open = False
            middles.clear()  # the conflict is reported by its end
    if middles and not is_prose(change.path):
        for number in sorted(_lines_of_no_text(change, frozenset(middles))):
            yield number, number, middles[number]


def _lines_of_no_text(change: FileChange, numbers: frozenset[int]) -> frozenset[int]:
    """Return those of the lines that can only be what a merge left.

    A row of seven signs also underlines headings in comments and texts. So it counts where a
    grammar sees code, or where the file's parser stops at it; of other files nobody can tell.
    """
    path, content = change.path, change.head
    if not isinstance(content, bytes):
        return frozenset()
    if (code_lines := find_code_lines(path, content, numbers)) is not None:
        return code_lines
    long_text = re.compile(r"\Z") if _LINES_ONLY.search(path) else _LONG_TEXTS.get(language(path))
    if long_text:
        bare = long_text.sub(lambda match: "\n" * match[0].count("\n"), change.text)
        lines = bare.split("\n")
        return frozenset(number for number in numbers if lines[number - 1].strip())
    result = parse(path, content) if language_of(path) else None
    if not isinstance(result, ParseResult) or not result.error or result.line is None:
        return frozenset()
    return numbers & {result.line - 1, result.line, result.line + 1}
