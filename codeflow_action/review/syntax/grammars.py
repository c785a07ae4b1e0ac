"""Loads grammars when they are first needed, parses, and asks queries; the only importer of both.

A grammar is some 0.2 to 7 MB of machine code and 1 to 14 ms to load, its queries 1 to 40 ms to
compile: what a change does not need is not loaded.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib import import_module, resources
from typing import Any, Protocol

from codeflow_action.review.syntax.languages import Language

# Bytes. Ordinary code is parsed at about 3 MB/s; beyond 1 MB it is nearly always a tool's work.
MAX_BYTES = 1_000_000
# CPU seconds. Some grammars take time by the square of what they do not understand; ordinary code
# takes a quarter of this. The limit is looked at between steps only, and a step may be long:
_SECONDS = 0.25
_SECONDS_PER_BYTE = 1e-6
# 100 kB of `a<a<a<…` filled 24 GB in the C# grammar's last step: more `<` than people write in one
# statement are not parsed (3,000 of them take 0.4 s and 140 MB, 10,000 take 3.5 s and 900 MB).
_MAX_ANGLES = 1_000
_STATEMENT_ENDS = re.compile(rb"[;{}]")
_READ = 65_536  # bytes at a time
_MATCHES_UNDER_WAY = 10_000  # of a query; more are only had by trees of nothing but errors


class Section(StrEnum):
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


type Match = Mapping[str, Sequence[Node]]


@dataclass(frozen=True, kw_only=True)
class Parsed:
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

    def matches(self, section: Section) -> Iterator[Match]:
        """Yield what the language's patterns of that section find in the whole file."""
        cursor = self._cursor(_query(self.language, section))
        for _pattern, captures in cursor.matches(self.root):
            yield captures

    def captures(self, section: Section, first: int, last: int) -> Match:
        """Return nodes by capture name that patterns find touching lines `first..last`."""
        cursor = self._cursor(_query(self.language, section))
        cursor.set_point_range((first - 1, 0), (last, 0))
        found: Match = cursor.captures(self.root)
        return found

    def errors(self) -> Sequence[Node]:
        """Return the nodes that the grammar could not read, and those that it missed."""
        if not self.root.has_error:
            return ()
        cursor = self._cursor(_error_query(self.language))
        found: Match = cursor.captures(self.root)
        return found.get("error", ())

    def _cursor(self, query: Any) -> Any:  # noqa: ANN401 - the library's types stay in here
        from tree_sitter import QueryCursor  # noqa: PLC0415 - only what a change needs is loaded

        return QueryCursor(query, match_limit=_MATCHES_UNDER_WAY)


def _is_hostile(content: bytes) -> bool:
    angles = content.count(b"<")
    return angles > _MAX_ANGLES and any(
        part.count(b"<") > _MAX_ANGLES for part in _STATEMENT_ENDS.split(content)
    )


def _stopper(size: int, clock: Callable[[], float]) -> Callable[..., bool]:
    """Return a function that is True once parsing so many bytes has taken too long."""
    end = clock() + _SECONDS + size * _SECONDS_PER_BYTE
    return lambda *_progress: clock() > end


def parse(
    content: bytes, language: Language, clock: Callable[[], float] = time.thread_time
) -> Parsed | None:
    """Return the parsed file, None when it is too large or slow, or its grammar does not load."""
    parser = _parser(language)
    if parser is None or len(content) > MAX_BYTES or _is_hostile(content):
        return None

    def read(offset: int, _point: object) -> bytes:
        return content[offset : offset + _READ]

    try:
        tree = parser.parse(read, progress_callback=_stopper(len(content), clock))
    except ValueError:  # how the library says that it was stopped
        parser.reset()
        return None
    return Parsed(language=language, content=content, tree=tree)


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
def _query(language: Language, section: Section) -> Any:  # noqa: ANN401
    from tree_sitter import Query  # noqa: PLC0415

    return Query(_grammar(language), "\n".join(patterns(language, section)))


@lru_cache
def _error_query(language: Language) -> Any:  # noqa: ANN401
    from tree_sitter import Query  # noqa: PLC0415

    return Query(_grammar(language), "(ERROR) @error (MISSING) @error")


def patterns(language: Language, section: Section) -> Iterator[str]:
    """Yield what the language's query files hold in one section."""
    folder = resources.files(__package__).joinpath("queries")
    for name in language.queries:
        text = folder.joinpath(f"{name}.scm").read_text("utf-8")
        for part in text.split("; == ")[1:]:
            title, _, body = part.partition("\n")
            if title == section:
                yield body
