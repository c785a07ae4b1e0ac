"""Findings and reports as Markdown. Pure; strangers' text passes `security.untrusted`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from codeflow_action.engine.findings import Finding
from codeflow_action.engine.headline import headline
from codeflow_action.engine.ledger import Coverage, Ledger
from codeflow_action.engine.omissions import OMISSIONS
from codeflow_action.engine.platform_words import changes_line, platforms_line
from codeflow_action.engine.proposals import Section
from codeflow_action.engine.receipt import Receipt
from codeflow_action.engine.report import (
    ActionStatus,
    FindingPlace,
    Report,
    ReportedFinding,
)
from codeflow_action.security import untrusted

MAX_BODY = 65_000  # characters; GitHub takes 65,536, and counts some of them otherwise
_MAX_NOTES = 12
_MAX_LISTED = 200  # files or candidates that the summary names
# Characters of the summary's table, of the 1 MiB that a step's summary may have:
# https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
_MAX_SUMMARY_TABLE = 600_000
_MAX_SECTIONS = 8
_MAX_SECTION = 4_000  # characters of one in the comment, where findings need the room
_MAX_MESSAGE = 30_000  # characters of a finding's message before it is written as Markdown
_PLAIN_URL = re.compile(r"[\w:/.#?=&%~+-]+", re.ASCII)
_ACTION = re.compile(r"[a-z]{1,40}(?:_[a-z]{1,40}){0,3}")
_NO_PLACE = "pull request"
# What a skipped action means to a reader, by public reason.
WHY = {reason.value: omission.words for reason, omission in OMISSIONS.items()}


@dataclass(frozen=True, kw_only=True)
class Links:
    """Addresses that our own text may name."""

    server_url: str
    repository: str
    run_url: str = ""

    def own_address(self, url: str | None) -> str:
        """Return the address if it is one of this server's that Markdown takes whole, else ''."""
        server = self.server_url.rstrip("/")
        is_ours = bool(server and url and url.startswith(f"{server}/"))
        return url if url and is_ours and _PLAIN_URL.fullmatch(url) else ""

    def lines(self, sha: str, finding: Finding) -> str:
        """Return the address of the finding's lines at `sha`."""
        return self.blob(sha, finding.path, finding.line, finding.last_line)

    def blob(self, sha: str, path: str | None, line: int | None, last_line: int | None) -> str:
        """Return the address of lines of a file at `sha`, which never means others."""
        if not (path and self.server_url and sha):
            return ""
        address = f"{self.server_url.rstrip('/')}/{self.repository}/blob/{sha}"
        address = f"{address}/{quote(path, errors='replace')}"
        if line is None:
            return address
        last = last_line or line
        return f"{address}#L{line}" + (f"-L{last}" if last > line else "")


def review_comment(reported_finding: ReportedFinding, mark: str) -> str:
    """Return the body of an inline comment, short enough for GitHub and with every block closed.

    A later run recognises it by its `mark`.
    """
    finding = reported_finding.finding
    suggestion = ""
    if finding.suggestion is not None:
        suggestion = untrusted.suggestion_block(finding.suggestion.replacement) or (
            "A suggestion is left out: it cannot be shown sign for sign."
        )
    head = f"**{finding.severity.value}: {untrusted.inline(finding.title)}**"
    # An action is told by its name; a stranger's tool may have any, so its name is prose.
    sources = ", ".join(
        name.replace("_", r"\_") if _ACTION.fullmatch(name) else untrusted.inline(name)
        for name in finding.sources
    )
    tail = [
        f"<sub>{finding.category.value}, {finding.evidence.value}, by {sources}</sub>",
        mark,
    ]
    if len(suggestion) > MAX_BODY // 2:
        suggestion = "A suggestion is left out: it is too long for a comment."
    tail = [suggestion, *tail] if suggestion else tail
    room = MAX_BODY - sum(len(part) + 2 for part in (head, *tail))
    return "\n\n".join((head, prose(finding.message, room), *tail))


