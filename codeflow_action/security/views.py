"""What a text reads as: without invisible characters, without escapes, out of base64 and hex.

A secret is looked for in every reading, and blanked where it stands in the text itself. So each
character of a reading knows which characters of the text it came from.
"""

import base64
import binascii
import re
import unicodedata
from array import array
from collections.abc import Callable, Iterator
from dataclasses import field
from functools import lru_cache

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.security.invisible import visible_text

_ODD = regex(r"[^\t\n\r -~]+")  # all but printable ASCII
_PLAIN_BYTES = b"\t\n\r" + bytes(range(ord(" "), ord("~") + 1))
_MAX_ROUNDS = 3  # escapes within escapes
# First a line that goes on in the next: a backslash at its end, or two quoted halves with a `+`, a
# backslash or nothing between them. Then the escapes of URLs, HTML, JSON, Markdown and shells.
_ESCAPE = regex(
    r"(?P<joint>[\"'`][ \t]{0,80}[+\\]?[ \t]{0,80}\r?\n[ \t]{0,80}(?:\+[ \t]{0,80})?[\"'`]"
    r"|\\\r?\n[ \t]{0,80})"
    r"|%(?P<url>[2-7][0-9A-Fa-f]|0[9AaDd])"
    r"|\\(?:u00|u\{|x)(?P<code>[2-7][0-9A-Fa-f])\}?"
    r"|&\#x0{0,5}(?P<hex>[2-7][0-9A-Fa-f]);|&\#0{0,5}(?P<decimal>3[2-9]|[4-9]\d|1[01]\d|12[0-6]);"
    r"|&(?P<name>amp|quot|apos|lt|gt);"
    r"|\\(?P<space>[nrt])"
    r"|\\(?P<sign>[!-/:-@\[-`{-~])"
)
# Each match of `_ESCAPE` holds one of these signs, or is two quoted halves on two lines.
_ESCAPE_SIGNS = ("\\", "%", "&")
_QUOTE_AT_LINE_END = regex(r"[\"'`][ \t]{0,80}\+?[ \t]{0,80}\r?\n")
_NAMES = {"amp": "&", "quot": '"', "apos": "'", "lt": "<", "gt": ">"}
_SPACES = {"n": "\n", "r": "\r", "t": "\t"}
_BASE64 = regex(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_HEX = regex(r"(?:[0-9a-f]{2}){20,}|(?:[0-9A-F]{2}){20,}")
# Every sign of base64, of hex too, as `a`, and every other byte as a blank.
_SIGNS_OF_BASE64 = bytes(
    ord("a") if re.match(rb"[A-Za-z0-9+/_-]", bytes((byte,))) else ord(" ") for byte in range(256)
)
_SHORTEST_RUN = b"a" * 20
_PRINTABLE = regex(r"[\t\n\r -~]+")


@dataclass(frozen=True, kw_only=True)
class View:
    """One reading. `starts` and `ends` are places in the original; None if this is the original."""

    text: str
    starts: array[int] | None = field(default=None, repr=False)
    ends: array[int] | None = field(default=None, repr=False)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where the characters `start` to `end`, at least one, stand in the text."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def views(text: str) -> Iterator[View]:
    """Yield the text as it is seen, then without escapes if it has any, then what it encodes.

    The time is linear in the text's length.
    """
    view = visible_view(text)
    yield view
    plain = unescaped_view(view)
    if plain is not view:
        yield plain
    content = _decode(plain)
    if content.text:
        yield content


def visible_view(text: str) -> View:
    """Return the text without invisible characters, with plain letters for their variants."""
    # What nearly all texts are, told in a hundredth of the time that the expression takes.
    if text.isascii() and not text.encode().translate(None, _PLAIN_BYTES):
        return View(text=text)
    return _fold_odd_characters(View(text=text))


def _fold_odd_characters(view: View) -> View:
    def pieces(match: re.Match[str]) -> _Pieces:
        places = range(match.start(), match.end())
        return tuple((_fold(view.text[place]), place, place + 1) for place in places)

    return _rewrite(view, _ODD, pieces)


def unescaped_view(view: View) -> View:
    """Return the reading without escapes and broken lines, or itself if there are none."""
    for _ in range(_MAX_ROUNDS):
        if not _may_hold_escapes(view.text):
            break
        plain = _resolve_escapes(view)
        if plain is view:
            break
        view = plain
    return view


def _resolve_escapes(view: View) -> View:
    return _rewrite(view, _ESCAPE, lambda match: ((_meaning(match), *match.span()),))


def _may_hold_escapes(text: str) -> bool:
    """Return False only where `_ESCAPE` does not match: to look for signs is much faster."""
    if any(sign in text for sign in _ESCAPE_SIGNS):
        return True
    return "\n" in text and _QUOTE_AT_LINE_END.search(text) is not None


type _Pieces = tuple[tuple[str, int, int], ...]  # each a text, and the characters it stands for


@lru_cache(maxsize=4096)
def _fold(char: str) -> str:
    """Return what the character reads as: nothing, or its plain letters without accents."""
    if not visible_text(char):
        return ""
    # Letters in circles, in bold or of full width become plain: https://www.unicode.org/reports/tr15/
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
    """Puts a reading together, and keeps where each of its characters is from."""

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


def _rewrite(
    view: View, pattern: re.Pattern[str], pieces: Callable[[re.Match[str]], _Pieces]
) -> View:
    """Return the reading with each match replaced by its pieces; itself if nothing matches."""
    if not pattern.search(view.text):
        return view
    writer, rest = _Writer(view), 0
    for match in pattern.finditer(view.text):
        writer.keep(rest, match.start())
        for text, start, end in pieces(match):
            writer.write(text, start, end)
        rest = match.end()
    writer.keep(rest, len(view.text))
    return writer.view()


def _decode(view: View) -> View:
    """Return what base64 and hex in the reading say, each on a line. Bytes are left out."""
    # Both expressions begin anew at each character of every word. A run that is long enough for
    # base64 is rare, and hex takes a longer one of fewer signs.
    if _SHORTEST_RUN not in view.text.encode("utf-8", "replace").translate(_SIGNS_OF_BASE64):
        return View(text="")
    return _decode_runs(view)


def _decode_runs(view: View) -> View:
    writer = _Writer(view)
    for pattern, decode in ((_BASE64, _decode_base64), (_HEX, binascii.unhexlify)):
        for match in pattern.finditer(view.text):
            # Without its zero bytes, UTF-16 reads as plain text too.
            text = decode(match[0]).replace(b"\0", b"").decode("latin-1")
            if _PRINTABLE.fullmatch(text):
                writer.write(f"{text}\n", *match.span())
    return writer.view()


def _decode_base64(run: str) -> bytes:
    """Return the bytes of base64, of its URL-safe alphabet too, with or without padding."""
    bare = run.rstrip("=").replace("-", "+").replace("_", "/")
    bare = bare[: len(bare) - (len(bare) % 4 == 1)]  # one character over holds no whole byte
    return base64.b64decode(bare + "=" * (-len(bare) % 4))
