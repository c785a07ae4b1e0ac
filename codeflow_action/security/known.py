"""Finds known values in a text, in every usual encoding, in time linear in the text's length.

A regular expression of thousands of alternatives would be tried whole at every character, since
CPython builds no automaton. Here values are kept by their first eight characters and their
length. Eight characters in a text always hold four that begin at a multiple of five, so that each
fifth place costs one look-up. Only where these four stand in the first eight of any value, the
places around cost one look-up more, and a hit there one for each length, at most 64.
"""

import base64
import threading
from collections.abc import Iterable, Iterator
from itertools import chain
from urllib.parse import quote

from codeflow_action.engine.lazy import regex
from codeflow_action.security.views import visible_view

_GRAM = 4  # characters that are looked up first
MIN_LENGTH = 8  # characters: shorter values would blank innocent text
_MAX_LENGTH = 64  # characters of one piece; longer values are looked for piece by piece
# Words and names, also with a number: as a value of a secret they say nothing elsewhere.
_WORDS = regex(r"[A-Za-z]+(?:[-_./: ]+[A-Za-z]+)*\d{0,4}")
# Also as JSON writes it, and JSON in JSON: each level doubles the backslashes.
_LINE = regex(r"\r?\n|\\{1,16}n")
_JSON_SIGNS = " \t\r\\\"'`,"  # around a line of a text that is quoted
# A key's first or last line, also where a scanner's find begins or ends within it.
_MARKER = regex(r"(?=.*(?:-----| KEY))[A-Z -]{4,60}")
_LONG = 20  # characters: words of this length together are no longer chance


class Index:
    """Values by their first characters, at least four, and their length."""

    def __init__(self, least: int) -> None:
        self._least = least
        self._step = least - _GRAM + 1
        self._grams: set[str] = set()  # every four characters of the first ones of any value
        self._pieces: dict[str, dict[int, frozenset[str]]] = {}

    def add(self, value: str) -> None:
        """Put a value in; one that is shorter than `least` is found nowhere."""
        if len(value) < self._least:
            return
        start = 0
        while start < len(value):
            # The last piece takes in a rest that would be too short to be looked for.
            is_last = len(value) - start < _MAX_LENGTH + MIN_LENGTH
            piece = value[start:] if is_last else value[start : start + _MAX_LENGTH]
            start += len(piece)
            first = piece[: self._least]
            by_length = self._pieces.get(first, {})
            of_length = by_length.get(len(piece), frozenset())
            self._grams.update(first[place : place + _GRAM] for place in range(self._step))
            # Never changed in place: another thread may be reading.
            self._pieces[first] = {**by_length, len(piece): of_length | {piece}}

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where values stand: places of characters, in order, none over another."""
        pieces, grams, least, step = self._pieces, self._grams, self._least, self._step
        if not pieces:
            return
        rest = 0  # where the next one may begin
        for place in range(0, len(text) - _GRAM + 1, step):
            if text[place : place + _GRAM] not in grams:
                continue
            for start in range(max(rest, place - step + 1), place + 1):
                by_length = pieces.get(text[start : start + least])
                if by_length is None or start < rest:
                    continue
                # The longest: a value may begin with another one.
                sizes = (n for n, values in by_length.items() if text[start : start + n] in values)
                if size := max(sizes, default=0):
                    yield start, start + size
                    rest = start + size


class KnownValues:
    """Grows while a run learns what is secret; may be read from several threads meanwhile."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._index = Index(MIN_LENGTH)
        self._values: set[str] = set()
        self._lock = threading.Lock()
        self.version = 0  # the same for as long as `spans` finds the same
        self.add(values)

    def add(self, values: Iterable[str]) -> None:
        """Remember the lines of these values, but for those of less than eight characters.

        Lines are remembered one by one, so that blanking them keeps the count of lines.
        """
        lines = {line for value in values for line in value_lines(value)}
        with self._lock:
            fresh = {line for line in lines if len(line) >= MIN_LENGTH} - self._values
            self._values |= fresh
            for form in chain.from_iterable(_forms(value) for value in fresh):
                self._index.add(form)
            # Last: who has read the new version finds all that belongs to it.
            self.version += bool(fresh)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where the values stand, in any form, as `Index.spans` does."""
        return self._index.spans(text)


def value_lines(value: str) -> Iterator[str]:
    """Yield the lines of a value that hold a part of the secret."""
    yield from (line.strip() for line in _LINE.split(value) if holds_secret(line))


def holds_secret(line: str) -> bool:
    """False for a line of a secret that is blank or frames a key, as all keys' lines do.

    https://www.rfc-editor.org/rfc/rfc7468#section-2
    """
    bare = line.strip(_JSON_SIGNS)
    return bool(bare) and not _MARKER.fullmatch(bare)


def is_telling(value: str) -> bool:
    """True for a value that is the secret wherever it stands, and not a mere word."""
    if len(value) < MIN_LENGTH:
        return False
    return len(value) >= _LONG or not _WORDS.fullmatch(value)


def _forms(value: str) -> set[str]:
    """Return the value plain, reversed, URL-encoded, in hex, and in base64 at any offset."""
    raw = value.encode("utf-8", "replace")
    forms = {value, visible_view(value).text, value[::-1], raw.hex(), raw.hex().upper()}
    forms |= {quote(value, safe="", errors="replace"), quote(value, errors="replace")}
    for shift in range(3):
        # Base64 turns three bytes into four characters (RFC 4648, section 4), so the characters at
        # both ends also depend on what is around. Those between are the same in any text.
        whole = base64.b64encode(b"\0" * shift + raw).decode("ascii").rstrip("=")
        middle = whole[-(-shift * 8 // 6) : len(whole) - 1]
        forms |= {middle, middle.replace("+", "-").replace("/", "_")}
    return {form for form in forms if len(form) >= MIN_LENGTH}
