"""Other tools' reports in the workspace, found by patterns and parsed by their formats."""

from collections.abc import Callable, Sequence

from codeflow_action.engine.tool_results import CoverageLog, ReadReports, ToolLog
from codeflow_action.integrations.reports.coverage_reports import read_coverage
from codeflow_action.integrations.reports.report_json import NotAReport
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
        if not patterns:  # as in most runs, and its reader has a large model to import
            return ReadReports()
        from codeflow_action.integrations.reports.sarif_reader import read_sarif  # noqa: PLC0415

        return self._read(patterns, read_sarif)

    def coverage_logs(self, patterns: Sequence[str]) -> ReadReports[CoverageLog]:
        """Return what Cobertura's and lcov's files say."""
        return self._read(patterns, read_coverage)

    def _read[Log](
        self, patterns: Sequence[str], parse: Callable[[bytes], Log]
    ) -> ReadReports[Log]:
        match = self._workspace.match(patterns)
        failures = [f"no file matches '{pattern}'; {_advice(pattern)}" for pattern in match.misses]
        if match.surplus:
            failures.append(f"{match.surplus} more files than can be read were left out")
        if not match.is_whole:
            failures.append(
                "the workspace has too many files, or too deep folders, to look at them all"
            )
        logs: dict[str, Log] = {}
        room = _MAX_TOTAL
        for path in match.files:
            try:
                raw = self._workspace.read_report(path)
                room -= len(raw)
                if room < 0:
                    raise NotAReport("the reports before it are large enough")  # noqa: TRY301 - one way out
                logs[path] = parse(raw)
            except NotAReport as error:
                failures.append(f"{path} was not read: {error}")
        return ReadReports(logs=logs, failures=tuple(failures))


def _advice(pattern: str) -> str:
    """Return the most common reason why a pattern matches nothing."""
    if pattern.startswith(("/", "../", "~")) or pattern[1:2] == ":":
        return "patterns count from the workspace's root, nothing else can be read"
    question = "has the step that writes it run before this one, in the same job?"
    return f"{question} Folders are parted by `/`." if "\\" in pattern else question
