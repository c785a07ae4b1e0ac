"""Coverage reports to lines and whether they were run: Cobertura's XML and lcov's tracefiles."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from posixpath import join
from xml.parsers import expat

from codeflow_action.engine.tool_results import CoverageLog
from codeflow_action.integrations.reports.report_json import NotAReport

MAX_LINES = 3_000_000  # of one report
_MAX_SOURCES = 50
_MAX_DIGITS = 15  # of a line or a count; what is longer is none


def read_coverage(raw: bytes) -> CoverageLog:
    """Return which lines were run, in whichever of the two formats. Raises `NotAReport`."""
    start = raw[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    # XML in UTF-16 begins with its byte order mark.
    is_xml = start.startswith((b"<", b"\xff\xfe", b"\xfe\xff"))
    return read_cobertura(raw) if is_xml else read_lcov(raw)


def read_lcov(raw: bytes) -> CoverageLog:
    """Return which lines were run; a record that cannot be read is left out. Raises `NotAReport`.

    `SF:` begins a file, `DA:line,hits` says how often one of its lines was run (geninfo(1)).
    """
    files: dict[tuple[str, ...], dict[int, bool]] = defaultdict(dict)
    current: dict[int, bool] | None = None
    for record in raw.decode("utf-8-sig", "replace").split("\n", MAX_LINES)[:MAX_LINES]:
        kind, _, value = record.strip().partition(":")
        if kind == "SF" and value:
            current = files[value.replace("\\", "/"),]
        elif kind == "DA" and current is not None:
            number, hits, *_ = [*value.split(","), ""]
            if line := _number(number):
                # Some tools write `-` or a negative number for a line that was not run.
                is_hit = hits.strip("+0. ") not in ("", "-") and not hits.startswith("-")
                current[line] = current.get(line, False) or is_hit
        elif kind == "end_of_record":
            current = None
    if not files:
        raise NotAReport("it is no lcov tracefile: it names no file (`SF:`)")
    return CoverageLog(files=dict(files))


def read_cobertura(raw: bytes) -> CoverageLog:
    """Return which lines were run. Raises `NotAReport`.

    A document type is allowed, as older tools write one. Entities are refused, and nothing outside
    the document is ever fetched.
    """

    def refuse_entity(*_declaration: object) -> None:
        raise NotAReport("it declares entities, which no coverage report needs")

    reader = _CoberturaReader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = refuse_entity
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        raise NotAReport(f"it is not XML (line {error.lineno})") from error
    except (LookupError, ValueError):
        raise NotAReport("it is XML in an encoding that is not known") from None
    if not reader.is_coverage:
        raise NotAReport("it is no Cobertura report: its root is not `coverage`")
    # The standard does not say to which source a path belongs: below each, and alone.
    files = {}
    for path, lines in reader.lines.items():
        if path:
            below = [join(source, path) for source in reader.sources if source]
            files[tuple(dict.fromkeys((*below, path)))] = lines
    return CoverageLog(files=files)


@dataclass(kw_only=True)
class _CoberturaReader:
    """Takes expat's events: `class` names a file, `line` inside it a line and its hits."""

    is_coverage: bool = False
    sources: list[str] = field(default_factory=list)
    lines: dict[str, dict[int, bool]] = field(default_factory=lambda: defaultdict(dict))
    _depth: int = 0
    _source: list[str] | None = None
    _current: dict[int, bool] | None = None
    _room: int = MAX_LINES

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Begin an element."""
        if self._depth == 0:
            self.is_coverage = name == "coverage"
        self._depth += 1
        if name == "source":
            self._source = []
        elif name == "class":
            self._current = self.lines[attributes.get("filename", "").replace("\\", "/")]
        elif name == "line" and self._current is not None and self._room:
            self._room -= 1
            number, hits = (_number(attributes.get(key, "")) for key in ("number", "hits"))
            if number and hits is not None:
                self._current[number] = self._current.get(number, False) or hits > 0

    def end(self, name: str) -> None:
        """End an element."""
        self._depth -= 1
        if name == "class":
            self._current = None
        elif name == "source" and self._source is not None:
            if len(self.sources) < _MAX_SOURCES:
                self.sources.append("".join(self._source).strip().replace("\\", "/"))
            self._source = None

    def text(self, text: str) -> None:
        """Take a piece of text."""
        if self._source is not None:
            self._source.append(text)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else None
