"""Regular expressions that are matched in time linear in the text's length, by RE2.

Python's own can take forever on a line that was made for that, and the lines are strangers'. RE2
refuses what it cannot do in linear time: look-around and back-references.
https://github.com/google/re2/wiki/Syntax
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Protocol

LINEAR_MEMORY = 8 << 20  # bytes for one expression and its automaton: RE2's own default


class LinearMatch(Protocol):
    """A match; a group that took no part is None, and stands at -1."""

    def __getitem__(self, group: int) -> str | None:
        """Return a group's text."""
        ...

    def groups(self) -> tuple[str | None, ...]:
        """Return all groups' texts, from the first."""
        ...

    def span(self, group: int = 0) -> tuple[int, int]:
        """Return a group's place, in characters."""
        ...


class Matcher(Protocol):
    """A compiled expression."""

    def search(self, text: str) -> LinearMatch | None:
        """Return the first match anywhere in the text, None without one."""
        ...

    def finditer(self, text: str) -> Iterator[LinearMatch]:
        """Yield the matches in order, none over another."""
        ...

    def sub(self, replacement: str, text: str) -> str:
        """Return the text with each match replaced."""
        ...


@lru_cache(maxsize=256)
def compile_linear(
    pattern: str, memory: int = LINEAR_MEMORY, *, has_groups: bool = True
) -> Matcher:
    """Return the compiled expression. Raises `ValueError` with RE2's words.

    Without groups a match only has its own place, and takes much less time to find.
    """
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415 - native code, only when needed

    options = re2.Options()
    options.max_mem = memory
    options.log_errors = False
    options.never_capture = not has_groups
    try:
        matcher: Matcher = re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace") if error.args else "it cannot be read"
        raise ValueError(f"{reason} (RE2 has no look-around and no back-references)") from None
    return matcher


def compile_any(patterns: Mapping[str, Sequence[str]]) -> Callable[[bytes], bool]:
    """Return a search in bytes for any of many expressions, each a byte a character.

    Each comes with words, in lower case, of which every text that it matches has one in some case;
    with none where nobody knows. All words are looked for at once, and an expression is compiled
    when a text has one of its own: to compile hundreds takes longer than a pull request's gates.
    The search raises `ValueError` for one that RE2 cannot read.
    """
    import re2  # noqa: PLC0415 - as above

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.never_capture = True
    any_word = re2.Set.SearchSet(options)
    owners: dict[int, list[str]] = {}
    wordless = [pattern for pattern, words in patterns.items() if not words]
    for word in sorted({word for words in patterns.values() for word in words}):
        index = any_word.Add(re2.escape(word).encode("latin-1"))
        owners[index] = [pattern for pattern, words in patterns.items() if word in words]
    any_word.Compile()

    @cache
    def compiled(pattern: str) -> Callable[[bytes], object]:
        try:
            search: Callable[[bytes], object] = re2.compile(
                pattern.encode("latin-1"), options
            ).search
        except re2.error as error:
            raise ValueError(f"RE2 cannot read {pattern}") from error
        return search

    def holds_one(content: bytes) -> bool:
        indexes = any_word.Match(content.lower()) or () if owners else ()
        candidates = {pattern for index in indexes for pattern in owners[index]}
        return any(compiled(pattern)(content) for pattern in (*wordless, *candidates))

    return holds_one
