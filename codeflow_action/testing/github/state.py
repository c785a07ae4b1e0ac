"""What the local GitHub holds: repositories and pull requests, as they are now."""

import itertools
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from codeflow_action.testing.github.diffs import DiffEntry, diff_hunk
from codeflow_action.testing.github.git_objects import GitObjects
from codeflow_action.testing.github.values import (
    BranchMove,
    Comment,
    CommentAnchor,
    DiffSide,
    GitHubAccount,
    Label,
    Reaction,
    ReviewComment,
    ReviewState,
    ServedCheckRun,
    ServedIssue,
    ServedReview,
    ServedStatus,
    TimelineEntry,
    Vulnerability,
)

_LEVELS = ("none", "read", "write", "admin")  # each grants what those before it grant
# Ids on github.com no longer fit into 32 bits. Code that stores them so shall fail here.
_FIRST_ID = 3_000_000_001
_START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(kw_only=True)
class Hub:
    """The whole server. Whoever changes it holds `lock`; ids and times are the same every run."""

    token: str = field(repr=False)
    viewer: GitHubAccount
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
        """Return a time one second after the last one told (ISO 8601).

        Whatever was written later also has a later time, however fast the test is.
        """
        return (_START + timedelta(seconds=next(self._seconds))).strftime("%Y-%m-%dT%H:%M:%SZ")

    def grants(self, need: str) -> bool:
        """Return True when the token has a permission such as `checks=write`.

        Names may be written as in a workflow (`pull-requests`); metadata can always be read.
        """
        name, _, level = need.partition("=")
        levels = {key.replace("-", "_"): value for key, value in self.permissions.items()}
        # A permission that is not named is `none` as soon as one is named, but for metadata.
        # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
        own_level = levels.get(name, "read" if name == "metadata" else "none")
        return _LEVELS.index(own_level) >= _LEVELS.index(level)


