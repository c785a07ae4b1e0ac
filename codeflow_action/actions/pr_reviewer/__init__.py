"""A model reads the change and remarks on it; every remark is anchored in code or dropped."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from codeflow_action.actions.pr_reviewer.placing import place
from codeflow_action.actions.pr_reviewer.prompts import background, find_prompt, instructions
from codeflow_action.actions.pr_reviewer.reply import Remark, read_remarks
from codeflow_action.actions.pr_reviewer.sources import Sources, read_sources
from codeflow_action.engine.action import (
    Action,
    Done,
    Effort,
    Outcome,
    Reason,
    Shortfall,
    Skipped,
    Task,
)
from codeflow_action.engine.errors import (
    BudgetExhausted,
    OutOfTime,
    PromptTooLong,
    ProviderError,
)
from codeflow_action.engine.facts import FileCoverage, ReviewCoverage
from codeflow_action.engine.findings import Dropped, Severity
from codeflow_action.engine.globs import any_matches
from codeflow_action.engine.model import Role
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.engine.said import Said
from codeflow_action.review.packing import Chunk, changed_lines, pack
from codeflow_action.review.ranking import rank
from codeflow_action.review.scope import LeftOut
from codeflow_action.review.units import MAX_LINE, units_of

# Half of the lines of head that may be shown beside each hunk; see `review.widening`.
CONTEXT_LINES = {Effort.LOW: 3, Effort.MEDIUM: 12, Effort.HIGH: 40}
_NARROWER = (40, 12, 6, 3)
_TOO_LONG = f"lines of more than {MAX_LINE:,} characters"


@dataclass(frozen=True, kw_only=True)
class _Read:
    """What came of one chunk: remarks, or why it was not read."""

    chunk: Chunk
    remarks: tuple[Remark, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    missed: str = ""
    reason: Reason = Reason.MODEL_ERROR


class PrReviewer(Action):
    """Options: `effort`, `min_confidence`, `floor`, and `max_comments` (inline)."""

    name = "pr_reviewer"
    gives = (ReviewCoverage,)
    asks_models = True

    effort: Effort = Effort.MEDIUM
    min_confidence: float = Field(default=0.7, ge=0, le=1)
    max_comments: int = Field(default=5, ge=0, le=30)
    floor: Severity = Severity.WARNING

    async def run(self, task: Task) -> Outcome:
        """Read the change in as few prompts as the model's window allows, all at once."""
        sources = await read_sources(task)
        beyond = _beyond(sources, task.pull_request)
        if not sources.sources:
            if not task.pull_request.files and not beyond:
                return Skipped(reason=Reason.NO_REVIEWABLE_CHANGES, detail="nothing changed")
            return Done(facts=(_coverage(sources, ()),), shortfalls=beyond)
        shared = background(task.pull_request, await _guidelines(task))
        chunks = self._chunks(sources, shared, task)
        task.progress(f"{self.name}: {len(sources.sources)} files in {len(chunks)} prompts")
        reads = await asyncio.gather(*(_read(chunk, shared, task) for chunk in chunks))
        return self._conclude(
            sources, [read for group in reads for read in group], beyond, task.said
        )

    def _chunks(self, sources: Sources, shared: str, task: Task) -> tuple[Chunk, ...]:
        """Pack what is reviewed into the room that the instructions leave.

        Where the budget would not pay for all of it, less is shown around each change: lines that
        changed come before lines that did not.
        """
        count = task.models.count_tokens
        overhead = count(instructions(task.guidance)) + count(shared) + 500
        room = max(1_000, task.models.input_tokens_per_prompt - overhead)
        chunks: tuple[Chunk, ...] = ()
        for most in (*_NARROWER, 0):
            units = [
                unit
                for source in sources.sources
                for unit in units_of(source, min(most, self._context(source.file.path, task)))
            ]
            chunks = pack(units, room, count)
            needed = sum(count(chunk.text) + overhead for chunk in chunks)
            if needed <= task.models.input_tokens_left:
                break
        return chunks

    def _context(self, path: str, task: Task) -> int:
        return CONTEXT_LINES[task.guidance.effort_for(path, self.effort)]

    def _conclude(
        self,
        sources: Sources,
        reads: Sequence[_Read],
        beyond: Sequence[Shortfall],
        said: Sequence[Said],
    ) -> Done:
        by_path = {source.shown_path: source for source in sources.sources}
        placed = place([remark for read in reads for remark in read.remarks], by_path)
        ranked = rank(
            placed.findings, floor=self.floor, min_confidence=self.min_confidence, said=said
        )
        malformed = [gone for read in reads for gone in read.dropped]
        return Done(
            findings=ranked.findings,
            dropped=(*malformed, *placed.dropped, *ranked.dropped),
            facts=(_coverage(sources, reads),),
            shortfalls=(*beyond, *_shortfalls(reads)),
        )


