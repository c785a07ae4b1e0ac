"""What was read and what was not: the coverage of a review, and its shortfalls."""

from collections import Counter
from collections.abc import Sequence

from codeflow_action.actions.pr_reviewer.first_round import Read
from codeflow_action.actions.pr_reviewer.sources import Sources
from codeflow_action.engine.outcome import Reason, Shortfall
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.engine.receipt import FileReceipt, Receipt
from codeflow_action.review.packing import changed_lines
from codeflow_action.review.scope import LeftOut
from codeflow_action.review.units import MAX_LINE, Source

_TOO_LONG = f"lines of more than {MAX_LINE:,} characters"


def coverage(sources: Sources, reads: Sequence[Read], note: str = "") -> Receipt:
    """Return the receipt: every changed file once, with how much of it a model has read.

    `note` says what beside the change was not looked at.

    Of a file that is read in several ways, through several lenses or by several models, the way
    counts that has read most of it; that others have not is a shortfall.
    """
    seen = _seen(reads)
    missed = {unit.path: one.missed for one in reads if one.missed for unit in one.chunk.units}
    files = [
        FileReceipt(
            path=source.file.path,
            changed=source.file.changed_line_count,
            reviewed=(reviewed := min(seen.get(shown, 0), source.file.changed_line_count)),
            reason=""
            if reviewed >= source.file.changed_line_count
            else missed.get(shown, "") or _TOO_LONG,
        )
        for source in sources.sources
        for shown in [source.shown_path]
    ]
    left_out = sorted(sources.left_out, key=lambda left: not left.wanted)
    return Receipt.of(
        files=(*files, *(_not_read(left) for left in left_out)),
        notes=filter(None, (note, _given_up(sources.sources))),
    )


def _given_up(sources: Sequence[Source]) -> str:
    """Say which files were read as the diff shows them, as their syntax was given up on."""
    given_up = [source for source in sources if source.given_up]
    if not given_up:
        return ""
    first, more = given_up[0], len(given_up) - 1
    others = f", nor around those of {more} more file{'s' if more > 1 else ''}" if more else ""
    return f"no code was shown around the changes of {first.shown_path}{others}: {first.given_up}"


def _seen(reads: Sequence[Read]) -> dict[str, int]:
    """Return how many changed lines were read, by path: lines that are read twice count once."""
    most: dict[str, int] = {}
    for way in {(one.lenses, one.by) for one in reads}:
        mine = [one for one in reads if (one.lenses, one.by) == way and not one.missed]
        for path, lines in changed_lines(
            [unit for one in mine for unit in one.chunk.units]
        ).items():
            most[path] = max(most.get(path, 0), lines)
    return most


def _not_read(left: LeftOut) -> FileReceipt:
    return FileReceipt(
        path=left.file.path,
        changed=left.file.changed_line_count,
        reviewed=0,
        reason=left.reason,
        reviewable=left.wanted,
    )


def beyond(sources: Sources, pull_request: PullRequest) -> tuple[Shortfall, ...]:
    """Return what no model could be asked about, though it should have been."""
    reasons = Counter(left.reason for left in sources.left_out if left.wanted)
    details = [f"{_count(files)} not reviewed: {reason}" for reason, files in reasons.items()]
    if pull_request.files_left_out:
        details.append(pull_request.files_left_out)
    return tuple(Shortfall(reason=Reason.LOW_COVERAGE, detail=detail) for detail in details)


def shortfalls(reads: Sequence[Read]) -> tuple[Shortfall, ...]:
    """Say once for each cause what was not read, and what was read and answered badly."""
    files: dict[tuple[Reason, str], set[str]] = {}
    for read in reads:
        if read.missed:
            lens = f" (lens {read.lenses[0].name})" if len(read.lenses) == 1 else ""
            paths = files.setdefault((read.reason, read.missed + lens), set())
            paths.update(unit.path for unit in read.chunk.units)
    missed = [
        Shortfall(reason=reason, detail=f"{_count(len(paths))} not reviewed: {why}")
        for (reason, why), paths in files.items()
    ]
    if spoiled := sum(bool(read.dropped) for read in reads):
        detail = f"{spoiled} of {len(reads)} answers were cut off, or not all in the asked form"
        missed.append(Shortfall(reason=Reason.MODEL_ERROR, detail=detail))
    return tuple(missed)


def _count(files: int) -> str:
    return "1 file was" if files == 1 else f"{files} files were"
