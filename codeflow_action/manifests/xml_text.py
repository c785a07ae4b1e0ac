"""XML as a stream of elements with their lines. A document type is refused.

Entities that it declares could multiply a text without end, or read files:
https://docs.python.org/3/library/xml.html#xml-security
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from xml.parsers import expat

from codeflow_action.engine.lazy import dataclass
from codeflow_action.manifests.package import NotUnderstood, not_as_named

_MAX_DEPTH = 200


@dataclass(kw_only=True)
class Element:
    """One element when it has ended. Names have no namespace; lines are 1-based."""

    path: tuple[str, ...]  # the names from the root, its own last
    attributes: Mapping[str, str]
    line: int
    end_line: int = 0
    parts: list[str] = field(default_factory=list)
    children: dict[str, str] = field(default_factory=dict)  # the texts of elements directly inside
    lines: dict[str, int] = field(default_factory=dict)  # where these begin

    @property
    def name(self) -> str:
        """The tag."""
        return self.path[-1]

    @property
    def text(self) -> str:
        """The text directly inside, without that of inner elements."""
        return "".join(self.parts).strip()


def elements(text: str) -> Iterator[Element]:
    """Yield elements as they end. Raises `NotUnderstood`."""
    # The text is decoded already: what its first line says of an encoding no longer holds.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    result: list[Element] = []
    stack: list[Element] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) >= _MAX_DEPTH:
            raise NotUnderstood(f"it is nested too deep: more than {_MAX_DEPTH} elements")
        path = (*(stack[-1].path if stack else ()), name.rpartition(":")[2])
        stack.append(Element(path=path, attributes=attributes, line=parser.CurrentLineNumber))

    def add_text(text: str) -> None:
        if stack:
            stack[-1].parts.append(text)

    def end(_name: str) -> None:
        element = stack.pop()
        element.end_line = parser.CurrentLineNumber
        if stack:
            stack[-1].children[element.name] = element.text
            stack[-1].lines[element.name] = element.line
        result.append(element)

    def refuse(*_declaration: object) -> None:
        raise NotUnderstood("it declares a document type, which could multiply without end")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = add_text
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except (expat.ExpatError, UnicodeError):
        raise NotUnderstood(not_as_named(text, "xml", "XML")) from None
    yield from result
