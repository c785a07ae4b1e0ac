"""The step summary: the comment's long form, with everything that was not shown there."""

from collections.abc import Sequence

from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.platform_words import platforms_line
from codeflow_action.engine.report import Report
from codeflow_action.integrations.github.write.render import account
from codeflow_action.integrations.github.write.render.finding_rows import (
    PlaceLinks,
    blocking_items,
    long_list,
)
from codeflow_action.integrations.github.write.render.layout import MAX_TEXT, paragraphs
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.integrations.github.write.render.progress import progress
from codeflow_action.integrations.github.write.render.sections import appeals, sections, synopsis
from codeflow_action.integrations.github.write.render.verdict_line import verdict_lines

# Characters of findings, of the 1 MiB that a step's summary may have:
# https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
_MAX_FINDINGS = 600_000


def summary(report: Report, ledger: Ledger | None, links: Links, notes: Sequence[str] = ()) -> str:
    """Return the step summary: the comment's content and everything that was not shown there.

    Without a ledger, as on the command line, the small print is of this run alone.
    """
    comment_urls = {finding.id: finding.url for finding in report.findings}
    places = PlaceLinks(links=links, head_sha=report.head_sha, comment_urls=comment_urls)
    blockers = blocking_items(report, places, _MAX_FINDINGS, is_long=True)
    platforms = report.platforms
    parts = (
        verdict_lines(report),
        blockers,
        appeals(report, links),
        progress(report, ledger, links) if ledger else "",
        long_list(report, places, _MAX_FINDINGS - len(blockers)),
        synopsis(report),
        account.change_notes(report, platforms_line(platforms), *platforms.notes, is_long=True),
        *sections(report, links, MAX_TEXT, with_description=True),
        account.not_done(report),
        account.as_quote(notes),
        account.risk_line(report),
        account.receipt_block(report.receipt),
        account.dropped_candidates(report),
        account.run_cost(report),
        account.footer(report, ledger) if ledger else "",
    )
    return f"{paragraphs(parts)}\n"
