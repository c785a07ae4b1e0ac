"""What the local GitHub remembers: people, comments, reviews, check runs, requests, as values."""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Self

# JSON as it goes over the wire. Payloads are handed to tests, which alter them at will.
type JsonObject = dict[str, Any]

# Characters of any comment's or review's body. No documentation names it, the 422 does:
# https://github.com/telia-oss/github-pr-resource/issues/259
BODY_LIMIT = 65_536


@dataclass(frozen=True, kw_only=True)
class GitHubAccount:
    """An account. `login` carries `[bot]` for an app, as the REST API writes it."""

    login: str
    type: str = "User"  # or "Bot", "Organization"

    @classmethod
    def from_login(cls, login: str) -> Self:
        """Return the account of that login; a login that ends with `[bot]` is an app's."""
        return cls(login=login, type="Bot" if login.endswith("[bot]") else "User")

    @property
    def id(self) -> int:
        """A number that is always the same for the same login."""
        return 10_000 + zlib.crc32(self.login.encode())

    @property
    def is_bot(self) -> bool:
        """True for an app, such as the one behind `GITHUB_TOKEN`."""
        return self.type == "Bot"


class DiffSide(StrEnum):
    """Which version of a file a line number counts in: the old one is on the left."""

    LEFT = "LEFT"
    RIGHT = "RIGHT"


class ReviewState(StrEnum):
    """What became of a review. Only its author sees a pending one."""

    PENDING = "PENDING"
    COMMENTED = "COMMENTED"
    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    DISMISSED = "DISMISSED"


@dataclass(frozen=True, kw_only=True)
class Reaction:
    """An emoji under a comment: `content` is GitHub's word for it, such as `eyes`."""

    id: int
    content: str
    user: GitHubAccount


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """What people write: comments and reviews. `association` is GitHub's word for who they are."""

    NODE_PREFIX: ClassVar[str]

    id: int
    body: str
    author: GitHubAccount
    association: str

    @property
    def node_id(self) -> str:
        """The GraphQL id. REST gives it too, as the way from one API to the other."""
        return f"{self.NODE_PREFIX}_{self.id}"


@dataclass(frozen=True, kw_only=True)
class Comment(Contribution):
    """A comment in the conversation. Times are ISO 8601 in UTC."""

    NODE_PREFIX = "IC"

    created_at: str
    updated_at: str
    reactions: tuple[Reaction, ...] = ()
    minimized_reason: str = ""  # empty while the comment is shown


@dataclass(frozen=True, kw_only=True)
class ServedReview(Contribution):
    """A review. `submitted_at` is empty while it is pending."""

    NODE_PREFIX = "PRR"

    state: ReviewState
    commit_id: str
    submitted_at: str = ""


@dataclass(frozen=True, kw_only=True)
class CommentAnchor:
    """Where a review comment was put. `line` is the last line; None for a comment on a file.

    The two sides of a range may differ, when it begins with deleted lines.
    """

    path: str
    line: int | None = None
    side: DiffSide = DiffSide.RIGHT
    start_line: int | None = None
    start_side: DiffSide = DiffSide.RIGHT

    @property
    def is_file(self) -> bool:
        """True for a comment on the file as a whole."""
        return self.line is None


@dataclass(frozen=True, kw_only=True)
class ReviewComment(Contribution):
    """A comment on the diff. Those with the same `thread` answer each other."""

    NODE_PREFIX = "PRRC"

    review_id: int
    thread: int  # the id of the thread's first comment
    anchor: CommentAnchor
    commit_id: str
    created_at: str
    updated_at: str
    is_pending: bool = False
    diff_hunk: str = ""
    reactions: tuple[Reaction, ...] = ()
    minimized_reason: str = ""

    @property
    def path(self) -> str:
        """The file it stands at."""
        return self.anchor.path

    @property
    def line(self) -> int | None:
        """The line it was put at, None for a comment on the file."""
        return self.anchor.line


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """One line of a check run's list of findings."""

    path: str
    start_line: int
    end_line: int
    level: str
    message: str
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class ServedCheckRun:
    """A check run. `conclusion` is empty until it is completed; annotations add up."""

    id: int
    name: str
    head_sha: str
    status: str
    conclusion: str
    external_id: str
    details_url: str
    title: str
    summary: str
    text: str
    annotations: tuple[Annotation, ...]
    started_at: str
    completed_at: str
    app: str = "github-actions"  # the slug of the app that wrote it


@dataclass(frozen=True, kw_only=True)
class ServedStatus:
    """A commit status. `state` is in lower case, as REST writes it."""

    sha: str
    context: str
    state: str
    description: str
    creator: GitHubAccount


@dataclass(frozen=True, kw_only=True)
class Label:
    """A label of the repository. `color` is six hexadecimal digits."""

    name: str
    color: str = "ededed"
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """What happened on a pull request; `kind` is GraphQL's name of its type."""

    kind: str
    time: str
    actor: GitHubAccount
    label: str = ""
    head_sha: str = ""  # what a force push has made the head

    @property
    def enum_name(self) -> str:
        """The member of `PullRequestTimelineItemsItemType`, such as `LABELED_EVENT`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.kind).upper()


@dataclass(frozen=True, kw_only=True)
class ServedIssue:
    """An issue; `repository` is `owner/name`."""

    repository: str
    number: int
    title: str
    body: str = ""
    author: GitHubAccount = GitHubAccount(login="mona")
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    state: str = "open"
    state_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class BranchMove:
    """When a branch came to point elsewhere; `repository` is `owner/name`, of a fork too."""

    id: int
    repository: str
    branch: str
    before: str
    after: str
    time: str
    is_forced: bool = False


@dataclass(frozen=True, kw_only=True)
class Vulnerability:
    """A published advisory about one version of a package. `severity` is GitHub's word for it."""

    ghsa_id: str
    severity: str = "high"
    summary: str = ""


class RequestKind(StrEnum):
    """What a request wants. GraphQL's queries are POSTs and only read."""

    READ = "read"
    WRITE = "write"
    GIT = "git"


@dataclass(frozen=True, kw_only=True)
class RecordedRequest:
    """A request as it came, with the status of its answer; 0 when the connection was dropped.

    Header names are lower-case; of `authorization` the scheme alone is kept.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    status: int
    kind: RequestKind
