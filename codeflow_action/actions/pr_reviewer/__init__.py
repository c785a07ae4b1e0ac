"""A model reads the change and remarks on it; what is shown is anchored, checked and judged."""

import asyncio
from typing import TYPE_CHECKING

from pydantic import Field

from codeflow_action.engine.action import Action, Task
from codeflow_action.engine.facts import LineCoverage, ToolFindings
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.guidance import ContextKind, Effort
from codeflow_action.engine.outcome import Outcome
from codeflow_action.engine.platforms import Platforms
from codeflow_action.engine.receipt import Receipt

if TYPE_CHECKING:
    from codeflow_action.actions.pr_reviewer.model_review import ModelReview


class PrReviewer(Action):
    """A model reads the change and remarks on it; a second question tries to refute each remark."""

    name = "pr_reviewer"
    needs = (Platforms, ToolFindings, LineCoverage)
    gives = (Receipt,)
    asks_models = True

    effort: Effort = Effort.MEDIUM
    min_confidence: float = Field(
        default=0.7, ge=0, le=1, description="Remarks of which the model is less sure are dropped."
    )
    max_comments: int = Field(
        default=5,
        ge=0,
        le=30,
        description="Inline comments of one run; the other findings are rows in the comment.",
    )
    max_comments_per_pull_request: int = Field(
        default=20,
        ge=0,
        description="Inline comments in a pull request's life; what is beyond is in the comment.",
    )
    floor: Severity = Field(default=Severity.WARNING, description="Milder remarks are dropped.")
    context: tuple[ContextKind, ...] = Field(
        default=tuple(ContextKind), description="What is looked up beyond the change."
    )
    passes: int = Field(
        default=1, ge=1, le=3, description="How often each prompt is asked; remarks are joined."
    )
    promises: bool = Field(
        default=True,
        description="Whether title, description and issues are held against the change.",
    )

    async def run(self, task: Task) -> Outcome:
        """Find, anchor, prove, refute, rank: two rounds of questions, each asked all at once."""
        review = await asyncio.to_thread(_import_review)
        return await review(
            name=self.name,
            effort=self.effort,
            min_confidence=self.min_confidence,
            max_comments=self.max_comments,
            max_comments_per_pull_request=self.max_comments_per_pull_request,
            floor=self.floor,
            context=self.context,
            passes=self.passes,
            promises=self.promises,
        ).run(task)


def _import_review() -> "type[ModelReview]":
    """Import what a review needs: a tenth of a second that a run without a model saves."""
    from codeflow_action.actions.pr_reviewer.model_review import ModelReview  # noqa: PLC0415

    return ModelReview
