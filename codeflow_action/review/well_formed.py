"""Does this text parse? JSON, YAML, TOML and Python, read where it can be ended.

Their parsers hold the interpreter's lock, and take time or memory by the square of what some texts
hold: the worker asks them (`review.worker`).
"""

import ast
import json
import re
import tomllib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import yaml

from codeflow_action.engine.files import language
from codeflow_action.review.worker import UnreadableText, Worker, worker

MAX_BYTES = 500_000  # of a file that is no JSON: a larger one takes seconds
_MAX_DEPTH = 200  # of YAML: its parser's time grows with the square of it


@dataclass(frozen=True, kw_only=True)
class ParseResult:
    """How a text parsed. `error` is the parser's complaint, and `line` its place, from 1.

    Where it did not parse, `loosely` says that JSON with comments and trailing commas would.
    """

    error: str = ""
    line: int | None = None
    loosely: bool = False


type _Parse = Callable[[bytes], ParseResult]

_load_json = partial(json.loads, parse_int=len, parse_float=len)  # numbers of any length


def _python(content: bytes) -> ParseResult:
    try:
        with warnings.catch_warnings():  # of odd escapes in code that is not ours to mend
            warnings.simplefilter("ignore")
            ast.parse(content)
    except SyntaxError as error:
        return ParseResult(error=error.msg, line=error.lineno)
    return ParseResult()


def _json(content: bytes) -> ParseResult:
    try:
        _load_json(content)
    except json.JSONDecodeError as error:
        loosely = _is_loose(content.decode("utf-8-sig"))
        return ParseResult(error=error.msg, line=error.lineno, loosely=loosely)
    return ParseResult()


def _loose_json(content: bytes) -> ParseResult:
    text = content.decode("utf-8-sig")
    try:
        _load_json(_strict(text))
    except json.JSONDecodeError as error:
        return ParseResult(error=error.msg, line=error.lineno)
    return ParseResult()


def _is_loose(text: str) -> bool:
    """True for JSON with comments, and for a JSON value on each line."""
    try:
        _load_json(_strict(text))
    except json.JSONDecodeError:
        first, _, rest = text.strip().partition("\n")
        try:
            _load_json(first)
        except json.JSONDecodeError:
            return False
        return bool(rest)
    return True


_STRING_OR_COMMENT = re.compile(  # what is not closed ends with its line or the text
    r'"(?:\\.|[^"\\\n])*"?|//[^\n]*|/\*(?s:.*?)(?:\*/|\Z)', re.MULTILINE
)
_LAST_COMMA = re.compile(r",(?=\s*[}\]])")


def _strict(text: str) -> str:
    """Return JSON without comments and trailing commas; lines stay where they are."""
    pieces: list[str] = []
    end = 0
    for match in _STRING_OR_COMMENT.finditer(text):
        piece = match[0] if match[0].startswith('"') else re.sub(r"[^\n]", " ", match[0])
        pieces += [text[end : match.start()], piece]
        end = match.end()
    plain = "".join([*pieces, text[end:]])
    return _LAST_COMMA.sub(" ", plain)


def _yaml(content: bytes) -> ParseResult:
    """Read events only: nothing is built, so that neither tags nor aliases do anything."""
    depth = 0
    try:
        for event in yaml.parse(content, Loader=yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH:
                raise RecursionError
    except yaml.MarkedYAMLError as error:
        # What is missing at the end began somewhere: there the reader can mend it.
        is_at_end = error.problem == "found unexpected end of stream"
        mark = (is_at_end and error.context_mark) or error.problem_mark or error.context_mark
        return ParseResult(error=error.problem or "", line=mark.line + 1 if mark else None)
    return ParseResult()


def _toml(content: bytes) -> ParseResult:
    try:
        tomllib.loads(content.decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        return ParseResult(error=str(error), line=int(place[1]) if place else None)
    return ParseResult()


_PARSERS: Mapping[str, tuple[str, _Parse]] = {
    "python": ("Python", _python),
    "json": ("JSON", _json),
    "jsonc": ("JSON with comments", _loose_json),
    "yaml": ("YAML", _yaml),
    "toml": ("TOML", _toml),
}


def language_of(path: str) -> str:
    """Return what a file should parse as, in words; empty for what is not known here."""
    name, _ = _PARSERS.get(language(path), ("", None))
    return name


def is_too_large(path: str, content: bytes) -> bool:
    """True for a file that would be parsed if it were smaller."""
    name = language_of(path)
    return bool(name) and not name.startswith("JSON") and len(content) > MAX_BYTES


def parse(
    path: str, content: bytes, parser: Worker | None = None
) -> ParseResult | UnreadableText | None:
    """Return how it parsed; None where nobody can say: other languages and encodings, large files.

    It blocks: ask from a thread. `parser` is the worker to ask, by default this module's own.
    """
    if not language_of(path) or is_too_large(path, content):
        return None
    return (parser or worker("well formed")).run(find_form, content, path)


def find_form(content: bytes, path: str) -> ParseResult | None:
    """Return how a text parsed; runs in the worker, which ends what takes too much."""
    _, read = _PARSERS[language(path)]
    try:
        return read(content)
    except (ValueError, yaml.YAMLError):
        # UnicodeDecodeError is a ValueError, as is a number of too many digits.
        return None
