"""Does this text parse? JSON, YAML, TOML, XML and Python, read where the parser can be ended.

Their parsers hold the interpreter's lock, and take time or memory by the square of what some texts
hold: the worker asks them (`review.worker`).

A text is called broken only where every reader that we know refuses it. Lines are counted by LF
alone, as git counts them: YAML and Python end a line at more signs, so what their parsers say is
mapped back by its place in the text.
"""

import ast
import contextlib
import json
import re
import symtable
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from xml.parsers import expat

import pyjson5
import tomli
import yaml
import yaml12

from codeflow_action.engine.files import language
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.text_kinds import ContentKind, has_marks, kind_at_start, without_marks
from codeflow_action.review.duplicate_keys import DuplicateKeySearch
from codeflow_action.review.syntax.breaks import has_syntax_error
from codeflow_action.review.worker import UnreadableText, Worker, worker

MAX_BYTES = 500_000  # of a file that is no JSON: a larger one takes seconds
_MAX_DEPTH = 200  # of YAML: its parser's time grows with the square of it


@dataclass(frozen=True, kw_only=True)
class ParseResult:
    """How a text parsed. `error` is the parser's complaint, and `line` its place, from 1.

    Where it did not parse, `loosely` says that some reader takes it all the same: with comments,
    as JSON5, as several values, as a newer or older Python. `kind` says what it is where it is not
    what its name says, `has_marks` that it holds marks which templates have.
    """

    error: str = ""
    line: int | None = None
    loosely: bool = False
    kind: ContentKind | None = None
    has_marks: bool = False


type _Parse = Callable[[str, bytes, str], ParseResult]

_load_json = partial(json.loads, parse_int=len, parse_float=len)  # numbers of any length
_JSON_VALUES = json.JSONDecoder(parse_int=len, parse_float=len)
# Of space between values JSON sequences have one sign more: https://www.rfc-editor.org/rfc/rfc7464
_JSON_SPACE = regex(r"[ \t\r\n\x1e]*")
_STRING_OR_COMMENT = regex(  # what is not closed ends with its line or the text
    r'"(?:\\.|[^"\\\n])*"?|//[^\n]*|/\*(?s:.*?)(?:\*/|\Z)', re.MULTILINE
)
_HASH_COMMENT = regex(r"^[ \t]*#[^\n]*", re.MULTILINE)  # as YAML, Hjson and others take it
_LAST_COMMA = regex(r",(?=\s*[}\]])")
_MAX_JSON5_DEPTH = 200

# What is wrong in every version of Python; the grammar, which knows them all, is lenient here.
_ANY_PYTHON = regex(
    r"never closed|unterminated|unmatched|does not match|indented block|unexpected indent"
    r"|cannot (?:assign|delete)|follows|must follow|repeated|invalid character"
    r"|expected (?:':'|'\('|'except' or 'finally' block|'else' after)"
)
# Of newer versions what ours has no word for: strings of 3.14, exceptions without parentheses
# (3.14), imports of 3.15, as older ones write them.
_NEWER_PYTHON: tuple[tuple[re.Pattern[str], str], ...] = (
    (regex(r"""\b(?:t(r?)|(r)t)(?=["'])""", re.IGNORECASE), r"f\1\2"),
    (regex(r"^([ \t]*)lazy[ \t]+(?=import\b|from\b)", re.MULTILINE), r"\1"),
    (regex(r"\b(except\*?)[ \t]+([^:,(\n]{1,200},[^:(\n]{1,400}):"), r"\1 (\2):"),
)
_NEWER_UNPACKING = regex(r"unpacking cannot be used in")
_PYTHON_LINE_END = regex(rb"\r\n?|\n")

_TAB_BEHIND_KEY = regex(r"(?<=:)\t")

# An entity that the text itself does not define: readers of HTML, Android and others know more.
_ENTITY = regex(rb"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z_][\w.-]{0,80};")
# Of expat's errors those that speak of us: an encoding that we do not know, or of several bytes.
_OUR_LIMITS = frozenset(
    {
        expat.errors.codes[expat.errors.XML_ERROR_UNKNOWN_ENCODING],
        expat.errors.codes[expat.errors.XML_ERROR_INCORRECT_ENCODING],
        expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY],
        expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY],
    }
)
_SEVERAL_ROOTS = expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]


