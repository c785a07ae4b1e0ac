"""A tiny reader of GraphQL: one operation, fields with aliases and arguments, fragments inline.

It reads what clients of GitHub send and refuses the rest; it checks no types. The grammar is
https://spec.graphql.org/October2021/#sec-Language
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

# Commas are white space in GraphQL, and so is a byte-order mark.
_TOKEN = re.compile(
    r'[\s,\ufeff]+|#[^\n]*|(?P<token>"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"'
    r"|\.\.\.|-?\d+(?:\.\d+)?|[_A-Za-z]\w*|[!$():=@\[\]{}|&])"
)
_NAME = re.compile(r"[_A-Za-z]\w*")
_CONSTANTS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field that is asked for; `key` is its alias or its name.

    Within a fragment `on_type` is the type whose objects have it.
    """

    name: str
    key: str
    on_type: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    selection: tuple["Field", ...] = ()


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What a document asks for: `kind` is `query` or `mutation`."""

    kind: str
    selection: tuple[Field, ...]


class QueryError(Exception):
    """The document cannot be read, or asks for what is not there."""


class FieldError(Exception):
    """A field cannot be given; the rest of the answer stands. `kind` is GitHub's `type`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def read_operation(document: str, variables: Mapping[str, Any]) -> Operation:
    """Return the operation with its variables put in. Raises `QueryError`."""
    return _Reader(document, variables).operation()


def _tokens(document: str) -> Iterator[str]:
    """Yield the tokens, and at the end an empty one."""
    position = 0
    while position < len(document):
        match = _TOKEN.match(document, position)
        if match is None:
            raise QueryError(f"Expected one of a name or a value, actual: {document[position]!r}")
        position = match.end()
        if match["token"]:
            yield match["token"]
    yield ""


class _Reader:
    """Reads a document by recursive descent, one token ahead."""

    def __init__(self, document: str, variables: Mapping[str, Any]) -> None:
        self._tokens = _tokens(document)
        self._next = next(self._tokens)
        self._variables = variables
        self._defaults: dict[str, Any] = {}
        self._declared_names: set[str] = set()

    def operation(self) -> Operation:
        kind = "query"  # a document may begin with its selection
        if self._next != "{":
            kind = self._name()
            if kind not in ("query", "mutation"):
                raise QueryError(f"Operations of the kind {kind!r} are not served here")
            if _NAME.fullmatch(self._next):
                self._take()
            if self._skip("("):
                self._declarations()
        selection = self._selection()
        if self._next:
            raise QueryError(f"One operation a document, found {self._next!r} after it")
        return Operation(kind=kind, selection=selection)

    def _declarations(self) -> None:
        required_names: list[str] = []
        while not self._skip(")"):
            self._expect("$")
            name = self._name()
            self._declared_names.add(name)
            self._expect(":")
            is_optional = self._type()
            if self._skip("="):
                self._defaults[name] = self._value()
            elif not is_optional:
                required_names.append(name)
        for name in required_names:
            if self._variables.get(name) is None:
                raise QueryError(f"Variable ${name} was provided invalid value")

    def _type(self) -> bool:
        """Read a type; return True when it may be null."""
        if self._skip("["):
            self._type()
            self._expect("]")
        else:
            self._name()
        return not self._skip("!")

    def _selection(self) -> tuple[Field, ...]:
        self._expect("{")
        fields: list[Field] = []
        while not self._skip("}"):
            if self._skip("..."):
                self._expect("on")
                on_type = self._name()
                fields.extend(replace(field, on_type=on_type) for field in self._selection())
                continue
            key = name = self._name()
            if self._skip(":"):
                name = self._name()
            arguments = self._arguments(")") if self._skip("(") else {}
            selection = self._selection() if self._next == "{" else ()
            fields.append(Field(name=name, key=key, arguments=arguments, selection=selection))
        if not fields:
            raise QueryError("A selection must name at least one field")
        return tuple(fields)

    def _arguments(self, end: str) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        while not self._skip(end):
            name = self._name()
            self._expect(":")
            arguments[name] = self._value()
        return arguments

    def _value(self) -> Any:  # noqa: ANN401 - JSON
        value: Any
        match self._take():
            case "$":
                name = self._name()
                if name not in self._declared_names:
                    raise QueryError(f"Variable ${name} is used but not declared")
                value = self._variables.get(name, self._defaults.get(name))
            case "[":
                value = []
                while not self._skip("]"):
                    value.append(self._value())
            case "{":
                value = self._arguments("}")
            case block if block.startswith('"""'):
                value = block[3:-3]
            case text if text.startswith('"'):
                value = json.loads(text)  # GraphQL's escapes are those of JSON
            case word if _NAME.fullmatch(word):
                value = _CONSTANTS.get(word, word)  # an enum's member stands for itself
            case number:
                value = json.loads(number)
        return value

    def _name(self) -> str:
        if not _NAME.fullmatch(self._next):
            raise QueryError(f"Expected a name, actual: {self._next or 'the end'!r}")
        return self._take()

    def _expect(self, token: str) -> None:
        if not self._skip(token):
            raise QueryError(f"Expected {token!r}, actual: {self._next or 'the end'!r}")

    def _skip(self, token: str) -> bool:
        if self._next != token:
            return False
        self._take()
        return True

    def _take(self) -> str:
        token = self._next
        if not token:
            raise QueryError("The document ends too early")
        self._next = next(self._tokens)
        return token
