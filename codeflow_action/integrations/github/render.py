"""Findings and reports as Markdown. Pure; strangers' text passes `security.untrusted`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from codeflow_action.engine.findings import Finding
from codeflow_action.engine.headline import headline
from codeflow_action.engine.ledger import Ledger, encode
from codeflow_action.engine.omissions import OMISSIONS
from codeflow_action.engine.platforms import changes_line, platforms_line
from codeflow_action.engine.report import (
    ActionReport,
    ActionStatus,
    Receipt,
    Report,
    ReportedFinding,
    Shown,
)
from codeflow_action.integrations.github.state import marker
from codeflow_action.security import untrusted

MAX_BODY = 65_000  # characters; GitHub takes 65,536
_MAX_NOTES = 12
_MAX_LISTED = 200  # files or candidates that the summary names
# What a skipped action means to a reader, by public reason.
WHY = {reason.value: omission.words for reason, omission in OMISSIONS.items()}


@dataclass(frozen=True, kw_only=True)
class Links:
    """Addresses that our own text may name."""

    server_url: str
    repository: str
    run_url: str = ""

    def lines(self, sha: str, finding: Finding) -> str:
        """Return the address of the finding's lines at `sha`."""
        if not (finding.path and self.server_url and sha):
            return ""
        base = f"{self.server_url.rstrip('/')}/{self.repository}/blob/{sha}/{quote(finding.path)}"
        if finding.line is None:
            return base
        last = finding.last_line or finding.line
        return f"{base}#L{finding.line}" + (f"-L{last}" if last > finding.line else "")


def finding_marker(name: str, identifier: str) -> str:
    """Return the hidden mark by which a posted comment is known again."""
    return f"<!-- codeflow:{name}:finding:{identifier} -->"


def review_comment(name: str, reported: ReportedFinding) -> str:
    """Return the body of an inline comment."""
    finding = reported.finding
    parts = [
        f"**{finding.severity.value}: {untrusted.inline(finding.title)}**",
        untrusted.markdown(finding.message),
    ]
    if finding.suggestion is not None:
        parts.append(untrusted.code_block(finding.suggestion.replacement, "suggestion"))
    sources = ", ".join(untrusted.inline(source) for source in finding.sources)
    parts.append(f"<sub>{finding.category.value}, {finding.evidence.value}, by {sources}</sub>")
    parts.append(finding_marker(name, reported.id))
    return _cut("\n\n".join(parts))


def review_body(count: int, sha: str) -> str:
    """Return the one line that heads a review."""
    return f"CodeFlow left {_count(count, 'remark')} on {sha[:7]}."


def verdict_line(report: Report) -> str:
    """Return the run in one sentence."""
    return f"**{headline(report)}**"


def sticky(report: Report, ledger: Ledger, links: Links, notes: Sequence[str] = ()) -> str:
    """Return the comment: marker and ledger first, then what matters most.

    Rows that would not fit are counted, never the marker, the verdict or what was not done.
    """
    head = f"{marker(report.name)}{encode(ledger)} -->\n{verdict_line(report)}"
    tail = "\n\n".join(
        part
        for part in (
            _notes(report, changes_line(report.platforms)),
            not_done(report),
            _quoted(notes),
            ledger.receipt,
            footer(report, ledger),
        )
        if part
    )
    room = MAX_BODY - len(head) - len(tail) - 200
    table = findings_table(report.findings, report.head_sha, links, room)
    return "\n\n".join(part for part in (head, table, tail) if part) + "\n"


def findings_table(findings: Sequence[ReportedFinding], sha: str, links: Links, room: int) -> str:
    """Return findings as a table of at most `room` characters, with a count of what is left."""
    if not findings:
        return ""
    rows = ["| severity | where | what | evidence |", "| --- | --- | --- | --- |"]
    size = sum(map(len, rows))
    for at, reported in enumerate(findings):
        row = _row(reported, sha, links)
        size += len(row) + 1
        if size > room:
            left = len(findings) - at
            rows.append(f"\n{_count(left, 'more finding')} in the run's summary and report.")
            break
        rows.append(row)
    return "\n".join(rows)


def _row(reported: ReportedFinding, sha: str, links: Links) -> str:
    finding = reported.finding
    where = _place(finding)
    address = reported.url or links.lines(sha, finding)
    cells = (
        f"**{finding.severity.value}**" if reported.blocking else finding.severity.value,
        f"[{where}]({address})" if address else where,
        untrusted.inline(finding.title, 200),
        finding.evidence.value,
    )
    return f"| {' | '.join(untrusted.table_cell(cell) for cell in cells)} |"


def _place(finding: Finding) -> str:
    if not finding.path:
        return "pull request"
    line = f":{finding.line}" if finding.line else ""
    # A link's text ends at a bracket even inside code.
    shown = untrusted.path(finding.path).replace("[", "(").replace("]", ")")
    return untrusted.code_span(f"{shown}{line}", 160)


def not_done(report: Report) -> str:
    """Return what was asked for and not done, empty when all was."""
    lines = [line for action in report.actions if (line := _action_line(action))]
    lines += [
        f"- {shortfall.reason.value}: {untrusted.inline(shortfall.detail, 400)}"
        for shortfall in report.shortfalls[:20]
    ]
    if more := len(report.shortfalls[20:]):
        lines.append(f"- {more} more, in the run's summary and report")
    return "Not done:\n" + "\n".join(lines) if lines else ""


