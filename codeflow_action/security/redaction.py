"""Blanks secrets in text: those that this run was given or has found, and what looks like one.

Every text passes here before it goes to a model, a cassette, a report, a comment or the log. It is
read three ways: as it is seen, without escapes, and out of base64. Each reading is searched for
known values, for the shapes of secrets, and by the scanner. What is found is blanked where it
stands, and the count of lines stays.
"""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import accumulate, chain
from typing import Protocol

from codeflow_action.engine.lazy import regex
from codeflow_action.engine.scans import ScannerFailed, SecretMatch
from codeflow_action.security.disguised import DisguisedValues
from codeflow_action.security.known import Index, KnownValues, holds_secret, is_telling, value_lines
from codeflow_action.security.linear import compile_linear
from codeflow_action.security.shapes import Span, identities, shapes
from codeflow_action.security.views import views

MASK = "[redacted]"
_NEAR = 3  # lines between the two halves of a credential
_WORD = regex(r"[A-Za-z]+")
# Characters of a text that is remembered as harmless, and how many are: the keys and short values
# of a model's answers, which come again in every remark.
_MAX_REMEMBERED, _MOST_REMEMBERED = 64, 4_096
_MIN_VALUE = 4  # characters that are blanked elsewhere in the same file


class SecretSearch(Protocol):
    """The scanner's search in one text."""

    @property
    def ready(self) -> bool:
        """True when a search starts at once; else loading the rules takes seconds."""
        ...

    def spans(self, text: str) -> Sequence[Span]:
        """Return where secrets stand, in characters. May be called from any thread.

        Raises `ScannerFailed`.
        """
        ...


class Redactor:
    """Blanks the given values in every disguise, and whatever else is found to be a secret.

    What is found in one text is known in all later ones, in every usual encoding. May be used from
    several threads.
    """

    def __init__(
        self,
        secrets: Iterable[str] = (),
        search: SecretSearch | None = None,
        key_shapes: Iterable[str] = (),
    ) -> None:
        self._known = KnownValues()
        self._disguised = DisguisedValues()
        self.hide(secrets)
        self._key_shapes: list[str] = []
        self._search = search
        self._harmless: set[tuple[str, tuple[int, int, int], bool]] = set()
        self.is_partial = False  # the scanner failed on a text: see `try_redact`
        self.learn_shapes(key_shapes)

    def with_search(self, search: SecretSearch) -> "Redactor":
        """Return one that also searches, and shares what this one knows, now and later."""
        redactor = Redactor(search=search)
        redactor._known, redactor._key_shapes = self._known, self._key_shapes
        redactor._disguised = self._disguised
        return redactor

    def hide(self, values: Iterable[str]) -> None:
        """Blank these from now on, words too: they were given to this run as secrets."""
        values = tuple(values)
        self._disguised.add(values)
        self._known.add(values)

    def learn_shapes(self, key_shapes: Iterable[str]) -> None:
        """Blank whatever matches one of these regular expressions from now on.

        Raises `ValueError` for one that RE2 cannot read.
        """
        for shape in key_shapes:
            compile_linear(shape)
            if shape not in self._key_shapes:
                self._key_shapes.append(shape)

    def learn(self, values: Iterable[str]) -> None:
        """Blank these from now on, but for mere words: they also stand where no secret is."""
        for value in values:
            # Of `user:password` the second half is a secret by itself.
            secrets = (value, value.partition(":")[2])
            self._known.add(
                secret for secret in secrets if is_telling(secret) and MASK not in secret
            )

    def text(self, text: str) -> str:
        """Return the text without secrets, at once: for the log, and as the last net of all.

        The scanner takes part if its rules are loaded. If it fails, known values and shapes are
        still blanked.
        """
        search = self._search if self._search and self._search.ready else None
        try:
            return _mask(text, self._find(text, search))
        except ScannerFailed:
            return _mask(text, self._find(text, None))

    def redact(self, text: str) -> str:
        """Return the text without secrets, searched in every way, and remember what is found.

        Waits until the scanner's rules are loaded. Raises `ScannerFailed`.
        """
        spans = self._find(text, self._search)
        self.learn(text[start:end] for start, end in spans)
        return _mask(text, spans)

    def try_redact(self, text: str) -> str:
        """Return the text as `redact` does, or as `text` does once the scanner has failed.

        For what must be shown in any case, such as the gates' results. A failure sets `is_partial`.
        """
        if self.is_partial:
            return self.text(text)
        try:
            return self.redact(text)
        except ScannerFailed:
            self.is_partial = True
            return self.text(text)

    def values(self, text: str) -> frozenset[str]:
        """Return the secrets of a text as they are written in it, line by line.

        Raises `ScannerFailed`.
        """
        spans = self._find(text, self._search)
        self.learn(text[start:end] for start, end in spans)
        return frozenset(pieces(text[start:end] for start, end in spans))

    def mask_known(self, text: str) -> str:
        """Return the text without the values that are known by now, each within one line."""
        return _mask(text, self._known.spans(text))

    def holds_own_secret(self, text: str) -> bool:
        """True if this run's own secrets, in any disguise, are in a text that cannot know them."""
        return any(next(self._disguised.spans(view.text), None) for view in views(text))

    def own_pieces(self, text: str) -> frozenset[bytes]:
        """Return which pieces of this run's own secrets stand in the text, for `is_own_secret`."""
        return frozenset().union(*(self._disguised.pieces(view.text) for view in views(text)))

    def is_own_secret(self, found_pieces: Collection[bytes]) -> bool:
        """True if pieces, of one text or several, are nearly all of one of this run's secrets."""
        return self._disguised.is_whole(found_pieces)

    def _find(self, text: str, search: SecretSearch | None) -> list[Span]:
        # Of what a search depends on, all that ever changes. The version is read before the search:
        # what is learned meanwhile must not count as searched for.
        versions = (self._known.version, self._disguised.version, len(self._key_shapes))
        search_key = (text, versions, search is not None)
        if search_key in self._harmless:
            return []
        spans: list[Span] = []
        for view in views(text):
            found_spans = [*self._known.spans(view.text), *shapes(view.text, self._key_shapes)]
            found_spans += self._disguised.spans(view.text)
            if search:
                found_spans += search.spans(view.text)
            # A mask counts too: half of this text may have been blanked before.
            if found_spans or MASK in view.text:
                found_spans += _other_halves(view.text, found_spans)
            spans += [view.original(start, end) for start, end in found_spans if end > start]
        if not spans and len(text) <= _MAX_REMEMBERED:
            if len(self._harmless) >= _MOST_REMEMBERED:
                self._harmless.clear()
            self._harmless.add(search_key)
        return _merge(spans)


