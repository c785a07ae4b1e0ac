"""Simple YAML by its indentation: what tools write into locks and people into workflows.

Aliases, tags and flow collections are not read. A lock needs none of them, and so no alias can
multiply its text.
"""

from collections.abc import Iterator
from typing import NamedTuple

from codeflow_action.engine.lazy import regex

_MAX_LINE = 8_000  # characters
_MAX_DEPTH = 40
# A scalar of several lines: https://yaml.org/spec/1.2.2/#81-block-scalar-styles
_BLOCK = regex(r"[|>][+-]?\d?[+-]?\s*(?:#.*)?$")
_FLOW = regex(r"""\b([\w-]{1,60}):\s*+("[^"]*+"|'[^']*+'|[^\s,{}]++)""")


class YamlEntry(NamedTuple):
    """A key with its value, which is empty if the value is a mapping or a list."""

    path: tuple[str, ...]
    value: str
    line: int

    @property
    def depth(self) -> int:
        """How many keys the path has, this one included."""
        return len(self.path)


def entries(text: str) -> Iterator[YamlEntry]:
    """Yield all keys in their order. An item of a list has the list's path."""
    stack: list[tuple[int, str]] = []  # the keys that are open, with their columns
    block = -1  # the indentation of the key whose value is a text of several lines
    for number, line in enumerate(text.split("\n"), start=1):
        indent = len(line) - len(line.lstrip(" "))
        if not line.strip() or len(line) > _MAX_LINE or (0 <= block < indent):
            continue
        block = -1
        column, pair = _pair(line.rstrip(), indent)
        if pair is None:
            continue
        while stack and stack[-1][0] >= column:
            stack.pop()
        if len(stack) >= _MAX_DEPTH:
            continue
        key, value = pair
        stack.append((column, key))
        if _BLOCK.match(value):
            block, value = column, ""
        yield YamlEntry(tuple(name for _, name in stack), _scalar(value), number)


def _pair(line: str, column: int) -> tuple[int, tuple[str, str] | None]:
    """Return where the key stands, with key and value; None for a line without a key."""
    # The dash of a list is indentation to the key behind it:
    # https://yaml.org/spec/1.2.2/#example-compact-block-mappings
    while line.startswith("- ", column):
        column += 2 + len(line[column + 2 :]) - len(line[column + 2 :].lstrip(" "))
    first = line[column : column + 1]
    if first in ('"', "'"):
        end = line.find(first, column + 1)
        colon = end + 1
        if end < 0 or not (line.startswith(": ", colon) or line[colon:] == ":"):
            return column, None
        return column, (line[column + 1 : end], line[colon + 1 :].strip())
    colon = line.find(": ", column)
    colon = len(line) - 1 if colon < 0 and line.endswith(":") else colon
    if colon <= column or first in "#{[":
        return column, None
    return column, (line[column:colon].rstrip(), line[colon + 1 :].strip())


def flow(value: str) -> dict[str, str]:
    """Return the keys of a mapping in braces, one level deep."""
    return {match[1]: _scalar(match[2]) for match in _FLOW.finditer(value)}


def _scalar(text: str) -> str:
    """Return a scalar without its quotes, or without the comment after it."""
    first = text[:1]
    if first not in ('"', "'"):
        return text.partition(" #")[0].strip()
    end = text.find(first, 1)
    return text[1:end] if end > 0 else text
