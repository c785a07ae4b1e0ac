"""What a file's grammar says of it: definitions, imports, names on lines, errors.

`read_syntax` has the bytes of one file parsed in another process. Without a grammar for it the
answer is None, and `UnreadableText` where it is too large, too deep, or takes too long: then
callers go by indentation (`indented_block`). Lines are 1-based, both ends included, and end at
LF alone.
"""

from codeflow_action.review.syntax.definitions import (
    Definition,
    DefinitionKind,
    indented_block,
    innermost_definition,
)
from codeflow_action.review.syntax.file import Syntax, SyntaxErrorPlace, read_syntax
from codeflow_action.review.syntax.grammar_list import language_of
from codeflow_action.review.syntax.imports import Import, ImportedName
from codeflow_action.review.syntax.mentions import Mention, MentionRole
from codeflow_action.review.syntax.reads import Reads
from codeflow_action.review.worker import UnreadableText

__all__ = [
    "Definition",
    "DefinitionKind",
    "Import",
    "ImportedName",
    "Mention",
    "MentionRole",
    "Reads",
    "Syntax",
    "SyntaxErrorPlace",
    "UnreadableText",
    "indented_block",
    "innermost_definition",
    "language_of",
    "read_syntax",
]
