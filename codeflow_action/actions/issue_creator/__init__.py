"""Asks for issues: of findings that are still open, and of people's wishes that nobody has met."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from codeflow_action.actions.issue_creator.issue_rules import IssueRule, Subject
from codeflow_action.engine.action import Action, Task
from codeflow_action.engine.commands import Command, CommandName
from codeflow_action.engine.discussion import Thread
from codeflow_action.engine.errors import GitHubError, RepositoryError
from codeflow_action.engine.facts import Fact
from codeflow_action.engine.findings import Evidence, Severity
from codeflow_action.engine.ledger import Entry, EntryState, hash_lines
from codeflow_action.engine.outcome import Done, Outcome, Reason, Skipped
from codeflow_action.engine.ports import Content
from codeflow_action.engine.proposals import Issue, Reply, issue_key
from codeflow_action.engine.pull_request import Trigger
from codeflow_action.engine.triage import (
    CommentKind,
    CommentState,
    TriagedComment,
    TriagedComments,
)
from codeflow_action.security.untrusted import one_line, without_comments

_LEAST_ID = 4  # characters of a finding's id that name it in a command
_MAX_EXCERPT = 160  # characters of a comment that is the title of an issue
_UNMET = "asked for this, and it was not answered before the merge"
_PERSONS_WISH = "wrote this in a review, and somebody has asked for an issue"
# Why a reader may believe it, in the issue's small print.
_EVIDENCE: Mapping[Evidence, str] = {
    Evidence.DETERMINISTIC: "found by a check without a model",
    Evidence.PROVEN: "found by a model, and proven by code",
    Evidence.VERIFIED: "found by a model, and confirmed in a second look",
    Evidence.QUOTED: "found by a model, about code that stands there",
}


class IssueTime(StrEnum):
    """When issues are opened."""

    COMMAND = "command"
    MERGED = "merged"
    ALWAYS = "always"


class IssueCreator(Action):
    """Opens issues for what a pull request leaves open.

    `/codeflow issue ID` opens one for a finding, and in a thread for what the thread is about. With
    `when: merged` it also happens when the pull request is merged, for what was still open then;
    with `when: always` in each run, for what an earlier run has shown and what still stands. A
    finding has one issue in the repository: a second pull request with the same finding opens none,
    and a closed issue is not opened again. The job needs `issues: write`.
    """

    name = "issue_creator"
    needs: ClassVar[tuple[type[Fact], ...]] = (TriagedComments,)
    triggers: ClassVar[frozenset[Trigger]] = frozenset(
        {Trigger.CHANGED, Trigger.MANUAL, Trigger.LABELED, Trigger.CLOSED, Trigger.COMMAND}
    )
    commands: ClassVar[frozenset[CommandName]] = frozenset({CommandName.ISSUE})
    checks: ClassVar[bool] = False

    when: IssueTime = Field(
        default=IssueTime.COMMAND,
        description="When issues are opened: on `/codeflow issue ID`, also when the pull request "
        "is merged, or also in each run.",
    )
    floor: Severity = Field(
        default=Severity.WARNING,
        description="The least severity for which an issue is opened unasked.",
    )
    at_most: int = Field(default=5, ge=1, le=10, description="Issues that one run may open.")
    comments: bool = Field(
        default=False,
        description="Whether a merge also opens issues for people's change requests that nobody "
        "has met; needs `comment_triage` in the pipeline.",
    )
    labels: tuple[str, ...] = Field(
        default=("codeflow",), description="Labels of each issue; GitHub makes those that lack."
    )
    rules: tuple[IssueRule, ...] = Field(
        default=(),
        description="Further labels and assignees by severity, category and path; each rule that "
        "matches adds its own.",
    )

    async def run(self, task: Task) -> Outcome:
        """Propose the issues; a plan decides which of them there are already."""
        if task.command and task.command.name is CommandName.ISSUE:
            return await self._answer(task.command, task)
        is_merge = task.trigger is Trigger.CLOSED and task.pull_request.is_merged
        is_due = self.when is IssueTime.ALWAYS and task.trigger is not Trigger.CLOSED
        if not (is_due or (is_merge and self.when is not IssueTime.COMMAND)):
            return Skipped(reason=Reason.OK, detail="no issue is due")
        entries = [
            entry
            for entry in task.memory.entries.values()
            if entry.state in (EntryState.OPEN, EntryState.STALE)
            and not (entry.is_owed or entry.issue)
            and entry.severity.at_least(self.floor)
        ]
        issues = [*await self._of_entries(sorted(entries, key=_order), task, only_if_open=True)]
        if is_merge and self.comments:
            fact = task.facts.get(TriagedComments) or TriagedComments()
            issues += (self._of_comment(comment, _UNMET) for comment in _unmet(fact.comments))
        left_out = len(issues[self.at_most :])
        notices = (f"{left_out} more would be worth an issue",) if left_out else ()
        return Done(proposals=tuple(issues[: self.at_most]), notices=notices)

    async def _answer(self, command: Command, task: Task) -> Outcome:
        """Return the issue for the finding that the command names, or that its thread is about."""
        word = next(iter(command.argument.split()), "").lower().strip("`")
        thread = _thread_of(command, task)
        if thread and not word:
            if not (thread.finding_id or thread.comments[0].speaker.is_us):
                return Done(proposals=(self._of_comment(_as_wish(thread), _PERSONS_WISH),))
            word = thread.finding_id
        matches = [
            entry
            for name, entry in task.memory.entries.items()
            if len(word) >= _LEAST_ID and name.startswith(word)
        ]
        if len(matches) != 1:
            count = "several findings" if matches else "no finding"
            return _refusal(f"No issue was opened: {count} on record here with that id.")
        (entry,) = matches
        if entry.issue:
            return Done(proposals=(Reply(body=f"There is an issue already: #{entry.issue}."),))
        issues = tuple(await self._of_entries(matches, task, only_if_open=False))
        if not issues:
            return _refusal("No issue was opened: the finding's code is gone.")
        return Done(proposals=issues)

    async def _of_entries(
        self, entries: Sequence[Entry], task: Task, *, only_if_open: bool
    ) -> Iterator[Issue]:
        """Return an issue for each entry whose code stands, or may stand, at head."""
        contents = await _read(entries, task)
        live_entries = (entry for entry in entries if entry.fingerprint not in task.memory.gone_ids)
        return (
            self._of_entry(entry, contents.get(_path(entry, task) or ""), task, only_if_open)
            for entry in live_entries
        )

    def _of_entry(
        self, entry: Entry, content: Content | None, task: Task, only_if_open: bool
    ) -> Issue:
        path, line, end_line, code = _place(entry, content, task)
        # What gates have found has no title in the ledger once it is closed.
        title = entry.title or entry.rule
        labels, assignees = self._marks(
            Subject(severity=entry.severity, category=entry.category, path=path or "")
        )
        thread = next(
            (
                thread
                for thread in task.discussion.threads
                if thread.finding_id == entry.fingerprint
            ),
            None,
        )
        return Issue(
            key=entry.fingerprint,
            title=title,
            body=entry.message or title,
            path=path,
            line=line,
            end_line=end_line,
            commit=task.head.sha,
            code=code,
            small_print=f"{entry.severity.value}, {_EVIDENCE[entry.evidence]}, {entry.rule}",
            url=thread.comments[0].url if thread else "",
            labels=labels,
            assignees=assignees,
            only_if_open=only_if_open,
        )

    def _of_comment(self, comment: TriagedComment, words: str) -> Issue:
        labels, assignees = self._marks(Subject(path=comment.path))
        return Issue(
            key=issue_key(f"comment {comment.ids[0]}"),
            title=comment.excerpt,
            body=f"{comment.logins[0]} {words}.",
            path=comment.path or None,
            line=comment.line,
            small_print="asked for in a review",
            url=comment.url,
            labels=labels,
            assignees=assignees,
        )

    def _marks(self, subject: Subject) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return labels and assignees of an issue, each once, in the order of the rules."""
        rules = [rule for rule in self.rules if rule.matches(subject)]
        labels = (*self.labels, *(label for rule in rules for label in rule.labels))
        assignees = (login for rule in rules for login in rule.assignees)
        return tuple(dict.fromkeys(labels)), tuple(dict.fromkeys(assignees))


