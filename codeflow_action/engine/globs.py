"""Path patterns as people know them from `.gitignore`, for lists in the configuration.

`*` and `?` stay within a folder, `**` crosses folders, `[ab]` and `{a,b}` choose. A pattern without
a slash matches at any depth; one with a slash counts from the repository's root. `folder/` means
all that is in it. A leading `!` takes back what an earlier pattern matched: the last match wins.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator

from codeflow_action.engine.glob_matcher import CharTest, GlobMatcher


class BadGlob(ValueError):
    """A pattern that means nothing, such as an unclosed `[`."""


def any_matches(patterns: Iterable[str], path: str) -> bool:
    """True when the last pattern that speaks of `path` includes it."""
    is_included = False
    for pattern in patterns:
        includes = not pattern.startswith("!")
        if is_included is not includes and compile_glob(pattern.removeprefix("!")).fullmatch(path):
            is_included = includes
    return is_included


def _compiles(pattern: str) -> str:
    compile_glob(pattern.removeprefix("!"))
    return pattern


type Glob = Annotated[str, AfterValidator(_compiles)]
type Globs = tuple[Glob, ...]


@lru_cache(maxsize=4096)
def compile_glob(pattern: str) -> GlobMatcher:
    """Return what matches paths against one pattern. Raises `BadGlob`."""
    if not pattern or pattern != pattern.strip() or "\0" in pattern:
        raise BadGlob(f"{pattern!r} is empty or has spaces around it")
    path_pattern = pattern.lstrip("/")
    if path_pattern.endswith("/"):
        path_pattern += "**"
    matcher = GlobMatcher()
    if "/" not in pattern.rstrip("/"):  # at any depth
        matcher.folders()
    _add(matcher, path_pattern)
    return matcher


def _add(matcher: GlobMatcher, pattern: str) -> None:
    depth = position = 0
    while position < len(pattern):
        char = pattern[position]
        position += 1
        if char == "*":
            position = _add_star(matcher, pattern, position)
        elif char == "?":
            matcher.one()
        elif char == "[":
            chars, position = _bracket(pattern, position)
            matcher.one_of(chars)
        elif char == "{":
            depth += 1
            matcher.begin_group()
        elif char == "}" and depth:
            depth -= 1
            matcher.end_group()
        elif char == "," and depth:
            matcher.begin_branch()
        else:
            matcher.text(char)
    if depth:
        raise BadGlob(f"{pattern!r} has an unclosed '{{'")


def _add_star(matcher: GlobMatcher, pattern: str, position: int) -> int:
    """Add what begins with the star before `position`; return where it ends."""
    if not pattern.startswith("*", position):
        matcher.many(across=False)
        return position
    position += 1
    if pattern.startswith("/", position):
        matcher.folders()
        return position + 1
    matcher.many(across=True)
    return position


def _bracket(pattern: str, position: int) -> tuple[CharTest, int]:
    """Return the set whose `[` is before `position`, and where it ends."""
    start = position + 1 if pattern[position : position + 1] in ("!", "^") else position
    end = pattern.find("]", start + 1)
    if end < 0:
        raise BadGlob(f"{pattern!r} has an unclosed '['")
    inner = re.sub(r"([\\\[&~|^])", r"\\\1", pattern[start:end])
    inner = inner.replace("--", "-\\-")  # `re` keeps two for set difference, and warns
    try:
        chars = re.compile(f"(?!/)[{'^' if start > position else ''}{inner}]", re.DOTALL)
    except re.error as error:
        raise BadGlob(f"{pattern!r} has a bad set: {error}") from error
    return lambda char: chars.match(char) is not None, end + 1
