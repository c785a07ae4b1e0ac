"""Sorts what people and bots have said on a pull request: what needs a person comes first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from codeflow_action.actions.comment_triage.conversation_rows import Background, paths_of, triage
from codeflow_action.actions.comment_triage.unclear_comments import (
    MAX_ASKED,
    SortedComments,
    kinds_prompt,
    read_kinds,
)
from codeflow_action.engine.action import Action, Task
from codeflow_action.engine.commands import CommandName
from codeflow_action.engine.discussion import Discussion, DiscussionComment
from codeflow_action.engine.errors import GitHubError, ProviderError, RepositoryError
from codeflow_action.engine.facts import Fact
from codeflow_action.engine.model import Role
from codeflow_action.engine.outcome import Done, Outcome
from codeflow_action.engine.proposals import Appeal, Cell, CellKind, Proposal, Section, Table
from codeflow_action.engine.pull_request import Trigger
from codeflow_action.engine.quantities import count
from codeflow_action.engine.triage import (
    CommentKind,
    CommentState,
    TriagedComment,
    TriagedComments,
)

_MAX_ROWS = 40  # of the table
_MAX_APPEALS = 5  # lines at the top of the comment; the table has the rest
_WANTS = {
    CommentKind.CHANGE_REQUEST: "asks for a change",
    CommentKind.QUESTION: "asks a question",
    CommentKind.UNCLEAR: "says something that nobody has answered",
}


class TriagePosting(StrEnum):
    """When the table is posted."""

    COMMAND = "command"
    ALWAYS = "always"


class CommentTriage(Action):
    """Sorts the comments on a pull request: what each asks for, and what has become of it.

    A comment is a change request, a question, a nit, an approval or noise. It is open, answered,
    addressed by later commits, outdated or resolved. Rules decide, in several languages; a model is
    asked only about what they leave open, and only where the run has one. Several bots' words on
    the same line are one row, and what still needs a person comes first.
    """

    name = "comment_triage"
    gives: ClassVar[tuple[type[Fact], ...]] = (TriagedComments,)
    triggers: ClassVar[frozenset[Trigger]] = Action.triggers | {Trigger.CLOSED, Trigger.COMMAND}
    commands: ClassVar[frozenset[CommandName]] = frozenset({CommandName.TRIAGE})
    checks: ClassVar[bool] = False

    post: TriagePosting = Field(
        default=TriagePosting.COMMAND,
        description="When the table is posted: on `/codeflow triage`, or with every run. Other "
        "actions get what it says in any case.",
    )
    ask_model: bool = Field(
        default=True,
        description="Whether a model is asked about comments that no rule knows, with the role "
        "`reply`.",
    )

    async def run(self, task: Task) -> Outcome:
        """Sort the comments; the fact is given also where there are none."""
        discussion = task.discussion
        background = Background(
            author=task.pull_request.author.login.removesuffix("[bot]"),
            head_lines=await _head_lines(task, discussion),
        )
        rows = triage(discussion, background)
        rows = await self._with_model_kinds(rows, task)
        is_cut = discussion.is_cut or discussion.has_more_reviews
        fact = TriagedComments(comments=rows, is_cut=is_cut)
        return Done(facts=(fact,), proposals=tuple(self._proposals(fact, task)))

    async def _with_model_kinds(
        self, rows: tuple[TriagedComment, ...], task: Task
    ) -> tuple[TriagedComment, ...]:
        """Return the rows with what a model makes of the unclear ones, where one may be asked."""
        # At the end nothing is asked any more, and every other run is paid for by somebody.
        wants_model = self.ask_model and task.trigger is not Trigger.CLOSED
        unclear = {row.ids[0] for row in rows if row.kind is CommentKind.UNCLEAR}
        if not (wants_model and unclear and task.models.available and self._is_posted(task)):
            return rows
        comments = [comment for comment in _comments(task.discussion) if comment.id in unclear]
        kinds = await _ask(comments[:MAX_ASKED], task)
        rows = tuple(replace(row, kind=kinds.get(row.ids[0], row.kind)) for row in rows)
        return tuple(sorted(rows, key=lambda row: row.order))

    def _is_posted(self, task: Task) -> bool:
        is_asked = task.command is not None and task.command.name is CommandName.TRIAGE
        return is_asked or (
            self.post is TriagePosting.ALWAYS and task.trigger is not Trigger.CLOSED
        )

    def _proposals(self, fact: TriagedComments, task: Task) -> list[Proposal]:
        open_rows = [row for row in fact.comments if row.needs_person]
        # A bot's wish is in the table; who waits at the top of the comment is a person.
        people = [
            row for row in open_rows if not row.is_by_bots and row.kind is not CommentKind.UNCLEAR
        ]
        proposals: list[Proposal] = [
            Appeal(text=_appeal(row), path=row.path or None, line=row.line, url=row.url)
            for row in people[:_MAX_APPEALS]
        ]
        if self._is_posted(task):
            proposals.append(_section(fact, len(open_rows)))
        return proposals


async def _head_lines(task: Task, discussion: Discussion) -> Mapping[str, frozenset[str]]:
    paths = paths_of(discussion)
    if not paths:
        return {}
    try:
        contents = await task.head.read_many(paths)
    except (GitHubError, RepositoryError):
        return {}  # then GitHub's own word has to do: outdated or not
    return {
        path: frozenset(line.strip() for line in content.decode("utf-8", "replace").splitlines())
        for path, content in contents.items()
        if isinstance(content, bytes)
    }


def _comments(discussion: Discussion) -> list[DiscussionComment]:
    first_comments = (thread.comments[0] for thread in discussion.threads)
    return [*first_comments, *discussion.comments, *discussion.reviews]


async def _ask(comments: Sequence[DiscussionComment], task: Task) -> Mapping[int, CommentKind]:
    try:
        completion = await task.models.for_role(Role.REPLY).generate(kinds_prompt(comments))
    except ProviderError as error:
        # The rows are there without it, and say that nobody knows.
        task.progress(f"comment_triage: no model sorted the rest: {error}")
        return {}
    return read_kinds(SortedComments.model_validate(completion.data), comments)


def _appeal(row: TriagedComment) -> str:
    return f"{row.logins[0]} {_WANTS[row.kind]}: {row.excerpt}"


def _section(fact: TriagedComments, waiting_count: int) -> Section:
    counts = Counter(row.state for row in fact.comments)
    states = ", ".join(f"{counts[state]} {state.value}" for state in CommentState if counts[state])
    total = count(len(fact.comments), "comment")
    lines = [f"{total}: {states}." if states else "Nobody has said anything."]
    if waiting_count:
        lines.append(f"{waiting_count} of them need a person.")
    if fact.is_cut:
        lines.append("There are more comments than were read.")
    if left_out := len(fact.comments[_MAX_ROWS:]):
        lines.append(f"{left_out} more are not in the table.")
    rows = tuple(_cells(row) for row in fact.comments[:_MAX_ROWS])
    table = Table(heading=("comment", "what it is", "where"), rows=rows) if rows else None
    return Section(title="Comments", body=" ".join(lines), table=table)


def _cells(row: TriagedComment) -> tuple[Cell, ...]:
    # Three columns are what a telephone shows.
    place = Cell(text=row.path, kind=CellKind.PATH, line=row.line) if row.path else Cell(text="")
    state = "needs a person" if row.needs_person else row.state.value
    return (
        Cell(text=f"{', '.join(row.logins)}: {row.excerpt}"),
        Cell(text=f"{row.kind.value.replace('_', ' ')}, {state}"),
        place,
    )
