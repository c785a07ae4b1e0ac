"""Cobertura's XML, read as a stream: `class` names a file, `line` inside it a line and its hits.

A document type is allowed, as older writers have one; entities of its own are not, and nothing
outside of the document is ever fetched.
"""

from collections import defaultdict
from collections.abc import Mapping
from posixpath import join
from xml.parsers import expat

from codeflow_action.engine.tool_results import CoverageLog
from codeflow_action.integrations.reports.report_json import NotAReport

_MAX_LINES = 3_000_000  # of one report
_MAX_SOURCES = 50
_MAX_DIGITS = 15


def read_cobertura(raw: bytes) -> CoverageLog:
    """Return which lines were run. Raises `NotAReport`."""
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        raise NotAReport(f"it is not XML (line {error.lineno})") from error
    except (LookupError, ValueError):
        raise NotAReport("it is XML in an encoding that is not known") from None
    if not reader.is_coverage:
        raise NotAReport("it is no Cobertura report: its root is not `coverage`")
    return CoverageLog(files=reader.files())


def _refuse(*_declaration: object) -> None:
    raise NotAReport("it declares entities, which no coverage report needs")


class _Reader:
    """Takes expat's events."""

    def __init__(self) -> None:
        self.is_coverage = False
        self._depth = 0
        self._sources: list[str] = []
        self._source: list[str] | None = None
        self._current: dict[int, bool] | None = None
        self._lines: dict[str, dict[int, bool]] = defaultdict(dict)
        self._left = _MAX_LINES

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Begin an element."""
        if self._depth == 0:
            self.is_coverage = name == "coverage"
        self._depth += 1
        if name == "source":
            self._source = []
        elif name == "class":
            self._current = self._lines[attributes.get("filename", "").replace("\\", "/")]
        elif name == "line" and self._current is not None and self._left:
            self._left -= 1
            number, hits = (_number(attributes.get(key, "")) for key in ("number", "hits"))
            if number and hits is not None:
                self._current[number] = self._current.get(number, False) or hits > 0

    def end(self, name: str) -> None:
        """End an element."""
        self._depth -= 1
        if name == "class":
            self._current = None
        elif name == "source" and self._source is not None:
            if len(self._sources) < _MAX_SOURCES:
                self._sources.append("".join(self._source).strip().replace("\\", "/"))
            self._source = None

    def text(self, text: str) -> None:
        """Take a piece of text."""
        if self._source is not None:
            self._source.append(text)

    def files(self) -> dict[tuple[str, ...], dict[int, bool]]:
        """Return lines by a file's readings: below each source, and alone."""
        return {
            tuple(
                dict.fromkeys((*(join(root, path) for root in self._sources if root), path))
            ): lines
            for path, lines in self._lines.items()
            if path
        }


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else None
