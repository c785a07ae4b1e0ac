"""A stand-in for GitHub on this machine: stateful, over HTTP, and as strict as GitHub is."""

from codeflow_action.testing.github.faults import Done, Fault, Manner
from codeflow_action.testing.github.served import ServedRepository
from codeflow_action.testing.github.server import ACTIONS_BOT, PERMISSIONS, GitHubServer
from codeflow_action.testing.github.state import Pull
from codeflow_action.testing.github.values import (
    Anchor,
    Annotation,
    CheckRun,
    Comment,
    Kind,
    Label,
    RecordedRequest,
    Review,
    ReviewComment,
    ReviewState,
    Side,
    Vulnerability,
)

__all__ = [
    "ACTIONS_BOT",
    "PERMISSIONS",
    "Anchor",
    "Annotation",
    "CheckRun",
    "Comment",
    "Done",
    "Fault",
    "GitHubServer",
    "Kind",
    "Label",
    "Manner",
    "Pull",
    "RecordedRequest",
    "Review",
    "ReviewComment",
    "ReviewState",
    "ServedRepository",
    "Side",
    "Vulnerability",
]
