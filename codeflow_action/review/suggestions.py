"""A suggestion is applied in memory and parsed before anyone sees it."""

import ast
import json
import tomllib
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

import yaml

from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Suggestion
from codeflow_action.review.anchoring import Anchor
from codeflow_action.review.units import split_lines


def _python(text: str) -> None:
    ast.parse(text)


def _json(text: str) -> None:
    json.loads(text)


def _toml(text: str) -> None:
    tomllib.loads(text)


def _yaml(text: str) -> None:
    for _event in yaml.parse(text, Loader=yaml.SafeLoader):
        pass


# Only what can be parsed here may be suggested; ValueError covers JSON's, TOML's and NUL errors.
_PARSERS: Mapping[str, Callable[[str], None]] = {
    ".py": _python,
    ".pyi": _python,
    ".json": _json,
    ".toml": _toml,
    ".yml": _yaml,
    ".yaml": _yaml,
}


def check_suggestion(
    replacement: str, anchor: Anchor, path: str, head: str
) -> tuple[Suggestion | None, str]:
    """Return the suggestion, or None and why it is not shown.

    `head` is the whole file as it stands. The suggestion must stand on the head side inside the
    diff, change something, keep the first line's indentation, and leave a file that parses.
    """
    if anchor.side is Side.LEFT or not anchor.in_diff:
        return None, "not on lines of the head that the diff shows"
    new = split_lines(replacement)
    old = split_lines(anchor.code)
    if [line.rstrip() for line in new] == [line.rstrip() for line in old]:
        return None, "changes nothing"
    if new and old and _indent(new[0]) != _indent(old[0]):
        return None, "changes the indentation of its first line"
    parser = _PARSERS.get(PurePosixPath(path).suffix.lower())
    if parser is None:
        return None, "no parser for this language to check it with"
    applied = _apply(head, anchor, new)
    if _parses(parser, applied):
        suggestion = Suggestion(
            start_line=anchor.line, end_line=anchor.end_line, replacement="\n".join(new)
        )
        return suggestion, ""
    return None, "the file would no longer parse"


def _apply(head: str, anchor: Anchor, new: tuple[str, ...]) -> str:
    lines = head.split("\n")
    return "\n".join([*lines[: anchor.line - 1], *new, *lines[anchor.end_line :]])


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _parses(parser: Callable[[str], None], text: str) -> bool:
    try:
        parser(text)
    except (SyntaxError, ValueError, yaml.YAMLError, RecursionError, MemoryError):
        return False
    return True
