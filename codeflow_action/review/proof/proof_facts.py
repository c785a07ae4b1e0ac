"""Facts: the files, search hits and listing that checkers look at, gathered before they do."""

import re
from collections.abc import Mapping
from dataclasses import field
from functools import cached_property, lru_cache

from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.ports import Hit
from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.review.syntax import (
    Definition,
    DefinitionKind,
    Mention,
    Syntax,
    innermost_definition,
    language_of,
    read_syntax,
)
from codeflow_action.review.units import split_lines

_SEPARATORS = regex(r"::|->|[.#\\]")
_IDENTIFIER = regex(r"[^\W\d]\w{0,119}\Z")  # what trees can be searched for
_MAX_HITS_OF_NAME = 100  # trees cut there (`integrations.name_search`)
_SCRIPTS = frozenset({"javascript", "typescript", "tsx"})
_EXPORTS = regex(
    r"^(?:export\s*(?:type\s*)?|(?:module\.)?exports\s*=\s*)\{[^{}]*\}|^(?:module\.)?exports\b.*",
    re.MULTILINE,
)
_SCOPES = frozenset({DefinitionKind.FUNCTION, DefinitionKind.TYPE, DefinitionKind.EXTENSION})


@lru_cache(maxsize=512)
def word(name: str) -> re.Pattern[str]:
    """Return a pattern for the name as a whole word."""
    return re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")


def parts_of(subject: str) -> tuple[str, ...]:
    """Return the identifiers of a symbol such as `Cart.add()`, none where it is no symbol."""
    bare = subject.strip().strip("`'\"").partition("(")[0].strip().lstrip("@").removesuffix(";")
    parts = tuple(part for part in _SEPARATORS.split(bare) if part)
    return parts if all(_IDENTIFIER.match(part) for part in parts) else ()


@dataclass(frozen=True, kw_only=True)
class SourceText:
    """One file of one version, parsed when it is first asked."""

    path: str
    content: bytes

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Its lines, without their ends."""
        return split_lines(self.content.decode("utf-8", "replace"))

    @cached_property
    def syntax(self) -> Syntax | None:
        """What its grammar says of it; None without an answer."""
        syntax = read_syntax(self.path, self.content)
        return syntax if isinstance(syntax, Syntax) else None

    @cached_property
    def language(self) -> str:
        """Its grammar's name, empty without one."""
        language = language_of(self.path)
        return language.name if language else ""

    @cached_property
    def definitions(self) -> tuple[Definition, ...]:
        """All definitions, outer ones first."""
        return self.syntax.definitions if self.syntax else ()

    def defines(self, name: str) -> tuple[Definition, ...]:
        """Return the definitions of that name."""
        return self.syntax.definitions_named(name) if self.syntax else ()

    def with_word(self, name: str) -> tuple[int, ...]:
        """Return the lines in which the name stands as a whole word, be it code or not."""
        pattern = word(name)
        return tuple(
            number for number, line in enumerate(self.lines, start=1) if pattern.search(line)
        )

    def mentions(self, name: str) -> tuple[Mention, ...]:
        """Return where code names it, which is neither in comments nor in strings."""
        mentions = self.syntax.mentions(self.with_word(name)) if self.syntax else ()
        return tuple(mention for mention in mentions if mention.name == name)

    def uses(self, name: str) -> tuple[Mention, ...]:
        """Return where code uses it; imports and lists of exports are no uses."""
        uses = (mention for mention in self.mentions(name) if mention.is_use)
        return tuple(mention for mention in uses if mention.line not in self.handed_on_lines)

    def stands_free(self, name: str, line: int) -> bool:
        """True when the line has the name otherwise than as a member, a key or an assigned one."""
        bare = rf"(?<![\w$.])(?<!->)(?<!::){re.escape(name)}(?![\w$])"
        pattern = rf"{bare}(?!\s*(?:=(?![=>])|:(?!:)))"
        return re.search(pattern, self.lines[line - 1]) is not None

    @cached_property
    def handed_on_lines(self) -> frozenset[int]:
        """The lines of imports and of lists of exports: what they name they do not use."""
        imports = self.syntax.imports if self.syntax else ()
        spans = [(statement.line, statement.end_line) for statement in imports]
        if self.language in _SCRIPTS:
            text = "\n".join(self.lines)
            spans += [
                (text.count("\n", 0, match.start()) + 1, text.count("\n", 0, match.end()) + 1)
                for match in _EXPORTS.finditer(text)
            ]
        return frozenset(line for first, last in spans for line in range(first, last + 1))

    def scope(self, first: int, last: int) -> Definition | None:
        """Return the innermost function or type around the lines, None at the file's top."""
        return innermost_definition(self.definitions, first, last, _SCOPES)

    def scope_of(self, definition: Definition) -> Definition | None:
        """Return the innermost function or type around a definition.

        Of two on the same lines, the one that the other's name says it is inside of.
        """
        outer_names = definition.outer_names
        prefixes = {".".join(outer_names[:size]) for size in range(1, len(outer_names) + 1)}
        scopes = [
            scope
            for scope in self.definitions
            if scope is not definition
            and scope.kind in _SCOPES
            and scope.holds(definition.line, definition.end_line)
            and (scope.line_count > definition.line_count or scope.qualified_name in prefixes)
        ]
        return min(scopes, key=lambda scope: scope.line_count, default=None)

    def depth(self, line: int) -> int:
        """Return the columns before the line's text."""
        text = self.lines[line - 1].expandtabs(8) if 0 < line <= len(self.lines) else ""
        return len(text) - len(text.lstrip())


@dataclass(frozen=True, kw_only=True)
class ProofFacts:
    """What is known when a claim is checked.

    `head` and `base` hold the files that were read. `hits` are by name; `is_whole` is False when
    a name may stand where nobody looked. `not_run` are added lines of head that the project's tests
    did not run, by path, as far as it is reported.
    """

    head: Mapping[str, SourceText]
    base: Mapping[str, SourceText]
    listing: frozenset[str] | None
    hits: Mapping[str, tuple[Hit, ...]]
    is_whole: bool
    changed_files: Mapping[str, ChangedFile]
    not_run: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def files_with(self, name: str) -> tuple[str, ...]:
        """Return the paths of head in which the name stands."""
        return tuple(dict.fromkeys(hit.path for hit in self.hits.get(name, ())))

    def texts_with(self, name: str, besides: str = "") -> tuple[SourceText, ...] | None:
        """Return the files in which it stands, None where one of them was not read."""
        paths = [path for path in self.files_with(name) if path != besides]
        if len(self.hits.get(name, ())) >= _MAX_HITS_OF_NAME or any(
            path not in self.head for path in paths
        ):
            return None
        return tuple(self.head[path] for path in paths)

    def definitions(self, name: str) -> tuple[tuple[str, Definition], ...]:
        """Return all definitions of the name in files that were read, with their paths."""
        return tuple(
            (text.path, definition)
            for text in sorted(self.head.values(), key=lambda text: text.path)
            for definition in text.defines(name)
        )


def stem_of(path: str) -> str:
    """Return the file's name up to its first dot, as an import has it."""
    return path.rpartition("/")[2].partition(".")[0]
