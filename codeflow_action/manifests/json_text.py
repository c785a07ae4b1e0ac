"""JSON with the lines of its keys, with comments and trailing commas where tools write them."""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping

from codeflow_action.manifests.package import NoObject, NotUnderstood

type Path = tuple[str | int, ...]
type Span = tuple[int, int]  # first and last line, 1-based

_TOKEN = re.compile(r'("(?:[^"\\]++|\\.)*+")(\s*:)?|([{}\[\]])', re.DOTALL)
_NOT_JSON = re.compile(r'("(?:[^"\\]++|\\.)*+"?)|//[^\n]*+|/\*.*?\*/|,(?=\s*+[}\]])', re.DOTALL)


def parse(text: str) -> Mapping[str, object]:
    """Return the object. Raises `NotUnderstood`."""
    try:
        value = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        raise NotUnderstood("it is not JSON") from None
    if not isinstance(value, dict):
        raise NoObject("it is no JSON object")
    return value


def without_comments(text: str) -> str:
    """Return JSONC as JSON, line by line where it was."""

    def kept(match: re.Match[str]) -> str:
        return match[1] or "\n" * match[0].count("\n")

    # Trailing commas may have a comment after them: they show when comments are gone.
    return _NOT_JSON.sub(kept, _NOT_JSON.sub(kept, text))


def spans(text: str, depth: int) -> Mapping[Path, Span]:
    """Return where the keys down to `depth` stand, objects in lists by their index.

    The text must be JSON: `parse` has taken it.
    """
    line_of = _lines(text)
    found: dict[Path, Span] = {}
    path: list[str | int] = []  # the key or index at which each open container stands
    for match in _TOKEN.finditer(text):
        string, colon, bracket = match.groups()
        if string is not None:
            if colon and path:
                path[-1] = json.loads(string) if "\\" in string else string[1:-1]
                if len(path) <= depth:
                    line = line_of(match.start())
                    found[tuple(path)] = (line, line)
        elif bracket in "{[":
            _enter(path)
            if bracket == "{" and path and isinstance(path[-1], int) and len(path) <= depth:
                line = line_of(match.start())
                found[tuple(path)] = (line, line)
            path.append(-1 if bracket == "[" else "")
        elif path:
            path.pop()
            if len(path) <= depth and (at := tuple(path)) in found:
                found[at] = (found[at][0], line_of(match.start()))
    return found


def _enter(path: list[str | int]) -> None:
    if path and isinstance(last := path[-1], int):
        path[-1] = last + 1


def _lines(text: str) -> Callable[[int], int]:
    ends = [match.start() for match in re.finditer("\n", text)]
    return lambda at: bisect_right(ends, at - 1) + 1 if at else 1
