"""One file's syntax: all that is asked of it, each question answered once, in another process."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from codeflow_action.review.syntax.definitions import Definition, definitions_of
from codeflow_action.review.syntax.grammar_list import language_of
from codeflow_action.review.syntax.grammars import QuerySection, SyntaxTree, load, parse
from codeflow_action.review.syntax.imports import Import, imports_of
from codeflow_action.review.syntax.mentions import Mention, mentions_of
from codeflow_action.review.syntax.reads import Reads, reads_of
from codeflow_action.review.worker import UnreadableText, Worker, worker

_BLOCK = 64  # lines: of the look-up by line, so that a file of 20,000 is not read through for each


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
        by_line = self._by_line
        return tuple(mention for line in sorted(set(lines)) for mention in by_line.get(line, ()))

    @cached_property
    def _by_line(self) -> Mapping[int, tuple[Mention, ...]]:
        lines: dict[int, list[Mention]] = {}
        for mention in self.all_mentions:
            lines.setdefault(mention.line, []).append(mention)
        return {line: tuple(on_line) for line, on_line in lines.items()}

    def definitions_named(self, name: str) -> tuple[Definition, ...]:
        """Return the definitions of that name."""
        return self._by_name.get(name, ())

    def definitions_around(self, first: int, last: int) -> tuple[Definition, ...]:
        """Return the definitions that hold all of the lines, in their order."""
        near = self._by_block.get(first // _BLOCK, ())
        return tuple(definition for definition in near if definition.holds(first, last))

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[Definition, ...]]:
        names: dict[str, list[Definition]] = {}
        for definition in self.definitions:
            names.setdefault(definition.name, []).append(definition)
        return {name: tuple(of_name) for name, of_name in names.items()}

    @cached_property
    def _by_block(self) -> Mapping[int, tuple[Definition, ...]]:
        """Definitions by blocks of lines: a file of 20,000 is not read anew for each change."""
        blocks: dict[int, list[Definition]] = {}
        for definition in self.definitions:
            for block in range(definition.line // _BLOCK, definition.end_line // _BLOCK + 1):
                blocks.setdefault(block, []).append(definition)
        return {block: tuple(in_block) for block, in_block in blocks.items()}

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
