"""Whether a grammar reads a file to its end, and whether the file itself is to blame if not.

Grammars lag behind their languages: of 22,700 changes to files in 70 repositories, 14 had errors
for that alone, and none of these left a bracket open or a block without its end. Kotlin's and
Swift's grammars err more often, 34 of 4,600, and lose the brackets with it: theirs are counted
without a grammar. TSX's reads a tag that another one closes, so names of tags are compared here.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from codeflow_action.engine.lazy import regex
from codeflow_action.review.syntax.bracket_scan import odd_bracket_line
from codeflow_action.review.syntax.grammar_list import language_of
from codeflow_action.review.syntax.grammars import Node, SyntaxTree, parse
from codeflow_action.review.worker import UnreadableText, Worker, worker

# By their names in `engine.files.language`, as people write them. Python has a better judge.
_NAMES = {
    "bash": "a shell script",
    "c_sharp": "C#",
    "cpp": "C++",
    "elixir": "Elixir",
    "go": "Go",
    "hcl": "HCL",
    "java": "Java",
    "javascript": "JavaScript",
    "kotlin": "Kotlin",
    "lua": "Lua",
    "php": "PHP",
    "ruby": "Ruby",
    "rust": "Rust",
    "scala": "Scala",
    "swift": "Swift",
    "tsx": "TypeScript",
    "typescript": "TypeScript",
}
_OPENING = {b")": b"(", b"]": b"[", b"}": b"{"}
_BRACKET = regex(rb"[][(){}]")
# How the grammars call what may hold brackets of no meaning: their strings, comments and the like.
_TEXT_TYPE = regex(
    r"string|comment|char|regex|heredoc|nowdoc|symbol|sigil|quoted|rune_literal"
    r"|^(?:jsx_)?text$|^word_?list|uninterpreted"
)
# What a block, a bracket or an operator cannot do without, in every version of a language.
_NEEDED = frozenset({"end", "done", "fi", "esac", "identifier", ")", "]", "}"})
_DANGLING = regex(rb"(?:\s[-+*/%|^=]|[=!]=|&&|\|\||[^-+*/<>=]=)\s*[;)\]}]")
# Which branch holds is not in the text: brackets may stand in one of them only.
_CONDITIONAL = regex(rb"^[ \t]*#[ \t]*(?:if|ifdef|ifndef|else|elif)\b", re.MULTILINE)
_SMALL = 3  # lines of an error that tells its place


class SyntaxBreak(NamedTuple):
    """Where a file stops being readable; `is_certain` where no version of the language reads it."""

    line: int
    is_certain: bool


def broken_language(path: str) -> str:
    """Return the language whose grammar may say that a file is broken, in words; else nothing."""
    language = language_of(path)
    return _NAMES.get(language.name, "") if language else ""


def find_break(
    path: str, content: bytes, parser: Worker | None = None
) -> SyntaxBreak | UnreadableText | None:
    """Return where the file stops being readable, None where it does not. It blocks."""
    return (parser or worker("well formed")).run(read_break, content, path)


def is_readable(path: str, content: bytes, parser: Worker | None = None) -> bool:
    """True where the grammar reads all of a text, with each bracket closed. It blocks."""
    return (parser or worker("well formed")).run(reads_whole, content, path) is True


def find_code_lines(
    path: str, content: bytes, numbers: frozenset[int], parser: Worker | None = None
) -> frozenset[int] | None:
    """Return those of the lines that lie outside of strings and comments; it blocks.

    None without a grammar, and where it cannot say.
    """
    spans = (parser or worker("well formed")).run(read_text_lines, content, path)
    if spans is None or isinstance(spans, UnreadableText):
        return None
    return frozenset(
        number for number in numbers if not any(first <= number <= last for first, last in spans)
    )


def read_text_lines(
    content: bytes, path: str
) -> tuple[tuple[int, int], ...] | UnreadableText | None:
    """Return the first and last lines of strings and comments of several lines; for the worker."""
    language = language_of(path)
    tree = parse(content, language) if language else None
    if not isinstance(tree, SyntaxTree):
        return tree
    # Some grammars end a comment behind its line feed.
    rows = (
        (node.start_point.row + 1, node.end_point.row + (node.end_point.column > 0))
        for node in _texts(tree.root)
    )
    return tuple((first, last) for first, last in rows if first < last)


def reads_whole(content: bytes, path: str) -> bool:
    """Return whether a grammar reads all of a text, brackets too; runs in the worker."""
    language = language_of(path)
    tree = parse(content, language) if language else None
    if not isinstance(tree, SyntaxTree) or tree.root.has_error:
        return False
    return _odd_bracket(tree, path) is None and _odd_tag(tree) is None


def read_break(content: bytes, path: str) -> SyntaxBreak | UnreadableText | None:
    """Return where a text stops being readable; runs in the worker.

    Brackets are counted only where there is an error: that takes longer than the grammar itself.
    """
    language = language_of(path)
    tree = parse(content, language) if language else None
    if not isinstance(tree, SyntaxTree):
        return tree
    if not tree.root.has_error:
        odd_tag_line = _odd_tag(tree)
        return SyntaxBreak(odd_tag_line, is_certain=True) if odd_tag_line else None
    odd_line = _odd_bracket(tree, path)
    error = next(_errors(tree.root), tree.root)
    line, rows = error.start_point.row + 1, error.end_point.row - error.start_point.row
    code = content.split(b"\n")[line - 1 : line + min(rows, _SMALL)]
    is_odd = odd_line is not None and not _CONDITIONAL.search(content)
    if _is_scanned(path):
        return SyntaxBreak(odd_line or line, is_certain=is_odd)
    is_certain = (
        is_odd
        or (error.is_missing and error.type in _NEEDED)
        or tree.root.type == "ERROR"
        or any(_DANGLING.search(text) for text in code)
    )
    return SyntaxBreak(line if odd_line is None or rows < _SMALL else odd_line, is_certain)


def has_syntax_error(path: str, content: bytes) -> bool | None:
    """True where the grammar cannot read a text, None where nobody can say; for the worker."""
    language = language_of(path)
    tree = parse(content, language) if language else None
    return tree.root.has_error if isinstance(tree, SyntaxTree) else None


def _errors(root: Node) -> Iterator[Node]:
    """Yield what the grammar could not read, and what it missed, in the file's order."""
    nodes = [root]
    while nodes:
        node = nodes.pop()
        if node.is_missing or (node.type == "ERROR" and node is not root):
            yield node
        else:
            nodes += [child for child in reversed(node.children) if child.has_error]


