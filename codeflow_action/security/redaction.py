"""Takes secrets out of text: those this run was given or has found, and what looks like one.

One net before a model, a cassette, a report, a comment and the log. Every text is read as it is
seen, without escapes, and out of base64; in each reading known values, shapes and the scanner's
search are looked for; what is found is blanked where it stands. Line counts are kept.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain
from typing import Protocol

from codeflow_action.engine.scans import ScannerFailed, SecretMatch
from codeflow_action.security.known import Index, KnownValues, holds_secret, is_telling, value_lines
from codeflow_action.security.shapes import Span, identities, shapes
from codeflow_action.security.views import views

MASKED = "[redacted]"
_NEAR = 3  # lines between the two halves of a credential
_WORD = re.compile(r"[A-Za-z]+")
_MIN_VALUE = 4  # characters that are blanked elsewhere in the same file


class SecretSearch(Protocol):
    """The scanner's search over one text."""

    @property
    def ready(self) -> bool:
        """True when a search starts at once; else its rules are loaded first, in seconds."""
        ...

    def spans(self, text: str) -> Sequence[Span]:
        """Return where secrets stand, in characters. Raises `ScannerFailed`. Any thread."""
        ...


class Redactor:
    """Blanks the given values in every usual encoding, and whatever is found to be a secret.

    What it finds in one text it knows in all later ones. May be used from several threads.
    """

    def __init__(self, secrets: Iterable[str] = (), search: SecretSearch | None = None) -> None:
        self._known = KnownValues(secrets)
        self._search = search
        self.is_partial = False  # a text had to do without the scanner: see `cleaned`

    def with_search(self, search: SecretSearch) -> "Redactor":
        """Return one that searches too, and knows what this one knows, now and later."""
        other = Redactor(search=search)
        other._known = self._known
        return other

    def learn(self, values: Iterable[str]) -> None:
        """Blank these from now on, but for those that are words: they stand for themselves."""
        for value in values:
            # Of `user:password` the second half is a secret by itself.
            both = (value, value.partition(":")[2])
            self._known.add(one for one in both if is_telling(one) and MASKED not in one)

    def text(self, text: str) -> str:
        """Return the text without secrets, at once: the log and the last net before the runner.

        The scanner takes part when its rules are loaded; where it fails, the rest still holds.
        """
        search = self._search if self._search and self._search.ready else None
        try:
            return _blanked(text, self._find(text, search))
        except ScannerFailed:
            return _blanked(text, self._find(text, None))

    def searched(self, text: str) -> str:
        """Return the text without secrets, by all means; what is found is known from then on.

        Waits until the scanner's rules are loaded. Raises `ScannerFailed`.
        """
        spans = self._find(text, self._search)
        self.learn(text[start:end] for start, end in spans)
        return _blanked(text, spans)

    def cleaned(self, text: str) -> str:
        """Return the text as `searched` does, as `text` does once the scanner has failed.

        For what must be shown in any case, such as the gates' results; `is_partial` tells of it.
        """
        if self.is_partial:
            return self.text(text)
        try:
            return self.searched(text)
        except ScannerFailed:
            self.is_partial = True
            return self.text(text)

    def values(self, text: str) -> frozenset[str]:
        """Return all secrets of a text, as they are written in it, each line alone.

        Raises `ScannerFailed`.
        """
        spans = self._find(text, self._search)
        self.learn(text[start:end] for start, end in spans)
        return frozenset(pieces(text[start:end] for start, end in spans))

    def known(self, text: str) -> str:
        """Return the text without the values that are known by now, each within one line."""
        return _blanked(text, list(self._known.spans(text)))

    def _find(self, text: str, search: SecretSearch | None) -> list[Span]:
        return _merged(
            view.original(start, end)
            for view in views(text)
            for start, end in self._found_in(view.text, search)
            if end > start
        )

    def _found_in(self, text: str, search: SecretSearch | None) -> list[Span]:
        found = [*self._known.spans(text), *shapes(text)]
        if search:
            found += search.spans(text)
        if found or MASKED in text:
            found += _halves(text, found)
        return found


def confirmed(matches: Sequence[SecretMatch]) -> list[SecretMatch]:
    """Return the matches that are to be blanked: no examples, no half that stands alone."""
    whole = {one.path for one in matches if not one.component and not one.placeholder}
    return [
        one
        for one in matches
        if not one.placeholder and (not one.component or not one.confidence or one.path in whole)
    ]


def pieces(values: Iterable[str]) -> Iterator[str]:
    """Yield the lines of values that can be blanked by themselves: none too short, no mask."""
    for piece in chain.from_iterable(value_lines(value) for value in values):
        if len(piece) >= _MIN_VALUE and MASKED not in piece:
            yield piece


class FileValues:
    """The secrets of one file, to be blanked wherever they stand in it, line by line.

    A word is blanked as a whole word only: the code around a secret may hold it in its names.
    """

    def __init__(self, values: Iterable[str]) -> None:
        self._index = Index(_MIN_VALUE)
        for value in pieces(values):
            self._index.add(value)

    def blank(self, text: str) -> str:
        """Return a piece of the file without them."""
        spans = (span for span in self._index.spans(text) if _is_whole(text, *span))
        return _blanked(text, spans)


def _is_whole(text: str, start: int, end: int) -> bool:
    if not _WORD.fullmatch(text, start, end):
        return True
    around = text[max(0, start - 1) : start] + text[end : end + 1]
    return not any(char.isalnum() or char in "_-" for char in around)


def _halves(text: str, found: Sequence[Span]) -> Iterator[Span]:
    """Yield the literal identifiers that stand within a few lines of a secret, or of a mask."""
    ends = list(accumulate(len(line) for line in text.splitlines(keepends=True)))
    lines = {bisect_right(ends, place) for span in found for place in (span[0], span[1] - 1)}
    at = text.find(MASKED)
    while at >= 0:
        lines.add(bisect_right(ends, at))
        at = text.find(MASKED, at + 1)
    near = {line + away for line in lines for away in range(-_NEAR, _NEAR + 1)}
    for span in identities(text):
        if bisect_right(ends, span[0]) in near:
            yield span


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, those as one that meet."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _blanked(text: str, spans: Iterable[Span]) -> str:
    """Return the text with each span masked, on every line that it reaches over."""
    out: list[str] = []
    at = 0
    for start, end in _merged(spans):
        lines = text[start:end].split("\n")
        masked = [MASKED if holds_secret(line) else line for line in lines]
        out += [text[at:start], "\n".join(masked)]
        at = end
    return "".join((*out, text[at:]))


def blank(content: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    """Return the content with each span of bytes blanked, on every line that it reaches over.

    Spans may overlap; an empty one changes nothing.
    """
    out: list[bytes] = []
    at = 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if end <= max(at, start):
            continue
        begin = max(start, at)
        lines = [MASKED.encode() for _ in content[begin:end].split(b"\n")]
        if start < at:  # it goes on where another ended
            lines[0] = b""
        out += [content[at:begin], b"\n".join(lines)]
        at = end
    return b"".join((*out, content[at:]))
