"""A model reads the change and remarks on it; what is shown is anchored, checked and judged."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from pydantic import Field

from codeflow_action.actions.pr_reviewer import receipt
from codeflow_action.actions.pr_reviewer.candidates import Candidate, place
from codeflow_action.actions.pr_reviewer.first_round import Read
from codeflow_action.actions.pr_reviewer.further import further_code
from codeflow_action.actions.pr_reviewer.planning import plan
from codeflow_action.actions.pr_reviewer.proving import prove
from codeflow_action.actions.pr_reviewer.room import read_all
from codeflow_action.actions.pr_reviewer.second_round import Beside, Verified, verify
from codeflow_action.actions.pr_reviewer.sources import read_sources
from codeflow_action.actions.pr_reviewer.subject import Subject, read_subject
from codeflow_action.engine.action import Action, Task
from codeflow_action.engine.facts import LineCoverage, ToolFindings
from codeflow_action.engine.findings import Dropped, Evidence, Finding, Severity
from codeflow_action.engine.foreign_threads import ForeignThread
from codeflow_action.engine.guidance import Effort
from codeflow_action.engine.outcome import Done, Outcome, Reason, Shortfall, Skipped
from codeflow_action.engine.platforms import Platforms
from codeflow_action.engine.proposals import InlineComments
from codeflow_action.engine.receipt import Receipt
from codeflow_action.review.context import ContextKind
from codeflow_action.review.ranking import apply_floor, drop_said, merge_duplicates
from codeflow_action.review.suggestions import without_overlaps
from codeflow_action.review.units import Source


class PrReviewer(Action):
    """Options: `effort`, `min_confidence`, `floor`, `max_comments` (inline), kinds of `context`."""

    name = "pr_reviewer"
    needs = (Platforms, ToolFindings, LineCoverage)
    gives = (Receipt,)
    asks_models = True

    effort: Effort = Effort.MEDIUM
    min_confidence: float = Field(default=0.7, ge=0, le=1)
    max_comments: int = Field(default=5, ge=0, le=30)
    floor: Severity = Severity.WARNING
    context: tuple[ContextKind, ...] = tuple(ContextKind)

    async def run(self, task: Task) -> Outcome:
        """Find, anchor, prove, have refuted, rank: two rounds of questions, each side by side."""
        sources = await read_sources(task)
        beyond = receipt.beyond(sources, task.pull_request)
        if not sources.sources:
            if not task.pull_request.files and not beyond:
                return Skipped(reason=Reason.NO_REVIEWABLE_CHANGES, detail="nothing changed")
            return Done(facts=(receipt.coverage(sources, ()),), shortfalls=beyond)
        subject = await read_subject(sources, self.context, task)
        planned = await asyncio.to_thread(
            plan, subject, lambda source: self._effort(source, task), task
        )
        asked = f"{len(sources.sources)} files in {len(planned.readings)} prompts"
        task.progress(f"{self.name}: {asked}")
        reads = await read_all(planned.readings, planned.shared, task)
        candidates, dropped = await asyncio.to_thread(
            self._candidates, reads, subject, task.foreign_threads
        )
        checked = await prove(candidates, task)
        verified = await self._verified(checked.candidates, subject, task)
        kept, low = apply_floor(verified.findings, self.floor, self.min_confidence)
        wrong = [
            Shortfall(reason=Reason.INVALID_CONFIG, detail=one) for one in subject.checks.problems
        ]
        return Done(
            findings=without_overlaps(kept),
            dropped=(*dropped, *checked.dropped, *verified.dropped, *low),
            facts=(receipt.coverage(sources, reads, subject.context.note),),
            proposals=(InlineComments(at_most=self.max_comments),),
            shortfalls=(*beyond, *receipt.shortfalls(reads), *verified.shortfalls, *wrong),
        )

    def _effort(self, source: Source, task: Task) -> Effort:
        return task.guidance.effort_for(source.file.path, self.effort)

    def _candidates(
        self, reads: Sequence[Read], subject: Subject, said: Sequence[ForeignThread]
    ) -> tuple[tuple[Candidate, ...], tuple[Dropped, ...]]:
        """Return what is worth a second look: anchored, sure enough, said once and by nobody."""
        remarks = [remark for read in reads for remark in read.remarks]
        placed = place(remarks, subject.by_shown_path, subject.rules)
        claims = {_place(one.finding): one for one in reversed(placed.candidates)}
        # In this order: what is not sure enough to be shown must not hide a twin that is.
        found = [one.finding for one in placed.candidates]
        sure, low = apply_floor(found, self.floor, self.min_confidence)
        single, twins = merge_duplicates(sure)
        fresh, repeated = drop_said(single, said)
        candidates = tuple(replace(claims[_place(one)], finding=one) for one in fresh)
        malformed = [gone for read in reads for gone in read.dropped]
        return candidates, (*malformed, *placed.dropped, *low, *twins, *repeated)

    async def _verified(
        self, candidates: Sequence[Candidate], subject: Subject, task: Task
    ) -> Verified:
        """Have refuted what is not wholly proven; of files of low effort nothing is."""
        by_path = subject.by_path

        def is_open(finding: Finding) -> bool:
            source = by_path.get(finding.path or "")
            low = source is not None and self._effort(source, task) is Effort.LOW
            return finding.evidence is Evidence.QUOTED and not low

        doubtful = [one for one in candidates if is_open(one.finding)]
        settled = [one.finding for one in candidates if not is_open(one.finding)]
        open_ = [one.finding for one in doubtful]
        more = await further_code(open_, subject.sources.sources, subject.mask, task)
        verified = await verify(
            open_,
            by_path,
            task,
            Beside(code=more, proofs={at: one.proof for at, one in enumerate(doubtful)}),
        )
        return Verified(
            findings=(*settled, *verified.findings),
            dropped=verified.dropped,
            shortfalls=verified.shortfalls,
        )


def _place(finding: Finding) -> tuple[str | None, int | None, str, str]:
    """Return what tells one candidate from the others, and stays when equal ones are merged."""
    return finding.path, finding.line, finding.side.value, finding.title
