"""What has become of earlier findings since the last push.

It is told from the ledger that this run leaves, and not from what has just happened: so a run that
comes twice for one head says the same, and writes nothing.
"""

from collections.abc import Iterator

from codeflow_action.engine.ledger import Entry, EntryState, Ledger
from codeflow_action.engine.report import DismissedFinding, Report
from codeflow_action.integrations.github.write.render.finding_rows import place_text
from codeflow_action.integrations.github.write.render.layout import fold, paragraphs
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.security import untrusted

_MAX_ROWS = 5  # that nobody has to open
_MAX_FOLDED = 50


def progress(report: Report, ledger: Ledger, links: Links) -> str:
    """Return what was fixed, came back, is new and was dismissed; empty in the first round."""
    is_later = ledger.number > 1
    open_entries = [entry for entry in ledger.entries if entry.state is EntryState.OPEN]
    fixed_entries = [
        entry
        for entry in ledger.entries
        if is_later and entry.state is EntryState.FIXED and entry.last_round == ledger.number
    ]
    returned = sum(entry.back_round == ledger.number for entry in open_entries) if is_later else 0
    fresh = sum(entry.first_round == ledger.number for entry in open_entries) if is_later else 0
    counts = (
        (len(fixed_entries), "fixed"),
        (returned, "came back"),
        (fresh, "new"),
        (len(open_entries) - fresh - returned if is_later else 0, "still open"),
        (len(report.dismissals), "dismissed"),
    )
    words = ", ".join(f"{number:,} {word}" for number, word in counts if number)
    if not words:
        return ""
    rows = [
        *(_closed_row(entry, report, links) for entry in fixed_entries),
        *_dismissal_rows(report, links),
    ]
    head = f"**{'Since the last push' if is_later else 'So far'}:** {words}."
    if rest := len(rows[_MAX_FOLDED:]):
        rows[_MAX_FOLDED:] = [f"- {rest:,} more in the report"]
    list_text = "\n".join(rows)
    if len(rows) > _MAX_ROWS:
        list_text = fold("What was fixed or dismissed", list_text)
    return paragraphs((head, list_text))


def _closed_row(entry: Entry, report: Report, links: Links) -> str:
    # A closed entry has no prose any more; its thread has.
    subject = untrusted.inline(entry.rule if entry.is_deterministic else entry.category.value, 80)
    place = untrusted.code_span(untrusted.path(entry.path), 160) if entry.path else ""
    server = links.server_url.rstrip("/")
    page = f"{server}/{links.repository}/pull/{report.number}#discussion_r{entry.thread}"
    address = links.own_address(page) if entry.thread and report.number else ""
    linked_place = f"[{place}]({address})" if address and place else place
    return f"- Fixed: {subject}{f' in {linked_place}' if place else ''}"


def _dismissal_rows(report: Report, links: Links) -> Iterator[str]:
    for finding in report.dismissals:
        yield _dismissal_row(finding, links)


def _dismissal_row(entry: DismissedFinding, links: Links) -> str:
    finding, dismissal = entry.finding, entry.dismissal
    title = untrusted.inline(finding.title, 200)
    place = untrusted.code_span(place_text(finding), 160) if finding.path else ""
    login = untrusted.inline(dismissal.login, 60)
    address = links.own_address(dismissal.url)
    author = f", by {f'[{login}]({address})' if address else login}" if login else ""
    reason = f": {untrusted.inline(dismissal.reason, 200)}" if dismissal.reason.strip() else ""
    if dismissal.way.is_allowance:
        return f"- Allowed: {title}{f' in {place}' if place else ''}{author}{reason}"
    return f"- Dismissed: {title}{f' in {place}' if place else ''}{author}{reason}"