def _python(text: str, content: bytes, path: str) -> ParseResult:
    error = _python_error(content)
    if error is None:
        return ParseResult()
    newer = text
    for pattern, older in _NEWER_PYTHON:
        newer = pattern.sub(older, newer)
    is_newer = _NEWER_UNPACKING.search(error.msg) is not None or (
        newer != text and _python_error(newer.encode("utf-8", "replace")) is None
    )
    # Python 2 too, and versions that nobody has told us of: its grammar reads all that it can.
    loosely = is_newer or (
        _ANY_PYTHON.search(error.msg) is None and has_syntax_error(path, content) is False
    )
    # Python ends lines at CR as well.
    ends = [match.end() for match in _PYTHON_LINE_END.finditer(content)]
    place = ends[min(error.lineno, len(ends) + 1) - 2] if error.lineno and error.lineno > 1 else 0
    line = content.count(b"\n", 0, place) + 1 if error.lineno else None
    return ParseResult(error=error.msg, line=line, loosely=loosely)


def _python_error(content: bytes) -> SyntaxError | None:
    with warnings.catch_warnings():  # of odd escapes in code that is not ours to mend
        warnings.simplefilter("ignore")
        # What has a table of symbols was parsed for it, and that takes two thirds of what a tree
        # of Python's objects takes; it reads bytes, as `compile` does. It asks for more than
        # grammar, so without one nothing is said.
        with contextlib.suppress(SyntaxError, ValueError, RecursionError):
            symtable.symtable(content, "", "exec")  # type: ignore[arg-type]
            return None
        try:
            ast.parse(content)
        except SyntaxError as error:
            return error
    return None


def _json(text: str, content: bytes, _path: str) -> ParseResult:
    try:
        _load_json(content)
    except json.JSONDecodeError as error:
        loosely = _is_json5(text) or _is_many_values(text) or not _loose_json_error(text).error
        return ParseResult(error=error.msg, line=error.lineno, loosely=loosely)
    return ParseResult()


def _loose_json(text: str, _content: bytes, _path: str) -> ParseResult:
    result = _loose_json_error(text)
    if result.error and (_is_json5(text) or _is_many_values(text)):
        return replace(result, loosely=True)
    return result


def _loose_json_error(text: str) -> ParseResult:
    try:
        _load_json(_strict(text))
    except json.JSONDecodeError as error:
        return ParseResult(error=error.msg, line=error.lineno)
    return ParseResult()


def _is_json5(text: str) -> bool:
    try:
        pyjson5.decode(text, maxdepth=_MAX_JSON5_DEPTH)
    except (pyjson5.Json5DecoderException, ValueError):
        return False
    return True


def _is_many_values(text: str) -> bool:
    """True for lists and objects one after the other, each on its line or not."""
    place = 0
    while space := _JSON_SPACE.match(text, place):
        place = space.end()
        if place == len(text):
            return True
        if text[place] not in "[{":
            return False
        try:
            _, place = _JSON_VALUES.raw_decode(text, place)
        except json.JSONDecodeError:
            return False
    return False


def _strict(text: str) -> str:
    """Return JSON without comments and trailing commas; lines stay where they are."""
    text = _HASH_COMMENT.sub("", text)
    pieces: list[str] = []
    end = 0
    for match in _STRING_OR_COMMENT.finditer(text):
        piece = match[0] if match[0].startswith('"') else re.sub(r"[^\n]", " ", match[0])
        pieces += [text[end : match.start()], piece]
        end = match.end()
    plain = "".join([*pieces, text[end:]])
    return _LAST_COMMA.sub(" ", plain)


def _yaml(text: str, content: bytes, path: str) -> ParseResult:
    """Read events only: nothing is built, so that neither tags nor aliases do anything."""
    search = DuplicateKeySearch(path)
    try:
        for event in _yaml_events(content):
            search.add(event)
    except yaml.MarkedYAMLError as error:
        # What is missing at the end began somewhere: there the reader can mend it.
        is_at_end = error.problem == "found unexpected end of stream"
        mark = (is_at_end and error.context_mark) or error.problem_mark or error.context_mark
        line = text.count("\n", 0, mark.index) + 1 if mark else None
        return ParseResult(error=error.problem or "", line=line, loosely=_is_yaml_1_2(text))
    if search.found is None:
        return ParseResult()
    first, second = (
        text.count("\n", 0, place) + 1 for place in (search.found.first, search.found.second)
    )
    sentence = f"the key {search.found.quoted_key} is there twice, first on line {first}"
    return ParseResult(error=f"{sentence}, and {search.reader} refuses that", line=second)


