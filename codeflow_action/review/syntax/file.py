"""One file's syntax: all that is asked of it, each question answered once, in another process."""

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from codeflow_action.engine.lazy import dataclass
from codeflow_action.review.syntax.definitions import Definition, definitions_of
from codeflow_action.review.syntax.grammar_list import language_of
from codeflow_action.review.syntax.grammars import QuerySection, SyntaxTree, load, parse
from codeflow_action.review.syntax.imports import Import, imports_of
from codeflow_action.review.syntax.mentions import Mention, mentions_of
from codeflow_action.review.syntax.reads import Reads, reads_of
from codeflow_action.review.worker import UnreadableText, Worker, worker

_BLOCK = (
    64  # lines that share a list of definitions: few are looked through, and few lists are kept
)


class SyntaxErrorPlace(NamedTuple):
    """Lines that the grammar could not read, or where it missed something."""

    line: int
    end_line: int


class SyntaxAnswers(NamedTuple):
    """What is asked of most files, as the other process sends it."""

    definitions: tuple[Definition, ...]
    imports: tuple[Import, ...]
    errors: tuple[SyntaxErrorPlace, ...]
    mentions: tuple[Mention, ...]


class _Index(NamedTuple):
    """Where to look: a file of 20,000 lines is not read through for each change or name."""

    mentions: dict[int, list[Mention]]  # by line
    of_name: dict[str, list[Definition]]
    in_block: dict[int, list[Definition]]  # of `_BLOCK` lines


@dataclass(frozen=True, kw_only=True)
class Syntax:
    """The syntax of one file's bytes.

    `language` is the grammar's name, such as `c_sharp`; `definitions` are in the order of their
    lines, outer ones first, `imports` likewise. `errors` are where the grammar gave up: grammars
    lag behind languages, so code may still be right.
    """

    path: str
    content: bytes
    language: str
    definitions: tuple[Definition, ...]
    imports: tuple[Import, ...]
    errors: tuple[SyntaxErrorPlace, ...]
    all_mentions: tuple[Mention, ...]
    worker: Worker

    def mentions(self, lines: Iterable[int]) -> tuple[Mention, ...]:
        """Return the names on these lines with what they are there for, in their order."""
        by_line = self._index.mentions
        return tuple(mention for line in sorted(set(lines)) for mention in by_line.get(line, ()))

    def definitions_named(self, name: str) -> tuple[Definition, ...]:
        """Return the definitions of that name."""
        return tuple(self._index.of_name.get(name, ()))

    def definitions_around(self, first: int, last: int) -> tuple[Definition, ...]:
        """Return the definitions that hold all of the lines, in their order."""
        near = self._index.in_block.get(first // _BLOCK, ())
        return tuple(definition for definition in near if definition.holds(first, last))

    @cached_property
    def _index(self) -> "_Index":
        index = _Index({}, {}, {})
        for mention in self.all_mentions:
            index.mentions.setdefault(mention.line, []).append(mention)
        for definition in self.definitions:
            index.of_name.setdefault(definition.name, []).append(definition)
            for block in range(definition.line // _BLOCK, definition.end_line // _BLOCK + 1):
                index.in_block.setdefault(block, []).append(definition)
        return index

    @cached_property
    def reads(self) -> Reads | None:
        """Where names are only read; None where nobody can say, or the language has no rules."""
        reads = self.worker.run(find_reads, self.content, self.path, load_grammar)
        return None if isinstance(reads, UnreadableText) else reads


def read_syntax(
    path: str, content: bytes, parser: Worker | None = None
) -> Syntax | UnreadableText | None:
    """Return the file's syntax, None without a grammar. It blocks: ask from a thread.

    `parser` is the worker that is asked, by default the one for syntax.
    """
    language = language_of(path)
    if language is None:
        return None
    asked_worker = parser or worker("syntax")
    answers = asked_worker.run(find_answers, content, path, load_grammar)
    if answers is None or isinstance(answers, UnreadableText):
        return answers
    return Syntax(
        path=path,
        content=content,
        language=language.name,
        definitions=answers.definitions,
        imports=answers.imports,
        errors=answers.errors,
        all_mentions=answers.mentions,
        worker=asked_worker,
    )


def load_grammar(path: str) -> None:
    """Load what the file's language needs: with queries it may take longer than most files."""
    language = language_of(path)
    if language is not None:
        load(language)


def find_answers(content: bytes, path: str) -> SyntaxAnswers | UnreadableText | None:
    """Parse the file and ask its tree; runs in the worker."""
    tree = _tree_of(content, path)
    if tree is None or isinstance(tree, UnreadableText):
        return tree
    errors = tree.captures(QuerySection.ERRORS).get("error", ()) if tree.root.has_error else ()
    return SyntaxAnswers(
        definitions=definitions_of(tree),
        imports=imports_of(tree),
        errors=tuple(
            SyntaxErrorPlace(node.start_point.row + 1, node.end_point.row + 1) for node in errors
        ),
        mentions=mentions_of(tree),
    )


def find_reads(content: bytes, path: str) -> Reads | UnreadableText | None:
    """Parse the file and find its reads; runs in the worker."""
    tree = _tree_of(content, path)
    return reads_of(tree) if isinstance(tree, SyntaxTree) else tree


def _tree_of(content: bytes, path: str) -> SyntaxTree | UnreadableText | None:
    language = language_of(path)
    return parse(content, language) if language else None
