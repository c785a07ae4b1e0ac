"""lcov's tracefiles (geninfo(1)): `SF:` begins a file, `DA:line,hits` tells one of its lines."""

from collections import defaultdict

from codeflow_action.engine.tool_results import CoverageLog
from codeflow_action.integrations.reports.report_json import NotAReport

MAX_LINES = 3_000_000  # records of one report
_MAX_DIGITS = 15


def read_lcov(raw: bytes) -> CoverageLog:
    """Return which lines were run, without records that cannot be read. Raises `NotAReport`."""
    files: dict[tuple[str, ...], dict[int, bool]] = defaultdict(dict)
    current: dict[int, bool] | None = None
    for record in raw.decode("utf-8-sig", "replace").split("\n", MAX_LINES)[:MAX_LINES]:
        kind, _, value = record.strip().partition(":")
        if kind == "SF" and value:
            current = files[value.replace("\\", "/"),]
        elif kind == "DA" and current is not None:
            line, hits = _pair(value)
            if line:
                current[line] = current.get(line, False) or hits
        elif kind == "end_of_record":
            current = None
    if not files:
        raise NotAReport("it is no lcov tracefile: it names no file (`SF:`)")
    return CoverageLog(files=dict(files))


def _pair(value: str) -> tuple[int, bool]:
    """Return line and whether it was run, line 0 where the record is none."""
    line, hits, *_ = [*value.split(","), ""]
    if not (line.isascii() and line.isdigit() and len(line) <= _MAX_DIGITS):
        return 0, False
    return int(line), hits.strip("+0. ") not in ("", "-") and not hits.startswith("-")
