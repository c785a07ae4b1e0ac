"""Takes other tools' reports into a run: read from the workspace, held against the change."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from codeflow_action.actions.tool_reports.coverage import covered_paths, uncovered
from codeflow_action.actions.tool_reports.lines import map_lines
from codeflow_action.actions.tool_reports.paths import Resolver
from codeflow_action.actions.tool_reports.results import MAX_FINDINGS, Change, Folded, Version, fold
from codeflow_action.config.policy import Policy
from codeflow_action.engine.errors import GitHubError, RepositoryError
from codeflow_action.engine.facts import LineCoverage, ToolFindings
from codeflow_action.engine.outcome import Reason, Shortfall
from codeflow_action.engine.ports import Content, Scanners, Tree
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.engine.scans import ScannerFailed, SecretMatch
from codeflow_action.engine.tool_results import CoverageLog, ToolLog, ToolResult
from codeflow_action.integrations.reports.cobertura import read_cobertura
from codeflow_action.integrations.reports.json_text import NotAReport
from codeflow_action.integrations.reports.lcov import read_lcov
from codeflow_action.integrations.reports.sarif import read_sarif
from codeflow_action.integrations.reports.workspace import Workspace
from codeflow_action.review.tool_briefs import coverage_line
from codeflow_action.security.redaction import blank
from codeflow_action.security.untrusted import one_line

_MAX_SOURCES = 1_000  # files that are read to place results; more are told without their lines
_MAX_SOURCE_BYTES = 50_000_000  # of them together
_TELLING = 6  # characters: a shorter value may be any word of a message
_MAX_TOTAL = 128_000_000  # bytes of all reports of a kind


@dataclass(frozen=True, kw_only=True)
class Told:
    """What other tools have told a run."""

    tools: ToolFindings = field(default_factory=ToolFindings)
    coverage: LineCoverage = field(default_factory=LineCoverage)
    shortfalls: tuple[Shortfall, ...] = ()
    notices: tuple[str, ...] = ()


async def read_tools(
    policy: Policy,
    *,
    workspace: Workspace,
    pull_request: PullRequest,
    head: Tree,
    scanners: Scanners,
) -> Told:
    """Read all reports that the configuration names; what cannot be read is told, no error."""
    if not (policy.sarif.files or policy.coverage.files):
        return Told()
    try:
        return await _read(policy, workspace, pull_request, head, scanners)
    except (GitHubError, RepositoryError) as error:
        why = f"other tools' reports could not be held against the head: {error}"
        return Told(shortfalls=(_shortfall(why),))


async def _read(
    policy: Policy,
    workspace: Workspace,
    pull_request: PullRequest,
    head: Tree,
    scanners: Scanners,
) -> Told:
    sarif = await asyncio.to_thread(
        _read_all, workspace, "sarif.files", policy.sarif.files, read_sarif
    )
    coverage = await asyncio.to_thread(
        _read_all, workspace, "coverage.files", policy.coverage.files, _read_coverage
    )
    results = [result for log in sarif.logs.values() for result in log.results]
    resolver = await _resolver(workspace, pull_request, head)
    await asyncio.to_thread(resolver.learn, _readings(results, coverage.logs.values()))
    files = pull_request.files_by_path
    change = Change(filter=policy.sarif.filter, files=files, find=resolver.find)
    placed = await asyncio.to_thread(change.paths, results)
    covered = await asyncio.to_thread(
        covered_paths, tuple(coverage.logs.values()), files, resolver.find
    )
    wanted = tuple(dict.fromkeys((*placed, *covered)))[:_MAX_SOURCES]
    versions = await _versions(wanted, workspace, head, scanners)
    folded = await asyncio.to_thread(fold, results, change, versions)
    lines = await asyncio.to_thread(uncovered, coverage.logs, files, versions, resolver.find)
    notices = (_told(folded, tuple(sarif.logs.values())), coverage_line(lines))
    return Told(
        tools=ToolFindings(findings=folded.findings),
        coverage=lines,
        shortfalls=(*sarif.shortfalls, *_lost(sarif.logs), *coverage.shortfalls),
        notices=tuple(notice for notice in notices if notice),
    )


@dataclass(frozen=True, kw_only=True)
class _Reports[Log]:
    """Reports by their paths."""

    logs: Mapping[str, Log]
    shortfalls: tuple[Shortfall, ...]


def _read_all[Log](
    workspace: Workspace, key: str, patterns: Sequence[str], read: Callable[[bytes], Log]
) -> _Reports[Log]:
    matched = workspace.match(patterns)
    why = [f"{key}: no file matches {_advised(pattern)}" for pattern in matched.unmatched]
    if matched.over:
        why.append(f"{key}: {matched.over} more files than can be read were left out")
    if not matched.is_whole:
        why.append(f"{key}: the workspace holds too many files to look at them all")
    logs: dict[str, Log] = {}
    left = _MAX_TOTAL
    for path in matched.files:
        try:
            raw = workspace.read_report(path)
            left -= len(raw)
            if left < 0:
                raise NotAReport("the reports before it are large enough")  # noqa: TRY301 - one way out
            logs[path] = read(raw)
        except NotAReport as error:
            why.append(f"{key}: {path} was not read: {error}")
    return _Reports(logs=logs, shortfalls=tuple(map(_shortfall, why)))


def _advised(pattern: str) -> str:
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


async def _resolver(workspace: Workspace, pull_request: PullRequest, head: Tree) -> Resolver:
    listed = await head.list()
    changed = pull_request.files_by_path
    return Resolver(
        changed if listed is None else {*listed, *changed},
        workspace.roots,
        is_whole=listed is not None,
        is_here=workspace.holds,
    )


def _readings(
    results: Iterable[ToolResult], logs: Iterable[CoverageLog]
) -> Iterator[tuple[str, ...]]:
    yield from (spot.paths for result in results for spot in result.spots)
    yield from (readings for log in logs for readings in log.files)


async def _versions(
    paths: Sequence[str], workspace: Workspace, head: Tree, scanners: Scanners
) -> Mapping[str, Version]:
    """Return the files at head, with where the lines of the workspace's copies stand in them."""
    if not paths:
        return {}
    contents = await head.read_many(paths)
    texts = dict(_small_enough(contents))
    try:
        found: Sequence[SecretMatch] | None = await scanners.secrets(texts)
    except ScannerFailed:
        found = None
    return await asyncio.to_thread(_compared, texts, found, workspace)


