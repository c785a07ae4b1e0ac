"""The page of the noise benchmark: counts, targets, and every grave finding with its verdict."""

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from benchmarks.measure import Figure
from codeflow_action.actions.quality_gates import QualityGates
from codeflow_action.actions.quality_gates.gate import GateLevel
from codeflow_action.engine.findings import Finding, Severity
from codeflow_action.engine.outcome import Shortfall

type Verdicts = Mapping[str, str]  # `finding_key` to "true: why" or "false: why"

_PAGE = Path(__file__).with_name("noise") / "page.txt"
_GRAVE = (Severity.ERROR, Severity.WARNING)
_NOT_LOOKED_AT = "not looked at"


class CheckedChange(BaseModel):
    """What came of one pull request or single commit.

    `languages` counts its files, `seconds` is wall time.
    """

    model_config = ConfigDict(frozen=True)

    repository: str
    sha: str
    by_bot: bool
    languages: dict[str, int]
    files: int
    added: int
    seconds: float
    findings: tuple[Finding, ...]
    shortfalls: tuple[Shortfall, ...]

    def count(self, severity: Severity) -> int:
        """Return how many findings are of that severity."""
        return sum(finding.severity is severity for finding in self.findings)


def finding_key(pull_request: CheckedChange, finding: Finding) -> str:
    """Return what a verdict is kept under: a repository, a commit, a rule and a place."""
    place = f"{finding.path or ''}:{finding.line or ''}"
    return f"{pull_request.repository}@{pull_request.sha[:12]} {finding.rule} {place}"


def figures(
    pull_requests: Sequence[CheckedChange],
    single_commits: Sequence[CheckedChange],
    verdicts: Verdicts,
) -> Iterator[Figure]:
    """Yield what is promised, beside what was measured; nothing of single commits without any."""
    people = [pull_request for pull_request in pull_requests if not pull_request.by_bot]
    repositories = {pull_request.repository for pull_request in people}
    languages = {language for name in repositories if (language := _language(people, name))}
    yield _at_least("pull requests of people", len(people), 300)
    yield _at_least("repositories", len(repositories), 15)
    yield _at_least("languages", len(languages), 8)
    yield from _judged_figures(pull_requests, verdicts)
    for name, group in (
        ("people", people),
        ("bots", [pull_request for pull_request in pull_requests if pull_request.by_bot]),
    ):
        warnings = sum(pull_request.count(Severity.WARNING) for pull_request in group)
        yield _rate(f"warnings in 20 pull requests of {name}", 20 * warnings / max(1, len(group)))
    if single_commits:
        yield _at_least("single commits", len(single_commits), 4_000)
        yield from _judged_figures(single_commits, verdicts, of=", of single commits")
        warnings = sum(commit.count(Severity.WARNING) for commit in single_commits)
        yield _rate("warnings in 20 single commits", 20 * warnings / len(single_commits))
        with_runs = sum(
            any(
                finding.severity in _GRAVE and _gate(finding) == "runs_by_itself"
                for finding in commit.findings
            )
            for commit in single_commits
        )
        yield _rate(
            "of 200 single commits, those with an error or warning of runs_by_itself",
            200 * with_runs / len(single_commits),
        )


def _judged_figures(
    changes: Sequence[CheckedChange], verdicts: Verdicts, of: str = ""
) -> Iterator[Figure]:
    judgements = [(severity, verdict) for _, severity, verdict in _judgements(changes, verdicts)]
    unseen = sum(verdict == _NOT_LOOKED_AT for _, verdict in judgements)
    yield _at_most(f"findings of level error or warning that nobody looked at{of}", unseen, 0)
    false = sum(
        severity is Severity.ERROR and verdict.startswith("false")
        for severity, verdict in judgements
    )
    yield _at_most(f"errors that are false{of}", false, 0)


def _rate(subject: str, rate: float) -> Figure:
    return Figure(subject=subject, target="≤ 1", value=f"{rate:.2f}", is_met=rate <= 1)


def _at_least(subject: str, count: int, least: int) -> Figure:
    return Figure(subject=subject, target=f"≥ {least:,}", value=f"{count:,}", is_met=count >= least)


def _at_most(subject: str, count: int, limit: int) -> Figure:
    return Figure(subject=subject, target=str(limit), value=f"{count:,}", is_met=count <= limit)


