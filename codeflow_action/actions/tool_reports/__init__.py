"""Takes in other tools' reports: findings about this change, and lines that no test has run.

Which files these are say the sections `sarif` and `coverage` of the configuration; where neither
names any, the action is not in the pipeline.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import ClassVar

from codeflow_action.actions.tool_reports.coverage import covered_paths, uncovered
from codeflow_action.actions.tool_reports.lines import map_lines
from codeflow_action.actions.tool_reports.paths import Resolver
from codeflow_action.actions.tool_reports.results import MAX_FINDINGS, Change, Folded, Version, fold
from codeflow_action.engine.action import Action, Task
from codeflow_action.engine.errors import GitHubError, RepositoryError
from codeflow_action.engine.facts import Fact, LineCoverage, ToolFindings
from codeflow_action.engine.outcome import Done, Outcome, Reason, Shortfall
from codeflow_action.engine.ports import ReportFiles
from codeflow_action.engine.pull_request import Trigger
from codeflow_action.engine.scans import ScannerFailed, SecretMatch
from codeflow_action.engine.tool_results import ToolLog
from codeflow_action.review.tool_briefs import coverage_line
from codeflow_action.security.redaction import blank
from codeflow_action.security.untrusted import one_line
from codeflow_action.security.walk import rewrite_texts

_MAX_SOURCES = 1_000  # files that are read to place results; more are told without their lines
_MAX_SOURCE_BYTES = 50_000_000  # of them together
_TELLING = 6  # characters: a shorter value may be any word of a message
_CUT_SHORT = "other tools' reports were not read to their end"


class ToolReports(Action):
    """No options of its own: `sarif` and `coverage` name the reports, for all actions to know."""

    name = "tool_reports"
    gives: ClassVar[tuple[type[Fact], ...]] = (ToolFindings, LineCoverage)
    # Those of the gates: other tools' results count like theirs (ADR 0011).
    triggers = Action.triggers | {Trigger.BASE_CHANGED, Trigger.PUSH, Trigger.MERGE_GROUP}

    async def run(self, task: Task) -> Outcome:
        """Read all reports that the configuration names; what cannot be read is a shortfall."""
        # A gate that is stopped ends the run with 3. A report that is missing does not, as the
        # step that should have written it can fail the job itself.
        task.found(Done(shortfalls=(_shortfall(_CUT_SHORT),)))
        try:
            done = await self._take_in(task)
        except (GitHubError, RepositoryError) as error:
            why = f"other tools' reports could not be held against the head: {error}"
            return Done(shortfalls=(_shortfall(why),))
        # Strangers' words go to the reviewer and into early annotations from here. `files` are
        # paths of the change, by which the reviewer finds its units.
        return await asyncio.to_thread(rewrite_texts, done, cache(task.reports.clean), {"files"})

    async def _take_in(self, task: Task) -> Done:
        reports, selection = task.reports, task.report_selection
        sarif = await asyncio.to_thread(reports.tool_logs, selection.sarif)
        coverage = await asyncio.to_thread(reports.coverage_logs, selection.coverage)
        results = [result for log in sarif.logs.values() for result in log.results]
        resolver = await self._resolver(task)
        spellings = (
            *(spot.paths for result in results for spot in result.spots),
            *(paths for log in coverage.logs.values() for paths in log.files),
        )
        await asyncio.to_thread(resolver.learn, spellings)
        files = task.pull_request.files_by_path
        change = Change(filter=selection.filter, files=files, find=resolver.find)
        placed = await asyncio.to_thread(change.paths, results)
        covered = await asyncio.to_thread(
            covered_paths, tuple(coverage.logs.values()), files, resolver.find
        )
        paths = tuple(dict.fromkeys((*placed, *covered)))[:_MAX_SOURCES]
        versions = await _versions(task, paths)
        folded = await asyncio.to_thread(fold, results, change, versions)
        lines = await asyncio.to_thread(uncovered, coverage.logs, files, versions, resolver.find)
        failures = (
            *(f"sarif.files: {why}" for why in (*sarif.failures, *_losses(sarif.logs))),
            *(f"coverage.files: {why}" for why in coverage.failures),
        )
        notices = (_sentence(folded, tuple(sarif.logs.values())), coverage_line(lines))
        return Done(
            findings=folded.findings,
            facts=(ToolFindings(findings=folded.findings), lines),
            shortfalls=tuple(map(_shortfall, failures)),
            notices=tuple(notice for notice in notices if notice),
        )

    async def _resolver(self, task: Task) -> Resolver:
        """Return what finds the files that reports name, among all that the head has."""
        listed = await task.head.list()
        changed = task.pull_request.files_by_path
        return Resolver(
            changed if listed is None else {*listed, *changed},
            task.reports.roots,
            is_whole=listed is not None,
            is_here=task.reports.holds,
        )


async def _versions(task: Task, paths: Sequence[str]) -> Mapping[str, Version]:
    """Return the files at head, with where the lines of the workspace's copies stand in them."""
    if not paths:
        return {}
    texts: dict[str, bytes] = {}
    left = _MAX_SOURCE_BYTES
    for path, content in (await task.head.read_many(paths)).items():
        if isinstance(content, bytes) and len(content) <= left:
            left -= len(content)
            texts[path] = content
    try:
        matches: Sequence[SecretMatch] | None = await task.scanners.secrets(texts)
    except ScannerFailed:
        matches = None
    return await asyncio.to_thread(_compare, texts, matches, task.reports)


