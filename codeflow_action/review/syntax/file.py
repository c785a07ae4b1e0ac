"""One parsed file and what can be asked of it, each question answered once."""

import time
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import NamedTuple

from codeflow_action.review.syntax.definitions import Definition, definitions_of
from codeflow_action.review.syntax.grammars import Parsed, parse
from codeflow_action.review.syntax.imports import Import, imports_of
from codeflow_action.review.syntax.languages import language_of
from codeflow_action.review.syntax.mentions import Mention, mentions_on
from codeflow_action.review.syntax.reads import Reads, reads_of


class SyntaxErrorPlace(NamedTuple):
    """Lines that the grammar could not read, or where it missed something."""

    line: int
    end_line: int


class Syntax:
    """The syntax of one file's bytes. Its answers are frozen values; it holds the file's tree."""

    def __init__(self, parsed: Parsed) -> None:
        self._parsed = parsed

    @property
    def language(self) -> str:
        """The grammar's name, such as `c_sharp`."""
        return self._parsed.language.name

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        """All definitions in the order of their lines, outer ones first."""
        return definitions_of(self._parsed)

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """All imports in the order of their lines."""
        return imports_of(self._parsed)

    @cached_property
    def errors(self) -> tuple[SyntaxErrorPlace, ...]:
        """Where the grammar gave up; grammars lag behind languages, so code may still be right."""
        return tuple(
            SyntaxErrorPlace(node.start_point.row + 1, node.end_point.row + 1)
            for node in self._parsed.errors()
        )

    def mentions(self, lines: Iterable[int]) -> tuple[Mention, ...]:
        """Return the names on these lines with what they are there for."""
        return mentions_on(self._parsed, lines)

    @cached_property
    def reads(self) -> Reads | None:
        """Where names are only read; None where the language has no rules for that."""
        return reads_of(self._parsed)


def read_syntax(
    path: str, content: bytes, clock: Callable[[], float] = time.thread_time
) -> Syntax | None:
    """Return the file's syntax, None without a grammar or where it was too large or too slow.

    `clock` counts seconds and only ends what takes too long.
    """
    language = language_of(path)
    parsed = parse(content, language, clock) if language else None
    return Syntax(parsed) if parsed else None
