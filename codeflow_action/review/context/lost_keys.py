"""Names that a change takes away and that other languages may speak of: keys, columns, variables.

No grammar calls them definitions: a key of JSON or YAML, a field of protobuf or GraphQL, a column
that a migration drops, an attribute that a method sets, a variable of the environment in quotes.
"""

import re
from collections.abc import Iterable, Iterator

from codeflow_action.engine.files import family, is_code
from codeflow_action.engine.lazy import regex
from codeflow_action.review.units import SourceFile

_NAME = r"[A-Za-z_]\w{2,79}"
# A whole text in quotes that is a name: a key, a route's name, a variable of the environment.
_QUOTE = regex(rf"[\"'`]({_NAME})[\"'`]")
_ATTRIBUTE = regex(rf"\b(?:self|this)\.({_NAME})\s{{0,9}}(?::[^=\n]{{1,99}})?=(?!=)")
# A field of an object or an interface, which protobuf, GraphQL or JSON may call the same.
_FIELD = regex(rf"^\s*(?:readonly\s+)?({_NAME})\??:\s")
# https://protobuf.dev/reference/protobuf/proto3-spec/#fields
_PROTO = regex(
    rf"\b({_NAME})\s{{0,9}}=\s{{0,9}}\d+\s{{0,9}}[;\[]|^\s*(?:message|enum|rpc)\s+({_NAME})"
)
# YAML, TOML, `.env`, and fields in GraphQL, whose arguments stand in parentheses.
_KEY = regex(rf"^\s*(?:-\s+|export\s+)?({_NAME})\s{{0,9}}(?:\([^)]{{0,400}}\)\s{{0,9}})?[:=]")
_MIGRATION = regex(
    r"\b(?:drop|rename)\s+(?:column|table|view|type)\s+(?:if\s+exists\s+)?[\"`\[]?(\w{3,80})"
    r"|(?:drop|remove)_?column\w{0,9}\b.{0,200}[\"':](\w{3,80})",
    re.IGNORECASE,
)
_WORD = regex(r"\w+")
_HUMP = regex(r"(?<=[a-z0-9])([A-Z])")
_DISTINCT = regex(r"_|[a-z0-9][A-Z]")


def lost_keys(source: SourceFile) -> tuple[str, ...]:
    """Return the names, each once, as people write them in this file and in others' style.

    A name of one word is none: every program has it. What the file still names is not lost.
    """
    removed_lines = [
        source.old.get(line.old or 0, "") for hunk in source.file.hunks for line in hunk.removed
    ]
    added_lines = [
        source.lines[number - 1]
        for number in sorted(source.file.added_lines)
        if number <= len(source.lines)
    ]
    names = dict.fromkeys((*_names(source.file.path, removed_lines), *_column_names(added_lines)))
    if not any(map(_DISTINCT.search, names)):
        return ()
    column_names = frozenset(_column_names(added_lines))
    present_words = {word for line in source.lines for word in _WORD.findall(line)} - column_names
    distinct = [name for name in names if name not in present_words and _DISTINCT.search(name)]
    forms = ((name, _in_camel_case(name), _in_snake_case(name)) for name in distinct)
    return tuple(dict.fromkeys(form for of_name in forms for form in of_name))


def _has_fields(path: str) -> bool:
    return family(path) == "javascript"


def _names(path: str, lines: Iterable[str]) -> Iterator[str]:
    patterns: tuple[re.Pattern[str], ...]
    if path.endswith(".proto"):
        patterns = (_PROTO,)
    elif is_code(path):
        patterns = (_QUOTE, _ATTRIBUTE, _FIELD) if _has_fields(path) else (_QUOTE, _ATTRIBUTE)
    else:
        patterns = (_QUOTE, _KEY)
    for line in lines:
        for pattern in patterns:
            yield from (part for match in pattern.finditer(line) for part in match.groups() if part)


def _column_names(lines: Iterable[str]) -> Iterator[str]:
    """Yield the columns and tables that a migration takes away."""
    for line in lines:
        for match in _MIGRATION.finditer(line):
            yield match[1] or match[2]


def _in_camel_case(name: str) -> str:
    """Return a name of words and underscores as JavaScript writes it; a constant stays."""
    first, *rest = name.split("_")
    return name if name.isupper() or not first else first + "".join(map(str.capitalize, rest))


def _in_snake_case(name: str) -> str:
    """Return a name in camel case as protobuf, SQL and Python write it; any other stays."""
    return name if "_" in name or name.isupper() else _HUMP.sub(r"_\1", name).lower()
