"""Loads grammars when they are first needed, parses, and asks queries; the only importer of both.

A grammar is some 0.2 to 7 MB of machine code and 1 to 14 ms to load, its queries 1 to 40 ms to
compile: what a change does not need is not loaded.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from importlib import import_module, resources
from typing import TYPE_CHECKING, Any

from codeflow_action.engine.lazy import dataclass
from codeflow_action.review.syntax.grammar_list import Language
from codeflow_action.review.worker import UnreadableText

if TYPE_CHECKING:
    import tree_sitter

# Bytes. Ordinary code is parsed at about 3 MB/s; beyond 1 MB it is nearly always a tool's work.
MAX_BYTES = 1_000_000
# CPU seconds. Some grammars take time by the square of what they do not understand; ordinary code
# takes a quarter of this. The limit is looked at between steps only, and a step may take long, or
# gigabytes (100 kB of `a<a<a<...` in C#'s): what is sure is the limits of `review.worker`.
_SECONDS = 0.25
_SECONDS_PER_BYTE = 1e-6
# Nodes within nodes: people write less than a hundred, and queries take time by the square of it.
MAX_DEPTH = 1_000
_READ = 65_536  # bytes at a time
_STEPS = 256  # between two looks at the clock
_MATCHES_UNDER_WAY = 10_000  # of a query; more are only had by trees of nothing but errors


class QuerySection(StrEnum):
    """A part of a query file, compiled by itself when it is first asked."""

    DEFINITIONS = "definitions"
    IMPORTS = "imports"
    MENTIONS = "mentions"
    READS = "reads"
    PARTS = "parts"  # comments, strings, and code within strings
    ERRORS = "errors"  # what the grammar could not read, and what it missed


# The library's own classes, known to whoever checks types: a change without code loads none.
type Node = tree_sitter.Node
type QueryMatch = Mapping[str, Sequence[Node]]


@dataclass(frozen=True, kw_only=True)
class SyntaxTree:
    """A parsed file; `root` is the node of the whole of it."""

    language: Language
    content: bytes
    root: Node

    def text(self, node: Node) -> str:
        """Return the node's source text."""
        return self.content[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def matches(self, section: QuerySection) -> Iterator[QueryMatch]:
        """Yield what the language's patterns of that section find in the whole file."""
        for _pattern, captures in self._cursor(section).matches(self.root):
            yield captures

    def captures(self, section: QuerySection) -> QueryMatch:
        """Return the nodes that those patterns find in the whole file, by capture name."""
        return self._cursor(section).captures(self.root)

    def _cursor(self, section: QuerySection) -> "tree_sitter.QueryCursor":
        from tree_sitter import QueryCursor  # noqa: PLC0415 - only what a change needs is loaded

        return QueryCursor(_query(self.language, section), match_limit=_MATCHES_UNDER_WAY)


def parse(
    content: bytes, language: Language, clock: Callable[[], float] = time.thread_time
) -> SyntaxTree | UnreadableText | None:
    """Return the parsed file, None when its grammar does not load.

    It is given up on where it is too large, takes too long, or is nested too deeply.
    """
    grammar = _grammar(language)
    if grammar is None:
        return None
    if len(content) > MAX_BYTES:
        return UnreadableText(reason=f"it is larger than {MAX_BYTES:,} bytes")
    end = clock() + _SECONDS + len(content) * _SECONDS_PER_BYTE

    def is_late(*_progress: object) -> bool:
        return clock() > end

    def read(offset: int, _point: object) -> bytes:
        return content[offset : offset + _READ]

    from tree_sitter import Parser  # noqa: PLC0415

    try:
        tree = Parser(grammar).parse(read, progress_callback=is_late)
    except ValueError:  # how the library says that it was stopped
        return UnreadableText(reason="it takes too long to parse")
    if reason := _why_unwalkable(tree.walk(), is_late):
        return UnreadableText(reason=reason)
    return SyntaxTree(language=language, content=content, root=tree.root_node)


def _why_unwalkable(cursor: "tree_sitter.TreeCursor", is_late: Callable[[], bool]) -> str:
    """Walk the whole tree; return why nobody else should, empty when anybody may.

    A million nodes take 0.2 s, but a step may take time by the count of siblings.
    """
    depth = steps = 0
    while True:
        steps += 1
        if steps % _STEPS == 0 and is_late():
            return "it takes too long to parse"
        if cursor.goto_first_child():
            depth += 1
            if depth > MAX_DEPTH:
                return f"it is nested more than {MAX_DEPTH:,} levels deep"
            continue
        while not cursor.goto_next_sibling():
            depth -= 1
            if not cursor.goto_parent():
                return ""


def load(language: Language) -> None:
    """Load the grammar, where it is there, and compile the queries that all files are asked."""
    for section in QuerySection:
        if section is not QuerySection.PARTS:
            load_section(language, section)


def load_section(language: Language, section: QuerySection) -> None:
    """Load the grammar, where it is there, and compile one of its queries."""
    if _grammar(language) is not None:
        _query(language, section)


@lru_cache
def _grammar(language: Language) -> Any:  # noqa: ANN401 - callers of `_query` know it is there
    """Return the library's grammar, None when it is not there or of another version."""
    try:
        from tree_sitter import Language as Grammar  # noqa: PLC0415

        return Grammar(getattr(import_module(language.module), language.entry)())
    except (ImportError, AttributeError, ValueError, OSError):
        return None


@lru_cache
def _query(language: Language, section: QuerySection) -> "tree_sitter.Query":
    from tree_sitter import Query  # noqa: PLC0415

    return Query(_grammar(language), "\n".join(patterns(language, section)))


def patterns(language: Language, section: QuerySection) -> Iterator[str]:
    """Yield what the language's query files hold in one section; errors are alike in all."""
    if section is QuerySection.ERRORS:
        yield "(ERROR) @error (MISSING) @error"
        return
    folder = resources.files(__package__).joinpath("queries")
    for name in language.queries:
        text = folder.joinpath(f"{name}.scm").read_text("utf-8")
        for part in text.split("; == ")[1:]:
            title, _, body = part.partition("\n")
            if title == section:
                yield body
