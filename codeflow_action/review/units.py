"""Units: the pieces of a change that a model reads whole, each rendered with line numbers.

A unit is one hunk or several near ones, widened to the function or class around them. What is
shown to the model is also what its quotes are looked up in, so that a redacted secret stays so.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import batched, pairwise
from typing import NamedTuple

from codeflow_action.engine.diff import LineKind, Side
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ledger_text import UNIT_DIGEST
from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.review.syntax import Syntax, UnreadableText, read_syntax
from codeflow_action.review.widening import Stretch, head_end, head_start, widen
from codeflow_action.security.invisible import visible_text
from codeflow_action.security.untrusted import path as shown_path

MAX_LINE = 2_000  # characters; nobody writes or reviews longer lines, tools do
MAX_UNIT_LINES = 400  # of the diff; longer hunks are cut into several units
LEAST_ROWS = 20  # of a piece of a unit: of a line or two nobody can tell whether it is right


class UnitRow(NamedTuple):
    """One line as a model reads it; `counts` when the change made it and it is shown whole.

    `mark` is the diff's. `side` and `number` say where it stands, a line of head as such also where
    it was there before; of what stands for lines left out there is neither mark nor number.
    """

    mark: str
    code: str
    counts: bool
    side: Side = Side.RIGHT
    number: int = 0

    @property
    def text(self) -> str:
        """The line with its number and mark: `12 +code`, `12  code`, and `-code` without number.

        A column of numbers takes three times the tokens: see what a number costs in `benchmarks/`.
        """
        if self.mark and self.side is Side.RIGHT:
            return f"{self.number} {self.mark}{self.code}"
        return f"{self.mark}{self.code}"


LEFT_OUT = "..."  # stands for unchanged lines of the same file
_LEFT_OUT = UnitRow(mark="", code=LEFT_OUT, counts=False)


@dataclass(frozen=True, kw_only=True)
class Unit:
    """Rendered lines of one file, and how many of them the change added or removed.

    `digest` stands for what a model reads here, wherever in the file it is; the pieces of a unit
    have that of the whole.
    """

    path: str
    rows: tuple[UnitRow, ...]
    digest: str = ""

    @cached_property
    def text(self) -> str:
        """The lines as the model reads them."""
        return "\n".join(row.text for row in self.rows)

    @property
    def changed_count(self) -> int:
        """Changed lines that can be read here: those cut for their length are not among them."""
        return sum(row.counts for row in self.rows)

    def holds(self, side: Side, first: int, last: int) -> bool:
        """True when a line of `first..last` is shown here."""
        return any(row.side is side and first <= row.number <= last for row in self.rows)

    @property
    def is_divisible(self) -> bool:
        """True when it can be cut into pieces that still can be understood."""
        return len(self.rows) >= 2 * LEAST_ROWS

    def pieces(self, count: int) -> tuple["Unit", ...]:
        """Return at most `count` units of about as many lines each, none of a few lines only."""
        rows, count = self.rows, max(1, min(count, len(self.rows) // LEAST_ROWS))
        ends = [part * len(rows) // count for part in range(count + 1)]
        return tuple(replace(self, rows=rows[a:b]) for a, b in pairwise(ends))


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """A changed file as a model may see it: secrets masked, no line breaks or controls in lines.

    `lines` are all of head; `old` are the lines that the diff shows of the version before, by
    their number there.
    """

    file: ChangedFile
    lines: tuple[str, ...]
    old: Mapping[int, str]

    @classmethod
    def of(cls, file: ChangedFile, head: str, old: str) -> "SourceFile":
        """Return the source from the head's text and from `old_side(file)`, both masked."""
        numbers = (line.old for hunk in file.hunks for line in hunk.lines if line.old is not None)
        old_lines = dict(zip(numbers, clean_lines(old), strict=False))
        return cls(file=file, lines=clean_lines(head), old=old_lines)

    @property
    def syntax(self) -> Syntax | None:
        """What the file's grammar says of `lines`, None where there is no answer."""
        return self._syntax_or_reason if isinstance(self._syntax_or_reason, Syntax) else None

    @property
    def given_up(self) -> str:
        """Why the file could not be parsed within limits, empty when it could, or has no grammar.

        Its hunks are shown as the diff has them, and nothing is looked up for it. Empty, too, as
        long as nobody has asked for its syntax.
        """
        answer = vars(self).get("_syntax_or_reason")
        return answer.reason if isinstance(answer, UnreadableText) else ""

    @cached_property
    def _syntax_or_reason(self) -> Syntax | UnreadableText | None:
        return read_syntax(self.file.path, self.text.encode("utf-8", "replace"))

    @property
    def text(self) -> str:
        """The lines in one text, each ended by a line feed."""
        return "".join(f"{line}\n" for line in self.lines)

    @property
    def shown_path(self) -> str:
        """The path as a model reads it: what cannot be seen is written as an escape."""
        return shown_path(self.file.path)


