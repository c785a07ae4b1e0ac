"""What actions have proposed for the comment: sections with tables, a synopsis, appeals."""

from collections.abc import Iterable, Iterator, Sequence

from codeflow_action.engine.proposals import (
    Appeal,
    Cell,
    CellKind,
    Description,
    Section,
    Synopsis,
    Table,
)
from codeflow_action.engine.quantities import count
from codeflow_action.engine.report import Report
from codeflow_action.integrations.github.write.render.layout import (
    MAX_TEXT,
    fold,
    lines_in_room,
    paragraphs,
    prose,
)
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.security import untrusted

_MAX_SECTIONS = 8
_MAX_APPEALS = 10
_MAX_CELL = 300  # characters
_MAX_COLUMNS = 6
_BREAK = "\u200b"  # where a browser may break a path; shown as nothing
_LONG_PATH = 24  # characters that fit beside another column on a telephone


def synopsis(report: Report) -> str:
    """Return what the change does in one line, empty where no action says it."""
    for entry in report.proposals:
        if isinstance(entry.proposal, Synopsis) and (
            text := untrusted.inline(entry.proposal.text, 300)
        ):
            return f"**What it does:** {text}"
    return ""


def appeals(report: Report, links: Links) -> str:
    """Return what needs a person, a line each."""
    proposals = [entry.proposal for entry in report.proposals]
    rows = [
        _appeal(proposal, report.head_sha, links)
        for proposal in proposals
        if isinstance(proposal, Appeal) and untrusted.one_line(proposal.text)
    ]
    if not rows:
        return ""
    if rest := len(rows[_MAX_APPEALS:]):
        rows[_MAX_APPEALS:] = [f"- {rest:,} more in the report"]
    return paragraphs(("**Needs a person**", "\n".join(rows)))


def _appeal(appeal: Appeal, sha: str, links: Links) -> str:
    text = untrusted.inline(appeal.text, 300)
    cell = Cell(text=appeal.path or "", kind=CellKind.PATH, line=appeal.line)
    place = _cell(cell, sha, links, in_table=False) if appeal.path else ""
    if address := links.own_address(appeal.url):
        place = f"[{place or 'open'}]({address})" if "](" not in place else place
    return f"- {' · '.join(part for part in (text, place) if part)}"


def sections(
    report: Report, links: Links, limit: int, *, with_description: bool = False
) -> tuple[str, ...]:
    """Return what actions have to tell under a title, each in at most `limit` characters or so.

    An action may have asked a model for it, so it is written anew as any stranger's prose. What is
    proposed for the pull request's own description is among it only `with_description`.
    """
    proposed_sections = [*_proposed_sections(report, with_description=with_description)]
    parts = [
        text
        for section in proposed_sections[:_MAX_SECTIONS]
        if (text := write_section(section, report.head_sha, links, limit))
    ]
    if rest := len(proposed_sections[_MAX_SECTIONS:]):
        parts.append(f"{count(rest, 'more section')} in the report.")
    return tuple(parts)


def _proposed_sections(report: Report, *, with_description: bool) -> Iterator[Section]:
    for entry in report.proposals:
        match entry.proposal:
            case Section():
                yield entry.proposal
            case Description(sections=described_sections) if with_description:
                yield from described_sections


def write_section(section: Section, sha: str, links: Links, limit: int) -> str:
    """Return one section in at most `limit` characters or so, empty where it says nothing."""
    body = prose(section.body, min(limit, MAX_TEXT))
    table = ""
    if section.table:
        table = write_table(section.table, sha, links, max(0, limit - len(body)))
    content = paragraphs((body, untrusted.diagram_block(section.diagram), table))
    if not (content and untrusted.one_line(section.title)):
        return ""
    if section.is_folded:
        return fold(untrusted.fold_title(section.title), content)
    return paragraphs((f"**{untrusted.inline(section.title, 120)}**", content))


def write_table(table: Table, sha: str, links: Links, room: int) -> str:
    """Return the table in at most `room` characters, with a count of the rows that are left out.

    A column that says the same in every row says nothing, and is left out.
    """
    width = min(len(table.heading), _MAX_COLUMNS)
    rows = [_full_row(row, width) for row in table.rows]
    columns = [
        column
        for column in range(width)
        if len(rows) < 2 or len({row[column] for row in rows}) > 1
    ]  # fmt: skip
    if not rows or not columns:
        return ""
    names = (untrusted.inline(table.heading[column], 60, in_table=True) for column in columns)
    head = [_row(names), _row("---" for _column in columns)]
    texts = (
        _row(_cell(row[column], sha, links, in_table=True) for column in columns) for row in rows
    )
    shown_rows = lines_in_room(texts, room - sum(map(len, head)) - 60)
    if not shown_rows:
        return f"{count(len(rows), 'row')} in the run's summary and report."
    rest = len(rows) - len(shown_rows)
    remainder = f"{count(rest, 'more row')} in the run's summary and report." if rest else ""
    return paragraphs(("\n".join((*head, *shown_rows)), remainder))


def _full_row(row: Sequence[Cell], width: int) -> tuple[Cell, ...]:
    return (*row[:width], *(Cell(text="") for _column in range(width - len(row))))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell, sha: str, links: Links, *, in_table: bool) -> str:
    match cell.kind:
        case CellKind.PROSE:
            return untrusted.inline(cell.text, _MAX_CELL, in_table=in_table)
        case CellKind.CODE:
            return untrusted.code_span(cell.text, _MAX_CELL, in_table=in_table)
        case CellKind.PATH:
            line = f":{cell.line}" if cell.line else ""
            shown_path = f"{untrusted.path(cell.text)}{line}"
            if in_table and len(shown_path) > _LONG_PATH:
                shown_path = shown_path.replace("/", f"/{_BREAK}")
            text = untrusted.code_span(shown_path, _MAX_CELL, in_table=in_table)
            address = "" if cell.is_gone else links.blob(sha, cell.text, cell.line)
            return f"[{text}]({address})" if address and text else text
