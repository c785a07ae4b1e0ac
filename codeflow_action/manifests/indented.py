"""The YAML that tools write into locks and people into workflows: keys by their indentation.

No aliases, tags or flow collections: a lock needs none, and what is not read cannot explode.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_MAX_LINE = 8_000  # characters
_MAX_DEPTH = 40
_BLOCK = re.compile(r"[|>][+-]?\d?[+-]?\s*(?:#.*)?$")
_FLOW = re.compile(r"""\b([\w-]{1,60}):\s*+("[^"]*+"|'[^']*+'|[^\s,{}]++)""")


class Entry(NamedTuple):
    """A key with its value, which is empty where what follows is nested."""

    path: tuple[str, ...]
    value: str
    line: int

    @property
    def depth(self) -> int:
        """How many keys lead here, its own counted."""
        return len(self.path)


def entries(text: str) -> Iterator[Entry]:
    """Yield all keys in their order. An item of a list has the list's path."""
    stack: list[tuple[int, str]] = []
    block = -1  # the indentation of the key whose value is a text of several lines
    for number, line in enumerate(text.split("\n"), start=1):
        at = len(line) - len(line.lstrip(" "))
        if not line.strip() or len(line) > _MAX_LINE or (0 <= block < at):
            continue
        block = -1
        at, found = _pair(line.rstrip(), at)
        if found is None:
            continue
        while stack and stack[-1][0] >= at:
            stack.pop()
        if len(stack) >= _MAX_DEPTH:
            continue
        key, value = found
        stack.append((at, key))
        if _BLOCK.match(value):
            block, value = at, ""
        yield Entry(tuple(name for _, name in stack), _unquoted(value), number)


def _pair(line: str, at: int) -> tuple[int, tuple[str, str] | None]:
    """Return where the key stands, with key and value; None for a line without a key."""
    while line.startswith("- ", at):
        at += 2 + len(line[at + 2 :]) - len(line[at + 2 :].lstrip(" "))
    first = line[at : at + 1]
    if first in ('"', "'"):
        end = line.find(first, at + 1)
        colon = end + 1
        if end < 0 or not (line.startswith(": ", colon) or line[colon:] == ":"):
            return at, None
        return at, (line[at + 1 : end], line[colon + 1 :].strip())
    colon = line.find(": ", at)
    colon = len(line) - 1 if colon < 0 and line.endswith(":") else colon
    if colon <= at or first in "#{[":
        return at, None
    return at, (line[at:colon].rstrip(), line[colon + 1 :].strip())


def flow(value: str) -> dict[str, str]:
    """Return the keys of a mapping in braces, one level deep."""
    return {match[1]: _unquoted(match[2]) for match in _FLOW.finditer(value)}


def _unquoted(text: str) -> str:
    """Return a scalar without its quotes, or without the comment after it."""
    first = text[:1]
    if first not in ('"', "'"):
        return text.partition(" #")[0].strip()
    end = text.find(first, 1)
    return text[1:end] if end > 0 else text
