"""What a manifest tells: names of an ecosystem, each with its line."""

import json
import re
import tomllib
from collections.abc import Iterator
from typing import NamedTuple

from pydantic import JsonValue

_TOKEN = re.compile(r"@?[A-Za-z0-9_][A-Za-z0-9_.:/@-]*")
_MAX_DOTS = 2_000  # of a line: the parser's time grows with the square of a key's parts
_MAX_NAME = 214  # characters: npm's own limit, and more than any other ecosystem's names have


class Dependency(NamedTuple):
    """A name that a manifest gives. `line` is 1-based."""

    ecosystem: str
    name: str
    line: int


class UnreadableManifest(ValueError):
    """The file is not what its name says; the rest of the repository is."""


class Lines:
    """Finds the first line in which a name stands as a token, in one pass over the text."""

    def __init__(self, text: str) -> None:
        self._first: dict[str, int] = {}
        for at, line in enumerate(text.split("\n"), start=1):
            for token in _TOKEN.findall(line):
                self._first.setdefault(token, at)

    def of(self, name: str) -> int:
        """Return the line, 1 where the name is written in another way."""
        return self._first.get(name, 1)


def named(ecosystem: str, name: str, line: int) -> Iterator[Dependency]:
    """Yield the dependency unless its name is none."""
    if name and len(name) <= _MAX_NAME and name.isprintable():
        yield Dependency(ecosystem, name, line)


def read_json(text: str) -> dict[str, JsonValue]:
    """Return a JSON object. Raises `UnreadableManifest`."""
    try:
        value = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise UnreadableManifest("it is not JSON") from error
    return as_object(value)


def read_toml(text: str) -> dict[str, JsonValue]:
    """Return a TOML table; its dates stay what they are and are never used. As `read_json`."""
    if any(line.count(".") > _MAX_DOTS for line in text.split("\n")):
        raise UnreadableManifest("its keys are nested too deep")
    try:
        return tomllib.loads(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    except (ValueError, RecursionError) as error:
        raise UnreadableManifest("it is not TOML") from error


def as_object(value: JsonValue) -> dict[str, JsonValue]:
    """Return the value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_texts(value: JsonValue) -> Iterator[str]:
    """Yield the texts of a list."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, str))


def at(value: JsonValue, *keys: str) -> JsonValue:
    """Return what lies below the keys, None where there is nothing."""
    for key in keys:
        value = as_object(value).get(key)
    return value


def numbered(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines with their numbers, without those that nobody wrote by hand."""
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) <= 2_000:
            yield number, line.rstrip("\r")