@dataclass(kw_only=True)
class RepositoryState:
    """A repository on disk with what GitHub knows beside it.

    `protected_branches` have a protection of their own, `branch_rules` are the types of rules that
    rulesets have for a branch. `blocked_events` start no workflow, as a
    policy for Actions may say; GitHub's own is `pull_request_target` in public repositories.
    `vulnerabilities` holds the advisories by a package's name and version. A private repository has
    the dependency review API only with `code_security`.
    """

    hub: Hub
    full_name: str
    objects: GitObjects
    default_branch: str
    private: bool
    id: int
    pulls: dict[int, "Pull"] = field(default_factory=dict)
    check_runs: tuple[ServedCheckRun, ...] = ()
    statuses: tuple[ServedStatus, ...] = ()
    protected_branches: set[str] = field(default_factory=set)
    branch_rules: dict[str, tuple[str, ...]] = field(default_factory=dict)
    blocked_events: set[str] = field(default_factory=set)
    labels: tuple[Label, ...] = ()
    # Some of them live in other repositories and are seen here.
    issues: tuple[ServedIssue, ...] = ()
    has_issues: bool = True
    collaborators: dict[str, str] = field(default_factory=dict)  # login: admin, write, read …
    dependency_graph: bool = True
    code_security: bool = False
    vulnerabilities: dict[tuple[str, str], tuple[Vulnerability, ...]] = field(default_factory=dict)
    moves: tuple[BranchMove, ...] = ()  # of the heads of pull requests, the oldest first

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

    @property
    def own_issues(self) -> tuple[ServedIssue, ...]:
        """The issues that live here."""
        return tuple(issue for issue in self.issues if issue.repository == self.full_name)

    @property
    def next_number(self) -> int:
        """The number of the next pull request or issue: both are counted together."""
        return max((*self.pulls, *(issue.number for issue in self.own_issues)), default=0) + 1

    def tip(self, branch: str) -> str | None:
        """Return a branch's commit."""
        return self.objects.heads().get(branch)

    def refresh(self) -> None:
        """Let the open pull requests follow their branches; every request does so first.

        A closed one keeps the commits that it had. `refs/pull/N/*` move along.
        """
        with self.hub.lock:
            heads = self.objects.heads()
            for pull in self.pulls.values():
                base = heads.get(pull.base, pull.base_sha)
                head = heads.get(pull.head, pull.head_sha)
                if pull.state != "open" or (base, head) == (pull.base_sha, pull.head_sha):
                    continue
                is_forced = False
                if pull.head_sha and head != pull.head_sha:
                    merge_base = self.objects.merge_base(pull.head_sha, head)
                    # Only a push that throws commits away leaves an event of its own.
                    is_forced = merge_base != pull.head_sha
                    if is_forced:
                        pull.record("HeadRefForcePushedEvent", pull.author, head_sha=head)
                if head != pull.head_sha:
                    self._record_move(pull, head, is_forced=is_forced)
                if head != pull.head_sha:
                    pull.updated_at = self.hub.now()
                pull.base_sha, pull.head_sha = base, head
                refs = {f"refs/pull/{pull.number}/head": head}
                pull.merge_sha = self.objects.merge(base, head)
                # With conflicts there is nothing to point at: the old merge ref stays.
                if pull.merge_sha:
                    refs[f"refs/pull/{pull.number}/merge"] = pull.merge_sha
                self.objects.set_refs(refs)

    def _record_move(self, pull: "Pull", head: str, *, is_forced: bool) -> None:
        move = BranchMove(
            id=self.hub.next_id(),
            repository=pull.head_repository or "",
            branch=pull.head,
            before=pull.head_sha or "0" * 40,
            after=head,
            time=self.hub.now(),
            is_forced=is_forced,
        )
        self.moves = (*self.moves, move)


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
    author: GitHubAccount
    association: str
    created_at: str
    draft: bool = False
    labels: tuple[str, ...] = ()
    stack: tuple[str, ...] = ()  # the branches that it lies on, from the stack's own base up
    head_repository: str | None  # None: the fork was deleted
    state: str = "open"
    is_merged: bool = False
    is_locked: bool = False
    comments: tuple[Comment, ...] = ()
    reviews: tuple[ServedReview, ...] = ()
    review_comments: tuple[ReviewComment, ...] = ()
    updated_at: str = ""  # by a push or a label; else when it was opened
    update_day: str = "9999-12-31"  # the date of the last update: as if that were always today
    timeline: tuple[TimelineEntry, ...] = ()
    resolved_threads: frozenset[int] = frozenset()
    resolvers: dict[int, str] = field(default_factory=dict)  # logins by the thread; else mona's
    base_sha: str = ""  # the tip of the base branch: not the merge base
    head_sha: str = ""
    merge_sha: str | None = None  # the commit that merges both, None when they conflict

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
        merge_base = self.repository.objects.merge_base(self.base_sha, self.head_sha)
        return merge_base or self.base_sha

    def push(self, sha: str) -> None:
        """Move the head's branch to another commit of the repository."""
        self.repository.objects.set_refs({f"refs/heads/{self.head}": sha})
        self.repository.refresh()

    def record(
        self, kind: str, actor: GitHubAccount, label: str = "", *, head_sha: str = ""
    ) -> None:
        """Add an event to the timeline, which happens now."""
        time = self.repository.hub.now()
        self.updated_at = time
        entry = TimelineEntry(kind=kind, time=time, actor=actor, label=label, head_sha=head_sha)
        self.timeline = (*self.timeline, entry)

    def put_labels(self, *names: str, author: str = "mona") -> None:
        """Set labels, as whoever `author` is; one that is there already is no event."""
        account = GitHubAccount.from_login(author)
        for name in names:
            if name not in self.labels:
                self.labels = (*self.labels, name)
                self.record("LabeledEvent", account, name)

    def take_labels(self, *names: str, author: str = "mona") -> None:
        """Take labels off, as whoever `author` is."""
        for name in names:
            if name in self.labels:
                self.labels = tuple(label for label in self.labels if label != name)
                self.record("UnlabeledEvent", GitHubAccount.from_login(author), name)

    def files(self) -> tuple[DiffEntry, ...]:
        """Return the changed files, from the merge base to the head."""
        return self.repository.objects.diff(self.merge_base_sha, self.head_sha)

    def holds_commit(self, sha: str) -> bool:
        """Return True when a commit belongs to the pull request."""
        commits = self.repository.objects.commits(self.merge_base_sha, self.head_sha)
        return any(sha == commit.sha for commit in commits)

    # --- what people write

    def add_comment(self, body: str, *, author: str = "mona", association: str = "NONE") -> Comment:
        """Put a comment into the conversation, as whoever `author` is."""
        hub = self.repository.hub
        with hub.lock:
            time = hub.now()
            comment = Comment(
                id=hub.next_id(),
                body=body,
                author=GitHubAccount.from_login(author),
                association=association,
                created_at=time,
                updated_at=time,
            )
            self.comments = (*self.comments, comment)
            return comment

    def put_comment(self, comment: Comment) -> None:
        """Put a changed comment in the place of the old one."""
        self.comments = tuple(comment if old.id == comment.id else old for old in self.comments)

    def put_review_comment(self, comment: ReviewComment) -> None:
        """Put a changed comment on the diff in the place of the old one."""
        self.review_comments = tuple(
            comment if old.id == comment.id else old for old in self.review_comments
        )

    def resolve(self, thread: int, *, author: str = "mona") -> None:
        """Resolve a thread, by the id of its first comment, as whoever `author` is."""
        self.resolved_threads |= {thread}
        self.resolvers[thread] = author

    def react(self, comment_id: int, content: str, *, author: str = "mona") -> None:
        """Put an emoji below a comment, as whoever `author` is."""
        account = GitHubAccount.from_login(author)
        reaction = Reaction(id=self.repository.hub.next_id(), content=content, user=account)
        for comment in self.comments:
            if comment.id == comment_id:
                self.put_comment(replace(comment, reactions=(*comment.reactions, reaction)))
        for remark in self.review_comments:
            if remark.id == comment_id:
                self.put_review_comment(replace(remark, reactions=(*remark.reactions, reaction)))

    def reply(
        self, thread: int, body: str, *, author: str = "mona", association: str = "MEMBER"
    ) -> ReviewComment:
        """Answer in a thread on the diff, as whoever `author` is."""
        (first,) = [comment for comment in self.review_comments if comment.id == thread]
        review = self.add_review(author=author, association=association)
        return self.add_review_comment(review, first.anchor, body, thread=thread)

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
        """Add a review with its comments. Nothing is checked here: the routes do that."""
        hub = self.repository.hub
        with hub.lock:
            review = ServedReview(
                id=hub.next_id(),
                body=body,
                author=GitHubAccount.from_login(author),
                association=association,
                state=state,
                commit_id=commit_id or self.head_sha,
                submitted_at="" if state is ReviewState.PENDING else hub.now(),
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
            time, number = hub.now(), hub.next_id()
            file = self._file_at(anchor.path)
            quote = ""
            if file and file.patch is not None and anchor.line is not None:
                quote = diff_hunk(file.patch, anchor.line, anchor.side)
            comment = ReviewComment(
                id=number,
                review_id=review.id,
                thread=thread or number,
                anchor=anchor,
                body=body,
                author=review.author,
                association=review.association,
                commit_id=review.commit_id,
                created_at=time,
                updated_at=time,
                is_pending=review.state is ReviewState.PENDING,
                diff_hunk=quote,
            )
            self.review_comments = (*self.review_comments, comment)
            return comment

    def line_now(self, comment: ReviewComment) -> int | None:
        """Return where a comment's line is in the diff as it is now, None once it is outdated."""
        anchor, line = comment.anchor, comment.anchor.line
        # Lines on the left are counted in the base, which a push to the head leaves as it is.
        if line and anchor.side is DiffSide.RIGHT and comment.commit_id != self.head_sha:
            objects = self.repository.objects
            line = objects.line_now(anchor.path, line, comment.commit_id, self.head_sha)
        file = self._file_at(anchor.path)
        is_in_diff = file and line and file.hunk_of(line, anchor.side)
        return line if is_in_diff else None

    def _file_at(self, path: str) -> DiffEntry | None:
        return next((file for file in self.files() if file.path == path), None)
