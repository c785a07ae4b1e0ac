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
    included = False
    for pattern in patterns:
        wanted = not pattern.startswith("!")
        if included is not wanted and compile_glob(pattern.removeprefix("!")).fullmatch(path):
            included = wanted
    return included


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
    rooted = pattern.lstrip("/")
    if rooted.endswith("/"):
        rooted += "**"
    matcher = GlobMatcher()
    if "/" not in pattern.rstrip("/"):  # at any depth
        matcher.folders()
    _add(matcher, rooted)
    return matcher


def _add(matcher: GlobMatcher, pattern: str) -> None:
    depth = at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            at = _add_star(matcher, pattern, at)
        elif char == "?":
            matcher.one()
        elif char == "[":
            chars, at = _bracket(pattern, at)
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


def _add_star(matcher: GlobMatcher, pattern: str, at: int) -> int:
    """Add what begins with the star before `at`; return where it ends."""
    if not pattern.startswith("*", at):
        matcher.many(across=False)
        return at
    at += 1
    if pattern.startswith("/", at):
        matcher.folders()
        return at + 1
    matcher.many(across=True)
    return at


def _bracket(pattern: str, at: int) -> tuple[CharTest, int]:
    """Return the set whose `[` is before `at`, and where it ends."""
    start = at + 1 if pattern[at : at + 1] in ("!", "^") else at
    end = pattern.find("]", start + 1)
    if end < 0:
        raise BadGlob(f"{pattern!r} has an unclosed '['")
    inner = re.sub(r"([\\\[&~|^])", r"\\\1", pattern[start:end])
    inner = inner.replace("--", "-\\-")  # `re` keeps two for set difference, and warns
    try:
        chars = re.compile(f"(?!/)[{'^' if start > at else ''}{inner}]", re.DOTALL)
    except re.error as error:
        raise BadGlob(f"{pattern!r} has a bad set: {error}") from error
    return lambda char: chars.match(char) is not None, end + 1
