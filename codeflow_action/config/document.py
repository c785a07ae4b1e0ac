"""YAML to plain values with the place of each, by the rules of YAML 1.2's core schema.

PyYAML reads `off`, `on`, `yes` and `no` as booleans (YAML 1.1); here they are words, so that
`secrets: off` means what it says. Tags, duplicate keys and merge keys are refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml
from pydantic import JsonValue

MAX_BYTES = 256_000
_MAX_NODES = 20_000  # aliases can multiply nodes without end
_MAX_DEPTH = 30  # and can hold themselves

type Path = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Place:
    """1-based line and column."""

    line: int
    column: int


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong with a configuration text."""

    message: str
    place: Place | None = None

    def at(self, name: str) -> str:
        """Return `name:line:column: message`."""
        where = f"{name}:{self.place.line}:{self.place.column}" if self.place else name
        return f"{where}: {self.message}"


@dataclass(frozen=True, kw_only=True)
class Document:
    """A parsed text: its value, and where each key and item of it stands."""

    value: Mapping[str, JsonValue]
    places: Mapping[Path, Place]

    def place(self, path: Path) -> Place | None:
        """Return where `path` stands, or the nearest thing around it that is written down."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path)


class DocumentError(Exception):
    """The text is not YAML, or not a mapping; carries one `Problem`."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _CoreLoader(yaml.SafeLoader):
    """SafeLoader whose booleans are `true` and `false` alone, and which knows no dates."""


_CoreLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_CoreLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF")
)


def parse(text: str) -> Document:
    """Return the document; an empty text is an empty mapping. Raises `DocumentError`."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise DocumentError(Problem(message=f"longer than {MAX_BYTES:,} bytes"))
    loader = _CoreLoader(text)
    try:
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise DocumentError(_syntax_problem(error)) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise DocumentError(Problem(message=f"not readable as YAML: {error}")) from None
    if node is None:
        return Document(value={}, places={})
    reader = _Reader(loader)
    value = reader.read(node, ())
    if not isinstance(value, dict):
        raise DocumentError(Problem(message="must be a mapping of keys", place=_place(node)))
    return Document(value=value, places=reader.places)


def _syntax_problem(error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark
    place = Place(line=mark.line + 1, column=mark.column + 1) if mark else None
    what = error.problem or "cannot be read"
    return Problem(message=f"not valid YAML: {what}", place=place)


def _place(node: yaml.Node) -> Place:
    return Place(line=node.start_mark.line + 1, column=node.start_mark.column + 1)


class _Reader:
    """Turns nodes into values and remembers where each was written."""

    def __init__(self, loader: yaml.SafeLoader) -> None:
        self.places: dict[Path, Place] = {}
        self._loader = loader
        self._left = _MAX_NODES

    def read(self, node: yaml.Node, path: Path) -> JsonValue:
        self._left -= 1
        if self._left < 0:
            raise DocumentError(Problem(message=f"has more than {_MAX_NODES:,} values"))
        if len(path) > _MAX_DEPTH:
            raise DocumentError(Problem(message="is nested too deeply", place=_place(node)))
        self.places.setdefault(path, _place(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, at)) for at, item in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, JsonValue]:
        found: dict[str, JsonValue] = {}
        for key_node, value_node in node.value:
            key = self._scalar(key_node)
            place = _place(key_node)
            if not isinstance(key, str):
                raise DocumentError(Problem(message=f"the key {key!r} must be text", place=place))
            if key in found:
                raise DocumentError(Problem(message=f"the key {key!r} is there twice", place=place))
            self.places[(*path, key)] = place
            found[key] = self.read(value_node, (*path, key))
        return found

    def _scalar(self, node: yaml.Node) -> JsonValue:
        try:
            value = self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            raise DocumentError(
                Problem(message=f"has a value that cannot be read: {error}", place=_place(node))
            ) from None
        if value is None or isinstance(value, str | bool | int | float):
            return value
        raise DocumentError(
            Problem(message=f"has a value of the type {type(value).__name__}", place=_place(node))
        )