def prose(text: str, room: int) -> str:
    """Return a stranger's text as Markdown of at most `room` characters: cut first, then written.

    A text that grows too much when it is written anew is cut shorter: what acts in Markdown takes
    up to thirty times its own length as code.
    """
    for limit in (min(room, _MAX_MESSAGE), room // 8, room // 32):
        cut = text if len(text) <= limit else f"{text[:limit]}…"
        markdown = untrusted.markdown(cut)
        if len(markdown) <= room:
            return markdown
    return ""


def review_body(count: int, sha: str) -> str:
    """Return the one line that heads a review."""
    return f"CodeFlow left {_count(count, 'comment')} on {sha[:7]}."


def sticky(
    report: Report,
    ledger: Ledger,
    *,
    mark: str,
    links: Links,
    comment_urls: Mapping[str, str],
    notes: Sequence[str] = (),
) -> str:
    """Return the comment: the line `mark` with the ledger first, then what matters most.

    `comment_urls` are of comments on the diff, by their findings' ids. Rows that would not fit are
    counted, never the marker, the verdict or what was not done.
    """
    head = f"{mark}\n**{headline(report)}**"
    tail = "\n\n".join(
        part
        for part in (
            *sections(report, _MAX_SECTION),
            _notes(report, changes_line(report.platforms)),
            not_done(report),
            _as_quote(notes),
            untrusted.inline(coverage_text(ledger.coverage), 2_000),
            footer(report, ledger),
        )
        if part
    )
    room = MAX_BODY - len(head) - len(tail) - 200  # for the line that counts what is left out
    table = findings_table(report, links, comment_urls, room)
    return "\n\n".join(part for part in (head, table, tail) if part) + "\n"


def sections(report: Report, limit: int) -> tuple[str, ...]:
    """Return what actions have to tell under a title, each in at most `limit` characters or so.

    An action may have asked a model for it, so it is written anew as any stranger's prose.
    """
    proposals = [action_proposal.proposal for action_proposal in report.proposals]
    proposed_sections = [proposal for proposal in proposals if isinstance(proposal, Section)]
    parts = [
        f"**{title}**\n\n{body}"
        for section in proposed_sections[:_MAX_SECTIONS]
        if (title := untrusted.inline(section.title, 120)) and (body := prose(section.body, limit))
    ]
    if rest := len(proposed_sections[_MAX_SECTIONS:]):
        parts.append(f"{_count(rest, 'more section')} in the report.")
    return tuple(parts)


def findings_table(report: Report, links: Links, comment_urls: Mapping[str, str], room: int) -> str:
    """Return findings as a table of at most `room` characters, with a count of what is left."""
    findings = report.findings
    if not findings:
        return ""
    rows = ["| severity | where | what | evidence |", "| --- | --- | --- | --- |"]
    size = sum(map(len, rows))
    for index, reported_finding in enumerate(findings):
        finding = reported_finding.finding
        severity = finding.severity.value
        place = (
            untrusted.code_span(_place(finding), 160, in_table=True) if finding.path else _NO_PLACE
        )
        url = comment_urls.get(reported_finding.id, "")
        address = links.own_address(url) or links.lines(report.head_sha, finding)
        cells = (
            f"**{severity}**" if reported_finding.blocking else severity,
            f"[{place}]({address})" if address else place,
            untrusted.inline(finding.title, 200, in_table=True),
            finding.evidence.value,
        )
        row = f"| {' | '.join(cells)} |"
        size += len(row) + 1
        if size > room:
            rest = len(findings) - index
            rows.append(f"\n{_count(rest, 'more finding')} in the run's summary and report.")
            break
        rows.append(row)
    return "\n".join(rows)


def _place(finding: Finding) -> str:
    """Return path and line as plain text."""
    line = f":{finding.line}" if finding.line else ""
    return f"{untrusted.path(finding.path or '')}{line}"


def not_done(report: Report) -> str:
    """Return what was asked for and not done, empty when all was."""
    lines = []
    for action in report.actions:
        detail = f": {untrusted.inline(action.detail, 400)}" if action.detail else ""
        match action.status:
            case ActionStatus.FAILED:
                lines.append(f"- `{action.name}` failed{detail}")
            # All was reviewed before: nothing is missing.
            case ActionStatus.SKIPPED if action.reason != "unchanged":
                words = WHY.get(action.reason, "")
                sentence = f": {words}" if words and not detail else detail
                lines.append(f"- `{action.name}` skipped ({action.reason}){sentence}")
    lines += [
        f"- {shortfall.reason.value}: {untrusted.inline(shortfall.detail, 400)}"
        for shortfall in report.shortfalls[:20]
    ]
    if rest := len(report.shortfalls[20:]):
        lines.append(f"- {rest} more, in the run's summary and report")
    return "Not done:\n" + "\n".join(lines) if lines else ""


def _as_quote(notes: Iterable[str]) -> str:
    """Return what the run itself tells: names in it may be those of a stranger's tool or branch."""
    return "\n".join(f"> {sentence}" for note in notes if (sentence := untrusted.inline(note, 600)))


def _notes(report: Report, stack: str, *rest: str) -> str:
    """Return what the actions tell besides their findings, a line each; `stack` in one of them."""
    notes = [f"Stack: {stack}"] if stack else []
    notes += [note for note in (*report.notes, *rest) if untrusted.one_line(note)]
    rows = [f"- {untrusted.inline(note, 300)}" for note in notes[:_MAX_NOTES]]
    if count := len(notes[_MAX_NOTES:]):
        rows.append(f"- {count} more in the report")
    # Of two lists with nothing between them Markdown makes one.
    return "\n".join(("In this change:", *rows)) if notes else ""


def receipt_text(receipt: Receipt) -> str:
    """Return what a model has read in one line of plain text, empty when none was asked."""
    line = coverage_text(Coverage.of(receipt))
    notes = [f"{note[:1].upper()}{note[1:200]}." for note in receipt.notes]
    return " ".join([line, *notes]) if line else ""


def coverage_text(coverage: Coverage | None) -> str:
    """Return what a model has read as numbers tell it: the same from a report and from a ledger."""
    if coverage is None:
        return ""
    sentence = (
        f"A model read {coverage.reviewed_lines} of {coverage.reviewable_lines} reviewable changed "
        f"lines in {_count(coverage.reviewable_files, 'file')} ({coverage.share:.0%})."
    )
    unread = sorted(coverage.unread.items(), key=lambda item: (-item[1], item[0]))
    reasons = ", ".join(f"{count} {reason.value}" for reason, count in unread)
    return f"{sentence} Left out: {reasons}." if reasons else sentence


def footer(report: Report, ledger: Ledger) -> str:
    """Return the small print: version, model, and what this pull request has cost so far."""
    parts = [f"CodeFlow {report.version}"]
    if ledger.model:
        parts += [untrusted.inline(ledger.model), f"{ledger.tokens:,} tokens"]
        parts.append("cost unknown" if ledger.cost_usd is None else f"${ledger.cost_usd:.4f}")
    parts.append(report.head_sha[:7])
    return f"<sub>{', '.join(parts)}</sub>"


def summary(report: Report, ledger: Ledger | None, links: Links, notes: Sequence[str] = ()) -> str:
    """Return the step summary: the comment's content and everything that was not shown there.

    Without a ledger, as on the command line, the small print is of this run alone.
    """
    comment_urls = {finding.id: finding.url for finding in report.findings}
    details = []
    for reported_finding in report.findings:
        if reported_finding.shown is not FindingPlace.INLINE:
            finding = reported_finding.finding
            place = untrusted.code_span(_place(finding), 160) if finding.path else _NO_PLACE
            heading = f"{finding.severity.value} {place}: {untrusted.inline(finding.title)}"
            details.append(f"**{heading}**\n\n{untrusted.markdown(finding.message)}")
    parts = [
        f"**{headline(report)}**",
        findings_table(report, links, comment_urls, _MAX_SUMMARY_TABLE),
        *details,
        *sections(report, _MAX_MESSAGE),
        _notes(report, platforms_line(report.platforms), *report.platforms.notes),
        not_done(report),
        _as_quote(notes),
        _receipt(report.receipt),
        _dropped_candidates(report),
        _run(report),
        footer(report, ledger) if ledger else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _receipt(receipt: Receipt) -> str:
    """Return the coverage receipt: each file that was not read wholly, with its reason."""
    line = untrusted.inline(receipt_text(receipt), 2_000)
    unread = [file for file in receipt.files if file.reason]
    if not unread:
        return line
    rows = [
        f"- {untrusted.code_span(untrusted.path(file.path))}: {file.reviewed} of {file.changed} "
        f"changed lines read, {untrusted.inline(file.reason)}"
        for file in unread[:_MAX_LISTED]
    ]
    if count := len(unread[_MAX_LISTED:]):
        rows.append(f"- {count} more in the report")
    return _details_block(line, "\n".join(rows), "Files not read wholly")


def _dropped_candidates(report: Report) -> str:
    """Return every candidate that is not shown, with the reason: nothing is lost without a word."""
    if not report.dropped:
        return ""
    rows = []
    for candidate in report.dropped[:_MAX_LISTED]:
        place = "no place"
        if candidate.path:
            place = untrusted.code_span(untrusted.path(candidate.path), 160)
        line = f", line {candidate.line}" if candidate.line else ""
        title = untrusted.inline(candidate.title, 160)
        reason = untrusted.inline(candidate.reason, 200)
        rows.append(f"- {candidate.stage.value}: {title} ({place}{line}): {reason}")
    sentence = f"{_count(len(report.dropped), 'candidate')} not shown."
    return _details_block(sentence, "\n".join(rows), "What was dropped, and why")


def _run(report: Report) -> str:
    """Return what this run has cost, empty when no model was asked."""
    spending = report.spent
    if not (spending.calls or spending.failed_calls or spending.reused):
        return ""
    asides = []
    if spending.failed_calls:
        asides.append(f"{spending.failed_calls} more failed")
    if spending.reused:
        asides.append(f"{_count(spending.reused, 'answer')} kept from earlier runs")
    aside = f" ({', '.join(asides)})" if asides else ""
    cost = "cost unknown" if spending.cost_usd is None else f"${spending.cost_usd:.4f}"
    return (
        f"This run: {_count(spending.calls, 'model call')}{aside}, "
        f"{spending.input_tokens:,} tokens in ({spending.cached_tokens:,} cached), "
        f"{spending.output_tokens:,} out, {cost}."
    )


def _details_block(line: str, body: str, title: str) -> str:
    return f"{line}\n\n<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
