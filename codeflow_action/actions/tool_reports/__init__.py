"""Takes in other tools' reports: findings about this change, and lines that no test has run.

Which files these are say the sections `sarif` and `coverage` of the configuration; where neither
names any, the action is not in the pipeline.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import ClassVar

from codeflow_action.actions.tool_reports.coverage import (
    coverage_extent,
    coverage_losses,
    covered_paths,
    uncovered_lines,
)
from codeflow_action.actions.tool_reports.go_modules import go_modules
from codeflow_action.actions.tool_reports.line_map import map_lines
from codeflow_action.actions.tool_reports.offsets import lines_of_regions
from codeflow_action.actions.tool_reports.path_finder import PathFinder
from codeflow_action.actions.tool_reports.tool_findings import (
    MAX_FINDINGS,
    FoldedResults,
    HeadFile,
    ResultScope,
    fold_results,
)
from codeflow_action.engine.action import Action, Task
from codeflow_action.engine.errors import GitHubError, RepositoryError
from codeflow_action.engine.facts import Fact, LineCoverage, ToolFindings
from codeflow_action.engine.outcome import Done, Outcome, Reason, Shortfall
from codeflow_action.engine.ports import ReportFiles
from codeflow_action.engine.pull_request import Trigger
from codeflow_action.engine.quantities import count
from codeflow_action.engine.scans import ScannerFailed, SecretMatch
from codeflow_action.engine.tool_results import OffsetRegion, ToolLog
from codeflow_action.review.tool_briefs import coverage_line
from codeflow_action.security.redaction import blank
from codeflow_action.security.untrusted import one_line
from codeflow_action.security.walk import rewrite_texts

_MAX_SOURCES = 1_000  # files that are read to place results; more are told without their lines
_MAX_SOURCE_BYTES = 50_000_000  # of them together
_MIN_SECRET = 6  # characters: a shorter value may be any word of a message
_CUT_SHORT = "other tools' reports were not read to the end"


class ToolReports(Action):
    """Takes in the reports of other linters, scanners and test runners.

    The sections `sarif` and `coverage` of the configuration say which files are read.
    """

    name = "tool_reports"
    gives: ClassVar[tuple[type[Fact], ...]] = (ToolFindings, LineCoverage)
    # Those of the gates: other tools' results count like theirs (ADR 0011).
    triggers = Action.triggers | {Trigger.BASE_CHANGED, Trigger.PUSH, Trigger.MERGE_GROUP}

    async def run(self, task: Task) -> Outcome:
        """Read all reports that the configuration names; what cannot be read is a shortfall."""
        # A gate that is stopped ends the run with 3. A report that is missing does not, as the
        # step that should have written it can fail the job itself.
        task.keep(Done(shortfalls=(_shortfall(_CUT_SHORT),)))
        try:
            outcome = await _take_in(task)
        except (GitHubError, RepositoryError) as error:
            detail = f"other tools' reports could not be matched to the head commit: {error}"
            return Done(shortfalls=(_shortfall(detail),))
        return await asyncio.to_thread(_clean, outcome, task.reports.clean)


def _clean(outcome: Done, clean: Callable[[str], str]) -> Done:
    """Return the outcome without secrets: strangers' words go to the reviewer from here."""
    clean = cache(clean)
    # Whole messages first: a title may hold a part by which no rule knows a secret.
    for finding in outcome.findings:
        clean(finding.message)
    # `files` are paths of the change, by which the reviewer finds its units.
    return rewrite_texts(outcome, clean, {"files"})


async def _take_in(task: Task) -> Done:
    reports, selection = task.reports, task.report_selection
    sarif = await asyncio.to_thread(reports.tool_logs, selection.sarif)
    coverage = await asyncio.to_thread(reports.coverage_logs, selection.coverage)
    results = [result for log in sarif.logs.values() for result in log.results]
    head_paths = await task.head.list()
    knows_all_files = head_paths is not None
    files = task.pull_request.files_by_path
    finder = PathFinder(
        {*(head_paths or ()), *files},
        reports.roots,
        is_whole=knows_all_files,
        is_in_checkout=reports.holds,
        modules=await go_modules(task.head, head_paths or (), tuple(coverage.logs.values())),
    )
    spellings = (
        *(spot.paths for result in results for spot in result.spots),
        *(paths for log in coverage.logs.values() for paths in log.files),
    )
    await asyncio.to_thread(finder.learn, spellings)
    scope = ResultScope(
        filter=selection.filter, files=files, find=finder.find, knows_all_files=knows_all_files
    )
    result_paths = await asyncio.to_thread(scope.paths, results)
    coverage_paths = await asyncio.to_thread(
        covered_paths, tuple(coverage.logs.values()), files, finder.find
    )
    paths = tuple(dict.fromkeys((*result_paths, *coverage_paths)))[:_MAX_SOURCES]
    heads = await _read_heads(task, paths, scope.offset_regions(results))
    folded_results = await asyncio.to_thread(fold_results, results, scope, heads)
    lines = await asyncio.to_thread(uncovered_lines, coverage.logs, files, heads, finder.find)
    extent = await asyncio.to_thread(
        coverage_extent, coverage.logs, finder.find, knows_all_files=knows_all_files
    )
    losses = coverage_losses(coverage.logs, finder.find, knows_all_files=knows_all_files)
    failures = (
        *(f"sarif.files: {failure}" for failure in (*sarif.failures, *_losses(sarif.logs))),
        *(f"coverage.files: {failure}" for failure in (*coverage.failures, *losses)),
    )
    notices = (
        _tools_line(folded_results, tuple(sarif.logs.values())),
        coverage_line(lines),
        extent,
    )
    return Done(
        findings=folded_results.findings,
        facts=(ToolFindings(findings=folded_results.findings), lines),
        shortfalls=tuple(map(_shortfall, failures)),
        notices=tuple(notice for notice in notices if notice),
    )


