"""What a text reads as: without signs that nobody sees, without escapes, out of base64 and hex.

A secret is looked for in every reading, and blanked where it stands in the text itself: each
character of a reading knows which characters of the text it came from.
"""

import base64
import binascii
import re
import unicodedata
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from codeflow_action.security.untrusted import visible_text

_ODD = re.compile(r"[^\t\n\r -~]+")  # all but printable ASCII
_MAX_ROUNDS = 3  # escapes within escapes
# A line that goes on: a backslash before its end, also between two quoted halves, and two quoted
# halves with a `+` or nothing between them. Then the escapes of URLs, HTML, JSON, Markdown, shells.
_ESCAPE = re.compile(
    r"(?P<joint>[\"'`][ \t]{0,80}[+\\]?[ \t]{0,80}\r?\n[ \t]{0,80}(?:\+[ \t]{0,80})?[\"'`]"
    r"|\\\r?\n[ \t]{0,80})"
    r"|%(?P<url>[2-7][0-9A-Fa-f]|0[9AaDd])"
    r"|\\(?:u00|u\{|x)(?P<code>[2-7][0-9A-Fa-f])\}?"
    r"|&\#x0{0,5}(?P<hex>[2-7][0-9A-Fa-f]);|&\#0{0,5}(?P<decimal>3[2-9]|[4-9]\d|1[01]\d|12[0-6]);"
    r"|&(?P<name>amp|quot|apos|lt|gt);"
    r"|\\(?P<space>[nrt])"
    r"|\\(?P<sign>[!-/:-@\[-`{-~])"
)
_NAMES = {"amp": "&", "quot": '"', "apos": "'", "lt": "<", "gt": ">"}
_SPACES = {"n": "\n", "r": "\r", "t": "\t"}
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-f]{2}){20,}|(?:[0-9A-F]{2}){20,}")
_PRINTABLE = re.compile(r"[\t\n\r -~]+")


@dataclass(frozen=True, kw_only=True)
class View:
    """One reading. `starts` and `ends` are places in the original text, None where it is that."""

    text: str
    starts: array[int] | None = field(default=None, repr=False)
    ends: array[int] | None = field(default=None, repr=False)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where the characters `start` to `end`, at least one, stand in the text."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def views(text: str) -> Iterator[View]:
    """Yield the text as it is seen; unescaped, where it has escapes; decoded, where it encodes.

    All in time linear in the text's length.
    """
    view = seen(text)
    yield view
    plain = unescaped(view)
    if plain is not view:
        yield plain
    decoded = _decoded(plain)
    if decoded.text:
        yield decoded


def seen(text: str) -> View:
    """Return the text without invisible signs, and with plain letters for all of their variants."""
    return _rewritten(View(text=text), _ODD, lambda match: _folded(match[0]))


def unescaped(view: View) -> View:
    """Return the reading without escapes and broken lines; itself where there are none."""
    for _ in range(_MAX_ROUNDS):
        plain = _rewritten(view, _ESCAPE, lambda match: ((_meaning(match), *match.span()),))
        if plain is view:
            break
        view = plain
    return view


type _Pieces = tuple[tuple[str, int, int], ...]


def _folded(run: str) -> _Pieces:
    return tuple((_fold(char), at, at + 1) for at, char in enumerate(run))


@lru_cache(maxsize=4096)
def _fold(char: str) -> str:
    """Return what the character reads as: none, its plain letters, no marks upon them."""
    if not visible_text(char):
        return ""
    plain = unicodedata.normalize("NFKD", char)
    return "".join(part for part in plain if unicodedata.category(part) != "Mn")


def _meaning(match: re.Match[str]) -> str:
    kind = match.lastgroup or ""
    value = match[kind]
    match kind:
        case "joint":
            return ""
        case "url" | "code" | "hex":
            return chr(int(value, 16))
        case "decimal":
            return chr(int(value))
        case "name":
            return _NAMES[value]
        case "space":
            return _SPACES[value]
        case _:
            return value


class _Writer:
    """Puts a reading together, with where each of its characters is from."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._texts: list[str] = []
        self._starts, self._ends = array("q"), array("q")

    def keep(self, start: int, end: int) -> None:
        """Take over the characters as they are."""
        self._texts.append(self._view.text[start:end])
        if self._view.starts is None or self._view.ends is None:
            self._starts.extend(range(start, end))
            self._ends.extend(range(start + 1, end + 1))
        else:
            self._starts.extend(self._view.starts[start:end])
            self._ends.extend(self._view.ends[start:end])

    def write(self, text: str, start: int, end: int) -> None:
        """Put the text for these characters."""
        first, last = self._view.original(start, end)
        self._texts.append(text)
        self._starts.extend([first] * len(text))
        self._ends.extend([last] * len(text))

    def view(self) -> View:
        return View(text="".join(self._texts), starts=self._starts, ends=self._ends)


def _rewritten(
    view: View, pattern: re.Pattern[str], pieces: Callable[[re.Match[str]], _Pieces]
) -> View:
    """Return the reading with each match replaced; itself where nothing matches.

    Of a run of odd characters each is a piece of its own, placed from the run's start.
    """
    if not pattern.search(view.text):
        return view
    writer, at = _Writer(view), 0
    for match in pattern.finditer(view.text):
        writer.keep(at, match.start())
        base = match.start() if pattern is _ODD else 0
        for text, start, end in pieces(match):
            writer.write(text, base + start, base + end)
        at = match.end()
    writer.keep(at, len(view.text))
    return writer.view()


def _decoded(view: View) -> View:
    """Return what base64 and hex in the reading say, a line each; what is no text is left out."""
    writer = _Writer(view)
    for pattern, decode in ((_ENCODED, _of_base64), (_HEX, _of_hex)):
        for match in pattern.finditer(view.text):
            if text := decode(match[0]):
                writer.write(f"{text}\n", *match.span())
    return writer.view()


def _of_base64(run: str) -> str:
    bare = run.rstrip("=").replace("-", "+").replace("_", "/")
    bare = bare[: len(bare) - (len(bare) % 4 == 1)]
    return _text(base64.b64decode(bare + "=" * (-len(bare) % 4)))


def _of_hex(run: str) -> str:
    try:
        return _text(binascii.unhexlify(run))
    except binascii.Error:
        return ""


def _text(raw: bytes) -> str:
    """Return the bytes as text, empty where they are none; UTF-16's zero bytes are skipped."""
    text = raw.replace(b"\0", b"").decode("latin-1")
    return text if _PRINTABLE.fullmatch(text) else ""
