"""What a file's grammar says of it: definitions, imports, names on lines, errors.

`read_syntax` parses the bytes of one file; without a grammar for it, or where it is too large or
takes too long, the answer is None and callers go by indentation (`indented_block`). Lines are
1-based, both ends included, and end at LF alone.
"""

from codeflow_action.review.syntax.definitions import (
    Definition,
    Kind,
    enclosing,
    indented_block,
)
from codeflow_action.review.syntax.file import Syntax, SyntaxErrorPlace, read_syntax
from codeflow_action.review.syntax.imports import Import, ImportedName
from codeflow_action.review.syntax.languages import language_of
from codeflow_action.review.syntax.mentions import Mention, Role
from codeflow_action.review.syntax.reads import Reads

__all__ = [
    "Definition",
    "Import",
    "ImportedName",
    "Kind",
    "Mention",
    "Reads",
    "Role",
    "Syntax",
    "SyntaxErrorPlace",
    "enclosing",
    "indented_block",
    "language_of",
    "read_syntax",
]
