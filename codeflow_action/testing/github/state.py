"""What the stand-in holds: repositories and pull requests, as they are now."""

import itertools
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from codeflow_action.testing.github.diffs import DiffEntry, diff_hunk
from codeflow_action.testing.github.git_objects import GitObjects
from codeflow_action.testing.github.values import (
    Account,
    CheckRun,
    Comment,
    CommentAnchor,
    DiffSide,
    Issue,
    Label,
    ReviewComment,
    ReviewState,
    ServedReview,
    Vulnerability,
)

_LEVELS = ("none", "read", "write", "admin")
# Ids on github.com have long outgrown 32 bits: whoever keeps them in one shall notice here.
_FIRST_ID = 3_000_000_001
# "Linking a pull request to an issue using a keyword", in GitHub's documentation.
_CLOSING = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+([\w.-]+/[\w.-]+)?#(\d+)", re.IGNORECASE
)
_START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(kw_only=True)
class Hub:
    """The whole server. Whoever changes it holds `lock`; ids and times are the same every run."""

    token: str = field(repr=False)
    viewer: Account
    permissions: Mapping[str, str]
    server_url: str
    api_url: str
    # By full name in lower case: GitHub compares names without case.
    repositories: dict[str, "RepositoryState"] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(_FIRST_ID))
    _seconds: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def next_id(self) -> int:
        """Return a number that nothing here has yet."""
        return next(self._ids)

    def now(self) -> str:
        """Return a time one second after the last one told (ISO 8601)."""
        return (_START + timedelta(seconds=next(self._seconds))).strftime("%Y-%m-%dT%H:%M:%SZ")

    def grants(self, need: str) -> bool:
        """Return True when the token has a permission such as `checks=write`.

        Names may be written as in a workflow (`pull-requests`); metadata can always be read.
        """
        name, _, level = need.partition("=")
        granted = {key.replace("-", "_"): value for key, value in self.permissions.items()}
        has = granted.get(name, "read" if name == "metadata" else "none")
        return _LEVELS.index(has) >= _LEVELS.index(level)


@dataclass(kw_only=True)
class RepositoryState:
    """A repository on disk with what GitHub knows beside it.

    `protected_branches` are the branches with a rule. `vulnerabilities` holds the advisories by a
    package's name and version. A private repository has the dependency review API only with
    `code_security`.
    """

    hub: Hub
    full_name: str
    objects: GitObjects
    default_branch: str
    private: bool
    id: int
    pulls: dict[int, "Pull"] = field(default_factory=dict)
    check_runs: tuple[CheckRun, ...] = ()
    protected_branches: set[str] = field(default_factory=set)
    labels: tuple[Label, ...] = ()
    issues: tuple[Issue, ...] = ()  # also such as are seen here and live elsewhere
    collaborators: dict[str, str] = field(default_factory=dict)  # login: admin, write, read …
    dependency_graph: bool = True
    code_security: bool = False
    vulnerabilities: dict[tuple[str, str], tuple[Vulnerability, ...]] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """The account it belongs to."""
        return self.full_name.partition("/")[0]

    @property
    def name(self) -> str:
        """Its name without the owner's."""
        return self.full_name.partition("/")[2]

    @property
    def html_url(self) -> str:
        """Its page."""
        return f"{self.hub.server_url}/{self.full_name}"

    @property
    def api_url(self) -> str:
        """Where the API has it."""
        return f"{self.hub.api_url}/repos/{self.full_name}"

    def tip(self, branch: str) -> str | None:
        """Return a branch's commit."""
        return self.objects.resolve(f"refs/heads/{branch}")

    def refresh(self) -> None:
        """Let the open pull requests follow their branches; every request does so first."""
        with self.hub.lock:
            heads = self.objects.heads()
            for pull in self.pulls.values():
                pull.follow(heads)

    def put_check_run(self, run: CheckRun) -> None:
        """Add a check run, or put it in the place of the one with its id."""
        others = tuple(one for one in self.check_runs if one.id != run.id)
        self.check_runs = tuple(sorted((*others, run), key=lambda one: one.id))


