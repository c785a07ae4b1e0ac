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
def compile_glob(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of one pattern. Raises `BadGlob`."""
    if not pattern or pattern != pattern.strip() or "\0" in pattern:
        raise BadGlob(f"{pattern!r} is empty or has spaces around it")
    rooted = pattern.lstrip("/")
    if rooted.endswith("/"):
        rooted += "**"
    anywhere = "/" not in pattern.rstrip("/")
    return re.compile(("(?:.*/)?" if anywhere else "") + _translate(rooted), re.DOTALL)


def _translate(pattern: str) -> str:
    out: list[str] = []
    depth = at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            token, at = _star(pattern, at)
            out.append(token)
        elif char == "?":
            out.append("[^/]")
        elif char == "[":
            token, at = _bracket(pattern, at)
            out.append(token)
        elif char == "{":
            depth += 1
            out.append("(?:")
        elif char == "}" and depth:
            depth -= 1
            out.append(")")
        elif char == "," and depth:
            out.append("|")
        else:
            out.append(re.escape(char))
    if depth:
        raise BadGlob(f"{pattern!r} has an unclosed '{{'")
    return "".join(out)


def _star(pattern: str, at: int) -> tuple[str, int]:
    """Translate what begins with the star before `at`."""
    if not pattern.startswith("*", at):
        return "[^/]*", at
    at += 1
    if pattern.startswith("/", at):
        return "(?:.*/)?", at + 1
    return ".*", at


def _bracket(pattern: str, at: int) -> tuple[str, int]:
    """Translate the set whose `[` is before `at`."""
    start = at + 1 if pattern[at : at + 1] in ("!", "^") else at
    end = pattern.find("]", start + 1)
    if end < 0:
        raise BadGlob(f"{pattern!r} has an unclosed '['")
    inner = re.sub(r"([\\\[&~|^])", r"\\\1", pattern[start:end])
    inner = inner.replace("--", "-\\-")  # `re` keeps two for set difference, and warns
    token = f"(?!/)[{'^' if start > at else ''}{inner}]"
    try:
        re.compile(token)
    except re.error as error:
        raise BadGlob(f"{pattern!r} has a bad set: {error}") from error
    return token, end + 1
