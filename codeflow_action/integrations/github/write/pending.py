"""Removes reviews of ours that were left pending: one would refuse every later review."""

from collections.abc import Iterator

from codeflow_action.engine.lazy import dataclass
from codeflow_action.integrations.github.read.conversation import Conversation
from codeflow_action.integrations.github.write.desk import Desk


@dataclass(frozen=True, kw_only=True)
class PendingReviewRemoval:
    """Delete one review that was begun and never submitted."""

    review_id: int

    async def carry_out(self, desk: Desk) -> None:
        """Delete it; one that GitHub keeps is noted."""
        await desk.remove(f"{desk.pull_path}/reviews/{self.review_id}", "a pending review")


def plan_pending_removals(conversation: Conversation) -> Iterator[PendingReviewRemoval]:
    """Yield a removal for each pending review; GitHub allows one for an author and pull request."""
    for review_id in conversation.pending_reviews:
        yield PendingReviewRemoval(review_id=review_id)