def _small_enough(contents: Mapping[str, Content]) -> Iterator[tuple[str, bytes]]:
    left = _MAX_SOURCE_BYTES
    for path, content in contents.items():
        if isinstance(content, bytes) and len(content) <= left:
            left -= len(content)
            yield path, content


def _compared(
    texts: Mapping[str, bytes], found: Sequence[SecretMatch] | None, workspace: Workspace
) -> Mapping[str, Version]:
    matches: dict[str, list[SecretMatch]] = {}
    for match in found or ():
        matches.setdefault(match.path, []).append(match)
    return {
        path: _version(
            text, matches.get(path, []), workspace.read_source(path), safe=found is not None
        )
        for path, text in texts.items()
    }


def _version(
    text: bytes, matches: Sequence[SecretMatch], copy: bytes | None, *, safe: bool
) -> Version:
    """Return one file; what no scanner has looked at is not shown."""
    spans = [(match.start, match.end) for match in matches]
    values = (text[start:end].decode("utf-8", "replace") for start, end in spans)
    raw = _lines(text)
    shown = _lines(blank(text, spans)) if spans else raw
    return Version(
        shown=shown if safe else (),
        raw=raw,
        secrets=tuple(value for value in values if len(value) >= _TELLING),
        lines=None if copy is None else map_lines(copy, text),
    )


def _lines(text: bytes) -> tuple[str, ...]:
    return tuple(text.decode("utf-8", "replace").split("\n"))


def _told(folded: Folded, logs: Sequence[ToolLog]) -> str:
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


def _lost(logs: Mapping[str, ToolLog]) -> Iterator[Shortfall]:
    for path, log in logs.items():
        if log.broken:
            results = _count(log.broken, "result")
            yield _shortfall(f"sarif.files: {results} of {path} could not be read")
        if log.over:
            results = _count(log.over, "result")
            yield _shortfall(f"sarif.files: {results} of {path} past the limit of one file")
        for said in log.failed:
            yield _shortfall(f"sarif.files: {path}: {one_line(said)}")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _shortfall(detail: str) -> Shortfall:
    return Shortfall(reason=Reason.GATE_NOT_RUN, detail=detail)
