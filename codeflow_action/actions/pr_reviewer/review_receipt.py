"""What was read and what was not: the receipt of a review, and its shortfalls."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from codeflow_action.actions.pr_reviewer.first_round import ChunkReview
from codeflow_action.engine.diff import Side
from codeflow_action.engine.findings import Finding
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.outcome import Reason, Shortfall
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.engine.quantities import count
from codeflow_action.engine.receipt import FileReceipt, Receipt
from codeflow_action.engine.shards import Shard
from codeflow_action.review.packing import changed_lines
from codeflow_action.review.sources import Sources
from codeflow_action.review.units import MAX_LINE, SourceFile, Unit

_FILES_WERE = ("file was", "files were")
_TOO_LONG = f"lines of more than {MAX_LINE:,} characters"


@dataclass(frozen=True, kw_only=True)
class ReadingRecord:
    """What became of all that was to be read, in this round and in earlier ones.

    `earlier` are the units that were read in an earlier round. `unjudged_findings` did not get a
    second look. Without a `shard` all files of the change are meant.
    """

    sources: Sources
    reviews: Sequence[ChunkReview] = ()
    earlier: Sequence[Unit] = ()
    unjudged_findings: Sequence[Finding] = ()
    shard: Shard | None = None

    def receipt(self, memory: Memory, *notes: str) -> Receipt:
        """Return the receipt: every file of the shard once, with how much of it a model has read.

        `notes` say what beside the change was not looked at, and what does not count.
        """
        files = (*self._read_files(), *self._left_out_files())
        all_notes = filter(None, (*notes, _syntax_note(self.sources.sources)))
        receipt = Receipt.of(files=files, notes=all_notes)
        update = {"units": self._units(), "revisited": self._revisited(memory)}
        return receipt.model_copy(update=update)

    def _read_files(self) -> Iterator[FileReceipt]:
        lines_read, earlier_lines = _lines_read(self.reviews), changed_lines(self.earlier)
        failures = {unit.path: review.failure for review, unit in self._failed}
        for source in self.sources.sources:
            path, lines = source.shown_path, source.file.changed_line_count
            earlier = min(earlier_lines.get(path, 0), lines)
            reviewed = min(lines_read.get(path, 0) + earlier, lines)
            reason = "" if reviewed >= lines else failures.get(path) or _TOO_LONG
            yield FileReceipt(
                path=source.file.path,
                changed=lines,
                reviewed=reviewed,
                earlier=earlier,
                reason=reason,
                lines=self._stretches.get(source.file.path),
            )

    def _left_out_files(self) -> Iterator[FileReceipt]:
        # What should have been read comes before what nobody wanted read.
        for left_out in sorted(
            self.sources.left_out, key=lambda left_out: not left_out.is_shortfall
        ):
            yield FileReceipt(
                path=left_out.file.path,
                changed=left_out.file.changed_line_count,
                reviewed=0,
                reason=left_out.reason,
                reviewable=left_out.is_shortfall,
                lines=self._stretches.get(left_out.file.path),
            )

    @property
    def _stretches(self) -> Mapping[str, tuple[int, int] | None]:
        return {file.path: file.lines for file in self.shard.files} if self.shard else {}

    @property
    def _failed(self) -> Iterator[tuple[ChunkReview, Unit]]:
        for review in self.reviews:
            if review.failure:
                yield from ((review, unit) for unit in review.chunk.units)

    def _units(self) -> tuple[str, ...]:
        """Return digests of what no later round has to read again: read, and all of it judged."""
        units = [unit for review in self.reviews for unit in review.chunk.units]
        # Of several ways to read a unit all have to have come to an end, with a whole answer.
        unread = {
            unit.digest
            for review in self.reviews
            if review.failure or review.drops
            for unit in review.chunk.units
        }
        unread |= {
            unit.digest
            for finding in self.unjudged_findings
            for unit in self._units_with(
                finding.path, finding.side, finding.line, finding.last_line
            )
        }
        digests = (unit.digest for unit in (*self.earlier, *units))
        return tuple(sorted({digest for digest in digests if digest not in unread}))

    def _revisited(self, memory: Memory) -> tuple[str, ...]:
        """Return the earlier findings of models whose code was read again in this round."""
        failures = {unit.digest for _review, unit in self._failed}
        fingerprints = (
            sighting.fingerprint
            for sighting in memory.sightings
            if (entry := memory.entries.get(sighting.fingerprint)) and not entry.is_deterministic
            if (
                units := self._units_with(
                    sighting.path, entry.side, sighting.line, sighting.last_line
                )
            )
            and not any(unit.digest in failures for unit in units)
        )
        return tuple(sorted(fingerprints))

    def _units_with(
        self, path: str | None, side: Side, first: int | None, last: int | None
    ) -> tuple[Unit, ...]:
        """Return the units of this round that show those lines; for a whole file, its units."""
        shown_paths = {source.file.path: source.shown_path for source in self.sources.sources}
        shown_path = shown_paths.get(path or "")
        return tuple(
            unit
            for review in self.reviews
            for unit in review.chunk.units
            if unit.path == shown_path and (first is None or unit.holds(side, first, last or first))
        )


def _syntax_note(sources: Sequence[SourceFile]) -> str:
    """Return which files are shown with the diff's lines alone: their parser was stopped."""
    without_syntax = [source for source in sources if source.given_up]
    if not without_syntax:
        return ""
    first, others = without_syntax[0], len(without_syntax) - 1
    rest = f", nor around those of {count(others, 'more file')}" if others else ""
    return f"no code was shown around the changes of {first.shown_path}{rest}: {first.given_up}"


def _lines_read(reviews: Sequence[ChunkReview]) -> dict[str, int]:
    """Return how many changed lines were read, by path: lines that are read twice count once."""
    lines_by_path: dict[str, int] = {}
    # A file may be read in several ways, through several lenses or by several models. The way that
    # has read most of it counts; that others have not is a shortfall.
    by_way: defaultdict[tuple[object, ...], list[Unit]] = defaultdict(list)
    for review in reviews:
        if not review.failure:
            by_way[review.lenses, review.model_index, review.pass_number].extend(review.chunk.units)
    for units in by_way.values():
        for path, lines in changed_lines(units).items():
            lines_by_path[path] = max(lines_by_path.get(path, 0), lines)
    return lines_by_path


def unasked_files(sources: Sources, pull_request: PullRequest) -> tuple[Shortfall, ...]:
    """Return what no model could be asked about, though it should have been."""
    reasons = Counter(left_out.reason for left_out in sources.left_out if left_out.is_shortfall)
    details = [
        f"{count(files, *_FILES_WERE)} not reviewed: {reason}" for reason, files in reasons.items()
    ]
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
        Shortfall(
            reason=reason, detail=f"{count(len(of_cause), *_FILES_WERE)} not reviewed: {failure}"
        )
        for (reason, failure), of_cause in paths.items()
    ]
    if damaged_count := sum(bool(review.drops) for review in reviews):
        detail = f"{damaged_count} of {len(reviews)} answers were cut off or partly malformed"
        shortfalls.append(Shortfall(reason=Reason.MODEL_ERROR, detail=detail))
    return tuple(shortfalls)
