"""What a quote may mean: its lines as they stand, or without what a model puts around code."""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace

from codeflow_action.engine.diff import LineKind, Side
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.review.units import split_lines

# As `units` renders a line of head, and a removed one among them.
_ROW = regex(r"\s*+(?:(?P<number>\d{1,9})(?: (?P<mark>[+ ])| ?$)|-)")
# As tools and models write line numbers elsewhere. No space is given back: a line of thousands of
# them would take seconds.
_GUTTER = regex(r"\s*+(?P<mark>[-+]?) *+(?:(?P<number>\d{1,9}) |(?<= ))\|(?: |$)")
_MARK = regex(r"[-+ ]")  # as a diff does
_FENCE = regex(r"\s*(?:`{3,}|~{3,})[\w+-]*\s*")
_CODE_SPAN = regex(r"`([^`](?:.*[^`])?)`", re.DOTALL)
_OMISSION = regex(r"\s*(?:#|//|--|/\*|<!--)?\s*\[?(?:\.{3}|…)\]?\s*(?:\*/|-->)?\s*")
_CUT_BEFORE = regex(r"^\s*(?:\.{3}|…)")
_CUT_AFTER = regex(r"(?:\.{3}|…)(?: \(\d+ characters more\))?\s*$")

_ESCAPE = regex(r"""\\([nrt"'\\/])""")
_ESCAPED = {"n": "\n", "r": "", "t": "\t", '"': '"', "'": "'", "\\": "\\", "/": "/"}

type Lines = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class QuoteReading:
    """The lines to look for on either side, never blank at their ends; empty where there are none.

    `line` is a line number at head that the quote carries, None when it carries none.
    """

    new: Lines
    old: Lines
    line: int | None = None

    def lines(self, side: Side) -> Lines:
        """Return the lines to look for on that side."""
        return self.new if side is Side.RIGHT else self.old


def readings(quote: str) -> Iterator[QuoteReading]:
    """Yield what the quote may mean, the most literal first.

    Code may look like our gutter (`  | 'left'` in a union type), or begin with `...`: so it is
    read as it stands before anything is taken off. Last come the readings of text that stands
    between backticks, or was escaped for HTML, or once more for JSON.
    """
    forms: list[Lines] = []
    for text in dict.fromkeys((quote, *_variants(quote))):
        plain = _trim(split_lines(text)) if text else ()
        has_fence = all(_FENCE.fullmatch(line) for line in (*plain[:1], *plain[-1:]))
        forms += [plain, _trim(plain[1:-1]) if has_fence else ()]
    yielded_readings: list[QuoteReading] = []
    for lines in [form for form in forms if form]:
        bare = (QuoteReading(new=lines, old=lines), *_without_marks(lines))
        # Dots may stand for the rest of the first or last line.
        whole = (
            replace(form, new=_whole_text(form.new), old=_whole_text(form.old)) for form in bare
        )
        for reading in (*bare, *whole):
            if reading not in yielded_readings and (reading.new or reading.old):
                yielded_readings.append(reading)
                yield reading


def _variants(quote: str) -> Iterator[str]:
    if code_span := _CODE_SPAN.fullmatch(quote.strip()):
        yield code_span[1]
    if "&" in quote:
        yield html.unescape(quote)
    if "\\" in quote:
        yield _ESCAPE.sub(lambda match: _ESCAPED[match[1]], quote)


def stretches(lines: Lines) -> tuple[Lines, ...]:
    """Return what stands between lines that say `...`; one stretch where none does."""
    parts: list[list[str]] = [[]]
    for line in lines:
        if _OMISSION.fullmatch(line):
            parts.append([])
        else:
            parts[-1].append(line)
    return tuple(lines_between for stretch in parts if (lines_between := _trim(stretch)))


def without_spaces(text: str) -> str:
    """Return the text without white space, its accents composed."""
    return unicodedata.normalize("NFC", "".join(text.split()))


def _trim(lines: Sequence[str]) -> Lines:
    text_indexes = [index for index, line in enumerate(lines) if line.strip()]
    return tuple(lines[text_indexes[0] : text_indexes[-1] + 1]) if text_indexes else ()


def _without_marks(lines: Lines) -> Iterator[QuoteReading]:
    """Yield the lines without our numbers and marks, or without a diff's marks."""
    for form, default_mark in ((_GUTTER, ""), (_ROW, LineKind.REMOVED.value)):
        rows = [(form.match(line), line) for line in lines]
        if not all(row or not line.strip() for row, line in rows):
            continue
        bare = [
            (row["mark"] or ("" if row["number"] else default_mark), line[row.end() :])
            if row
            else ("", line)
            for row, line in rows
        ]
        numbers = [
            int(row["number"])
            for (row, _line), (mark, _code) in zip(rows, bare, strict=True)
            if row and row["number"] and mark != LineKind.REMOVED
        ]
        # Rows without a number are read below, as a diff's.
        if numbers or form is _GUTTER:
            yield _by_mark(bare, next(iter(numbers), None))
            break
    text_lines = [line for line in lines if line]
    if all(_MARK.match(line) for line in text_lines) and any(line[0] != " " for line in text_lines):
        yield _by_mark([(line[:1], line[1:]) for line in lines], None)


def _by_mark(rows: Sequence[tuple[str, str]], line: int | None) -> QuoteReading:
    """Return each side's lines: what is marked as added is not of the version before."""
    return QuoteReading(
        new=_trim([text for mark, text in rows if mark != LineKind.REMOVED]),
        old=_trim([text for mark, text in rows if mark != LineKind.ADDED]),
        line=line,
    )


def _whole_text(lines: Lines) -> Lines:
    text = _CUT_AFTER.sub("", _CUT_BEFORE.sub("", "\n".join(lines)))
    return _trim(text.split("\n"))
