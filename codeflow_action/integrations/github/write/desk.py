"""What the writers of one run share: the connection, what was refused, and what came of it.

Every write happens once. A write whose answer is lost is looked up before it is repeated: each
writer says how its own is found, by the mark that it carries.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from typing import Protocol

from pydantic import JsonValue

from codeflow_action.engine.errors import GitHubError, GitHubUnavailable, NotFound
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.proposals import Section
from codeflow_action.integrations.github.api import GitHubApi, Uncertain, WriteVerb
from codeflow_action.integrations.github.marks import Marks
from codeflow_action.integrations.github.read.conversation import Conversation

# Seconds between two looks. GitHub ends a request of its own after ten, and until then may carry
# out what it has answered with a 502 (https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api).
_LOOKS = (1.0, 3.0, 6.0)


@dataclass(kw_only=True)
class Desk:
    """Where writers work, and where they leave what came of it for those after them.

    `notes` say what could not be written, for comment, summary and log; `notices` are for the
    summary alone: what nobody misses who has not asked for it. `unreachable` is the first note of
    what GitHub did not refuse but never got. `comment_urls` are the addresses of comments on the
    diff by their findings' ids, empty where GitHub has not told one; `owed_ids` are of findings
    that should stand on the diff and do not yet. `issue_numbers` are of our issues, old ones too,
    by their keys. `label_changes` are labels that were set (True) or removed (False) by us.
    `may_resolve` is False once GitHub has refused to resolve a thread. `has_annotations` says that
    a check run has shown what would otherwise be annotated in the job's log. `unwritten_sections`
    were to stand in the description, and go into the comment.
    """

    api: GitHubApi
    marks: Marks
    conversation: Conversation
    notes: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    unreachable: str = ""
    comment_urls: dict[str, str] = field(default_factory=dict)
    owed_ids: frozenset[str] = frozenset()
    issue_numbers: dict[str, int] = field(default_factory=dict)
    label_changes: dict[str, bool] = field(default_factory=dict)
    review_url: str = ""
    sticky_url: str = ""
    reply_url: str = ""
    has_annotations: bool = False
    may_resolve: bool = True
    unwritten_sections: list[Section] = field(default_factory=list)

    @property
    def repository_path(self) -> str:
        """Where the API has the repository."""
        return f"/repos/{self.marks.repository}"

    @property
    def pull_path(self) -> str:
        """Where the API has the pull request."""
        return f"{self.repository_path}/pulls/{self.marks.number}"

    @property
    def issue_path(self) -> str:
        """Where the API has what a pull request shares with issues: comments and labels."""
        return f"{self.repository_path}/issues/{self.marks.number}"

    def has_time(self, subject: str) -> bool:
        """True while a write can be started; else note that there is none for this one."""
        if not self.api.may_write:
            self.notes.append(f"no time was left for {subject}")
        return self.api.may_write

    def note_refusal(self, subject: str, error: GitHubError) -> None:
        """Note what was not written, and why."""
        note = f"{subject} could not be written: {error.with_hint}"
        self.notes.append(note)
        if isinstance(error, GitHubUnavailable):
            self.unreachable = self.unreachable or note

    async def write_once[T](
        self,
        verb: WriteVerb,
        path: str,
        body: Mapping[str, JsonValue],
        find: Callable[[], Awaitable[T]],
    ) -> JsonValue | T:
        """Return GitHub's answer to the write, or what `find` found after that answer was lost.

        `find` returns something true when GitHub has what was written. The write is repeated once,
        and only when GitHub has not had it for ten seconds. Raises what either raises; `Uncertain`
        when it may still happen.
        """
        # Twice and no more: a third answer that is lost says that GitHub is down.
        for is_last in (False, True):
            try:
                return await self.api.write(verb, path, body)
            except Uncertain:
                for seconds in _LOOKS:
                    has_time = await self.api.pause(seconds)
                    if result := await find():
                        return result
                    if not has_time:
                        break
                if is_last or not self.api.may_write:
                    raise
        raise AssertionError("the last try returns or raises")

    async def remove(self, path: str, subject: str) -> bool:
        """Delete something; that it is gone already is as good.

        Return False, and note it, when it is still there: nothing is missing because of it.
        """
        try:
            try:
                await self.api.write("DELETE", path)
            except Uncertain:
                if not await self.api.pause(_LOOKS[0]):
                    raise
                await self.api.write("DELETE", path)
        except NotFound:  # somebody else did it, or the first request
            return True
        except GitHubError as error:
            self.notes.append(f"{subject} could not be removed: {error.with_hint}")
            return False
        return True


class Write(Protocol):
    """One change on GitHub. A plan makes it, and whoever carries out the plan calls it."""

    async def carry_out(self, desk: Desk) -> None:
        """Do it, and leave at the desk what came of it. Raises nothing that GitHub says."""
