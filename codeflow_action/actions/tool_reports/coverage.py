"""Which added lines tests have not run: coverage reports, brought onto the head."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from codeflow_action.actions.tool_reports.tool_findings import HeadFile
from codeflow_action.engine.facts import LineCoverage, UncoveredLines
from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.engine.tool_results import CoverageLog

type FindPath = Callable[[tuple[str, ...]], str | None]


def covered_paths(
    logs: Sequence[CoverageLog], files: Mapping[str, ChangedFile], find: FindPath
) -> tuple[str, ...]:
    """Return the changed files that the reports speak of, each once."""
    paths = (find(spellings) for log in logs for spellings in log.files)
    return tuple(dict.fromkeys(path for path in paths if path in files and path))


def uncovered_lines(
    logs: Mapping[str, CoverageLog],
    files: Mapping[str, ChangedFile],
    heads: Mapping[str, HeadFile],
    find: FindPath,
) -> LineCoverage:
    """Return the added lines that no report has seen run. `logs` are by their reports' names.

    A line that any report has seen run is covered; what no report speaks of is left out.
    """
    hits_by_path: dict[str, dict[int, bool]] = defaultdict(dict)
    for log in logs.values():
        for spellings, lines in log.files.items():
            path = find(spellings)
            if path is None or path not in files or path not in heads:
                continue
            mapping, hits = heads[path].line_map, hits_by_path[path]
            for old_line, is_hit in lines.items():
                line = mapping.at(old_line) if mapping else old_line
                if line in files[path].added_lines:
                    hits[line] = hits.get(line, False) or is_hit
    return LineCoverage(
        files=tuple(
            UncoveredLines(
                path=path,
                lines=tuple(sorted(line for line, is_hit in hits.items() if not is_hit)),
                reachable=len(hits),
            )
            for path, hits in sorted(hits_by_path.items())
            if hits
        ),
        reports=tuple(logs),
    )
