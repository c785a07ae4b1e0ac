"""What the facts of a change come to for readers: two tables made of values."""

from collections.abc import Iterator, Sequence

from codeflow_action.actions.pr_describer.change_facts import ChangeFacts
from codeflow_action.actions.pr_describer.walkthrough import FileGroup, listed_files
from codeflow_action.engine.proposals import Cell, CellKind, Section, Table
from codeflow_action.engine.pull_request import ChangedFile, FileStatus, Gap
from codeflow_action.engine.quantities import count
from codeflow_action.engine.risk import FileRisk
from codeflow_action.review.symbol_changes import SymbolChanges

_MAX_ORDER = 10  # rows of what to look at first
_FEW_FILES = 3  # so many are looked at in any order
_MAX_SYMBOLS = 4  # names of one kind in one row


def reading_order_section(facts: ChangeFacts) -> Section | None:
    """Return where to look first and why, None where a change has no order worth telling.

    A file is named for a reason; its size is none, since the walkthrough has all sizes.
    """
    if len(facts.order) <= _FEW_FILES:
        return None
    reasons = [(file, _reason(file)) for file in facts.order]
    rows = [(file, reason) for file, reason in reasons if reason]
    if not rows:
        return None
    return Section(
        title="Look here first",
        table=Table(
            heading=("file", "why"),
            rows=tuple(
                (_path(facts.files[file.path]), Cell(text=reason))
                for file, reason in rows[:_MAX_ORDER]
            ),
        ),
    )


def _reason(file: FileRisk) -> str:
    reasons = "; ".join(file.reasons)
    size = _lines(file.added_count, file.removed_count)
    return f"{reasons[:1].upper()}{reasons[1:]} ({size} lines)" if reasons else ""


def _lines(added_count: int, removed_count: int) -> str:
    return f"+{added_count:,} −{removed_count:,}"  # noqa: RUF001 - a minus sign is what is meant


def walkthrough_section(
    facts: ChangeFacts, groups: Sequence[FileGroup], group_lines: Sequence[str] = ()
) -> Section:
    """Return all of the change by group, folded. `group_lines` are a model's words for each."""
    files = count(len(facts.files), "file")
    risk = facts.risk
    counts = f"{risk.added_count:,} lines added and {risk.removed_count:,} removed"
    words = [
        f"{_group_title(group)} ({_group_size(group)}){f': {line}' if line else ''}"
        for group, line in zip(groups, (*group_lines, *[""] * len(groups)), strict=False)
    ]
    rows = [*listed_files(groups)]
    left_out = sum(len(group.files) for group in groups) - len(rows)
    if left_out:
        words.append(f"{left_out:,} more files are not listed below.")
    return Section(
        title=f"Walkthrough of {files}, {counts}",
        body="\n".join(f"- {line}" for line in words),
        table=Table(
            heading=("group", "file", "lines", "what changes"),
            rows=tuple(
                (
                    Cell(text=_group_title(group)),
                    _path(facts.files[file.path]),
                    Cell(text=_lines(file.added_count, file.removed_count)),
                    Cell(text=_what_changes(facts.files[file.path], facts.symbols.get(file.path))),
                )
                for group, file in rows
            ),
        ),
        is_folded=True,
    )


def _group_title(group: FileGroup) -> str:
    return f"`{group.title}`" if group.is_folder else group.title


def _group_size(group: FileGroup) -> str:
    return f"{count(len(group.files), 'file')}, {_lines(group.added_count, group.removed_count)}"


def _path(file: ChangedFile) -> Cell:
    is_gone = file.status is FileStatus.REMOVED
    return Cell(text=file.path, kind=CellKind.PATH, is_gone=is_gone)


def _what_changes(file: ChangedFile, symbols: SymbolChanges | None) -> str:
    parts = [*_status(file)]
    if symbols:
        kinds = {"adds": symbols.added, "removes": symbols.removed, "changes": symbols.changed}
        parts += [f"{verb} {_names(names)}" for verb, names in kinds.items() if names]
    return "; ".join(parts)


def _status(file: ChangedFile) -> Iterator[str]:
    match file.status:
        case FileStatus.ADDED:
            yield "new"
        case FileStatus.REMOVED:
            yield "removed"
        case FileStatus.RENAMED | FileStatus.COPIED:
            verb = "moved" if file.status is FileStatus.RENAMED else "copied"
            yield f"{verb} from `{file.previous_path or ''}`"
        case FileStatus.TYPE_CHANGED:
            yield "another kind of file"
        case FileStatus.MODIFIED:
            pass
    if file.made_executable:
        yield "made executable"
    if file.gap is Gap.BINARY:
        yield "binary"
    elif file.gap is not None:
        yield "its diff could not be had"


def _names(names: Sequence[str]) -> str:
    words = ", ".join(f"`{name}`" for name in names[:_MAX_SYMBOLS])
    rest = len(names) - _MAX_SYMBOLS
    return f"{words} and {rest} more" if rest > 0 else words


def facts_line(groups: Sequence[FileGroup]) -> str:
    """Return in one line where the change is, for whoever has no model's summary."""
    parts = [
        f"{_group_title(group)} ({count(len(group.files), 'file')})"
        for group in groups[:_MAX_SYMBOLS]
    ]
    rest = sum(len(group.files) for group in groups[_MAX_SYMBOLS:])
    parts += [f"{count(rest, 'file')} elsewhere"] if rest else []
    *firsts, last = parts
    return f"This touches {', '.join(firsts)}{' and ' if firsts else ''}{last}."