def write_page(
    pull_requests: Sequence[CheckedChange],
    single_commits: Sequence[CheckedChange],
    verdicts: Verdicts,
) -> str:
    """Return the page as Markdown."""
    gates_head = ("gate", "error", "warning", "notice", "with error or warning", "with notice")
    findings_head = ("change", "level", "rule", "place", "verdict")
    shortfalls_head = ("change", "level", "what")
    return _PAGE.read_text().format(
        targets=_table(
            ("what", "target", "measured", "met"),
            (figure.cells() for figure in figures(pull_requests, single_commits, verdicts)),
        ),
        gates=_table(gates_head, _gates(pull_requests)),
        findings=_table(findings_head, _findings(pull_requests, verdicts)),
        shortfalls=_table(shortfalls_head, _shortfalls(pull_requests)),
        single_count=f"{len(single_commits):,}",
        single_repositories=len({commit.repository for commit in single_commits}),
        single_files=f"{sum(commit.files for commit in single_commits):,}",
        single_added=f"{sum(commit.added for commit in single_commits):,}",
        single_seconds=f"{sum(commit.seconds for commit in single_commits):,.0f}",
        single_gates=_table(gates_head, _gates(single_commits)),
        single_findings=_table(findings_head, _findings(single_commits, verdicts)),
        single_shortfalls=_table(shortfalls_head, _shortfalls(single_commits)),
        repositories=_table(
            (
                "repository",
                "language",
                "people's",
                "bots'",
                "files",
                "added lines",
                "errors",
                "warnings",
                "notices",
                "seconds, median",
                "at most",
            ),
            _repositories(pull_requests),
        ),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in rows]
    if not lines:
        return "None."
    return "\n".join([f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *lines])


def _gates(pull_requests: Sequence[CheckedChange]) -> Iterator[Sequence[str]]:
    for name in _gate_names(pull_requests):
        severities_by_pull_request = [
            [finding.severity for finding in pull_request.findings if _gate(finding) == name]
            for pull_request in pull_requests
        ]
        counts = Counter(
            severity for severities in severities_by_pull_request for severity in severities
        )
        grave_count = sum(
            any(pull_request in _GRAVE for pull_request in severities)
            for severities in severities_by_pull_request
        )
        notice_count = sum(
            Severity.NOTICE in severities for severities in severities_by_pull_request
        )
        yield (
            name,
            *(f"{counts[severity]:,}" for severity in Severity),
            str(grave_count),
            str(notice_count),
        )


def _gate_names(pull_requests: Sequence[CheckedChange]) -> list[str]:
    """Return the gates that are on, and whatever else spoke."""
    active_names = [gate.name for gate in QualityGates().gates if gate.level is not GateLevel.OFF]
    speaking_names = (
        _gate(finding) for pull_request in pull_requests for finding in pull_request.findings
    )
    return list(dict.fromkeys([*active_names, *speaking_names]))


def _gate(finding: Finding) -> str:
    return finding.rule.partition("/")[0]


def _judgements(
    pull_requests: Sequence[CheckedChange], verdicts: Verdicts
) -> Iterator[tuple[tuple[CheckedChange, Finding], Severity, str]]:
    for severity in _GRAVE:
        for pull_request in pull_requests:
            for finding in pull_request.findings:
                if finding.severity is severity:
                    verdict = verdicts.get(finding_key(pull_request, finding), _NOT_LOOKED_AT)
                    yield (pull_request, finding), severity, verdict


def _findings(
    pull_requests: Sequence[CheckedChange], verdicts: Verdicts
) -> Iterator[Sequence[str]]:
    for (pull_request, finding), severity, verdict in _judgements(pull_requests, verdicts):
        place = f"{finding.path or ''}:{finding.line or ''}"
        yield (
            _label(pull_request),
            severity.value,
            _cell(finding.rule),
            _cell(place),
            _cell(verdict),
        )


def _shortfalls(pull_requests: Sequence[CheckedChange]) -> Iterator[Sequence[str]]:
    for pull_request in pull_requests:
        for short in pull_request.shortfalls:
            yield _label(pull_request), short.severity.value, _cell(short.detail)


def _repositories(pull_requests: Sequence[CheckedChange]) -> Iterator[Sequence[str]]:
    for name in dict.fromkeys(pull_request.repository for pull_request in pull_requests):
        group = [pull_request for pull_request in pull_requests if pull_request.repository == name]
        seconds = [pull_request.seconds for pull_request in group]
        bots = sum(pull_request.by_bot for pull_request in group)
        yield (
            name,
            _language(group, name),
            str(len(group) - bots),
            str(bots),
            f"{sum(pull_request.files for pull_request in group):,}",
            f"{sum(pull_request.added for pull_request in group):,}",
            *(
                str(sum(pull_request.count(severity) for pull_request in group))
                for severity in Severity
            ),
            f"{statistics.median(seconds):.2f}",
            f"{max(seconds):.1f}",
        )


def _language(pull_requests: Sequence[CheckedChange], name: str) -> str:
    """Return the language of most of the repository's changed files, empty when none is known."""
    counts: Counter[str] = Counter()
    for pull_request in pull_requests:
        if pull_request.repository == name:
            counts.update(pull_request.languages)
    return counts.most_common(1)[0][0] if counts else ""


def _label(pull_request: CheckedChange) -> str:
    author = " (bot)" if pull_request.by_bot else ""
    return f"{pull_request.repository} {pull_request.sha[:7]}{author}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