def _quoted(notes: Iterable[str]) -> str:
    """Return what the run itself tells: names in it may be those of a stranger's tool or branch."""
    return "\n".join(f"> {untrusted.inline(note, 600)}" for note in notes)


def _notes(report: Report, stack: str, *more: str) -> str:
    """Return what the actions tell besides their findings, a line each; `stack` in one of them."""
    notes = [f"Stack: {stack}"] if stack else []
    notes += [*report.notes, *more]
    rows = [f"- {untrusted.inline(note, 300)}" for note in notes[:_MAX_NOTES]]
    if left := len(notes[_MAX_NOTES:]):
        rows.append(f"- {left} more in the report")
    # Of two lists with nothing between them Markdown makes one.
    return "\n".join(("In this change:", *rows)) if notes else ""


def _action_line(action: ActionReport) -> str:
    detail = f": {untrusted.inline(action.detail, 400)}" if action.detail else ""
    match action.status:
        case ActionStatus.FAILED:
            return f"- `{action.name}` failed{detail}"
        case ActionStatus.SKIPPED if action.reason != "unchanged":
            why = WHY.get(action.reason, "")
            said = f": {why}" if why and not detail else detail
            return f"- `{action.name}` skipped ({action.reason}){said}"
        case _:
            return ""


def receipt_line(receipt: Receipt) -> str:
    """Return what a model has read in one sentence, empty when none was asked."""
    if receipt.share is None:
        return ""
    left = [file for file in receipt.files if file.reason]
    read = sum(file.reviewable for file in receipt.files)
    said = (
        f"A model read {receipt.reviewed_lines} of {receipt.reviewable_lines} reviewable changed "
        f"lines in {_count(read, 'file')} ({receipt.share:.0%})."
    )
    notes = [f"{untrusted.inline(note, 200).capitalize()}." for note in receipt.notes]
    if not left:
        return " ".join([said, *notes])
    reasons = ", ".join(
        f"{count} {reason}" for reason, count in _tally(file.reason for file in left)
    )
    return " ".join([f"{said} Left out: {untrusted.inline(reasons, 500)}.", *notes])


def _tally(reasons: Iterable[str]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for reason in reasons:
        counts[reason] = counts.get(reason, 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


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
    parts = [
        verdict_line(report),
        findings_table(report.findings, report.head_sha, links, 600_000),
        *(_detail(reported) for reported in report.findings if reported.shown is not Shown.INLINE),
        _notes(report, platforms_line(report.platforms), *report.platforms.notes),
        not_done(report),
        _quoted(notes),
        _receipt(report.receipt),
        _dropped(report),
        _run(report),
        footer(report, ledger) if ledger else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _detail(reported: ReportedFinding) -> str:
    finding = reported.finding
    heading = f"{finding.severity.value} {_place(finding)}: {untrusted.inline(finding.title)}"
    return f"**{heading}**\n\n{untrusted.markdown(finding.message)}"


def _receipt(receipt: Receipt) -> str:
    """Return the coverage receipt: each file that was not read wholly, with its reason."""
    line = receipt_line(receipt)
    left = [file for file in receipt.files if file.reason]
    if not left:
        return line
    rows = [
        f"- {untrusted.code_span(untrusted.path(file.path))}: {file.reviewed} of {file.changed} "
        f"changed lines read, {untrusted.inline(file.reason)}"
        for file in left[:_MAX_LISTED]
    ]
    if more := len(left) - _MAX_LISTED:
        rows += [f"- {more} more in the report"] if more > 0 else []
    return _folded(line, "\n".join(rows), "Files not read wholly")


def _dropped(report: Report) -> str:
    if not report.dropped:
        return ""
    rows = [
        f"- {gone.stage.value}: {untrusted.inline(gone.title, 160)}"
        f" ({untrusted.code_span(untrusted.path(gone.path), 160) if gone.path else 'no place'}"
        f"{f', line {gone.line}' if gone.line else ''}): {untrusted.inline(gone.reason, 200)}"
        for gone in report.dropped[:_MAX_LISTED]
    ]
    said = f"{_count(len(report.dropped), 'candidate')} not shown."
    return _folded(said, "\n".join(rows), "What was dropped, and why")


def _run(report: Report) -> str:
    spent = report.spent
    if not (spent.calls or spent.failed_calls or spent.reused):
        return ""
    cost = "cost unknown" if spent.cost_usd is None else f"${spent.cost_usd:.4f}"
    aside = [f"{spent.failed_calls} more failed"] if spent.failed_calls else []
    aside += [f"{_count(spent.reused, 'answer')} kept from earlier runs"] if spent.reused else []
    asides = f" ({', '.join(aside)})" if aside else ""
    return (
        f"This run: {_count(spent.calls, 'model call')}{asides}, {spent.input_tokens:,} tokens in "
        f"({spent.cached_tokens:,} cached), {spent.output_tokens:,} out, {cost}."
    )


def _folded(line: str, body: str, title: str) -> str:
    return f"{line}\n\n<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _cut(body: str) -> str:
    """Cut a body that GitHub would refuse; the marker at its end stays."""
    if len(body) <= MAX_BODY:
        return body
    text, _, mark = body.rpartition("\n\n")
    return f"{text[: MAX_BODY - len(mark) - 10]}…\n\n{mark}"
