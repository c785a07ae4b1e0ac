"""Names on added lines that other places may speak of: keys, variables of the environment, routes.

No grammar says so: they stand in quotes, or in a text that is a program itself.
"""

import re
from collections.abc import Iterable, Iterator

from codeflow_action.engine.files import is_prose
from codeflow_action.engine.lazy import regex

_MAX_NAMES = 30  # of a file; a table of texts says nothing by each of them
_QUOTE = regex(r"[\"'`]([A-Za-z_][\w.-]{2,79})[\"'`]")
_VARIABLE = regex(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
# Two parts and more; what follows a variable is left off: `/api/orders/{id}`.
_ROUTE = regex(r"[\"'`](/[\w.-]{2,60}(?:/[\w.:{}<>$*()-]{1,60}){1,9}/?)[\"'`?#]")
_DISTINCT = regex(r"_|[a-z0-9][A-Z]")
_WORD = regex(r"\w{4,}")


def shared_names(path: str, lines: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return words to search for, each with the text that a line must hold to speak of the same."""
    if is_prose(path):
        return ()
    pairs = dict.fromkeys(pair for line in lines for pair in _pairs(line))
    return tuple(pairs)[:_MAX_NAMES]


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    for match in _ROUTE.finditer(line):
        prefix = re.split(r"/[:{<$*(]", match[1])[0].rstrip("/")
        words = _WORD.findall(prefix)
        if words and prefix.count("/") > 1:
            yield max(reversed(words), key=len), prefix
    for match in _VARIABLE.finditer(line):
        yield match[0], match[0]
    for match in _QUOTE.finditer(line):
        words = re.findall(r"\w+", match[1])
        if _DISTINCT.search(match[1]) or len(words) > 1:
            yield max(words, key=len), match[1]
