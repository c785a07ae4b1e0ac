"""TOML with the lines of its tables and keys."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence

from codeflow_action.manifests.package import NotUnderstood

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]#\n]{1,400}?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*("[^"]{1,200}"|'[^']{1,200}'|[\w.-]{1,200})\s*=""")
_MAX_DOTS = 2_000  # of a line: the parser's time grows with the square of a key's parts
_QUOTED = re.compile(r"""(["'])((?:(?!\1).){1,300})\1""")


def parse(text: str) -> Mapping[str, object]:
    """Return the document. Raises `NotUnderstood`."""
    if any(line.count(".") > _MAX_DOTS for line in text.split("\n")):
        raise NotUnderstood("its keys are nested too deep")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        raise NotUnderstood("it is not TOML") from None


class Outline:
    """Where things stand in a TOML text, as far as its lines show.

    Values in several lines may mislead it: it serves for places, never for content.
    """

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._keys: dict[tuple[str, str], int] = {}
        self._strings: dict[str, int] = {}
        self._tables: defaultdict[str, list[int]] = defaultdict(list)
        self._below: dict[str, int] = {}
        self._headers: list[tuple[int, str]] = []
        self._read(self._lines)

    def _read(self, lines: Sequence[str]) -> None:
        section = ""
        for number, line in enumerate(lines, start=1):
            if line.lstrip().startswith("[") and (header := _HEADER.match(line)):
                section = _plain(header[2])
                self._tables[section].append(number)
                self._headers.append((number, section))
                self._below.setdefault(".".join(section.split(".", 2)[:2]), number)
                continue
            if key := _KEY.match(line):
                self._keys.setdefault((section, _plain(key[1])), number)
            for quoted in _QUOTED.finditer(line, 0, 2_000):
                self._strings.setdefault(quoted[2], number)

    def key(self, section: str, key: str) -> int:
        """Return the line of a key of a table, of its own table, or that of the table; else 1."""
        at = self._keys.get((section, key))
        own = self._tables.get(f"{section}.{key}") or self._tables.get(section)
        return at or (own[0] if own else 1)

    def string(self, text: str) -> int:
        """Return the first line that holds a quoted text; 1 where none does."""
        return self._strings.get(text, 1)

    def below(self, section: str) -> int:
        """Return the first header of `a.b` or of a table inside; 1 where there is none."""
        return self._below.get(section, 1)

    def tables(self, name: str) -> list[tuple[int, int]]:
        """Return first and last lines of all tables of that name, with the tables inside."""
        own = [(at, of) for at, of in self._headers if not of.startswith(f"{name}.")]
        ends = [at - 1 for at, _ in own[1:]] + [len(self._lines)]
        return [(at, end) for (at, of), end in zip(own, ends, strict=True) if of == name]


def _plain(name: str) -> str:
    return re.sub(r"""["']|\s(?=\.)|(?<=\.)\s""", "", name)
