"""A local GitHub: stateful, over HTTP, and as strict as GitHub is."""

from codeflow_action.testing.github.faults import Effect, Fault, Manner
from codeflow_action.testing.github.github_server import ACTIONS_BOT, PERMISSIONS, GitHubServer
from codeflow_action.testing.github.served import ServedRepository
from codeflow_action.testing.github.state import Pull
from codeflow_action.testing.github.values import (
    Annotation,
    Comment,
    CommentAnchor,
    DiffSide,
    Label,
    RecordedRequest,
    RequestKind,
    ReviewComment,
    ReviewState,
    ServedCheckRun,
    ServedReview,
    ServedStatus,
    Vulnerability,
)

__all__ = [
    "ACTIONS_BOT",
    "PERMISSIONS",
    "Annotation",
    "Comment",
    "CommentAnchor",
    "DiffSide",
    "Effect",
    "Fault",
    "GitHubServer",
    "Label",
    "Manner",
    "Pull",
    "RecordedRequest",
    "RequestKind",
    "ReviewComment",
    "ReviewState",
    "ServedCheckRun",
    "ServedRepository",
    "ServedReview",
    "ServedStatus",
    "Vulnerability",
]
