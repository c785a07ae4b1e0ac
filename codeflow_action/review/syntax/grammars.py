"""Loads grammars when they are first needed, parses, and asks queries; the only importer of both.

A grammar is some 0.2 to 7 MB of machine code and 1 to 14 ms to load, its queries 1 to 40 ms to
compile: what a change does not need is not loaded.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib import import_module, resources
from typing import Any, Protocol

from codeflow_action.review.syntax.grammar_list import Language
from codeflow_action.review.worker import UnreadableText

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


class Point(Protocol):
    """A place: row and column in bytes, 0-based."""

    @property
    def row(self) -> int: ...  # noqa: D102
    @property
    def column(self) -> int: ...  # noqa: D102


class Node(Protocol):
    """What is used of a syntax node."""

    @property
    def type(self) -> str: ...  # noqa: D102
    @property
    def start_byte(self) -> int: ...  # noqa: D102
    @property
    def end_byte(self) -> int: ...  # noqa: D102
    @property
    def start_point(self) -> Point: ...  # noqa: D102
    @property
    def end_point(self) -> Point: ...  # noqa: D102
    @property
    def has_error(self) -> bool: ...  # noqa: D102
    @property
    def named_children(self) -> Sequence["Node"]: ...  # noqa: D102

    def child_by_field_name(self, name: str, /) -> "Node | None": ...  # noqa: D102


type QueryMatch = Mapping[str, Sequence[Node]]


@dataclass(frozen=True, kw_only=True)
class SyntaxTree:
    """A parsed file; `tree` is the library's, kept while its nodes are asked."""

    language: Language
    content: bytes
    tree: Any

    @property
    def root(self) -> Node:
        """The node of the whole file."""
        root: Node = self.tree.root_node
        return root

    def text(self, node: Node) -> str:
        """Return the node's source text."""
        return self.content[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def matches(self, section: QuerySection) -> Iterator[QueryMatch]:
        """Yield what the language's patterns of that section find in the whole file."""
        cursor = self._cursor(_query(self.language, section))
        for _pattern, captures in cursor.matches(self.root):
            yield captures

    def captures(self, section: QuerySection, first: int, last: int) -> QueryMatch:
        """Return nodes by capture name that patterns find touching lines `first..last`."""
        cursor = self._cursor(_query(self.language, section))
        cursor.set_point_range((first - 1, 0), (last, 0))
        captures: QueryMatch = cursor.captures(self.root)
        return captures

    def errors(self) -> Sequence[Node]:
        """Return the nodes that the grammar could not read, and those that it missed."""
        if not self.root.has_error:
            return ()
        cursor = self._cursor(_error_query(self.language))
        captures: QueryMatch = cursor.captures(self.root)
        return captures.get("error", ())

    def _cursor(self, query: Any) -> Any:  # noqa: ANN401 - the library's types stay in here
        from tree_sitter import QueryCursor  # noqa: PLC0415 - only what a change needs is loaded

        return QueryCursor(query, match_limit=_MATCHES_UNDER_WAY)


def parse(
    content: bytes, language: Language, clock: Callable[[], float] = time.thread_time
) -> SyntaxTree | UnreadableText | None:
    """Return the parsed file, None when its grammar does not load.

    It is given up on where it is too large, takes too long, or is nested too deeply.
    """
    parser = _parser(language)
    if parser is None:
        return None
    if len(content) > MAX_BYTES:
        return UnreadableText(reason=f"it is larger than {MAX_BYTES:,} bytes")
    end = clock() + _SECONDS + len(content) * _SECONDS_PER_BYTE

    def is_late(*_progress: object) -> bool:
        return clock() > end

    def read(offset: int, _point: object) -> bytes:
        return content[offset : offset + _READ]

    try:
        tree = parser.parse(read, progress_callback=is_late)
    except ValueError:  # how the library says that it was stopped
        return UnreadableText(reason="it takes too long to parse")
    if reason := _why_unwalkable(tree.walk(), is_late):
        return UnreadableText(reason=reason)
    return SyntaxTree(language=language, content=content, tree=tree)


def _why_unwalkable(cursor: Any, is_late: Callable[[], bool]) -> str:  # noqa: ANN401
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
    if _grammar(language) is not None:
        for section in QuerySection:
            _query(language, section)
        _error_query(language)


def _parser(language: Language) -> Any:  # noqa: ANN401
    """Return a parser, None when the grammar is not there or of another version."""
    grammar = _grammar(language)
    if grammar is None:
        return None
    from tree_sitter import Parser  # noqa: PLC0415

    return Parser(grammar)


@lru_cache
def _grammar(language: Language) -> Any:  # noqa: ANN401
    try:
        from tree_sitter import Language as Grammar  # noqa: PLC0415

        return Grammar(getattr(import_module(language.module), language.entry)())
    except (ImportError, AttributeError, ValueError, OSError):
        return None


@lru_cache
def _query(language: Language, section: QuerySection) -> Any:  # noqa: ANN401
    from tree_sitter import Query  # noqa: PLC0415

    return Query(_grammar(language), "\n".join(patterns(language, section)))


@lru_cache
def _error_query(language: Language) -> Any:  # noqa: ANN401
    from tree_sitter import Query  # noqa: PLC0415

    return Query(_grammar(language), "(ERROR) @error (MISSING) @error")


def patterns(language: Language, section: QuerySection) -> Iterator[str]:
    """Yield what the language's query files hold in one section."""
    folder = resources.files(__package__).joinpath("queries")
    for name in language.queries:
        text = folder.joinpath(f"{name}.scm").read_text("utf-8")
        for part in text.split("; == ")[1:]:
            title, _, body = part.partition("\n")
            if title == section:
                yield body
