"""Coverage reports to lines and whether they were run, whatever the format."""

from codeflow_action.engine.tool_results import CoverageLog
from codeflow_action.integrations.reports.coverage_json import read_coverage_json
from codeflow_action.integrations.reports.coverage_text import read_go_profile, read_lcov
from codeflow_action.integrations.reports.coverage_xml import read_xml
from codeflow_action.integrations.reports.report_json import NotAReport, marked_encoding

_MAX_LEAD = 1_000  # characters of white space before the first sign


def read_coverage(raw: bytes) -> CoverageLog:
    """Return which lines were run, by the first sign of the content. Raises `NotAReport`.

    A file's name says nothing: `coverage.out` is of Go, lcov and PHPUnit alike.
    """
    if not raw.strip():
        raise NotAReport("it is empty")
    # PowerShell's `>` writes UTF-16.
    encoding = marked_encoding(raw) or "utf-8"
    start = raw[: 4 * _MAX_LEAD].decode(encoding, "replace").lstrip()
    if start.startswith("<"):
        return read_xml(raw)
    if start.startswith(("{", "[")):
        return read_coverage_json(raw)
    text = raw.decode(encoding, "replace")
    return read_go_profile(text) if start.startswith("mode:") else read_lcov(text)
