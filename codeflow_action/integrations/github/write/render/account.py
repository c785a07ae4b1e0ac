"""What a run says of itself: what was not done and not read, what it knows of the change, cost."""

from collections.abc import Iterable

from codeflow_action.engine.ledger import Coverage, Ledger
from codeflow_action.engine.omissions import omission_words
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.quantities import count
from codeflow_action.engine.receipt import Receipt
from codeflow_action.engine.report import ActionStatus, Report
from codeflow_action.integrations.github.write.render.layout import fold, paragraphs, small
from codeflow_action.security import untrusted

_MAX_NOTES = 12
_MAX_OPEN_NOTES = 4  # of these, which nobody has to open
_MAX_SHORTFALLS = 20
_MAX_LISTED = 200  # files or candidates that the summary names


def not_done(report: Report) -> str:
    """Return what was asked for and not done, empty when all was."""
    lines = []
    for action in report.actions:
        match action.status:
            case ActionStatus.FAILED:
                detail = f": {untrusted.inline(action.detail, 400)}" if action.detail else ""
                lines.append(f"`{action.name}` broke{detail}")
            # All was reviewed before: nothing is missing.
            case ActionStatus.SKIPPED if action.reason != Reason.UNCHANGED:
                cause = untrusted.inline(action.detail, 400) or omission_words(action.reason)
                lines.append(f"`{action.name}` did not run{f': {cause}' if cause else ''}")
    lines += [
        untrusted.inline(shortfall.detail, 400) or shortfall.reason.value
        for shortfall in report.shortfalls[:_MAX_SHORTFALLS]
    ]
    if rest := len(report.shortfalls[_MAX_SHORTFALLS:]):
        lines.append(f"{rest} more, in the run's summary and report")
    if len(lines) == 1:
        return f"**Not done:** {lines[0]}"
    return "\n".join(("**Not done**\n", *(f"- {line}" for line in lines))) if lines else ""


def as_quote(notes: Iterable[str]) -> str:
    """Return what the run itself tells: names in it may be those of a stranger's tool or branch."""
    return "\n".join(f"> {sentence}" for note in notes if (sentence := untrusted.inline(note, 600)))


def change_notes(report: Report, stack: str, *rest: str, is_long: bool = False) -> str:
    """Return what actions tell of the change besides findings, a line each; `stack` in one of them.

    More than a few lines are folded, unless the text `is_long`.
    """
    notes = [f"Stack: {stack}"] if stack else []
    notes += [note for note in (*report.notes, *rest) if untrusted.one_line(note)]
    rows = [f"- {untrusted.inline(note, 300)}" for note in notes[:_MAX_NOTES]]
    if number := len(notes[_MAX_NOTES:]):
        rows.append(f"- {number} more in the report")
    if len(rows) > _MAX_OPEN_NOTES and not is_long:
        return fold(f"About this change: {count(len(notes), 'note')}", "\n".join(rows))
    return paragraphs(("**About this change**", "\n".join(rows))) if rows else ""


def receipt_text(receipt: Receipt) -> str:
    """Return what a model has read in one line of plain text, empty when none was asked."""
    line = coverage_text(Coverage.of(receipt))
    notes = [f"{note[:1].upper()}{note[1:200]}." for note in receipt.notes]
    return " ".join([line, *notes]) if line else ""


def risk_line(report: Report) -> str:
    """Return the risk of the change in one line, empty where nobody looked at it."""
    return untrusted.inline(report.risk.sentence, 400) if report.risk else ""


def coverage_text(coverage: Coverage | None) -> str:
    """Return what a model has read as numbers tell it: the same from a report and from a ledger."""
    if coverage is None:
        return ""
    files = count(coverage.reviewable_files, "file")
    sentence = (
        f"A model read {coverage.reviewed_lines:,} of {coverage.reviewable_lines:,} changed lines "
        f"in {files} ({coverage.share:.0%})"
    )
    if coverage.earlier_lines:
        sentence += f", {coverage.earlier_lines:,} of them in earlier rounds"
    unread = sorted(coverage.unread.items(), key=lambda item: (-item[1], item[0]))
    reasons = ", ".join(f"{reason.value} ({number:,})" for reason, number in unread)
    return f"{sentence}. Not read: {reasons}." if reasons else f"{sentence}."


def footer(report: Report, ledger: Ledger) -> str:
    """Return the small print: version, model, and what this pull request has cost so far."""
    parts = [f"CodeFlow {report.version}"]
    if ledger.model:
        parts += [untrusted.inline(ledger.model), f"{ledger.tokens:,} tokens"]
        parts.append("cost unknown" if ledger.cost_usd is None else f"${ledger.cost_usd:.4f}")
    parts.append(report.head_sha[:7])
    return small(" · ".join(part for part in parts if part))


def receipt_block(receipt: Receipt) -> str:
    """Return the coverage receipt: each file that was not read wholly, with its reason."""
    line = untrusted.inline(receipt_text(receipt), 2_000)
    unread = [file for file in receipt.files if file.reason]
    if not unread:
        return line
    rows = [
        f"- {untrusted.code_span(untrusted.path(file.path))}: {file.reviewed:,} of "
        f"{file.changed:,} changed lines read, {untrusted.inline(file.reason)}"
        for file in unread[:_MAX_LISTED]
    ]
    if number := len(unread[_MAX_LISTED:]):
        rows.append(f"- {number:,} more in the report")
    return paragraphs((line, fold("Files not read wholly", "\n".join(rows))))


def dropped_candidates(report: Report) -> str:
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
    if number := len(report.dropped[_MAX_LISTED:]):
        rows.append(f"- {number:,} more in the report")
    sentence = f"{count(len(report.dropped), 'candidate')} not shown."
    return paragraphs((sentence, fold("What was dropped, and why", "\n".join(rows))))


def run_cost(report: Report) -> str:
    """Return what this run has cost, empty when no model was asked."""
    spending = report.spent
    if not (spending.calls or spending.failed_calls or spending.reused):
        return ""
    asides = []
    if spending.failed_calls:
        asides.append(f"{spending.failed_calls} more failed")
    if spending.reused:
        asides.append(f"{count(spending.reused, 'answer')} kept from earlier runs")
    aside = f" ({', '.join(asides)})" if asides else ""
    cost = "cost unknown" if spending.cost_usd is None else f"${spending.cost_usd:.4f}"
    return (
        f"This run: {count(spending.calls, 'model call')}{aside}, "
        f"{spending.input_tokens:,} tokens in ({spending.cached_tokens:,} cached), "
        f"{spending.output_tokens:,} out, {cost}."
    )
