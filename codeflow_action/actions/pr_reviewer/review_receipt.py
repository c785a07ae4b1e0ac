"""What was read and what was not: the receipt of a review, and its shortfalls."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from codeflow_action.actions.pr_reviewer.first_round import ChunkReview
from codeflow_action.engine.outcome import Reason, Shortfall
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.engine.receipt import FileReceipt, Receipt
from codeflow_action.engine.shards import Shard
from codeflow_action.review.packing import changed_lines
from codeflow_action.review.sources import Sources
from codeflow_action.review.units import MAX_LINE, SourceFile, Unit

_TOO_LONG = f"lines of more than {MAX_LINE:,} characters"


def receipt_for(
    sources: Sources, reviews: Sequence[ChunkReview], note: str = "", shard: Shard | None = None
) -> Receipt:
    """Return the receipt: every file of the shard once, with how much of it a model has read.

    `note` says what beside the change was not looked at. Without a `shard` all files are meant.
    """
    stretches = {file.path: file.lines for file in shard.files} if shard else {}
    lines_read = _lines_read(reviews)
    failures = {
        unit.path: review.failure
        for review in reviews
        if review.failure
        for unit in review.chunk.units
    }
    receipts: list[FileReceipt] = []
    for source in sources.sources:
        path, lines = source.shown_path, source.file.changed_line_count
        count = min(lines_read.get(path, 0), lines)
        reason = "" if count >= lines else failures.get(path) or _TOO_LONG
        receipts.append(
            FileReceipt(
                path=source.file.path,
                changed=lines,
                reviewed=count,
                reason=reason,
                lines=stretches.get(source.file.path),
            )
        )
    # What should have been read comes before what nobody wanted read.
    receipts += [
        FileReceipt(
            path=left_out.file.path,
            changed=left_out.file.changed_line_count,
            reviewed=0,
            reason=left_out.reason,
            reviewable=left_out.is_shortfall,
            lines=stretches.get(left_out.file.path),
        )
        for left_out in sorted(sources.left_out, key=lambda left_out: not left_out.is_shortfall)
    ]
    return Receipt.of(files=receipts, notes=filter(None, (note, _syntax_note(sources.sources))))


def _syntax_note(sources: Sequence[SourceFile]) -> str:
    """Return which files are shown with the diff's lines alone: their parser was stopped."""
    without_syntax = [source for source in sources if source.given_up]
    if not without_syntax:
        return ""
    first, count = without_syntax[0], len(without_syntax) - 1
    rest = f", nor around those of {count} more file{'s' if count > 1 else ''}" if count else ""
    return f"no code was shown around the changes of {first.shown_path}{rest}: {first.given_up}"


def _lines_read(reviews: Sequence[ChunkReview]) -> dict[str, int]:
    """Return how many changed lines were read, by path: lines that are read twice count once."""
    lines_by_path: dict[str, int] = {}
    # A file may be read in several ways, through several lenses or by several models. The way that
    # has read most of it counts; that others have not is a shortfall.
    by_way: defaultdict[tuple[object, ...], list[Unit]] = defaultdict(list)
    for review in reviews:
        if not review.failure:
            by_way[review.lenses, review.model_index].extend(review.chunk.units)
    for units in by_way.values():
        for path, lines in changed_lines(units).items():
            lines_by_path[path] = max(lines_by_path.get(path, 0), lines)
    return lines_by_path


def unasked_files(sources: Sources, pull_request: PullRequest) -> tuple[Shortfall, ...]:
    """Return what no model could be asked about, though it should have been."""
    reasons = Counter(left_out.reason for left_out in sources.left_out if left_out.is_shortfall)
    details = [f"{_files_were(count)} not reviewed: {reason}" for reason, count in reasons.items()]
    if pull_request.files_left_out:
        details.append(pull_request.files_left_out)
    return tuple(Shortfall(reason=Reason.LOW_COVERAGE, detail=detail) for detail in details)


def review_shortfalls(reviews: Sequence[ChunkReview]) -> tuple[Shortfall, ...]:
    """Return once for each cause what was not read, and what was read and answered badly."""
    paths: defaultdict[tuple[Reason, str], set[str]] = defaultdict(set)
    for review in reviews:
        if review.failure:
            # At high effort one lens may fail where the others have read the file.
            lens = f" (lens {review.lenses[0].name})" if len(review.lenses) == 1 else ""
            cause = (review.reason, review.failure + lens)
            paths[cause].update(unit.path for unit in review.chunk.units)
    shortfalls = [
        Shortfall(reason=reason, detail=f"{_files_were(len(of_cause))} not reviewed: {failure}")
        for (reason, failure), of_cause in paths.items()
    ]
    if count := sum(bool(review.drops) for review in reviews):
        detail = f"{count} of {len(reviews)} answers were cut off or partly malformed"
        shortfalls.append(Shortfall(reason=Reason.MODEL_ERROR, detail=detail))
    return tuple(shortfalls)


def _files_were(count: int) -> str:
    return "1 file was" if count == 1 else f"{count} files were"
