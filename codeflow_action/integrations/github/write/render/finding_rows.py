"""Findings as a reader wants them: what blocks with what to do, the rest a line each, then folded.

Equal remarks in several places are one row. Rows that do not fit are counted.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import groupby

from codeflow_action.engine.findings import Evidence, Finding, Severity
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.quantities import count
from codeflow_action.engine.report import Report, ReportedFinding
from codeflow_action.integrations.github.write.render.layout import (
    fold,
    lines_in_room,
    paragraphs,
    prose,
    small,
)
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.security import untrusted

MAX_OPEN_ROWS = 10  # that a reader sees without opening anything
_MAX_ADVICE = 400  # characters
_MAX_PLACES = 3  # of one row that are named: the others are folded
_MAX_FOLDED_PLACES = 50
_COUNT_ROOM = 120  # characters of a line that counts what is left out
_PLAIN_RULE = regex(r"[\w.-]{1,60}(?:/[\w.-]{1,60}){0,3}", re.ASCII)
NO_PLACE = "the whole pull request"
EVIDENCE_WORDS: Mapping[Evidence, str] = {
    Evidence.DETERMINISTIC: "",
    Evidence.PROVEN: "checked in the code",
    Evidence.VERIFIED: "confirmed by a second look",
    Evidence.QUOTED: "not confirmed by a second look",
}


@dataclass(frozen=True, kw_only=True)
class PlaceLinks:
    """Where findings can be looked at: at our comment on the diff, else at the head.

    `comment_urls` are by the findings' ids.
    """

    links: Links
    head_sha: str
    comment_urls: Mapping[str, str] = field(default_factory=dict)

    def of(self, reported_finding: ReportedFinding) -> str:
        """Return the finding's place, with a link if there is an address."""
        finding = reported_finding.finding
        text = untrusted.code_span(place_text(finding), 160) if finding.path else NO_PLACE
        url = self.comment_urls.get(reported_finding.id, "")
        address = self.links.own_address(url) or self.links.lines(self.head_sha, finding)
        return f"[{text}]({address})" if address else text


def place_text(finding: Finding) -> str:
    """Return path and line as plain text."""
    line = f":{finding.line}" if finding.line else ""
    return f"{untrusted.path(finding.path or '')}{line}"


def rule_text(finding: Finding, links: Links) -> str:
    """Return the rule's name, with a link to the page that explains it if there is one."""
    # A tool's report may name its rules as it likes.
    is_plain = _PLAIN_RULE.fullmatch(finding.rule)
    name = f"`{finding.rule}`" if is_plain else untrusted.inline(finding.rule, 80)
    address = links.rule_page(finding.rule)
    return f"[{name}]({address})" if address else name


def silence_text(reported_finding: ReportedFinding) -> str:
    """Return how somebody who may write here keeps a finding quiet."""
    command = untrusted.code_span(f"/codeflow dismiss {reported_finding.id} REASON")
    return f"to silence it, comment {command}"