@dataclass(kw_only=True)
class Pull:
    """A pull request. Its shas are those of the branches at the last `RepositoryState.refresh`."""

    repository: RepositoryState
    number: int
    id: int
    title: str
    body: str | None
    base: str  # the branch's name
    head: str
    author: Account
    association: str
    created_at: str
    draft: bool = False
    labels: tuple[str, ...] = ()
    head_repository: str | None  # None: the fork was deleted
    state: str = "open"
    is_merged: bool = False
    is_locked: bool = False
    comments: tuple[Comment, ...] = ()
    reviews: tuple[ServedReview, ...] = ()
    review_comments: tuple[ReviewComment, ...] = ()
    resolved_threads: frozenset[int] = frozenset()  # threads
    base_sha: str = ""  # the tip of the base branch: not the merge base
    head_sha: str = ""
    merge_sha: str | None = None  # the commit that merges both, None when they conflict

    @property
    def is_fork(self) -> bool:
        """True when the head is not in this repository."""
        return self.head_repository != self.repository.full_name

    @property
    def html_url(self) -> str:
        """Its page."""
        return f"{self.repository.html_url}/pull/{self.number}"

    @property
    def api_url(self) -> str:
        """Where the API has it."""
        return f"{self.repository.api_url}/pulls/{self.number}"

    @property
    def merge_base_sha(self) -> str:
        """Where the head left the base; the base itself for unrelated histories."""
        found = self.repository.objects.merge_base(self.base_sha, self.head_sha)
        return found or self.base_sha

    def follow(self, heads: Mapping[str, str]) -> None:
        """Take the branches' tips, as long as it is open, and keep `refs/pull/N/*` beside them."""
        base = heads.get(self.base, self.base_sha)
        head = heads.get(self.head, self.head_sha)
        if self.state == "open" and (base, head) != (self.base_sha, self.head_sha):
            self.base_sha, self.head_sha = base, head
            objects = self.repository.objects
            objects.point(f"refs/pull/{self.number}/head", head)
            self.merge_sha = objects.merge(base, head, f"Merge {head} into {base}")
            if self.merge_sha:
                objects.point(f"refs/pull/{self.number}/merge", self.merge_sha)

    def push(self, sha: str) -> None:
        """Move the head's branch to another commit of the repository."""
        self.repository.objects.point(f"refs/heads/{self.head}", sha)
        self.repository.refresh()

    def files(self) -> tuple[DiffEntry, ...]:
        """Return the changed files, from the merge base to the head."""
        return self.repository.objects.diff(self.merge_base_sha, self.head_sha)

    def holds_commit(self, sha: str) -> bool:
        """Return True when a commit belongs to the pull request."""
        known = self.repository.objects.commits(self.merge_base_sha, self.head_sha)
        return any(sha == commit.sha for commit in known)

    def closing(self) -> tuple[Issue, ...]:
        """Return the issues that its description says it closes; only the default branch does."""
        repository = self.repository
        if self.base != repository.default_branch:
            return ()
        named = [
            (owner or repository.full_name, int(number))
            for owner, number in _CLOSING.findall(self.body or "")
        ]
        return tuple(one for one in repository.issues if (one.repository, one.number) in named)

    # --- what people write

    def add_comment(self, body: str, *, author: str = "mona", association: str = "NONE") -> Comment:
        """Put a comment into the conversation, as whoever `author` is."""
        hub = self.repository.hub
        with hub.lock:
            now = hub.now()
            comment = Comment(
                id=hub.next_id(),
                body=body,
                author=Account.from_login(author),
                association=association,
                created_at=now,
                updated_at=now,
            )
            self.comments = (*self.comments, comment)
            return comment

    def put_comment(self, comment: Comment) -> None:
        """Put a changed comment in the place of the old one."""
        self.comments = tuple(comment if one.id == comment.id else one for one in self.comments)

    def put_review_comment(self, comment: ReviewComment) -> None:
        """Put a changed comment on the diff in the place of the old one."""
        self.review_comments = tuple(
            comment if one.id == comment.id else one for one in self.review_comments
        )

    def add_review(
        self,
        body: str = "",
        *,
        author: str = "mona",
        state: ReviewState = ReviewState.COMMENTED,
        comments: Sequence[tuple[CommentAnchor, str]] = (),
        commit_id: str = "",
        association: str = "NONE",
    ) -> ServedReview:
        """Add a review with its comments, unchecked; the routes check before."""
        hub = self.repository.hub
        pending = state is ReviewState.PENDING
        with hub.lock:
            review = ServedReview(
                id=hub.next_id(),
                body=body,
                author=Account.from_login(author),
                association=association,
                state=state,
                commit_id=commit_id or self.head_sha,
                submitted_at="" if pending else hub.now(),
            )
            self.reviews = (*self.reviews, review)
            for anchor, text in comments:
                self.add_review_comment(review, anchor, text)
            return review

    def add_review_comment(
        self, review: ServedReview, anchor: CommentAnchor, body: str, *, thread: int | None = None
    ) -> ReviewComment:
        """Add a comment on the diff to a review; `thread` is the comment that it answers."""
        hub = self.repository.hub
        with hub.lock:
            now, number = hub.now(), hub.next_id()
            comment = ReviewComment(
                id=number,
                review_id=review.id,
                thread=thread or number,
                anchor=anchor,
                body=body,
                author=review.author,
                association=review.association,
                commit_id=review.commit_id,
                created_at=now,
                updated_at=now,
                is_pending=review.state is ReviewState.PENDING,
                diff_hunk=self._quoted(anchor),
            )
            self.review_comments = (*self.review_comments, comment)
            return comment

    def submit(self, review: ServedReview, state: ReviewState, body: str) -> ServedReview:
        """Make a pending review public."""
        sent = replace(review, state=state, body=body, submitted_at=self.repository.hub.now())
        self.reviews = tuple(sent if one.id == review.id else one for one in self.reviews)
        self.review_comments = tuple(
            replace(one, is_pending=False) if one.review_id == review.id else one
            for one in self.review_comments
        )
        return sent

    def drop_review(self, review: ServedReview) -> None:
        """Forget a review and its comments."""
        self.reviews = tuple(one for one in self.reviews if one.id != review.id)
        self.review_comments = tuple(
            one for one in self.review_comments if one.review_id != review.id
        )

    def line_now(self, comment: ReviewComment) -> int | None:
        """Return where a comment's line is in the diff as it is now, None once it is outdated."""
        anchor, objects = comment.anchor, self.repository.objects
        if anchor.line is None:
            return None
        line: int | None = anchor.line
        if anchor.side is DiffSide.RIGHT and comment.commit_id != self.head_sha:
            line = objects.line_now(anchor.path, anchor.line, comment.commit_id, self.head_sha)
        file = next((one for one in self.files() if one.path == anchor.path), None)
        shown = file and line and file.hunk_of(line, anchor.side)
        return line if shown else None

    def _quoted(self, anchor: CommentAnchor) -> str:
        file = next((one for one in self.files() if one.path == anchor.path), None)
        if file is None or file.patch is None or anchor.line is None:
            return ""
        return diff_hunk(file.patch, anchor.line, anchor.side)
