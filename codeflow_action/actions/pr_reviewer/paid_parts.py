"""The first round where the budget does not pay for the whole change: the riskiest part first.

What is not paid for is neither parsed, nor looked up, nor packed: it is named in the receipt.
"""

import asyncio
from collections.abc import Sequence

from codeflow_action.actions.pr_reviewer.first_round import ChunkReview, review_chunks
from codeflow_action.actions.pr_reviewer.prompt_plan import EffortOf, PromptPlan, plan_prompts
from codeflow_action.actions.pr_reviewer.subject import ReviewSubject
from codeflow_action.engine.action import Task
from codeflow_action.engine.guidance import Effort
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.outcome import Reason
from codeflow_action.review.packing import Chunk, risk
from codeflow_action.review.units import MAX_LINE, SourceFile, Unit

# As often as the budget pays for full prompts with the longest replies: replies are shorter, so
# that nearly always one part spends all of it, and no second round of answers is waited for.
_SPARE = 1.5
_GUTTER = "+"  # less than what stands before each line that a model is shown
_EFFORTS = {effort: index for index, effort in enumerate(reversed(Effort))}  # as they are asked


@dataclass(frozen=True, kw_only=True)
class FirstRound:
    """What became of all prompts, and the units that were read in an earlier round."""

    reviews: tuple[ChunkReview, ...]
    earlier: tuple[Unit, ...] = ()


def is_beyond_budget(sources: Sequence[SourceFile], affordable: float, task: Task) -> bool:
    """True when not even the lines of the hunks alone can be paid for, at `affordable` tokens.

    What an earlier round has read costs nothing, and which parts these are only a plan of the whole
    change can tell: then it is False.
    """
    if task.memory.read_units:
        return False
    texts = [_hunk_text(source) for source in sources]
    # No vocabulary needs more than a token for a byte.
    if sum(len(text.encode("utf-8", "replace")) for text in texts) <= affordable:
        return False
    return sum(map(task.models.count_tokens, texts)) > affordable


async def read_in_parts(
    subject: ReviewSubject, effort_of: EffortOf, affordable: float, task: Task
) -> FirstRound:
    """Ask about one part of the change after the other, until the budget is spent.

    Only the hunks' own lines are shown: lines that changed come before lines that did not.
    """
    rest = sorted(
        subject.sources.sources,
        key=lambda source: (
            _EFFORTS[effort_of(source)],
            risk(source.shown_path),
            source.shown_path,
        ),
    )
    reviews: list[ChunkReview] = []
    while rest:
        count = _paid_count(rest, task)
        part, rest = rest[:count], rest[count:]
        plan: PromptPlan = await asyncio.to_thread(
            plan_prompts, subject, effort_of, affordable, task, part
        )
        answers = await review_chunks(plan.requests, plan.preamble, task)
        reviews += answers
        refusals = [review for review in answers if review.failure]
        refusals = [review for review in refusals if review.reason is Reason.BUDGET]
        # A prompt that was too long is a refusal, too, and the budget may pay for others.
        if refusals and rest and task.models.input_tokens_left <= 0:
            reviews.append(_unasked(rest, refusals[-1]))
            break
    return FirstRound(reviews=tuple(reviews))


def _paid_count(sources: Sequence[SourceFile], task: Task) -> int:
    """Return how many of the first sources the budget may pay for, at least one."""
    models = task.models
    room = _SPARE * max(models.input_tokens_left, models.input_tokens_per_prompt)
    for number, source in enumerate(sources):
        room -= models.count_tokens(_hunk_text(source))
        if room < 0:
            return number + 1
    return len(sources)


def _hunk_text(source: SourceFile) -> str:
    """Return about what is shown of the file at least, and never more."""
    return "".join(
        f"{_GUTTER}{line.text[:MAX_LINE]}\n" for hunk in source.file.hunks for line in hunk.lines
    )


def _unasked(sources: Sequence[SourceFile], refusal: ChunkReview) -> ChunkReview:
    """Return the review of files that nobody was asked about, since the budget is spent."""
    units = tuple(Unit(path=source.shown_path, rows=()) for source in sources)
    return ChunkReview(chunk=Chunk(units=units), failure=refusal.failure, reason=Reason.BUDGET)