def blocking_items(report: Report, places: PlaceLinks, room: int, *, is_long: bool = False) -> str:
    """Return what blocks, each with what to do, its rule, and how to silence it.

    Beyond ten, and where there is no room for more, a finding has one line; none goes without one
    as long as lines fit. With `is_long` each has its whole message.
    """
    blockers = [finding for finding in report.findings if finding.blocking]
    if not blockers:
        return ""
    items: list[str] = []
    heading = "**Fix these first**" if len(blockers) > 1 else "**Fix this first**"
    # The lines of those behind need room too, and come before anybody's long form.
    per_line = min(250, room // (len(blockers) + 1))
    room -= len(heading) + _COUNT_ROOM
    for reported_finding in blockers if is_long else blockers[:MAX_OPEN_ROWS]:
        item = _blocking_item(reported_finding, places, is_long=is_long)
        if len(item) + per_line * (len(blockers) - len(items) - 1) > room:
            break
        items.append(item)
        room -= len(item) + 1
    if not (rest := blockers[len(items) :]):
        return paragraphs((heading, _numbered(items)))
    rows = lines_in_room((row.text(places, _MAX_FOLDED_PLACES) for row in rows_of(rest)), room)
    left_out = len(rest) - sum(len(row.findings) for row in rows_of(rest)[: len(rows)])
    if left_out:
        rows.append(f"- {left_out:,} more in the run's summary and report")
    return paragraphs(
        (heading, _numbered(items), fold(f"{len(rest):,} more that block", "\n".join(rows)))
    )


def _numbered(items: Sequence[str]) -> str:
    return "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))


def _blocking_item(reported_finding: ReportedFinding, places: PlaceLinks, *, is_long: bool) -> str:
    finding = reported_finding.finding
    title = untrusted.inline(finding.title, 200)
    # A tool's or a model's has no advice of its own: then all it says.
    text = finding.message if is_long else finding.advice or finding.message
    text = untrusted.inline(text, 2_000 if is_long else _MAX_ADVICE)
    print_line = small(f"{rule_text(finding, places.links)} · {silence_text(reported_finding)}")
    # Two spaces break the line in a comment and in a summary: https://spec.commonmark.org/0.31.2/#hard-line-breaks
    lines = (f"**{title}** in {places.of(reported_finding)}", text, print_line)
    return "  \n   ".join(line for line in lines if line)


@dataclass(frozen=True, kw_only=True)
class FindingRow:
    """Findings that say the same about several places."""

    findings: tuple[ReportedFinding, ...]

    @property
    def finding(self) -> Finding:
        """The first of them."""
        return self.findings[0].finding

    def text(
        self, places: PlaceLinks, limit: int = _MAX_PLACES, *, has_evidence: bool = False
    ) -> str:
        """Return what is wrong, and then where, as an item of a list."""
        title = untrusted.inline(self.finding.title, 200)
        # One place more is no reason to fold.
        limit = len(self.findings) if len(self.findings) == limit + 1 else limit
        names = ", ".join(map(places.of, self.findings[:limit]))
        if rest := len(self.findings[limit:]):
            names += f" and {rest:,} more"
        words = EVIDENCE_WORDS[self.finding.evidence] if has_evidence else ""
        return f"- {', '.join(part for part in (f'{title} in {names}', words) if part)}"


def rows_of(findings: Sequence[ReportedFinding]) -> tuple[FindingRow, ...]:
    """Return rows in the order of their first findings."""
    rows: dict[tuple[object, ...], list[ReportedFinding]] = {}
    for reported_finding in findings:
        finding = reported_finding.finding
        key = (finding.severity, finding.rule, finding.title, finding.evidence)
        rows.setdefault(key, []).append(reported_finding)
    return tuple(FindingRow(findings=tuple(group)) for group in rows.values())


def open_rows(report: Report, places: PlaceLinks, room: int) -> str:
    """Return what does not block: ten rows with those that do, the rest folded by who says it."""
    rest = [finding for finding in report.findings if not finding.blocking]
    rows = rows_of(rest)
    unfolded_count = max(0, MAX_OPEN_ROWS - report.blocking_count)
    # One row is no reason to fold.
    if len(rows) == unfolded_count + 1:
        unfolded_count += 1
    parts = [*_severity_lists(rows[:unfolded_count], places)]
    size = sum(len(part) + 2 for part in parts)
    if size > room:
        return _counted(rest, room)
    left_out = 0
    remainders = [
        FindingRow(findings=row.findings[_MAX_PLACES:])
        for row in rows[:unfolded_count]
        if len(row.findings) > _MAX_PLACES + 1
    ]
    for title, group in _groups((*remainders, *rows[unfolded_count:])):
        texts = [row.text(places, _MAX_FOLDED_PLACES) for row in group]
        frame = len(fold(title, "")) + _COUNT_ROOM
        kept_texts = lines_in_room(texts, room - size - frame)
        missing_count = sum(len(row.findings) for row in group[len(kept_texts) :])
        if not kept_texts:
            left_out += missing_count
            continue
        if missing_count:
            kept_texts.append(f"- {missing_count:,} more in the run's summary and report")
        parts.append(fold(title, "\n".join(kept_texts)))
        size += len(parts[-1]) + 2
    if left_out:
        parts.append(f"{count(left_out, 'more finding')} in the run's summary and report.")
    return paragraphs(parts)


def _counted(findings: Sequence[ReportedFinding], room: int) -> str:
    line = f"{count(len(findings), 'more finding')} in the run's summary and report."
    return line if len(line) <= room else ""


def _severity_lists(rows: Sequence[FindingRow], places: PlaceLinks) -> Iterator[str]:
    """Yield a list for each severity: what holds for all rows of it stands in its heading."""
    for severity, group_rows in groupby(rows, key=lambda row: row.finding.severity):
        group = tuple(group_rows)
        evidences = {row.finding.evidence for row in group}
        number = sum(len(row.findings) for row in group)
        words = EVIDENCE_WORDS[next(iter(evidences))] if len(evidences) == 1 else ""
        heading = f"**{count(number, severity.value)}**" + (f", {words}" if words else "")
        texts = [row.text(places, has_evidence=len(evidences) > 1) for row in group]
        yield paragraphs((heading, "\n".join(texts)))


def _groups(rows: Sequence[FindingRow]) -> Iterator[tuple[str, Sequence[FindingRow]]]:
    """Yield the title and the rows of each group: a gate's, a tool's, a kind of remark's."""
    groups: dict[str, list[FindingRow]] = {}
    for row in rows:
        groups.setdefault(row.finding.rule.partition("/")[0], []).append(row)
    for name, group in groups.items():
        findings = [entry.finding for row in group for entry in row.findings]
        counts = ", ".join(
            count(number, severity.value)
            for severity in Severity
            if (number := sum(finding.severity is severity for finding in findings))
        )
        paths = {finding.path for finding in findings if finding.path}
        spread = f" in {count(len(paths), 'file')}" if len(paths) > 1 else ""
        yield f"{untrusted.fold_title(name, 80)}: {counts}{spread}", group


def long_list(report: Report, places: PlaceLinks, room: int) -> str:
    """Return everything that does not block, with its message: the step summary's list."""
    parts: list[str] = []
    rows = rows_of([finding for finding in report.findings if not finding.blocking])
    for index, row in enumerate(rows):
        finding = row.finding
        words = EVIDENCE_WORDS[finding.evidence]
        facts = " · ".join(filter(None, (rule_text(finding, places.links), words)))
        names = ", ".join(map(places.of, row.findings[:_MAX_FOLDED_PLACES]))
        if rest := len(row.findings[_MAX_FOLDED_PLACES:]):
            names += f" and {rest:,} more"
        severity = finding.severity.value.capitalize()
        heading = f"**{severity}: {untrusted.inline(finding.title)}** in {names}"
        part = paragraphs((heading, prose(finding.message, 30_000), small(facts)))
        if (room := room - len(part) - 2) < 0:
            number = sum(len(row.findings) for row in rows[index:])
            parts.append(f"{count(number, 'more finding')} in the report.")
            break
        parts.append(part)
    return paragraphs(parts)
