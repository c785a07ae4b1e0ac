"""Which added lines tests have not run: coverage reports, brought onto the head.

And how much was read of them: a report that says nothing of this repository must not look like
one in which all is well.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from codeflow_action.actions.tool_reports.tool_findings import HeadFile
from codeflow_action.engine.facts import LineCoverage, UncoveredLines
from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.engine.quantities import count
from codeflow_action.engine.tool_results import CoverageLog
from codeflow_action.security.untrusted import one_line

_MAX_NAMES = 3  # of files that are in no repository
_MAX_NAME = 80  # characters

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


def coverage_extent(
    logs: Mapping[str, CoverageLog], find: FindPath, *, knows_all_files: bool
) -> str:
    """Return in one sentence how many lines and files were read, and what was not."""
    if not logs:
        return ""
    lines = sum(log.line_count for log in logs.values())
    spellings = {paths for log in logs.values() for paths in log.files}
    foreign_paths = _unplaced(spellings, find) if knows_all_files else []
    parts = [
        (
            sum(log.unread_count for log in logs.values()),
            "line without a readable number or count of runs",
            "lines without a readable number or count of runs",
        ),
        (
            sum(log.excess_count for log in logs.values()),
            "line beyond the limit of a report",
            "lines beyond the limit of a report",
        ),
        (
            len(foreign_paths),
            f"file that is not in the repository ({_names(foreign_paths)})",
            f"files that are not in the repository ({_names(foreign_paths)})",
        ),
    ]
    left_out = ", ".join(count(*part) for part in parts if part[0])
    return f"coverage reports: {count(lines, 'line')} of {count(len(spellings), 'file')} read" + (
        f"; unknown or left out: {left_out}" if left_out else ""
    )


def coverage_losses(
    logs: Mapping[str, CoverageLog], find: FindPath, *, knows_all_files: bool
) -> Iterator[str]:
    """Yield a sentence for each report that says nothing of this repository."""
    for name, log in logs.items():
        if not log.line_count:
            unread = f"; {log.unread_count:,} could not be read" if log.unread_count else ""
            yield f"{name} says of no line whether it was run{unread}"
            continue
        spellings = {paths for paths, lines in log.files.items() if lines}
        foreign_paths = _unplaced(spellings, find)
        if knows_all_files and len(foreign_paths) == len(spellings):
            yield f"{name} speaks of no file of the repository, but of {_names(foreign_paths)}"


def _unplaced(files: Iterable[tuple[str, ...]], find: FindPath) -> list[str]:
    return sorted(paths[-1] for paths in files if find(paths) is None)


def _names(paths: Sequence[str]) -> str:
    names = [one_line(path, _MAX_NAME) for path in paths[:_MAX_NAMES]]
    return ", ".join((*names, "…") if len(paths) > _MAX_NAMES else names)
