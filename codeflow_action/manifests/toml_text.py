"""TOML (https://toml.io/en/v1.1.0) with the lines of its tables and keys."""

import re
from collections import defaultdict
from collections.abc import Mapping

import tomli

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests.package import NotUnderstood, not_as_named

_HEADER = regex(r"\s*(\[\[?)\s*([^\]#\n]{1,400}?)\s*\]\]?\s*(?:#.*)?$")
_KEY = regex(r"""\s*("[^"]{1,200}"|'[^']{1,200}'|[\w.-]{1,200})\s*=""")
_MAX_DOTS = 2_000  # of a line: the parser's time grows with the square of a key's parts
_STRING = regex(r"""(["'])((?:(?!\1).){1,300})\1""")


def parse(text: str) -> Mapping[str, object]:
    """Return the document as plain values. Raises `NotUnderstood`."""
    if any(line.count(".") > _MAX_DOTS for line in text.split("\n")):
        raise NotUnderstood("its keys are nested too deep")
    try:
        return tomli.loads(text)
    except (ValueError, RecursionError):
        raise NotUnderstood(not_as_named(text, "toml", "TOML")) from None


class Outline:
    """Where keys, tables and strings stand in a TOML text, as far as its lines show.

    A value of several lines may mislead it. So it gives places, and `parse` the content: the
    parser keeps no places.
    """

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._keys: dict[tuple[str, str], int] = {}
        self._strings: dict[str, int] = {}
        self._tables: defaultdict[str, list[int]] = defaultdict(list)
        self._below: dict[str, int] = {}
        self._headers: list[tuple[int, str]] = []
        section = ""
        for number, line in enumerate(self._lines, start=1):
            if line.lstrip().startswith("[") and (header := _HEADER.match(line)):
                section = _plain(header[2])
                self._tables[section].append(number)
                self._headers.append((number, section))
                self._below.setdefault(".".join(section.split(".", 2)[:2]), number)
                continue
            if key := _KEY.match(line):
                self._keys.setdefault((section, _plain(key[1])), number)
            for string in _STRING.finditer(line, 0, 2_000):
                self._strings.setdefault(string[2], number)

    def key(self, section: str, key: str) -> int:
        """Return the line of a key, or of its table `[section.key]`, or of `[section]`; else 1."""
        headers = self._tables.get(f"{section}.{key}") or self._tables.get(section) or [1]
        return self._keys.get((section, key)) or headers[0]

    def string(self, text: str) -> int:
        """Return the first line that holds the text in quotes; 1 if none does."""
        return self._strings.get(text, 1)

    def below(self, section: str) -> int:
        """Return the line of the first header of `a.b` or of a table inside it; 1 if none is."""
        return self._below.get(section, 1)

    def tables(self, name: str) -> list[tuple[int, int]]:
        """Return the first and last lines of all tables of that name, inner tables included."""
        headers = [header for header in self._headers if not header[1].startswith(f"{name}.")]
        ends = [*(line - 1 for line, _ in headers[1:]), len(self._lines)][: len(headers)]
        return [
            (line, end)
            for (line, section), end in zip(headers, ends, strict=True)
            if section == name
        ]


def _plain(name: str) -> str:
    """Return a table's or a key's name without quotes, and without space around its dots."""
    return re.sub(r"""["']|\s(?=\.)|(?<=\.)\s""", "", name)
