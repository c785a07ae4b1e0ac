"""What people, bots and we ourselves have said on a pull request, as frozen values."""

from dataclasses import field
from enum import StrEnum

from codeflow_action.engine.diff import Side
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.pull_request import Association


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """Who wrote something, by GitHub's word. `is_us` where it is the login that we write as.

    The login of a bot is without `[bot]` here, so that it may be a person's, too.
    """

    login: str
    is_bot: bool = False
    is_us: bool = False
    association: Association = Association.NONE


class ApprovalState(StrEnum):
    """What a review says beside its text, in GitHub's words; one that is pending nobody sees."""

    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    COMMENTED = "COMMENTED"
    DISMISSED = "DISMISSED"


@dataclass(frozen=True, kw_only=True)
class DiscussionComment:
    """One comment; all text in it is a stranger's, and of others' comments the end may be cut.

    `id` is the REST API's, `node_id` GraphQL's, and `time` the server's, in the one form that
    GitHub writes: it sorts as text. `is_edited` where the text is not what was posted first.
    `downvoters` are logins of people who have answered it with a thumb down; they are known of
    comments that begin a thread. One that `is_minimized` is folded on the page. `review_state` is
    set where it is the text of a review, which may be empty: an answer in a thread is a review to
    GitHub, too.
    """

    id: int
    node_id: str = ""
    speaker: Speaker
    body: str = field(repr=False)
    time: str = ""
    url: str = ""
    is_edited: bool = False
    is_minimized: bool = False
    downvoters: tuple[str, ...] = ()
    review_state: ApprovalState | None = None


@dataclass(frozen=True, kw_only=True)
class Thread:
    """A thread on the diff, its comments in their order, the first of them always there.

    `node_id` is GraphQL's id, empty where REST was asked; then `is_resolved` is not known, and is
    False. `line` and `start_line` are None where the lines are gone from the diff. `code` is what
    these lines were when the thread began, empty where that is not known. `finding_id` is the id of
    our finding that the thread is about, empty where the first comment is not ours or its mark does
    not hold. `resolver` is the person who resolved it, empty while it is open, and for an app.
    `is_cut` where there are more comments than were read.
    """

    node_id: str = ""
    path: str
    line: int | None = None
    start_line: int | None = None
    side: Side = Side.RIGHT
    code: str = field(default="", repr=False)
    is_outdated: bool = False
    is_resolved: bool = False
    resolver: str = ""
    finding_id: str = ""
    comments: tuple[DiscussionComment, ...]
    is_cut: bool = False

    def touches(self, lines: range) -> bool:
        """True where it stands on one of these lines; one on a file or on old lines does not."""
        if self.line is None:
            return False
        first = self.start_line or self.line
        return first < lines.stop and lines.start <= self.line


@dataclass(frozen=True, kw_only=True)
class Discussion:
    """All that was read of it, but for our own report.

    `is_cut` where there are more comments or threads than that, `has_more_reviews` where there are
    more texts of reviews.
    """

    comments: tuple[DiscussionComment, ...] = ()
    reviews: tuple[DiscussionComment, ...] = ()
    threads: tuple[Thread, ...] = ()
    is_cut: bool = False
    has_more_reviews: bool = False


NO_DISCUSSION = Discussion()
