"""Coverage in XML: Cobertura, Clover, JaCoCo, and what SonarQube takes from any tool."""

from collections.abc import Mapping
from dataclasses import field
from posixpath import join
from xml.parsers import expat

from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.tool_results import CoverageLog
from codeflow_action.integrations.reports.line_hits import LineHits, Spellings, hit_of, slashes
from codeflow_action.integrations.reports.report_json import NotAReport

_MAX_SOURCES = 50
_MAX_GROUPS = 20  # of JaCoCo, in one another
# Where Maven and Gradle look for a package's folder.
_JVM_FOLDERS = tuple(f"src/main/{language}" for language in ("java", "kotlin", "scala", "groovy"))

type Attributes = Mapping[str, str]


def read_xml(raw: bytes) -> CoverageLog:
    """Return which lines were run. Raises `NotAReport`.

    A document type is allowed, as older tools write one. Entities are refused, and nothing outside
    the document is ever fetched.
    """

    def refuse_entity(*_declaration: object) -> None:
        raise NotAReport("it declares entities, which no coverage report needs")

    reader = _XmlReader()
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
    if reader.root not in ("coverage", "report"):
        raise NotAReport(
            "it is no Cobertura, Clover, JaCoCo or Sonar report: its root is neither `coverage` "
            "nor `report`"
        )
    return reader.hits.log(reader.below_sources)


@dataclass(kw_only=True)
class _XmlReader:
    """Takes expat's events. An element names a file, and those inside it are its lines.

    | format | file | line |
    | Cobertura | `class filename` | `line number hits` |
    | Clover | `file path name` | `line num count`, `truecount` and `falsecount` of a condition |
    | JaCoCo | `package name`, `sourcefile name` | `line nr ci mi`: instructions run and not run |
    | Sonar | `file path` | `lineToCover lineNumber covered` |
    """

    root: str = ""
    hits: LineHits = field(default_factory=LineHits)
    sources: list[str] = field(default_factory=list)
    _source: list[str] | None = None
    _groups: list[str] = field(default_factory=list)
    _group_depth: int = 0
    _package: str = ""
    _file: Spellings | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        """Begin an element."""
        self.root = self.root or name
        match name:
            case "source":
                self._source = []
            case "group":
                self._group_depth += 1
                if self._group_depth <= _MAX_GROUPS:
                    self._groups.append(attributes.get("name", ""))
            case "package":
                self._package = slashes(attributes.get("name", ""))
            case "class" if self.root == "coverage" and "filename" in attributes:
                self._file = self.hits.open_file(attributes["filename"])
            case "file":
                self._file = self.hits.open_file(
                    attributes.get("path", ""), attributes.get("name", "")
                )
            case "sourcefile":
                path = join(self._package, attributes.get("name", ""))
                modules = (join(group, folder) for group in self._groups for folder in _JVM_FOLDERS)
                self._file = self.hits.open_file(*(join(root, path) for root in modules), path)
            case "line" | "lineToCover" if self._file is not None:
                self._line(attributes)

    def _line(self, attributes: Attributes) -> None:
        number = next(
            (attributes[key] for key in ("number", "num", "nr", "lineNumber") if key in attributes),
            None,
        )
        is_hit: bool | None
        if "covered" in attributes:
            is_hit = {"true": True, "false": False}.get(attributes["covered"].strip().lower())
        else:
            count = next(
                (attributes[key] for key in ("hits", "count", "ci") if key in attributes), None
            )
            # Clover gives some conditions no count: they were run if they were ever true or false.
            ways = [attributes[key] for key in ("truecount", "falsecount") if key in attributes]
            readings = [hit_of(way) for way in ways]
            if count is not None or not readings:
                is_hit = hit_of(count)
            else:
                is_hit = True in readings or (None if None in readings else False)
        self.hits.add(self._file or (), number, is_hit)

    def end(self, name: str) -> None:
        """End an element."""
        if name in ("class", "file", "sourcefile"):
            self._file = None
        elif name == "group":
            if self._group_depth <= _MAX_GROUPS:
                self._groups.pop()
            self._group_depth -= 1
        elif name == "source" and self._source is not None:
            if len(self.sources) < _MAX_SOURCES:
                self.sources.append(slashes("".join(self._source)))
            self._source = None

    def text(self, text: str) -> None:
        """Take a piece of text."""
        if self._source is not None:
            self._source.append(text)

    def below_sources(self, file: Spellings) -> Spellings:
        """Return a file's spellings below each source, and alone: no format says which it is."""
        below = (join(source, path) for source in self.sources if source for path in file)
        return tuple(dict.fromkeys((*below, *file)))
