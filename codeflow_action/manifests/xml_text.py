"""XML as a stream of elements with their lines; declarations of entities are refused."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from codeflow_action.manifests.package import NotUnderstood

_MAX_DEPTH = 200


@dataclass(kw_only=True)
class Element:
    """One element when it has ended. `path` are tag names from the root, its own last.

    Names have no namespace. `children` holds the texts of elements directly inside, `lines` where
    they begin.
    """

    path: tuple[str, ...]
    attributes: Mapping[str, str]
    line: int
    end_line: int = 0
    parts: list[str] = field(default_factory=list)
    children: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The tag."""
        return self.path[-1]

    @property
    def text(self) -> str:
        """What stands directly inside."""
        return "".join(self.parts).strip()


class _Reader:
    def __init__(self) -> None:
        self.done: list[Element] = []
        self._open: list[Element] = []
        self._parser = expat.ParserCreate("utf-8")  # whatever it declares
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._refuse

    def read(self, text: str) -> None:
        try:
            self._parser.Parse(text.encode("utf-8", "replace"), True)
        except (expat.ExpatError, UnicodeError):
            raise NotUnderstood("it is not XML") from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= _MAX_DEPTH:
            raise NotUnderstood(f"it is nested too deep: more than {_MAX_DEPTH} elements")
        around = self._open[-1].path if self._open else ()
        path = (*around, name.rpartition(":")[2])
        line = self._parser.CurrentLineNumber
        self._open.append(Element(path=path, attributes=attributes, line=line))

    def _end(self, _name: str) -> None:
        element = self._open.pop()
        element.end_line = self._parser.CurrentLineNumber
        if self._open:
            self._open[-1].children[element.name] = element.text
            self._open[-1].lines[element.name] = element.line
        self.done.append(element)

    def _text(self, text: str) -> None:
        if self._open:
            self._open[-1].parts.append(text)

    def _refuse(self, *_declared: object) -> None:
        raise NotUnderstood("it declares a document type, which could multiply without end")


def elements(text: str) -> Iterator[Element]:
    """Yield elements as they end. Raises `NotUnderstood`."""
    reader = _Reader()
    reader.read(text)
    yield from reader.done
