"""The sticky comment: one screen, what matters most first."""

from collections.abc import Iterable, Mapping, Sequence

from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.platform_words import changes_line
from codeflow_action.engine.quantities import count
from codeflow_action.engine.report import Report
from codeflow_action.integrations.github.write.render import account
from codeflow_action.integrations.github.write.render.finding_rows import (
    PlaceLinks,
    blocking_items,
    open_rows,
)
from codeflow_action.integrations.github.write.render.layout import MAX_BODY, paragraphs
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.integrations.github.write.render.progress import progress
from codeflow_action.integrations.github.write.render.sections import appeals, sections, synopsis
from codeflow_action.integrations.github.write.render.verdict_line import verdict_lines
from codeflow_action.integrations.hand_off_lines import hand_off_block
from codeflow_action.security import untrusted

_MAX_SECTION = 6_000  # characters of one in the comment, where findings need the room
_JOINTS = 200  # characters for the blank lines between the parts


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
    counted, never the marker, the verdict, what blocks or what was not done.
    """
    places = PlaceLinks(links=links, head_sha=report.head_sha, comment_urls=comment_urls)
    head = f"{mark}\n{verdict_lines(report)}"
    closing_parts = (
        account.not_done(report),
        account.as_quote(notes),
        account.risk_line(report),
        untrusted.inline(account.coverage_text(ledger.coverage), 2_000),
        account.footer(report, ledger),
    )
    room = MAX_BODY - _JOINTS - len(head) - sum(map(len, closing_parts))
    blockers = blocking_items(report, places, room)
    before = paragraphs((appeals(report, links), progress(report, ledger, links)))
    after = paragraphs(
        (synopsis(report), account.change_notes(report, changes_line(report.platforms)))
    )
    room -= len(blockers) + len(before) + len(after)
    section_texts = sections(report, links, _MAX_SECTION)
    # Findings go before what actions tell, which is folded or long; half of the room is theirs.
    rows = open_rows(report, places, max(room - sum(map(len, section_texts)), room // 2))
    room -= len(rows)
    section_texts = _fitting(section_texts, room)
    room -= sum(len(text) + 2 for text in section_texts)
    # People come first: an agent has the file, too.
    folded_parts = (*section_texts, hand_off_block(report, links, comment_urls, room))
    parts = (head, blockers, before, rows, after, *folded_parts, *closing_parts)
    return f"{paragraphs(parts)}\n"


def _fitting(parts: Iterable[str], room: int) -> tuple[str, ...]:
    """Return the parts that fit, and a line that counts the others."""
    parts = tuple(parts)
    fitting_parts: list[str] = []
    for part in parts:
        if len(part) + 2 <= room:
            fitting_parts.append(part)
            room -= len(part) + 2
    rest = len(parts) - len(fitting_parts)
    return (
        *fitting_parts,
        *([f"{count(rest, 'more section')} in the run's summary and report."] if rest else []),
    )
