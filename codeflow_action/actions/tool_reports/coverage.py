"""Which added lines tests have not run: coverage reports, brought onto the head."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from codeflow_action.actions.tool_reports.results import Version
from codeflow_action.engine.facts import LineCoverage, UncoveredLines
from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.engine.tool_results import CoverageLog

type Find = Callable[[tuple[str, ...]], str | None]


def covered_paths(
    logs: Sequence[CoverageLog], files: Mapping[str, ChangedFile], find: Find
) -> tuple[str, ...]:
    """Return the changed files that the reports speak of, each once."""
    found = (find(readings) for log in logs for readings in log.files)
    return tuple(dict.fromkeys(path for path in found if path in files and path))


def uncovered(
    logs: Mapping[str, CoverageLog],
    files: Mapping[str, ChangedFile],
    versions: Mapping[str, Version],
    find: Find,
) -> LineCoverage:
    """Return the added lines that no report has seen run. `logs` are by their reports' names.

    A line that any report has seen run is covered; what no report speaks of is left out.
    """
    run: dict[str, dict[int, bool]] = defaultdict(dict)
    for log in logs.values():
        for readings, lines in log.files.items():
            path = find(readings)
            if path is not None and path in files and path in versions:
                for line, hit in _at_head(lines, versions[path]):
                    if line in files[path].added_lines:
                        run[path][line] = run[path].get(line, False) or hit
    return LineCoverage(
        files=tuple(
            UncoveredLines(
                path=path,
                lines=tuple(sorted(line for line, hit in lines.items() if not hit)),
                reachable=len(lines),
            )
            for path, lines in sorted(run.items())
            if lines
        ),
        reports=tuple(logs),
    )


def _at_head(lines: Mapping[int, bool], version: Version) -> Iterator[tuple[int, bool]]:
    for line, hit in lines.items():
        at = version.lines.at(line) if version.lines else line
        if at is not None:
            yield at, hit