def _odd_bracket(tree: SyntaxTree, path: str) -> int | None:
    """Return the line of the first bracket that closes another one, or that nothing closes.

    Every sign of the text counts that is not in a string or a comment: what a grammar cannot read
    it also leaves out of its tree.
    """
    language = language_of(path)
    # In a shell's `case` a parenthesis closes what none has opened.
    if language and language.name == "bash":
        return None
    if _is_scanned(path):
        return odd_bracket_line(tree.content, is_swift=path.endswith(".swift"))
    opened: list[tuple[bytes, int]] = []
    place = 0
    spans = [(node.start_byte, node.end_byte) for node in _texts(tree.root)]
    for start, end in [*spans, (len(tree.content), len(tree.content))]:
        for match in _BRACKET.finditer(tree.content, place, max(place, start)):
            if match[0] in _OPENING.values():
                opened.append((match[0], match.start()))
            elif not opened or opened.pop()[0] != _OPENING[match[0]]:
                return tree.content.count(b"\n", 0, match.start()) + 1
        place = max(place, end)
    return tree.content.count(b"\n", 0, opened[-1][1]) + 1 if opened else None


def _is_scanned(path: str) -> bool:
    language = language_of(path)
    return language is not None and language.name in ("kotlin", "swift")


def _odd_tag(tree: SyntaxTree) -> int | None:
    """Return the line of the first element of JSX that is closed by another name."""
    nodes = [tree.root] if b"</" in tree.content else []
    while nodes:
        node = nodes.pop()
        if node.type == "jsx_element":
            tags = (node.child_by_field_name(name) for name in ("open_tag", "close_tag"))
            names = [tag.child_by_field_name("name") for tag in tags if tag is not None]
            opening, closing = (name.text if name is not None else b"" for name in names)
            if opening != closing:
                return node.end_point.row + 1
        nodes += reversed(node.children)
    return None


def _texts(root: Node) -> Iterator[Node]:
    """Yield the strings, comments and the like, in the file's order."""
    nodes = [root]
    while nodes:
        node = nodes.pop()
        if node.is_named and _TEXT_TYPE.search(node.type):
            yield node
        else:
            nodes += reversed(node.children)
