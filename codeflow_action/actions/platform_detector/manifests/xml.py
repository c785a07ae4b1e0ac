"""Hostile XML as a flat stream of elements: no document type, no entities, no deep nesting."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from xml.parsers import expat

from codeflow_action.actions.platform_detector.manifests.manifest import UnreadableManifest

_MAX_DEPTH = 64
_MAX_TEXT = 1_000  # characters of one element


class Element(NamedTuple):
    """One element with the text right inside it. `line` is where it begins, 1-based."""

    path: tuple[str, ...]
    attributes: Mapping[str, str]
    text: str
    line: int


def elements(text: str) -> Iterator[Element]:
    """Return all elements, inner ones first. Raises `UnreadableManifest`.

    A document type is refused whole: entities are how a small file becomes a large one.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.StartElementHandler = lambda tag, found: reader.start(
        tag, found, parser.CurrentLineNumber
    )
    parser.CharacterDataHandler = reader.data
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(text.removeprefix("\ufeff").encode(), True)
    except expat.ExpatError as error:
        raise UnreadableManifest("it is not XML") from error
    return iter(reader.found)


class _Reader:
    def __init__(self) -> None:
        self.found: list[Element] = []
        self._open: list[tuple[str, Mapping[str, str], list[str], int]] = []

    def refuse(self, *_declared: object) -> None:
        raise UnreadableManifest("it declares a document type")

    def start(self, tag: str, attributes: Mapping[str, str], line: int) -> None:
        if len(self._open) >= _MAX_DEPTH:
            raise UnreadableManifest("it is nested too deep")
        self._open.append((tag.rpartition(":")[2], attributes, [], line))

    def data(self, text: str) -> None:
        if self._open:
            parts = self._open[-1][2]
            if sum(map(len, parts)) < _MAX_TEXT:
                parts.append(text[:_MAX_TEXT])

    def end(self, _tag: str) -> None:
        path = tuple(tag for tag, *_ in self._open)
        _, attributes, parts, line = self._open.pop()
        self.found.append(Element(path, attributes, "".join(parts).strip(), line))