def _order(entry: Entry) -> tuple[int, str, int]:
    return entry.severity.rank, entry.path or "", entry.line or 0


def _unmet(comments: Iterable[TriagedComment]) -> Iterator[TriagedComment]:
    """Yield what people have asked for and nobody has answered or done."""
    for comment in comments:
        is_wish = comment.kind is CommentKind.CHANGE_REQUEST
        if is_wish and comment.needs_person and not comment.is_by_bots:
            yield comment


def _refusal(text: str) -> Done:
    return Done(proposals=(Reply(body=text, is_refusal=True),))


def _thread_of(command: Command, task: Task) -> Thread | None:
    """Return the thread on the diff in which the command stands."""
    threads = task.discussion.threads
    return next((thread for thread in threads if thread.comments[0].id == command.thread_id), None)


def _as_wish(thread: Thread) -> TriagedComment:
    """Return what a person has begun a thread with; somebody has said that it is worth an issue."""
    first = thread.comments[0]
    return TriagedComment(
        ids=(first.id,),
        kind=CommentKind.CHANGE_REQUEST,
        state=CommentState.OPEN,
        logins=(first.speaker.login,),
        path=thread.path,
        line=thread.line,
        url=first.url,
        excerpt=one_line(without_comments(first.body), _MAX_EXCERPT),
    )


def _path(entry: Entry, task: Task) -> str | None:
    """Return where the entry's file is now."""
    sighting = task.memory.places.get(entry.fingerprint)
    return sighting.path if sighting else entry.path


async def _read(entries: Iterable[Entry], task: Task) -> Mapping[str, Content]:
    """Return the files whose code is quoted. Without them an issue has no code, and a place."""
    paths = dict.fromkeys(path for entry in entries if (path := _path(entry, task)))
    if not paths:
        return {}
    try:
        return await task.head.read_many(tuple(paths))
    except (GitHubError, RepositoryError):
        return {}


def _place(
    entry: Entry, content: Content | None, task: Task
) -> tuple[str | None, int | None, int | None, str]:
    """Return path, lines and code of an entry at head; no code where it is not the one it was."""
    sighting = task.memory.places.get(entry.fingerprint)
    if sighting:
        return sighting.path, sighting.line, sighting.end_line, sighting.code
    if entry.line is None or not isinstance(content, bytes):
        return entry.path, entry.line, entry.end_line, ""
    lines = content.decode("utf-8", "replace").splitlines()
    code = "\n".join(lines[entry.line - 1 : entry.last_line])
    is_same = hash_lines(code) == entry.line_hashes
    return entry.path, entry.line, entry.end_line, code if is_same else ""
