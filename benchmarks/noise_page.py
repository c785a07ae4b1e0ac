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


class Looked(BaseModel):
    """What came of one pull request. `languages` counts its files, `seconds` is wall time."""

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


def finding_key(looked: Looked, finding: Finding) -> str:
    """Return what a verdict is kept under: a repository, a commit, a rule and a place."""
    place = f"{finding.path or ''}:{finding.line or ''}"
    return f"{looked.repository}@{looked.sha[:12]} {finding.rule} {place}"


def figures(looked: Sequence[Looked], verdicts: Verdicts) -> Iterator[Figure]:
    """Yield what is promised, beside what was measured."""
    people = [one for one in looked if not one.by_bot]
    repositories = {one.repository for one in people}
    languages = {language for name in repositories if (language := _language(people, name))}
    yield _at_least("pull requests of people", len(people), 300)
    yield _at_least("repositories", len(repositories), 15)
    yield _at_least("languages", len(languages), 8)
    said = [(severity, verdict) for _, severity, verdict in _judged(looked, verdicts)]
    unseen = sum(verdict == _NOT_LOOKED_AT for _, verdict in said)
    yield _at_most("findings of level error or warning that nobody looked at", unseen, 0)
    false = sum(sev is Severity.ERROR and verdict.startswith("false") for sev, verdict in said)
    yield _at_most("errors that are false", false, 0)
    for name, group in (("people", people), ("bots", [one for one in looked if one.by_bot])):
        rate = 20 * sum(one.count(Severity.WARNING) for one in group) / max(1, len(group))
        yield Figure(
            what=f"warnings in 20 pull requests of {name}",
            target="≤ 1",
            measured=f"{rate:.2f}",
            met=rate <= 1,
        )


def _at_least(what: str, count: int, least: int) -> Figure:
    return Figure(what=what, target=f"≥ {least}", measured=f"{count:,}", met=count >= least)


def _at_most(what: str, count: int, most: int) -> Figure:
    return Figure(what=what, target=str(most), measured=f"{count:,}", met=count <= most)


def write_page(looked: Sequence[Looked], verdicts: Verdicts) -> str:
    """Return the page as Markdown."""
    return _PAGE.read_text().format(
        targets=_table(
            ("what", "target", "measured", "met"),
            (figure.cells() for figure in figures(looked, verdicts)),
        ),
        gates=_table(
            ("gate", "error", "warning", "notice", "with error or warning", "with notice"),
            _gates(looked),
        ),
        findings=_table(
            ("pull request", "level", "rule", "place", "verdict"), _findings(looked, verdicts)
        ),
        shortfalls=_table(("pull request", "level", "what"), _shortfalls(looked)),
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
            _repositories(looked),
        ),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in rows]
    if not lines:
        return "None."
    return "\n".join([f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *lines])


def _gates(looked: Sequence[Looked]) -> Iterator[Sequence[str]]:
    for name in _gate_names(looked):
        found = [
            [finding.severity for finding in one.findings if _gate(finding) == name]
            for one in looked
        ]
        counts = Counter(severity for severities in found for severity in severities)
        grave = sum(any(one in _GRAVE for one in severities) for severities in found)
        noted = sum(Severity.NOTICE in severities for severities in found)
        yield (name, *(f"{counts[one]:,}" for one in Severity), str(grave), str(noted))


def _gate_names(looked: Sequence[Looked]) -> list[str]:
    """Return the gates that are on, and whatever else spoke."""
    on = [gate.name for gate in QualityGates().gates if gate.level is not GateLevel.OFF]
    said = (_gate(finding) for one in looked for finding in one.findings)
    return list(dict.fromkeys([*on, *said]))


def _gate(finding: Finding) -> str:
    return finding.rule.partition("/")[0]


def _judged(
    looked: Sequence[Looked], verdicts: Verdicts
) -> Iterator[tuple[tuple[Looked, Finding], Severity, str]]:
    for severity in _GRAVE:
        for one in looked:
            for finding in one.findings:
                if finding.severity is severity:
                    verdict = verdicts.get(finding_key(one, finding), _NOT_LOOKED_AT)
                    yield (one, finding), severity, verdict


def _findings(looked: Sequence[Looked], verdicts: Verdicts) -> Iterator[Sequence[str]]:
    for (one, finding), severity, verdict in _judged(looked, verdicts):
        place = f"{finding.path or ''}:{finding.line or ''}"
        yield _name(one), severity.value, _cell(finding.rule), _cell(place), _cell(verdict)


def _shortfalls(looked: Sequence[Looked]) -> Iterator[Sequence[str]]:
    for one in looked:
        for short in one.shortfalls:
            yield _name(one), short.severity.value, _cell(short.detail)


def _repositories(looked: Sequence[Looked]) -> Iterator[Sequence[str]]:
    for name in dict.fromkeys(one.repository for one in looked):
        group = [one for one in looked if one.repository == name]
        seconds = [one.seconds for one in group]
        bots = sum(one.by_bot for one in group)
        yield (
            name,
            _language(group, name),
            str(len(group) - bots),
            str(bots),
            f"{sum(one.files for one in group):,}",
            f"{sum(one.added for one in group):,}",
            *(str(sum(one.count(severity) for one in group)) for severity in Severity),
            f"{statistics.median(seconds):.2f}",
            f"{max(seconds):.1f}",
        )


def _language(looked: Sequence[Looked], name: str) -> str:
    """Return the language of most of the repository's changed files, empty when none is known."""
    counts: Counter[str] = Counter()
    for one in looked:
        if one.repository == name:
            counts.update(one.languages)
    return counts.most_common(1)[0][0] if counts else ""


def _name(one: Looked) -> str:
    return f"{one.repository} {one.sha[:7]}" + (" (bot)" if one.by_bot else "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
