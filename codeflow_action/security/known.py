"""Finds known values in a text, in every usual encoding, in time linear in the text's length.

An alternation of thousands of values would be tried whole at every character (CPython's `re` has
no automaton for it). Here values are kept by their first eight characters and their length: at
each character one look-up, and where that hits, one more for each length, at most 64.
"""

import base64
import re
import threading
from collections.abc import Iterable, Iterator
from itertools import chain
from urllib.parse import quote

from codeflow_action.security.views import seen

MIN_LENGTH = 8  # characters: shorter values would blank innocent text
_MAX_LENGTH = 64  # characters of one piece; longer values are looked for piece by piece
# Words and names, also with a number: as a value of a secret they say nothing elsewhere.
_WORDS = re.compile(r"[A-Za-z]+(?:[-_./: ]+[A-Za-z]+)*\d{0,4}")
_LINE = re.compile(r"\r?\n|\\n")  # also as JSON writes it
# A key's first or last line, also where a scanner's find begins or ends within it.
_MARKER = re.compile(r"(?=.*(?:-----| KEY))[A-Z -]{4,60}")
_TELLING = 20  # characters: several words of this length are no chance any more


class Index:
    """Values by their first characters and their length."""

    def __init__(self, least: int) -> None:
        self._least = least
        self._pieces: dict[str, dict[int, frozenset[str]]] = {}

    def add(self, value: str) -> None:
        """Put a value in; one that is shorter than `least` is found nowhere."""
        for piece in _cut(value):
            first = piece[: self._least]
            lengths = self._pieces.get(first, {})
            same = lengths.get(len(piece), frozenset())
            # Never changed in place: another thread may be reading.
            self._pieces[first] = {**lengths, len(piece): same | {piece}}

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where values stand: places of characters, in order, none over another."""
        pieces, least, end = self._pieces, self._least, len(text)
        if not pieces:
            return
        at = 0
        while at <= end - least:
            lengths = pieces.get(text[at : at + least])
            size = lengths and _longest(text, at, lengths)
            if size:
                yield at, at + size
            at += size or 1


class KnownValues:
    """Grows while a run learns what is secret; may be read from several threads meanwhile."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._index = Index(MIN_LENGTH)
        self._values: set[str] = set()
        self._lock = threading.Lock()
        self.add(values)

    def add(self, values: Iterable[str]) -> None:
        """Remember values; of one with several lines each is remembered alone.

        Line counts can be kept that way. Lines of less than eight characters are left out.
        """
        lines = {line for value in values for line in value_lines(value)}
        with self._lock:
            fresh = {line for line in lines if len(line) >= MIN_LENGTH} - self._values
            self._values |= fresh
            for form in chain.from_iterable(_forms(value) for value in fresh):
                self._index.add(form)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where the values stand, in any form, as `Index.spans` does."""
        return self._index.spans(text)


def value_lines(value: str) -> Iterator[str]:
    """Yield the lines of a value that hold some of the secret."""
    yield from (line.strip() for line in _LINE.split(value) if holds_secret(line))


def holds_secret(line: str) -> bool:
    """False for a line of a secret that is blank, or begins or ends a key: all keys have these."""
    bare = line.strip()
    return bool(bare) and not _MARKER.fullmatch(bare)


def is_telling(value: str) -> bool:
    """True for a value that is a secret wherever it stands, and no word."""
    if len(value) < MIN_LENGTH:
        return False
    return len(value) >= _TELLING or not _WORDS.fullmatch(value)


def _longest(text: str, at: int, lengths: dict[int, frozenset[str]]) -> int:
    """Return the length of the longest piece that stands there, 0 where none does."""
    return max((size for size, same in lengths.items() if text[at : at + size] in same), default=0)


def _cut(form: str) -> Iterator[str]:
    """Yield the form in pieces, none shorter than is looked for."""
    at = 0
    while len(form) - at >= _MAX_LENGTH + MIN_LENGTH:
        yield form[at : at + _MAX_LENGTH]
        at += _MAX_LENGTH
    yield form[at:]


def _forms(value: str) -> set[str]:
    """Return the value plain, reversed, URL-encoded, in hex, and in base64 at any offset."""
    raw = value.encode("utf-8", "replace")
    forms = {value, seen(value).text, value[::-1], raw.hex(), raw.hex().upper()}
    forms |= {quote(value, safe="", errors="replace"), quote(value, errors="replace")}
    for shift in range(3):
        # Characters at the ends mix with their neighbours; what is left is the same anywhere.
        encoded = base64.b64encode(b"\0" * shift + raw).decode("ascii").rstrip("=")
        middle = encoded[-(-shift * 8 // 6) : len(encoded) - 1]
        forms |= {middle, middle.replace("+", "-").replace("/", "_")}
    return {form for form in forms if len(form) >= MIN_LENGTH}
