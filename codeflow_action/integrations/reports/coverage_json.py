"""Coverage in JSON: coverage.py, Istanbul (nyc, c8, Jest, Vitest), LLVM's export and SimpleCov."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from pydantic import JsonValue

from codeflow_action.engine.tool_results import CoverageLog
from codeflow_action.integrations.reports.line_hits import LineHits, hit_of
from codeflow_action.integrations.reports.report_json import NotAReport, read_json

_BEYOND_COUNTING = 10**15  # stands for a count that has more digits
# Line, column, count, whether there is a count, whether a region begins, and, since LLVM 10,
# whether it is a gap between two statements.
_MIN_SEGMENT = 5


def read_coverage_json(raw: bytes) -> CoverageLog:
    """Return which lines were run, in whichever of the four formats. Raises `NotAReport`."""
    document = read_json(raw, beyond=_BEYOND_COUNTING)
    hits = LineHits()
    if not isinstance(document, dict):
        raise NotAReport("it is no coverage report: its root is no JSON object")
    if isinstance(document.get("data"), list) and "llvm" in str(document.get("type")):
        _read_llvm(document, hits)
    elif isinstance(document.get("files"), dict) and "meta" in document:
        _read_coverage_py(document, hits)
    elif any("statementMap" in _object(value) for value in document.values()):
        _read_istanbul(document, hits)
    elif any(_object(value).get("coverage") is not None for value in document.values()):
        _read_simplecov(document, hits)
    else:
        raise NotAReport("it is JSON of none of the coverage formats that CodeFlow reads")
    return hits.log()


def _read_coverage_py(document: Mapping[str, JsonValue], hits: LineHits) -> None:
    """`coverage json`: https://coverage.readthedocs.io/en/latest/commands/cmd_json.html."""
    for path, value in _object(document["files"]).items():
        file = hits.open_file(path)
        for key, is_hit in (("executed_lines", True), ("missing_lines", False)):
            for line in _list(_object(value).get(key)):
                hits.add(file, _number(line), is_hit)


def _read_istanbul(document: Mapping[str, JsonValue], hits: LineHits) -> None:
    """`coverage-final.json`: a line is as often run as the statements that begin on it."""
    for path, value in document.items():
        report = _object(value)
        name = report.get("path")
        file = hits.open_file(name if isinstance(name, str) else "", path)
        counts = _object(report.get("s"))
        for key, place in _object(report.get("statementMap")).items():
            line = _object(_object(place).get("start")).get("line")
            hits.add(file, _number(line), hit_of(counts.get(key)))


def _read_simplecov(document: Mapping[str, JsonValue], hits: LineHits) -> None:
    """`.resultset.json`: for each suite and file a list by line, null where nothing can be run."""
    for suite in document.values():
        for path, value in _object(_object(suite).get("coverage")).items():
            file = hits.open_file(path)
            lines = value if isinstance(value, list) else _list(_object(value).get("lines"))
            for line, count in enumerate(lines, 1):
                if count is not None and count != "ignored":
                    hits.add(file, line, hit_of(count))


def _read_llvm(document: Mapping[str, JsonValue], hits: LineHits) -> None:
    """`llvm-cov export`: segments say from which place on a count holds."""
    for export in _list(document["data"]):
        for value in _list(_object(export).get("files")):
            name = _object(value).get("filename")
            file = hits.open_file(name if isinstance(name, str) else "")
            segments = [
                segment
                for segment in map(_list, _list(_object(value).get("segments")))
                if len(segment) >= _MIN_SEGMENT and type(segment[0]) is int
            ]
            for line, count in _lines_of(segments, hits):
                hits.add(file, line, hit_of(count))


def _lines_of(segments: Sequence[list[Any]], hits: LineHits) -> Iterator[tuple[int, object]]:
    """Yield lines that hold code, each with the count that is greatest there.

    As `LineCoverageStats` of LLVM does: what a line begins with counts, and each region that begins
    on it.
    """
    for index, segment in enumerate(segments):
        line, _, count, has_count, is_entry, *is_gap = segment
        if has_count and is_entry and not any(is_gap[:1]):
            yield line, count
        next_line = segments[index + 1][0] if index + 1 < len(segments) else line
        # The lines in between, and the next segment's own, begin inside this one.
        if has_count and 0 < next_line - line <= hits.room:
            for between in range(line + 1, next_line + 1):
                yield between, count


def _object(value: object) -> dict[str, JsonValue]:
    return cast("dict[str, JsonValue]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: object) -> str | int | None:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
