"""What reviewers have left on a pull request: traces by which one tells who has reviewed it."""

from enum import StrEnum

from codeflow_action.engine.lazy import dataclass


class TraceKind(StrEnum):
    """What a trace is on GitHub."""

    REVIEW = "review"
    COMMENT = "comment"  # in the conversation
    CHECK = "check"  # a check run on the head
    STATUS = "status"  # a commit status on the head


@dataclass(frozen=True, kw_only=True)
class ReviewTrace:
    """One trace. `text` is a stranger's; who left it is the forge's word and cannot be pasted.

    `login` is an account's name, an app's without `[bot]`; `is_trusted` is True for people who
    belong to the repository. `commit` is what the forge says it is about, empty for a comment.
    `state` is a review's, or how a check or status stands, in lower case and in the forge's words.
    `has_findings` says that a review began threads on the diff: an answer in a thread is a review
    to GitHub, too. One that `is_ours` is proven by our own seal.
    """

    kind: TraceKind
    login: str
    is_app: bool
    is_trusted: bool = False
    text: str = ""
    commit: str = ""
    state: str = ""
    has_findings: bool = False
    is_ours: bool = False
