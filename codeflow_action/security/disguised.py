"""Finds a run's own secrets in disguise: spelled out, encoded, in part, or divided over a text.

Whoever leads a model asks for a form that a search for the value misses: an attack of June 2026 on
an action that reviews pull requests had the first seven characters of a key left out. So a text is
read without its signs and in small letters, and any run of a value counts. Names and words never
do, since they stand in ordinary code: only a run that is drawn by chance, as keys are.
"""

import base64
import codecs
import threading
from collections.abc import Collection, Iterable, Iterator

from codeflow_action.engine.lazy import regex
from codeflow_action.security.known import value_lines

_WINDOW = 12  # letters and digits of a value in a row, or what is left of a short one
_ENDS = 7  # characters that may be missing of a value
_GRAM = 8  # what is looked up first; no window is shorter
_PIECE = 5  # letters and digits of one piece of a value that is divided over a text
_MOST_LEFT_OUT = 0.3  # of a divided value
_LEAST_BREAKS = 3  # in a window: words, versions and paths have fewer
_LONG = 160  # characters of a line
_MAX_CHARS = 8_000  # of all values together: a hundred take some 400 kB
# Eight characters of a value in hex, and some seven as numbers.
_HEX_WINDOW, _NUMBER_WINDOW = 16, 20
_BREAK = regex(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_SIGN = regex(r"[^A-Za-z0-9]+")
# The header of a signed token tells how it is signed, and is the same in thousands of them:
# https://www.rfc-editor.org/rfc/rfc7519#section-3.1
_SIGNED_TOKEN = regex(r"eyJ[\w-]+\.[\w-]+\.([\w-]+)")
_HEX_NUMBER = regex(rb"(?i)(?<![0-9a-z])0x(?=[0-9a-f]{2}(?![0-9a-f]))")
_ALPHANUMERIC = frozenset(byte for byte in range(128) if chr(byte).isalnum())
_NO_SIGNS = bytes(byte for byte in range(256) if byte not in _ALPHANUMERIC)
_SMALL = bytes(ord(chr(byte).lower()) if byte < 128 else byte for byte in range(256))


class DisguisedValues:
    """Values that are looked for in every disguise; may be read from several threads meanwhile."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self._room = _MAX_CHARS
        self._windows: dict[int, set[bytes]] = {}  # by their length
        self._grams: set[bytes] = set()
        self._step = _WINDOW - _GRAM + 1
        self._forms: dict[bytes, set[bytes]] = {}  # each with its pieces
        self._pieces: set[bytes] = set()  # of all forms
        self._lock = threading.Lock()
        self.version = 0  # the same for as long as the same is found
        self.add(values)

    def add(self, values: Iterable[str]) -> None:
        """Look for these from now on; those that read like words are left out."""
        with self._lock:
            for value in sorted(_parts(values), key=len):  # tokens before the lines of keys
                if value in self._values or not self._room >= len(value) >= _GRAM:
                    continue
                bare = _SIGN.sub("", value)
                size = min(_WINDOW, max(_GRAM, len(bare) - _ENDS))
                chances = {
                    window.lower().encode()
                    for window in _runs(bare, size)
                    if len(_BREAK.findall(window)) >= _LEAST_BREAKS
                }
                if not chances:
                    continue
                self._values.add(value)
                self._room -= len(value)
                pieces = {
                    piece.lower().encode() for piece in _runs(bare, _PIECE) if _BREAK.search(piece)
                }
                self._put(bare.lower().encode(), size, chances, pieces)
                for encoded, encoded_size in _encodings(value):
                    form = _squeeze(encoded)
                    # Digits stand everywhere: a few in a row say nothing.
                    few = () if encoded_size == _NUMBER_WINDOW else _runs(form, _PIECE)
                    self._put(form, encoded_size, set(_runs(form, encoded_size)), set(few))
                self.version += 1

    def _put(self, form: bytes, size: int, windows: set[bytes], pieces: set[bytes]) -> None:
        """Put in one form of a value, forwards and backwards."""
        if size not in self._windows:
            # Never changed in place: another thread may be reading it.
            self._windows = {**self._windows, size: set()}
        for reading in (1, -1):
            of_size = {window[::reading] for window in windows}
            self._windows[size] |= of_size
            self._grams |= {gram for window in of_size for gram in _runs(window, _GRAM)}
            self._forms[form[::reading]] = {piece[::reading] for piece in pieces}
            self._pieces |= self._forms[form[::reading]]
        self._step = min(self._step, size - _GRAM + 1)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where runs of the values stand; several may overlap. Linear in the text's length.

        A window holds a gram at one of each `step` places, so that only these are looked up.
        """
        grams, windows, step = self._grams, self._windows, self._step
        if not grams:
            return
        short_text = _squeeze(text)
        hits: set[tuple[int, int]] = set()
        for place in range(0, len(short_text) - _GRAM + 1, step):
            if short_text[place : place + _GRAM] not in grams:
                continue
            for size, of_size in windows.items():
                for start in range(max(0, place - size + _GRAM), place + 1):
                    if short_text[start : start + size] in of_size:
                        hits.add((start, start + size))
        if not hits:
            return
        places = [place for place, byte in enumerate(_plain(text)) if byte in _ALPHANUMERIC]
        for start, end in sorted(hits):
            yield places[start], places[end - 1] + 1

    def pieces(self, text: str) -> frozenset[bytes]:
        """Return which short pieces of the values the text holds; each by itself may be chance."""
        return frozenset(self._pieces.intersection(_runs(_squeeze(text), _PIECE)))

    def is_whole(self, pieces: Collection[bytes]) -> bool:
        """True if these pieces are nearly all of a value that chance cannot have put together."""
        for form, known_pieces in self._forms.items():
            covered_places: set[int] = set()
            usable: set[int] = set()
            for start in range(len(form) - _PIECE + 1):
                piece = form[start : start + _PIECE]
                if piece in known_pieces:
                    usable.update(range(start, start + _PIECE))
                    if piece in pieces:
                        covered_places.update(range(start, start + _PIECE))
            if len(usable) >= _WINDOW and len(covered_places) >= (1 - _MOST_LEFT_OUT) * len(usable):
                return True
        return False


def _parts(values: Iterable[str]) -> Iterator[str]:
    """Yield what of the values is secret and no other value's as well."""
    for value in values:
        if token := _SIGNED_TOKEN.fullmatch(value.strip()):
            yield from _ends(token[1])
            continue
        lines = list(value_lines(value))
        # A key's first line tells of which kind it is, as the first lines of all such keys do.
        for line in lines[1:] if "-----BEGIN" in value else lines:
            yield from _ends(line)


def _ends(line: str) -> tuple[str, ...]:
    """Return the line, or of a long one both ends: who has neither of them has no use for it."""
    return (line,) if len(line) <= _LONG else (line[: _LONG // 2], line[-_LONG // 2 :])


def _runs[T: (str, bytes)](text: T, size: int) -> Iterator[T]:
    return (text[start : start + size] for start in range(len(text) - size + 1))


def _encodings(value: str) -> Iterator[tuple[str, int]]:
    """Yield the value in each encoding, and how much of it tells the value."""
    raw = value.encode("utf-8", "replace")
    yield raw.hex(), _HEX_WINDOW
    yield " ".join(map(str, raw)), _NUMBER_WINDOW
    yield codecs.encode(value, "rot13"), _WINDOW
    for shift in range(3):  # see `known._forms`
        whole = base64.b64encode(b"\0" * shift + raw).decode("ascii").rstrip("=")
        yield whole[-(-shift * 8 // 6) : len(whole) - 1], _WINDOW
    yield base64.b32encode(raw).decode("ascii").rstrip("=")[:-1], _WINDOW


def _plain(text: str) -> bytes:
    """Return one byte for each character, with blanks for the `0x` before a byte in hex."""
    raw = text.encode("ascii", "replace")
    return _HEX_NUMBER.sub(b"  ", raw) if b"0x" in raw or b"0X" in raw else raw


def _squeeze(text: str) -> bytes:
    """Return the letters and digits alone, in small letters."""
    return _plain(text).translate(_SMALL, _NO_SIGNS)
