"""The pull request as a frozen value: the same from an event, an API call or a local git range."""

from dataclasses import field
from enum import StrEnum
from functools import cached_property

from codeflow_action.engine.diff import Hunk
from codeflow_action.engine.lazy import dataclass


class Trigger(StrEnum):
    """Why this run happens; an action names those it answers to."""

    CHANGED = "changed"  # opened, reopened, ready_for_review, synchronize
    BASE_CHANGED = "base_changed"
    LABELED = "labeled"
    CLOSED = "closed"
    COMMAND = "command"
    MANUAL = "manual"  # workflow_dispatch
    PUSH = "push"
    MERGE_GROUP = "merge_group"
    LOCAL = "local"


class FileStatus(StrEnum):
    """What happened to a file between merge base and head."""

    ADDED = "added"
    MODIFIED = "modified"
    REMOVED = "removed"
    RENAMED = "renamed"
    COPIED = "copied"
    TYPE_CHANGED = "type_changed"


class FileKind(StrEnum):
    """What git holds under the path at head (at base for a removed file)."""

    REGULAR = "regular"
    SYMLINK = "symlink"
    SUBMODULE = "submodule"


class Gap(StrEnum):
    """Why a changed file has no hunks to look at."""

    BINARY = "binary"
    TOO_LARGE = "too_large"  # its diff could not be had, or is past our own limits
    UNAVAILABLE = "unavailable"  # GitHub left it out and no other way gave it


@dataclass(frozen=True, kw_only=True)
class ChangedFile:
    """One file of the change. `hunks` is empty for pure renames, mode changes and for a `gap`."""

    path: str
    status: FileStatus
    previous_path: str | None = None
    kind: FileKind = FileKind.REGULAR
    hunks: tuple[Hunk, ...] = ()
    gap: Gap | None = None
    # An older file; GitHub's API does not tell, so that it makes no difference.
    made_executable: bool = field(default=False, compare=False)

    @cached_property
    def added_lines(self) -> frozenset[int]:
        """Line numbers at head that this change added."""
        return frozenset(
            line.new for hunk in self.hunks for line in hunk.added if line.new is not None
        )

    @cached_property
    def removed_lines(self) -> frozenset[int]:
        """Line numbers at the merge base that this change removed."""
        return frozenset(
            line.old for hunk in self.hunks for line in hunk.removed if line.old is not None
        )

    @property
    def changed_line_count(self) -> int:
        """Added and removed lines together."""
        return len(self.added_lines) + len(self.removed_lines)


class Association(StrEnum):
    """How GitHub says the author stands to the repository (`author_association`)."""

    OWNER = "OWNER"
    MEMBER = "MEMBER"
    COLLABORATOR = "COLLABORATOR"
    CONTRIBUTOR = "CONTRIBUTOR"
    FIRST_TIME_CONTRIBUTOR = "FIRST_TIME_CONTRIBUTOR"
    FIRST_TIMER = "FIRST_TIMER"
    MANNEQUIN = "MANNEQUIN"
    NONE = "NONE"

    @property
    def has_earlier_commits(self) -> bool:
        """True for people whose work this repository already holds, or who may push to it."""
        return self in _WITH_EARLIER_COMMITS


_WITH_EARLIER_COMMITS = frozenset(
    {
        Association.OWNER,
        Association.MEMBER,
        Association.COLLABORATOR,
        Association.CONTRIBUTOR,
    }
)


@dataclass(frozen=True, kw_only=True)
class Author:
    """Who opened the pull request; all of it is a stranger's text."""

    login: str
    is_bot: bool = False
    association: Association = Association.NONE


@dataclass(frozen=True, kw_only=True)
class LinkedIssue:
    """An issue of the same repository that this pull request closes; a stranger's text."""

    number: int
    title: str
    body: str = ""


@dataclass(frozen=True, kw_only=True)
class PullRequest:
    """A change from `merge_base_sha` to `head_sha`.

    `number` is None for a bare range (push, merge group, a branch without pull request, the
    command line). `head_repository` is None when the fork was deleted. Shas are 40 hex digits,
    but `head_sha` is empty for a working tree.
    """

    repository: str  # owner/name, empty on the command line without a remote
    number: int | None
    title: str = ""
    body: str = ""
    author: Author
    draft: bool = False
    labels: tuple[str, ...] = ()
    issues: tuple[LinkedIssue, ...] = ()
    state: str = "open"
    is_merged: bool = False
    base_ref: str
    base_sha: str
    head_ref: str
    head_sha: str
    merge_base_sha: str
    head_repository: str | None
    files: tuple[ChangedFile, ...] = ()
    files_left_out: str = ""  # why `files` is not the whole change; empty when it is

    @property
    def is_fork(self) -> bool:
        """True when the head lives in another repository, or in a deleted one."""
        return self.head_repository != self.repository

    @cached_property
    def files_by_path(self) -> dict[str, ChangedFile]:
        """Changed files by their path at head."""
        return {file.path: file for file in self.files}
