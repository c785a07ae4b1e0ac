"""Patterns that a configuration brings along, matched in linear time by RE2.

Python's own expressions can take forever on a line that was made for it, and the lines are
strangers'. What RE2 cannot do in linear time (look-around, back-references) it refuses.
"""

from functools import lru_cache
from typing import Annotated, Protocol

from pydantic import AfterValidator, Field

_MEMORY = 1 << 20  # bytes for one pattern


class Matcher(Protocol):
    """A compiled pattern."""

    def search(self, text: str) -> object | None:
        """Return a match anywhere in the text, None without one."""
        ...


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Matcher:
    """Return the compiled pattern. Raises `ValueError` with RE2's words."""
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415 - native code, only when needed

    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    try:
        matcher: Matcher = re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0].decode("utf-8", "replace") if error.args else "it cannot be read"
        raise ValueError(f"{said} (RE2 has no look-around and no back-references)") from None
    return matcher


def _checked(pattern: str) -> str:
    compile_pattern(pattern)
    return pattern


type LinearPattern = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_checked)]
