"""Patterns that a configuration brings along, matched in linear time."""

from typing import Annotated

from pydantic import AfterValidator, Field

from codeflow_action.security.linear import Matcher, compile_linear

_MEMORY = 1 << 20  # bytes for one pattern


def compile_pattern(pattern: str) -> Matcher:
    """Return the compiled pattern. Raises `ValueError` with RE2's words."""
    return compile_linear(pattern, _MEMORY)


def _compilable(pattern: str) -> str:
    compile_pattern(pattern)
    return pattern


type LinearPattern = Annotated[
    str, Field(min_length=1, max_length=500), AfterValidator(_compilable)
]
