"""A quote that a model has bent, compared letter by letter at the line that the model named.

Quotation marks become typographic, `<` becomes `&lt;`, lines are joined or escaped, a comma is
added, a word is mistyped. Such a quote alone would say nothing of where it stands; with the line
beside it, it does.
"""

import html
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from codeflow_action.engine.lazy import regex
from codeflow_action.review.quotes import Lines, without_spaces

LEAST_LIKENESS = 0.9  # of the letters of both, in the same order; white space does not count
_MAX_LETTERS = 600  # of a quote; comparing takes time by the product
_MAX_WORK = 1_500_000  # pairs of letters for one quote: half a second where all are alike
_MIN_LETTERS = 4  # less is like too much
_REACH = 200  # lines around the named one, among which no better place may be
_TYPOGRAPHY = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u2032\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        "\u2026": "...",
    }
)
_ESCAPE = regex(r"\\[nrt]|\\(?=[\"'])")
_TRAIL = regex(r"(?:[,;]|\.{3})+$")


def plain(line: str) -> str:
    """Return the line's letters as the quote and the code are compared by."""
    text = _ESCAPE.sub(" ", html.unescape(line)).translate(_TYPOGRAPHY)
    return _TRAIL.sub("", without_spaces(text))


def likest_span(
    lines: Sequence[str],
    quote: Lines,
    is_named: Callable[[int], bool],
    *,
    is_rival: Callable[[int], bool] = lambda _index: True,
    gaps: frozenset[int] = frozenset(),
) -> tuple[int, int] | None:
    """Return the run of lines at the named one that is like the quote, None where none is.

    `lines` are `plain`; `gaps` are indexes that do not follow the one before. A run that is not at
    the named line, but is more like the quote than the best that is, makes the place uncertain,
    where it holds a line that `is_rival`.
    """
    letters = "".join(map(plain, quote))
    named_lines = [index for index in range(len(lines)) if is_named(index)]
    if not named_lines or not _MIN_LETTERS <= len(letters) <= _MAX_LETTERS:
        return None
    comparison = _Comparison(letters)
    first, last = named_lines[0], named_lines[-1]
    reach = range(max(0, first - _REACH), min(len(lines), last + _REACH))
    spans = {
        span: "".join(lines[span[0] : span[1]]) for span in _spans(lines, reach, len(letters), gaps)
    }
    at_named = [span for span in spans if span[0] <= last and first < span[1]]
    # Of equally like ones that which begins nearest to what the model says.
    at_named.sort(key=lambda span: abs(span[0] - named_lines[len(named_lines) // 2]))
    likeness = {span: comparison.likeness(spans[span], LEAST_LIKENESS) for span in at_named}
    best = max(at_named, key=likeness.__getitem__, default=None)
    if best is None or likeness[best] < LEAST_LIKENESS:
        return None
    if likeness[best] == 1:
        return best
    has_rival = any(
        comparison.likeness(text, likeness[best]) > likeness[best]
        for span, text in spans.items()
        if span not in likeness and any(map(is_rival, range(*span)))
    )
    return None if has_rival or comparison.is_exhausted else best


def _spans(
    lines: Sequence[str], starts: Iterable[int], size: int, gaps: frozenset[int]
) -> Iterator[tuple[int, int]]:
    """Yield the runs of lines that are about as long as the quote."""
    least, most = size * LEAST_LIKENESS / (2 - LEAST_LIKENESS), size * (2 / LEAST_LIKENESS - 1)
    for start in starts:
        letters = 0
        for stop in range(start + 1, len(lines) + 1):
            letters += len(lines[stop - 1])
            if letters > most or (stop - 1 > start and stop - 1 in gaps):
                break
            # Blank lines at either end belong to no quote.
            if letters >= least and lines[start] and lines[stop - 1]:
                yield start, stop


class _Comparison:
    """How like a quote texts are, as far as there is time for it."""

    def __init__(self, letters: str) -> None:
        self._letters = letters
        self._matcher = SequenceMatcher(None, "", letters, autojunk=False)
        self._left = _MAX_WORK

    @property
    def is_exhausted(self) -> bool:
        """True when a text was not compared for lack of time."""
        return self._left < 0

    def likeness(self, text: str, least: float) -> float:
        """Return the share of letters that both have in one order, 0 where it is below `least`."""
        if text == self._letters:
            return 1.0
        self._matcher.set_seq1(text)
        if self._matcher.real_quick_ratio() < least or self._matcher.quick_ratio() < least:
            return 0.0
        self._left -= len(text) * len(self._letters)
        return 0.0 if self.is_exhausted else self._matcher.ratio()