async def _read_heads(
    task: Task, paths: Sequence[str], regions: Mapping[str, Collection[OffsetRegion]]
) -> Mapping[str, HeadFile]:
    """Return the files at head, with where the lines of the workspace's copies stand in them."""
    if not paths:
        return {}
    contents: dict[str, bytes] = {}
    room = _MAX_SOURCE_BYTES
    for path, content in (await task.head.read_many(paths)).items():
        if isinstance(content, bytes) and len(content) <= room:
            room -= len(content)
            contents[path] = content
    try:
        matches: Sequence[SecretMatch] | None = await task.scanners.secrets(contents)
    except ScannerFailed:
        matches = None
    return await asyncio.to_thread(_head_files, contents, matches, task.reports, regions)


def _head_files(
    contents: Mapping[str, bytes],
    matches: Sequence[SecretMatch] | None,
    reports: ReportFiles,
    regions: Mapping[str, Collection[OffsetRegion]],
) -> Mapping[str, HeadFile]:
    """Return each file beside its copy; what no scanner has looked at is not shown."""
    spans_by_path: dict[str, list[tuple[int, int]]] = {}
    for match in matches or ():
        spans_by_path.setdefault(match.path, []).append((match.start, match.end))
    heads = {}
    for path, content in contents.items():
        spans = spans_by_path.get(path, [])
        values = (content[start:end].decode("utf-8", "replace") for start, end in spans)
        raw = _lines(content)
        visible = _lines(blank(content, spans)) if spans else raw
        copy = reports.read_copy(path)
        heads[path] = HeadFile(
            visible_lines=() if matches is None else visible,
            raw_lines=raw,
            secrets=tuple(value for value in values if len(value) >= _MIN_SECRET),
            line_map=None if copy is None else map_lines(copy, content),
            # Offsets count in what the tool has seen.
            lines_of_regions=lines_of_regions(
                content if copy is None else copy, regions.get(path, ())
            ),
        )
    return heads


def _lines(content: bytes) -> tuple[str, ...]:
    return tuple(content.decode("utf-8", "replace").split("\n"))


def _tools_line(folded_results: FoldedResults, logs: Sequence[ToolLog]) -> str:
    """Return what became of all results in one sentence, empty where there are none."""
    omissions = folded_results.omissions
    counts = {
        "about other code": omissions.elsewhere,
        "without a line in the head commit": omissions.without_line,
        f"in files that are not in the repository ({omissions.unplaced_names})": (
            omissions.unplaced
        ),
        "suppressed": sum(log.suppressed_count for log in logs),
        "reported twice": omissions.twins,
        f"beyond the limit of {MAX_FINDINGS}, none more severe": omissions.past_limit,
        "from CodeFlow itself": sum(log.own_count for log in logs),
    }
    parts = [f"{count} {reason}" for reason, count in counts.items() if count]
    tools = sorted({one_line(result.tool, 60) for log in logs for result in log.results})
    if not (tools or parts):
        return ""
    names = f" ({', '.join(tools[:10])})" if tools else ""
    rest = f"; left out: {', '.join(parts)}" if parts else ""
    findings = count(len(folded_results.findings), "finding")
    return f"other tools{names}: {findings} about this change{rest}"


def _losses(logs: Mapping[str, ToolLog]) -> Iterator[str]:
    """Yield what reports that could be read do not say."""
    for path, log in logs.items():
        if log.unreadable_count:
            yield f"{count(log.unreadable_count, 'result')} of {path} could not be read"
        if log.excess_count:
            yield f"{path} has {count(log.excess_count, 'result')} beyond the limit"
        for account in log.failures:
            yield f"{path}: {one_line(account)}"


def _shortfall(detail: str) -> Shortfall:
    return Shortfall(reason=Reason.GATE_NOT_RUN, detail=detail)