def confirmed_matches(matches: Sequence[SecretMatch]) -> list[SecretMatch]:
    """Return the matches that are to be blanked: no example, and no half that stands alone."""
    real = [match for match in matches if not match.placeholder]
    paths = {match.path for match in real if not match.component}  # that hold a whole credential
    return [
        match
        for match in real
        if not match.component or not match.confidence or match.path in paths
    ]


def pieces(values: Iterable[str]) -> Iterator[str]:
    """Yield the lines of values that can be blanked by themselves: none too short, none a mask."""
    for piece in chain.from_iterable(value_lines(value) for value in values):
        if len(piece) >= _MIN_VALUE and MASK not in piece:
            yield piece


class FileValues:
    """The secrets of one file, to be blanked line by line wherever they stand in it.

    A secret that is a word is only blanked as a whole word: names in the code may contain it.
    """

    def __init__(self, values: Iterable[str]) -> None:
        self._index = Index(_MIN_VALUE)
        for value in pieces(values):
            self._index.add(value)

    def blank(self, text: str) -> str:
        """Return a piece of the file without them."""
        spans: list[Span] = []
        for start, end in self._index.spans(text):
            around = text[max(0, start - 1) : start] + text[end : end + 1]
            is_part = any(char.isalnum() or char in "_-" for char in around)
            if not (is_part and _WORD.fullmatch(text, start, end)):
                spans.append((start, end))
        return _mask(text, spans)


def _other_halves(text: str, secrets: Sequence[Span]) -> Iterator[Span]:
    """Yield the literal identifiers that stand within a few lines of a secret, or of a mask."""
    ends = list(accumulate(len(line) for line in text.splitlines(keepends=True)))
    places = [place for start, end in secrets for place in (start, end - 1)]
    places += [match.start() for match in re.finditer(re.escape(MASK), text)]
    lines = {bisect_right(ends, place) for place in places}
    near = {line + distance for line in lines for distance in range(-_NEAR, _NEAR + 1)}
    for span in identities(text):
        if bisect_right(ends, span[0]) in near:
            yield span


def _merge(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, with those that overlap or touch as one."""
    whole: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if whole and start <= whole[-1][1]:
            whole[-1] = whole[-1][0], max(end, whole[-1][1])
        else:
            whole.append((start, end))
    return whole


def _mask(text: str, spans: Iterable[Span]) -> str:
    """Return the text with each span masked, on every line that it reaches over."""
    parts: list[str] = []
    rest = 0  # where the text begins that is not yet copied
    for start, end in _merge(spans):
        lines = text[start:end].split("\n")
        # The lines that frame a key stay: they tell what was blanked.
        mask = "\n".join(MASK if holds_secret(line) else line for line in lines)
        parts += [text[rest:start], mask]
        rest = end
    return "".join((*parts, text[rest:]))


def blank(content: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    """Return the content with each span of bytes blanked, on every line that it reaches over.

    Spans may overlap; an empty one changes nothing.
    """
    parts: list[bytes] = []
    rest = 0  # where the content begins that is not yet copied
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if end <= max(rest, start):
            continue
        begin = max(start, rest)
        lines = [MASK.encode() for _ in content[begin:end].split(b"\n")]
        if start < rest:  # it goes on where another ended
            lines[0] = b""
        parts += [content[rest:begin], b"\n".join(lines)]
        rest = end
    return b"".join((*parts, content[rest:]))
