"""What the comments on a pull request ask for, and what has become of each."""

from enum import StrEnum

from codeflow_action.engine.facts import Fact
from codeflow_action.engine.lazy import dataclass


class CommentKind(StrEnum):
    """What a comment wants of its reader."""

    CHANGE_REQUEST = "change_request"
    QUESTION = "question"
    NIT = "nit"
    APPROVAL = "approval"
    NOISE = "noise"
    UNCLEAR = "unclear"  # no rule knows, and no model was asked

    @property
    def rank(self) -> int:
        """0 for what matters most; sorts rows."""
        return _RANK[self]

    @property
    def asks_somebody(self) -> bool:
        """True where somebody waits for an answer or a commit."""
        return self.rank < _RANK[CommentKind.NIT]


_RANK = {
    CommentKind.CHANGE_REQUEST: 0,
    CommentKind.QUESTION: 1,
    CommentKind.UNCLEAR: 2,
    CommentKind.NIT: 3,
    CommentKind.APPROVAL: 4,
    CommentKind.NOISE: 5,
}


class CommentState(StrEnum):
    """What has become of a comment."""

    OPEN = "open"
    ANSWERED = "answered"  # somebody else has written after it
    OUTDATED = "outdated"  # its lines are no longer in the diff, though they stand in the file
    ADDRESSED = "addressed"  # its lines were changed after it
    RESOLVED = "resolved"  # somebody has closed its thread


@dataclass(frozen=True, kw_only=True)
class TriagedComment:
    """A comment, or the comments of several bots on the same lines; all text is a stranger's.

    `ids` are the REST API's, the oldest first, and `url` is the first one's. `excerpt` is its first
    sentence. `path` is empty for a comment below the description.
    """

    ids: tuple[int, ...]
    kind: CommentKind
    state: CommentState
    logins: tuple[str, ...]
    is_by_bots: bool = False
    path: str = ""
    line: int | None = None
    url: str = ""
    excerpt: str = ""

    @property
    def needs_person(self) -> bool:
        """True where a person waits, or a bot asks for a change that nobody has answered.

        What no rule and no model could read may be anything, so that a person has to look.
        """
        return self.kind.asks_somebody and self.state is CommentState.OPEN

    @property
    def order(self) -> tuple[bool, bool, int, str, int]:
        """What needs a person first, people before bots, then by kind and place."""
        place = self.path, self.line or 0
        return (not self.needs_person, self.is_by_bots, self.kind.rank, *place)


@dataclass(frozen=True, kw_only=True)
class TriagedComments(Fact):
    """All comments that are not ours, in their order. `is_cut` where not all of them were read."""

    comments: tuple[TriagedComment, ...] = ()
    is_cut: bool = False
