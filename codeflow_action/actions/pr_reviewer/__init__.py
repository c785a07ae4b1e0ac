"""A model reads the change and remarks on it; what is shown is anchored, checked and judged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pydantic import Field

from codeflow_action.actions.pr_reviewer import receipt
from codeflow_action.actions.pr_reviewer.checks import Checks, read_checks
from codeflow_action.actions.pr_reviewer.finding import Read, Reading, read_all
from codeflow_action.actions.pr_reviewer.lenses import Lens, built_in
from codeflow_action.actions.pr_reviewer.placing import Candidate, place
from codeflow_action.actions.pr_reviewer.prompts import background, find_instructions
from codeflow_action.actions.pr_reviewer.proving import prove
from codeflow_action.actions.pr_reviewer.sources import Sources, read_sources
from codeflow_action.actions.pr_reviewer.verifying import Verified, verify
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
from codeflow_action.engine.facts import ReviewCoverage
from codeflow_action.engine.findings import Dropped, Finding, Severity
from codeflow_action.engine.globs import any_matches
from codeflow_action.engine.model import Part, Role
from codeflow_action.review.packing import Chunk, pack
from codeflow_action.review.ranking import apply_floor, merge_duplicates
from codeflow_action.review.units import Source, units_of

# Lines of head that are shown before and after each hunk.
CONTEXT_LINES = {Effort.LOW: 3, Effort.MEDIUM: 12, Effort.HIGH: 40}
_NARROWER = (40, 12, 6, 3, 0)
_FOR_FINDING = 0.8  # of what the budget still pays for; the rest is for the second look


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What is read together, and through what."""

    readings: tuple[Reading, ...]
    shared: Part | None


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
        """Find, anchor, prove, have refuted, rank: two rounds of questions, each side by side."""
        sources = await read_sources(task)
        beyond = receipt.beyond(sources, task.pull_request)
        if not sources.sources:
            if not task.pull_request.files and not beyond:
                return Skipped(reason=Reason.NO_REVIEWABLE_CHANGES, detail="nothing changed")
            return Done(facts=(receipt.coverage(sources, ()),), shortfalls=beyond)
        checks = await read_checks(task.base)
        plan = self._plan(sources, checks, await _guidelines(task), task)
        task.progress(f"{self.name}: {len(sources.sources)} files in {len(plan.readings)} prompts")
        reads = await read_all(plan.readings, plan.shared, task)
        candidates, dropped = self._candidates(reads, sources, checks)
        checked = await prove(candidates, task)
        verified = await self._verified(checked.candidates, sources, task)
        kept, low = apply_floor(verified.findings, self.floor, self.min_confidence)
        return Done(
            findings=kept,
            dropped=(*dropped, *checked.dropped, *verified.dropped, *low),
            facts=(receipt.coverage(sources, reads),),
            shortfalls=(
                *beyond,
                *receipt.shortfalls(reads),
                *verified.shortfalls,
                *(Shortfall(reason=Reason.INVALID_CONFIG, detail=one) for one in checks.problems),
            ),
        )

    def _plan(
        self,
        sources: Sources,
        checks: Checks,
        guidelines: Sequence[tuple[str, str]],
        task: Task,
    ) -> _Plan:
        """Pack what is reviewed into the room that the instructions leave.

        Where the budget would not pay for all of it, less is shown around each change: lines that
        changed come before lines that did not.
        """
        shared = background(task.pull_request, guidelines)
        count = task.models.count_tokens
        overhead = count(find_instructions(task.guidance, built_in())) + count(shared) + 500
        overhead += sum(count(check.text) for check in checks.lenses)
        room = max(1_000, task.models.input_tokens_per_prompt - overhead)
        affordable = task.models.input_tokens_left * _FOR_FINDING
        readings: tuple[Reading, ...] = ()
        for most in _NARROWER:
            readings = tuple(self._readings(sources, checks, most, room, task))
            needed = sum(count(one.chunk.text) + overhead for one in readings)
            if needed <= affordable:
                break
        # A provider's prompt cache only pays where a second prompt begins alike.
        stable = len(readings) > 1
        return _Plan(readings=readings, shared=Part(text=shared, stable=stable) if shared else None)

    def _readings(
        self, sources: Sources, checks: Checks, most: int, room: int, task: Task
    ) -> Iterable[Reading]:
        """Yield what is read together: files of one effort, in as few prompts as they fit into."""
        for effort in reversed(Effort):
            mine = [one for one in sources.sources if self._effort(one, task) is effort]
            lines = min(most, CONTEXT_LINES[effort])
            units = [unit for source in mine for unit in units_of(source, lines)]
            chunks = pack(units, room, task.models.count_tokens)
            once = tuple(_through_lenses(chunks, effort, checks.lenses))
            models = len(task.models.all_for_role(Role.FIND)) if effort is Effort.HIGH else 1
            yield from (replace(one, by=by) for by in range(models) for one in once)

    def _effort(self, source: Source, task: Task) -> Effort:
        return task.guidance.effort_for(source.file.path, self.effort)

    def _candidates(
        self, reads: Sequence[Read], sources: Sources, checks: Checks
    ) -> tuple[tuple[Candidate, ...], tuple[Dropped, ...]]:
        """Return what is worth a second look: anchored, sure enough, said once."""
        by_path = {source.shown_path: source for source in sources.sources}
        rules = {check.rule: check for check in checks.lenses}
        placed = place([remark for read in reads for remark in read.remarks], by_path, rules)
        claims = {id(one.finding): one for one in placed.candidates}
        # In this order: what is not sure enough to be shown must not hide a twin that is.
        found = [one.finding for one in placed.candidates]
        sure, low = apply_floor(found, self.floor, self.min_confidence)
        kept, twins = merge_duplicates(sure)
        malformed = [gone for read in reads for gone in read.dropped]
        return tuple(claims[id(one)] for one in kept), (*malformed, *placed.dropped, *low, *twins)

    async def _verified(
        self, candidates: Sequence[Candidate], sources: Sources, task: Task
    ) -> Verified:
        """Have refuted what can be, unless all that speaks is of low effort."""
        by_path = {source.file.path: source for source in sources.sources}
        low = [one for one in candidates if self._is_low(one.finding, by_path, task)]
        rest = [one for one in candidates if one not in low]
        verified = await verify([one.finding for one in rest], by_path, task, {})
        return Verified(
            findings=(*verified.findings, *(one.finding for one in low)),
            dropped=verified.dropped,
            shortfalls=verified.shortfalls,
        )

    def _is_low(self, finding: Finding, by_path: dict[str, Source], task: Task) -> bool:
        source = by_path.get(finding.path or "")
        return source is not None and self._effort(source, task) is Effort.LOW


def _through_lenses(
    chunks: Sequence[Chunk], effort: Effort, checks: Sequence[Lens]
) -> Iterable[Reading]:
    """Yield each chunk once, through all lenses; at high effort once for each lens.

    Lens by lens, so that a budget which does not pay for all of them pays for the first one.
    """
    if effort is not Effort.HIGH:
        for chunk in chunks:
            mine = tuple(check for check in checks if _looks_at(check, chunk))
            yield Reading(chunk=chunk, lenses=built_in(), checks=mine)
        return
    for lens in built_in():
        yield from (Reading(chunk=chunk, lenses=(lens,)) for chunk in chunks)
    for check in checks:
        mine_of = (chunk for chunk in chunks if _looks_at(check, chunk))
        yield from (Reading(chunk=chunk, lenses=(check,), checks=(check,)) for chunk in mine_of)


def _looks_at(check: Lens, chunk: Chunk) -> bool:
    return any(check.looks_at(unit.path) for unit in chunk.units)


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
