"""Other tools' reports in the workspace, found by patterns and parsed by their formats."""

from collections.abc import Callable, Sequence

from codeflow_action.engine.tool_results import CoverageLog, ReadReports, ToolLog
from codeflow_action.integrations.reports.cobertura import read_cobertura
from codeflow_action.integrations.reports.lcov import read_lcov
from codeflow_action.integrations.reports.report_json import NotAReport
from codeflow_action.integrations.reports.sarif_reader import read_sarif
from codeflow_action.integrations.reports.workspace import Workspace

_MAX_TOTAL = 128_000_000  # bytes of all reports of a kind


class WorkspaceReports:
    """Implements `ReportFiles` over the folder of a job, or of a repository on a laptop."""

    def __init__(self, workspace: Workspace, clean: Callable[[str], str]) -> None:
        self._workspace = workspace
        self.clean = clean
        self.roots = workspace.roots
        self.holds = workspace.holds
        self.read_copy = workspace.read_source

    def tool_logs(self, patterns: Sequence[str]) -> ReadReports[ToolLog]:
        """Return what SARIF files say."""
        return self._read(patterns, read_sarif)

    def coverage_logs(self, patterns: Sequence[str]) -> ReadReports[CoverageLog]:
        """Return what Cobertura's and lcov's files say."""
        return self._read(patterns, _read_coverage)

    def _read[Log](
        self, patterns: Sequence[str], parse: Callable[[bytes], Log]
    ) -> ReadReports[Log]:
        matched = self._workspace.match(patterns)
        failures = [f"no file matches {_advice(pattern)}" for pattern in matched.unmatched]
        if matched.over:
            failures.append(f"{matched.over} more files than can be read were left out")
        if not matched.is_whole:
            failures.append("the workspace holds too many files to look at them all")
        logs: dict[str, Log] = {}
        left = _MAX_TOTAL
        for path in matched.files:
            try:
                raw = self._workspace.read_report(path)
                left -= len(raw)
                if left < 0:
                    raise NotAReport("the reports before it are large enough")  # noqa: TRY301 - one way out
                logs[path] = parse(raw)
            except NotAReport as error:
                failures.append(f"{path} was not read: {error}")
        return ReadReports(logs=logs, failures=tuple(failures))


def _advice(pattern: str) -> str:
    """Return a pattern that matches nothing, with what is most often the reason."""
    if pattern.startswith(("/", "../", "~")) or pattern[1:2] == ":":
        return f"'{pattern}'; patterns count from the workspace's root, nothing else can be read"
    return (
        f"'{pattern}'; has the step that writes it run before this one, in the same job?"
        f"{' Folders are parted by `/`.' if '\\' in pattern else ''}"
    )


def _read_coverage(raw: bytes) -> CoverageLog:
    is_xml = raw[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"\xff\xfe", b"\xfe\xff"))
    return read_cobertura(raw) if is_xml else read_lcov(raw)
