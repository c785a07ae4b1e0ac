"""Context beyond the diff: what a reader of a change would look up elsewhere, ranked and budgeted.

`gather` is asked once a run; `pick` chooses what a chunk's units need within its budget,
`around` looks up the names that a claim mentions.
"""

from codeflow_action.review.context.material import Mask, Material
from codeflow_action.review.context.removed_files import removed_paths, users_of_removed
from codeflow_action.review.context.review_context import (
    ContextRequest,
    ReviewContext,
    around,
    gather,
)
from codeflow_action.review.context.snippet_choice import budget_for, pick
from codeflow_action.review.context.snippets import Snippet, render

__all__ = [
    "ContextRequest",
    "Mask",
    "Material",
    "ReviewContext",
    "Snippet",
    "around",
    "budget_for",
    "gather",
    "pick",
    "removed_paths",
    "render",
    "users_of_removed",
]
