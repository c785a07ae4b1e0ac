"""JSON with the lines of its keys, with comments and trailing commas where tools write them."""

import json
import re
from bisect import bisect_right
from collections.abc import Mapping
from functools import partial

from codeflow_action.engine.lazy import regex
from codeflow_action.manifests.package import NoObject, NotUnderstood, not_as_named

type Path = tuple[str | int, ...]
type Span = tuple[int, int]  # first and last line, 1-based

# Possessive repeats keep these linear: the texts are a stranger's.
_TOKEN = regex(r'("(?:[^"\\]++|\\.)*+")(\s*:)?|([{}\[\]])', re.DOTALL)
_NOT_JSON = regex(r'("(?:[^"\\]++|\\.)*+"?)|//[^\n]*+|/\*.*?\*/|,(?=\s*+[}\]])', re.DOTALL)


def parse(text: str) -> Mapping[str, object]:
    """Return the object that the text is. Raises `NotUnderstood`, `NoObject` for other JSON."""
    try:
        value = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        raise NotUnderstood(not_as_named(text, "json", "JSON")) from None
    if not isinstance(value, dict):
        raise NoObject("it is no JSON object")
    return value


def without_comments(text: str) -> str:
    """Return JSON with comments and trailing commas as plain JSON; every line keeps its number.

    https://code.visualstudio.com/docs/languages/json#_json-with-comments
    """
    # A comma may have a comment behind it: only when comments are gone is it seen to be the last.
    for _ in range(2):
        text = _NOT_JSON.sub(lambda match: match[1] or "\n" * match[0].count("\n"), text)
    return text


def spans(text: str, depth: int) -> Mapping[Path, Span]:
    """Return where the keys down to `depth` stand, objects in lists by their index.

    The text must be JSON that `parse` accepts: the parser of the standard library gives no places.
    """
    line_of = partial(bisect_right, [0, *(match.end() for match in re.finditer("\n", text))])
    places: dict[Path, Span] = {}
    path: list[str | int] = []  # the key or index at which each open container stands
    for match in _TOKEN.finditer(text):
        string, colon, bracket = match.groups()
        if string is not None:
            if colon and path:
                path[-1] = json.loads(string) if "\\" in string else string[1:-1]
                if len(path) <= depth:
                    line = line_of(match.start())
                    places[tuple(path)] = (line, line)
        elif bracket in "{[":
            if path and isinstance(index := path[-1], int):
                path[-1] = index + 1
                if bracket == "{" and len(path) <= depth:
                    line = line_of(match.start())
                    places[tuple(path)] = (line, line)
            path.append(-1 if bracket == "[" else "")
        elif path:
            path.pop()
            if len(path) <= depth and (key := tuple(path)) in places:
                places[key] = (places[key][0], line_of(match.start()))
    return places