def _yaml_events(content: bytes) -> Iterator[yaml.Event]:
    """Yield libyaml's events. Raises `RecursionError`, and what its composer would raise."""
    depth = 0
    anchors: set[str] = set()
    for event in yaml.parse(content, Loader=yaml.CSafeLoader):
        match event:
            case yaml.DocumentStartEvent():
                anchors.clear()
            case yaml.AliasEvent() if event.anchor not in anchors:
                problem = f"there is no anchor {event.anchor!r} above"
                raise yaml.MarkedYAMLError(None, None, problem, event.start_mark)  # type: ignore[arg-type]
            case yaml.NodeEvent() if event.anchor is not None:
                anchors.add(event.anchor)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise RecursionError
        yield event


def _is_yaml_1_2(text: str) -> bool:
    """True where a reader of YAML 1.2 takes the text, and where it cannot say.

    libyaml knows 1.1: fewer names of anchors, and no tabs where 1.2 allows them. Of those, yaml12
    does not know the one behind a key's colon.
    """
    try:
        yaml12.parse_yaml(_TAB_BEHIND_KEY.sub(" ", text), multi=True)
    except ValueError as error:
        return "recursion limit" in str(error)
    return True


def _toml(text: str, _content: bytes, _path: str) -> ParseResult:
    try:
        tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        return ParseResult(error=error.msg, line=error.lineno)
    return ParseResult()


def _xml(text: str, content: bytes, path: str) -> ParseResult:
    """Nothing is expanded, fetched or built: entities are gone before the parser sees them."""
    # What HTML takes in is read as HTML. What begins otherwise is a property list of the old form,
    # or no XML at all.
    if path.lower().endswith(".svg") or not text.lstrip().startswith("<"):
        return ParseResult()
    parser = expat.ParserCreate()
    try:
        parser.Parse(_ENTITY.sub(lambda match: b" " * len(match[0]), content), True)
    except expat.ExpatError as error:
        if error.code in _OUR_LIMITS:
            return ParseResult()
        line = content.count(b"\n", 0, parser.ErrorByteIndex) + 1
        # Fragments, which a program puts together, say nothing of a version.
        loosely = error.code == _SEVERAL_ROOTS and not text.lstrip().startswith("<?xml")
        return ParseResult(error=expat.ErrorString(error.code), line=line, loosely=loosely)
    return ParseResult()


_PARSERS: Mapping[str, tuple[str, _Parse]] = {
    "python": ("Python", _python),
    "json": ("JSON", _json),
    "jsonc": ("JSON with comments", _loose_json),
    "yaml": ("YAML", _yaml),
    "toml": ("TOML", _toml),
    "xml": ("XML", _xml),
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
    name = language(path)
    _, read = _PARSERS[name]
    try:
        text = _decode(content, name)
        if kind := kind_at_start(text):
            return ParseResult(kind=kind)
        result = read(text, content, path)
        if not result.error:
            return result
        filled_text = without_marks(text)
        is_filled = filled_text != text and not read(filled_text, filled_text.encode(), path).error
        is_marked = has_marks(text, name)
    except (ValueError, yaml.YAMLError):
        # UnicodeDecodeError is a ValueError, as is a number of too many digits.
        return None
    is_template = is_filled or (is_marked and name in _MARKLESS)
    kind = ContentKind.TEMPLATE if is_template else None
    return replace(result, kind=kind, has_marks=is_marked)


# Here a mark outside of strings means nothing but a template.
_MARKLESS = frozenset({"json", "jsonc", "toml"})


def _decode(content: bytes, name: str) -> str:
    """Return the text without its byte order mark. Raises `UnicodeDecodeError`."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) and name in _TAKES_UTF_16:
        return content.decode("utf-16")
    if content.startswith((b"\0GITCRYPT", b"Salted__")):  # bytes behind it
        return content.decode("latin-1")
    declares_encoding = name == "xml" and b"encoding=" in content[:200]
    return content.decode("utf-8-sig", "replace" if declares_encoding else "strict")


_TAKES_UTF_16 = frozenset({"json", "jsonc", "yaml", "xml"})
