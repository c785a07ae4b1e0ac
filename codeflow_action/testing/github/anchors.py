"""Where a comment on the diff may stand, and what GitHub says when it may not."""

from collections.abc import Sequence
from enum import StrEnum

from codeflow_action.testing.github.diffs import DiffEntry
from codeflow_action.testing.github.exchange import Fields, malformed_body
from codeflow_action.testing.github.values import CommentAnchor, DiffSide

# What a comment inside a review may hold. There is no `subject_type`: a review has no comments on
# whole files. `position`, which is closing down, is refused here although GitHub still takes it.
# https://docs.github.com/en/rest/pulls/reviews#create-a-review-for-a-pull-request
FIELDS = ("path", "body", "line", "side", "start_line", "start_side")


class AnchorProblem(StrEnum):
    """Why a place is refused, in the words of pulls/create-review."""

    PATH = "Path could not be resolved"
    LINE = "Line could not be resolved"  # https://github.com/PureWeen/PolyPilot/issues/595
    ORDER = "Pull request review thread start line must precede the end line."
    HUNK = "Pull request review thread start line must be part of the same hunk as the line."


def read_anchor(fields: Fields) -> CommentAnchor:
    """Return the place that a comment asks for. Raises `ApiRefusal` for what the schema forbids."""
    line = fields.number("line")
    if line is None:
        raise malformed_body('"line" wasn\'t supplied.')
    side = DiffSide(fields.member("side", tuple(DiffSide), DiffSide.RIGHT))
    return CommentAnchor(
        path=fields.text("path"),
        line=line,
        side=side,
        start_line=fields.number("start_line"),
        start_side=DiffSide(fields.member("start_side", tuple(DiffSide), side)),
    )


def anchor_problem(anchor: CommentAnchor, files: Sequence[DiffEntry]) -> AnchorProblem | None:
    """Return what is wrong with a place, None when a comment may stand there."""
    file = next((file for file in files if file.path == anchor.path), None)
    if file is None:
        return AnchorProblem.PATH
    if anchor.line is None:
        return None
    hunk = file.hunk_of(anchor.line, anchor.side)
    if hunk is None:
        return AnchorProblem.LINE
    if anchor.start_line is None:
        return None
    # Strictly before: a range of one line has no `start_line`. Numbers of two sides do not compare.
    if anchor.start_side is anchor.side and anchor.start_line >= anchor.line:
        return AnchorProblem.ORDER
    is_same_hunk = hunk.holds(anchor.start_line, anchor.start_side)
    return None if is_same_hunk else AnchorProblem.HUNK