def old_side(file: ChangedFile) -> str:
    """Return what the hunks hold of the version before, one line after the other."""
    return "".join(
        f"{line.text}\n" for hunk in file.hunks for line in hunk.lines if line.old is not None
    )


def split_lines(text: str) -> tuple[str, ...]:
    """Return lines as git counts them: LF ends a line, nothing else does; a CR before it goes."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return tuple(line.removesuffix("\r") for line in lines)


def clean_lines(text: str) -> tuple[str, ...]:
    """Return a file's lines as a model may read them: each in one line, nothing hidden."""
    return tuple(_one_line(line) for line in split_lines(text))


def _one_line(line: str) -> str:
    """Return the line without what a reader takes for a line's end, or cannot see."""
    if line.replace("\t", "").isprintable():
        return line
    return " ".join(visible_text(line).splitlines())


def units_of(source: SourceFile, context: int, origin: str = "") -> tuple[Unit, ...]:
    """Return the file's units in order, each with up to `2 * context` lines of head around a hunk.

    Which lines these are, `widening` says. Every changed line is in exactly one unit. `origin` is
    the path's identity, where that is another than the path.
    """
    # Where nothing is shown around a hunk, nobody needs to know what it stands in.
    # Of a deleted file there is nothing around.
    context = context if source.lines else 0
    syntax = source.syntax if context else None
    stretches = widen(source.file.hunks, source.lines, syntax, context)
    identity = origin or source.file.path
    return tuple(
        Unit(path=source.shown_path, rows=tuple(piece), digest=_digest(identity, piece))
        for stretch in stretches
        for piece in batched(_rows(source, stretch), MAX_UNIT_LINES)
    )


def _digest(identity: str, rows: Iterable[UnitRow]) -> str:
    """Return what tells apart what is read: the file, and its lines without their numbers."""
    lines = (f"{row.mark}{row.code}" if row.mark else "." for row in rows)
    text = "\n".join((identity, *lines))
    raw = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(raw)[:UNIT_DIGEST].decode("ascii")


def _rows(source: SourceFile, stretch: Stretch) -> list[UnitRow]:
    """Render the stretch in the order of head, with a mark where lines are left out."""
    hunks = [source.file.hunks[index] for index in stretch.hunks]
    spans = [(head_start(hunk), head_end(hunk), hunk) for hunk in hunks]
    lines = [(line, line, None) for line in stretch.lines]
    rows: list[UnitRow] = []
    last_shown = 0  # last head line that was rendered
    for start, end, hunk in sorted([*spans, *lines], key=lambda span: span[:2]):
        if rows and start > last_shown + 1:
            rows.append(_LEFT_OUT)
        if hunk is None:
            rows.append(render_row(LineKind.CONTEXT, start, source.lines[start - 1]))
        for line in hunk.lines if hunk else ():
            if line.new is None:
                text = source.old.get(line.old or 0, "")
            elif line.new <= len(source.lines):
                text = source.lines[line.new - 1]
            else:
                text = _one_line(line.text.removesuffix("\r"))
            rows.append(render_row(line.kind, line.new, text, line.old))
        last_shown = end
    return rows


def render_row(
    kind: LineKind, number: int | None, text: str, old_number: int | None = None
) -> UnitRow:
    """Return a line as a unit shows it; `number` is its place at head, None for a removed one.

    That stood at `old_number` before the change.
    """
    is_whole = len(text) <= MAX_LINE
    shown_text = (
        text if is_whole else f"{text[:MAX_LINE]}… ({len(text) - MAX_LINE} characters more)"
    )
    return UnitRow(
        mark=kind.value,
        code=shown_text,
        counts=is_whole and kind is not LineKind.CONTEXT,
        side=Side.LEFT if number is None else Side.RIGHT,
        number=(old_number if number is None else number) or 0,
    )