def _compare(
    texts: Mapping[str, bytes], matches: Sequence[SecretMatch] | None, reports: ReportFiles
) -> Mapping[str, Version]:
    """Return each file beside its copy; what no scanner has looked at is not shown."""
    versions = {}
    for path, text in texts.items():
        spans = [(match.start, match.end) for match in matches or () if match.path == path]
        values = (text[start:end].decode("utf-8", "replace") for start, end in spans)
        raw = _lines(text)
        shown = _lines(blank(text, spans)) if spans else raw
        copy = reports.read_copy(path)
        versions[path] = Version(
            shown=() if matches is None else shown,
            raw=raw,
            secrets=tuple(value for value in values if len(value) >= _TELLING),
            lines=None if copy is None else map_lines(copy, text),
        )
    return versions


def _lines(text: bytes) -> tuple[str, ...]:
    return tuple(text.decode("utf-8", "replace").split("\n"))


def _sentence(folded: Folded, logs: Sequence[ToolLog]) -> str:
    """Return what became of all results in one sentence, empty where there are none."""
    left = folded.left
    suppressed = sum(log.suppressed for log in logs)
    ours = sum(log.ours for log in logs)
    asides = {
        "about other code": left.elsewhere,
        "without a line of the head": left.moved,
        "suppressed": suppressed,
        "said twice": left.twins,
        f"past the limit of {MAX_FINDINGS}, none graver": left.over,
        "of CodeFlow itself": ours,
    }
    said = [f"{count} {what}" for what, count in asides.items() if count]
    tools = sorted({one_line(result.tool, 60) for log in logs for result in log.results})
    if not (tools or said):
        return ""
    names = f" ({', '.join(tools[:10])})" if tools else ""
    rest = f"; left out: {', '.join(said)}" if said else ""
    return f"other tools{names}: {_count(len(folded.findings), 'finding')} about this change{rest}"


def _losses(logs: Mapping[str, ToolLog]) -> Iterator[str]:
    """Yield what reports that could be read do not say."""
    for path, log in logs.items():
        if log.broken:
            yield f"{_count(log.broken, 'result')} of {path} could not be read"
        if log.over:
            yield f"{_count(log.over, 'result')} of {path} past the limit of one file"
        for sentence in log.failed:
            yield f"{path}: {one_line(sentence)}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _shortfall(detail: str) -> Shortfall:
    return Shortfall(reason=Reason.GATE_NOT_RUN, detail=detail)
