"""A whole review by a model: what is shown is anchored, proven and judged.

An import of this module brings all that a review needs; a run without a model goes without it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from codeflow_action.actions.pr_reviewer.beside_the_diff import drop_unsure_beside
from codeflow_action.actions.pr_reviewer.candidates import Candidate, Shortlist, place_remarks
from codeflow_action.actions.pr_reviewer.claim_proofs import prove
from codeflow_action.actions.pr_reviewer.exhibits import gather_exhibits
from codeflow_action.actions.pr_reviewer.first_round import ChunkReview, review_chunks
from codeflow_action.actions.pr_reviewer.late_remarks import drop_late
from codeflow_action.actions.pr_reviewer.paid_parts import (
    FirstRound,
    is_beyond_budget,
    read_in_parts,
)
from codeflow_action.actions.pr_reviewer.promise_check import check_promise, read_promise
from codeflow_action.actions.pr_reviewer.prompt_plan import affordable_tokens, plan_prompts
from codeflow_action.actions.pr_reviewer.review_receipt import (
    ReadingRecord,
    review_shortfalls,
    unasked_files,
)
from codeflow_action.actions.pr_reviewer.second_round import VerificationResult, verify
from codeflow_action.actions.pr_reviewer.subject import ReviewSubject, read_subject
from codeflow_action.engine.action import Task
from codeflow_action.engine.findings import Evidence, Finding, Severity
from codeflow_action.engine.guidance import ContextKind, Effort
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.outcome import Done, Outcome, Reason, Shortfall, Skipped
from codeflow_action.engine.proposals import InlineComments
from codeflow_action.review.ranking import apply_floor, drop_said, is_same_remark, merge_duplicates
from codeflow_action.review.sources import Sources, read_sources
from codeflow_action.review.suggestions import without_overlaps
from codeflow_action.review.units import SourceFile


@dataclass(frozen=True, kw_only=True)
class ModelReview:
    """How a review is made: the options of `PrReviewer`, whose docstrings tell what they mean."""

    name: str
    effort: Effort
    min_confidence: float
    max_comments: int
    max_comments_per_pull_request: int
    floor: Severity
    context: tuple[ContextKind, ...]
    passes: int
    promises: bool

    async def run(self, task: Task) -> Outcome:
        """Find, anchor, prove, refute, rank: two rounds of questions, each asked all at once.

        Beside both, one question holds the author's words against the change.
        """
        sources = await read_sources(task)
        omissions = unasked_files(sources, task.pull_request)
        if not sources.sources:
            # Files that should have been read and could not be are a shortfall, not a skip.
            if not task.pull_request.files and not omissions:
                return Skipped(reason=Reason.NO_REVIEWABLE_CHANGES, detail="nothing changed")
            record = ReadingRecord(sources=sources, shard=task.shard)
            return Done(facts=(record.receipt(task.memory),), shortfalls=omissions)
        if not self.promises:
            return await self._review(sources, omissions, task)
        # Read before the review begins: what tokens are counted, a replay counts in the same order.
        promise = await read_promise(sources, task)
        review, check = await asyncio.gather(
            self._review(sources, omissions, task), check_promise(promise, self.name, task)
        )
        return replace(
            review,
            proposals=(*review.proposals, *check.sections),
            notices=(*review.notices, *check.notices),
            kept_answer=check.kept_answer,
        )

    async def _review(self, sources: Sources, omissions: tuple[Shortfall, ...], task: Task) -> Done:
        subject, first_round = await self._first_round(sources, task)
        reviews, shortlist = await asyncio.to_thread(
            self._shortlist, first_round.reviews, subject, task
        )
        proofs = await prove(shortlist.candidates, task)
        verification = await self._verify(proofs.candidates, reviews, subject, task)
        sound_findings, unsure = drop_unsure_beside(verification.findings, task.pull_request)
        # The second round may have lowered a severity.
        findings, low = apply_floor(sound_findings, self.floor, self.min_confidence)
        problems = [
            Shortfall(reason=Reason.INVALID_CONFIG, detail=problem)
            for problem in subject.checks.problems
        ]
        record = ReadingRecord(
            sources=sources,
            reviews=reviews,
            earlier=first_round.earlier,
            unjudged_findings=verification.unjudged_findings,
            shard=task.shard,
        )
        return Done(
            findings=without_overlaps(findings),
            dropped=(*shortlist.drops, *proofs.drops, *verification.drops, *unsure, *low),
            facts=(record.receipt(task.memory, subject.context.note, *verification.notes),),
            proposals=(InlineComments(at_most=self._comments_left(task.memory)),),
            shortfalls=(
                *omissions,
                *review_shortfalls(reviews),
                *verification.shortfalls,
                *problems,
            ),
        )

    async def _first_round(self, sources: Sources, task: Task) -> tuple[ReviewSubject, FirstRound]:
        """Plan as much as the budget pays for, and ask about it."""

        def effort_of(source: SourceFile) -> Effort:
            return self._effort(source, task)

        affordable, size = affordable_tokens(task.models), f"{len(sources.sources)} files"
        is_beyond = is_beyond_budget(sources.sources, affordable, task)
        subject = await read_subject(sources, self.context, task, is_paid=not is_beyond)
        if is_beyond:
            task.progress(f"{self.name}: {size}, of which the budget pays for a part")
            return subject, await read_in_parts(subject, effort_of, affordable, task)
        # Parsing and packing a large change can take seconds of processor time.
        plan = await asyncio.to_thread(
            plan_prompts, subject, effort_of, affordable, task, passes=self.passes
        )
        size += f" in {len(plan.requests)} prompts"
        if plan.earlier:
            size += f", {len(plan.earlier)} of their parts read in an earlier round"
        task.progress(f"{self.name}: {size}")
        reviews = await review_chunks(plan.requests, plan.preamble, task)
        return subject, FirstRound(reviews=reviews, earlier=plan.earlier)

    def _comments_left(self, memory: Memory) -> int:
        """Return how many inline comments there may still be: a reader's patience is one."""
        left = self.max_comments_per_pull_request - memory.comments
        return max(0, min(self.max_comments, left))

    def _effort(self, source: SourceFile, task: Task) -> Effort:
        return task.guidance.effort_for(source.file.path, self.effort)

    def _shortlist(
        self,
        reviews: Sequence[ChunkReview],
        subject: ReviewSubject,
        task: Task,
    ) -> tuple[tuple[ChunkReview, ...], Shortlist]:
        """Return the reviews, and what is worth a second look.

        That is anchored, sure enough, and not said before. A review of which nothing can be
        anchored comes back as one that failed.
        """
        by_shown_path = {source.shown_path: source for source in subject.sources.sources}
        # Each prompt names all files of the change; only those that it shows may be remarked on.
        placements = [
            place_remarks(
                review.remarks,
                {unit.path: by_shown_path[unit.path] for unit in review.chunk.units},
                subject.rules,
                review.chunk.units,
            )
            for review in reviews
        ]
        reviews = tuple(map(ChunkReview.after, reviews, placements))
        placement = Shortlist(
            candidates=tuple(entry for of_one in placements for entry in of_one.candidates),
            drops=tuple(drop for of_one in placements for drop in of_one.drops),
        )
        # Of candidates that are merged, the first one's claim is proven.
        candidates = {
            _place(candidate.finding): candidate for candidate in reversed(placement.candidates)
        }
        findings = [candidate.finding for candidate in placement.candidates]
        # In this order: what is not sure enough to be shown must not hide a twin that is.
        sure, low = apply_floor(findings, self.floor, self.min_confidence)
        single, twins = merge_duplicates(
            sure,
            partial(is_same_remark, subject_of=lambda finding: candidates[_place(finding)].subject),
        )
        fresh, repetitions = drop_said(single, task.foreign_threads)
        fresh, late = drop_late(fresh, reviews, by_shown_path, task.memory)
        flaws = [drop for review in reviews for drop in review.drops]
        return reviews, Shortlist(
            candidates=tuple(
                replace(candidates[_place(finding)], finding=finding) for finding in fresh
            ),
            drops=(*flaws, *placement.drops, *low, *twins, *repetitions, *late),
        )

    async def _verify(
        self,
        candidates: Sequence[Candidate],
        reviews: Sequence[ChunkReview],
        subject: ReviewSubject,
        task: Task,
    ) -> VerificationResult:
        """Ask a second time about what is not wholly proven, except in files of low effort."""
        by_path = subject.by_path

        def is_doubtful(candidate: Candidate) -> bool:
            finding = candidate.finding
            source = by_path.get(finding.path or "")
            is_low = source is not None and self._effort(source, task) is Effort.LOW
            return finding.evidence is Evidence.QUOTED and not is_low

        doubtful = [candidate for candidate in candidates if is_doubtful(candidate)]
        certain = [candidate.finding for candidate in candidates if not is_doubtful(candidate)]
        exhibits = await gather_exhibits(doubtful, reviews, subject, task)
        verification = await verify(exhibits, task)
        return replace(verification, findings=(*certain, *verification.findings))


def _place(finding: Finding) -> tuple[str | None, int | None, str, str]:
    """Return what tells candidates apart and stays the same when equal ones are merged."""
    return finding.path, finding.line, finding.side.value, finding.title