async def _guidelines(task: Task) -> list[tuple[str, str]]:
    """Return the project's guidelines as they stand at the base: the head configures nothing."""
    never = task.guidance.never_send
    wanted = [path for path in task.guidance.guidelines if not any_matches(never, path)]
    if not wanted:
        return []
    contents = await task.base.read_many(wanted)
    return [
        (path, content.decode("utf-8", "replace"))
        for path in wanted
        if isinstance(content := contents.get(path), bytes)
    ]


async def _read(chunk: Chunk, shared: str, task: Task) -> list[_Read]:
    """Ask about one chunk; where it is too long for the model after all, about its halves."""
    prompt = find_prompt(guidance=task.guidance, shared=shared, chunk=chunk)
    try:
        completion = await task.models.for_role(Role.FIND).generate(prompt)
    except PromptTooLong as error:
        halves = [await _read(half, shared, task) for half in chunk.halves()]
        alone = [_Read(chunk=chunk, missed=str(error), reason=Reason.BUDGET)]
        return [read for half in halves for read in half] or alone
    except BudgetExhausted as error:
        return [_Read(chunk=chunk, missed=str(error), reason=Reason.BUDGET)]
    except OutOfTime as error:
        return [_Read(chunk=chunk, missed=str(error), reason=Reason.DEADLINE)]
    except ProviderError as error:
        hint = f" ({error.hint})" if error.hint else ""
        return [_Read(chunk=chunk, missed=f"{error}{hint}")]
    remarks, dropped = read_remarks(completion)
    return [_Read(chunk=chunk, remarks=remarks, dropped=dropped)]


def _coverage(sources: Sources, reads: Sequence[_Read]) -> ReviewCoverage:
    """Return the receipt: every changed file once, with how much of it a model has read."""
    seen = changed_lines([unit for read in reads if not read.missed for unit in read.chunk.units])
    missed = {unit.path: read.missed for read in reads if read.missed for unit in read.chunk.units}
    files = [
        FileCoverage(
            path=source.file.path,
            changed=source.file.changed_line_count,
            reviewed=(reviewed := min(seen.get(shown, 0), source.file.changed_line_count)),
            reason=missed.get(shown, "")
            or (_TOO_LONG if reviewed < source.file.changed_line_count else ""),
        )
        for source in sources.sources
        for shown in [source.shown_path]
    ]
    return ReviewCoverage(
        files=(*files, *(_not_read(left) for left in sources.left_out if left.wanted)),
        excluded=tuple(_not_read(left) for left in sources.left_out if not left.wanted),
    )


def _not_read(left: LeftOut) -> FileCoverage:
    return FileCoverage(
        path=left.file.path, changed=left.file.changed_line_count, reviewed=0, reason=left.reason
    )


def _beyond(sources: Sources, pull_request: PullRequest) -> tuple[Shortfall, ...]:
    """Return what no model could be asked about, though it should have been."""
    reasons = Counter(left.reason for left in sources.left_out if left.wanted)
    details = [f"{_count(files)} not reviewed: {reason}" for reason, files in reasons.items()]
    if pull_request.files_left_out:
        details.append(pull_request.files_left_out)
    return tuple(Shortfall(reason=Reason.LOW_COVERAGE, detail=detail) for detail in details)


def _shortfalls(reads: Sequence[_Read]) -> tuple[Shortfall, ...]:
    """Say once for each cause what was not read, and what was read and answered badly."""
    files: dict[tuple[Reason, str], set[str]] = {}
    for read in reads:
        if read.missed:
            paths = files.setdefault((read.reason, read.missed), set())
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
