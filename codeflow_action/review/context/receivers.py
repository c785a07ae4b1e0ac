"""What a use stands behind: the word before its dot, and the types that the file says it has."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from codeflow_action.engine.lazy import regex

_MAX_TYPES = 3
_TYPE = r"(?:\w{1,80}(?:\.|::)){0,4}([A-Z]\w{1,79})"
# How languages say what a variable, a parameter or a field is, each with its name for `NAME`.
_DECLARATIONS = (
    # TypeScript, Rust, Python, Kotlin
    rf"\bNAME\??\s{{0,3}}:\s{{0,3}}[&*\[(]{{0,2}}(?:mut\s+|dyn\s+)?{_TYPE}",
    # Java, C#, C++, PHP
    rf"\b{_TYPE}(?:<[^<>]{{0,60}}>)?[?*&]{{0,2}}\s{{1,3}}[&*$]{{0,2}}NAME\b",
    rf"\bNAME\s{{1,3}}\*?{_TYPE}",  # Go
    # Where one is made
    rf"\bNAME\s{{0,3}}:?=\s{{0,3}}(?:await\s+)?(?:new\s+|&)?{_TYPE}\s{{0,3}}[({{]",
    r"\bNAME(?:,\s?\w+)?\s{0,3}:?=\s{0,3}(?:\w+\.)?New([A-Z]\w{1,79})\(",
)
_ACCESSOR = regex(r"^(?:get|new|make|create|find|load)_?(?=[A-Z_a-z])")


@lru_cache(maxsize=1_000)
def types_of(receiver: str, lines: Sequence[str]) -> frozenset[str]:
    """Return what types the lines say the receiver has, at most three."""
    if not receiver.isidentifier():
        return frozenset()
    return frozenset(list(dict.fromkeys(_types(receiver, lines)))[:_MAX_TYPES])


def _types(receiver: str, lines: Sequence[str]) -> Iterator[str]:
    declares = [re.compile(form.replace("NAME", re.escape(receiver))) for form in _DECLARATIONS]
    for line in lines:
        if receiver in line and len(line) < 500:
            for pattern in declares:
                yield from pattern.findall(line)


def resembles(receiver: str, owner: str) -> bool:
    """True where one is called like a part of the other: a getter, or a variable."""
    bare, name = _ACCESSOR.sub("", receiver).replace("_", "").lower(), owner.lower()
    return len(bare) > 1 and bool(name) and (bare in name or name in bare)
