"""The Action's run for a comment with a command: who asks, about which head, what came of it."""

from dataclasses import field, replace
from functools import cached_property

from codeflow_action.config.inputs import Stage
from codeflow_action.engine.commands import Command, CommandName, RepositoryRole
from codeflow_action.engine.errors import CodeFlowError, GitHubError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.outcome import Reason, Verdict
from codeflow_action.engine.proposals import Issue, Reply, Section
from codeflow_action.hosts.delivery import Ending
from codeflow_action.hosts.github_review import GitHubReview
from codeflow_action.hosts.job import Job
from codeflow_action.hosts.review_setup import ReviewSetup
from codeflow_action.hosts.venue import Venue
from codeflow_action.integrations.github.marks import PURPOSE, Marks
from codeflow_action.integrations.github.read.approval import read_role
from codeflow_action.integrations.github.read.conversation import Conversation
from codeflow_action.integrations.github.read.event import CommandEvent
from codeflow_action.integrations.github.read.head_moves import head_at
from codeflow_action.integrations.github.read.own_reactions import read_own_reactions
from codeflow_action.integrations.github.read.pull_request import NotLoaded
from codeflow_action.integrations.github.write.command_replies import (
    find_reply,
    proposed_reply,
    reply_comment,
)
from codeflow_action.integrations.github.write.desk import Desk
from codeflow_action.integrations.github.write.reactions import (
    FINAL,
    CommandReaction,
    ReactionContent,
    comment_path,
)
from codeflow_action.run.configuration import RunConfiguration
from codeflow_action.security.seal import Seal

_MOVED_WORDS = (
    "The head has moved since this comment was written, so nothing was done. "
    "Ask again for the head as it is now."
)
_UNKNOWN_HEAD_WORDS = (
    "GitHub does not tell which head this comment was written about, so nothing was done. "
    "Ask in a comment on the diff: that one names its head."
)


@dataclass(kw_only=True)
class CommandedReview:
    """Carries out one command. `role` is what its author may do in the repository.

    `is_taken` once it is known that they may give it.
    """

    job: Job
    event: CommandEvent
    role: RepositoryRole = field(default=RepositoryRole.NONE, init=False)
    is_taken: bool = field(default=False, init=False)

    @cached_property
    def whole(self) -> GitHubReview:
        """The review of which a command takes what it needs."""
        return GitHubReview(ReviewSetup(self.job, is_asked=lambda: self.role.may_write))

    async def run(self) -> Ending:
        """Return what is to be delivered. Raises `CodeFlowError`, or `RunStopped`."""
        job, event = self.job, self.event
        if job.inputs.stage is not Stage.ALL or job.inputs.shard:
            detail = "one job carries a command out: leave the inputs `stage` and `shard` out"
            return self.whole.end_early(Reason.UNSUPPORTED_EVENT, detail)
        repository, login = job.surroundings.repository, event.author.login
        self.role = await job.unless_stopped(read_role(job.api, repository, login))
        target, conversation = await job.unless_stopped(job.load())
        if isinstance(target, NotLoaded):
            return self.whole.end_early(target.reason, target.detail)
        try:
            return await self.whole.run(target, conversation, self._carry_out)
        except CodeFlowError:
            # What the configuration allows is not known then; a writer is told in any case.
            is_told = self.is_taken or self.role.may_write
            if is_told and conversation and not job.inputs.dry_run:
                await self._react(conversation, ReactionContent.NOT_DONE)
            raise

    async def _react(self, conversation: Conversation, content: ReactionContent) -> None:
        """Leave a reaction; that it could not be written is said in the log."""
        job, event = self.job, self.event
        marks = Marks(
            repository=job.surroundings.repository,
            number=event.number,
            name=job.inputs.name,
            seal=Seal.of((), PURPOSE),
        )
        desk = Desk(api=job.api, marks=marks, conversation=conversation)
        await CommandReaction(path=self._comment_path, content=content).carry_out(desk)
        for note in (*desk.notes, *desk.notices):
            job.log.info(note)

    @property
    def _comment_path(self) -> str:
        event = self.event
        return comment_path(
            self.job.surroundings.repository,
            event.comment_id,
            is_on_diff=event.thread_id is not None,
        )

    async def _carry_out(self, venue: Venue, configuration: RunConfiguration) -> Ending:
        command = self._command(venue)
        if command is None:
            word = self.event.line.name or CommandName.HELP
            detail = f"whoever wrote the comment may not ask for `{word}` (role: {self.role})"
            self.job.log.info("refused", command=word.value, role=self.role.value)
            return self.whole.end_early(Reason.NOT_PERMITTED, detail)
        venue = replace(venue, command=command)
        comment = _CommandComment(command=command, venue=venue, path=self._comment_path)
        if ending := await self._end_of_the_past(comment):
            return ending
        self.is_taken = True
        await self._leave(comment, ReactionContent.TAKEN)
        self.job.log.info("command", name=command.name.value, role=self.role.value)
        ending = await self._result(comment, configuration)
        # What the rules hold back was not done, though gates were passed.
        is_held_back = command.name.may_cost and venue.depth.reason is not None
        is_written = not ending.warnings[len(self.job.warnings) :]
        is_done = (
            self.event.line.name is not None
            and not is_held_back
            and _is_done(ending, is_written=is_written)
        )
        await self._leave(comment, ReactionContent.DONE if is_done else ReactionContent.NOT_DONE)
        return ending

    async def _leave(self, comment: "_CommandComment", content: ReactionContent) -> None:
        conversation = comment.venue.conversation
        if conversation and not self.job.inputs.dry_run:
            await self._react(conversation, content)

    def _command(self, venue: Venue) -> Command | None:
        """Return what is asked for, None where this person may not ask for it.

        What there is no command of that name for is a question for help.
        """
        event, author = self.event, venue.target.pull_request.author
        is_author = event.author.login.lower() == author.login.lower()
        role_names = venue.policy.commands.allow.commands(self.role, is_author=is_author)
        names = tuple(name for name in role_names if name in self.whole.setup.command_names)
        name, argument = event.line.name, event.line.argument
        if name is None or (name in role_names and name not in names):
            name, argument = CommandName.HELP, event.line.word
        if name not in names:
            return None
        return Command(
            name=name,
            argument=argument,
            login=event.author.login,
            comment_id=event.comment_id,
            thread_id=event.thread_id,
            time=event.time,
            permitted_names=names,
            has_memory=venue.marks.seal.is_secret and venue.audience.has_comment,
        )

    async def _end_of_the_past(self, comment: "_CommandComment") -> Ending | None:
        """Return the ending where there is nothing left to do: the comment is gone, or answered."""
        reactions = await comment.own_reactions()
        if reactions is None:
            return self.whole.end_early(
                Reason.UNSUPPORTED_EVENT, "the comment is not there any more"
            )
        is_over = bool(reactions & FINAL)
        if not is_over and ReactionContent.TAKEN in reactions and await comment.is_answered():
            await self._leave(
                comment, ReactionContent.DONE
            )  # an earlier run was cut short before that
            is_over = True
        detail = "an earlier run has carried this command out; write another comment to ask again"
        return self.whole.end_early(Reason.UNCHANGED, detail) if is_over else None

    async def _result(self, comment: "_CommandComment", configuration: RunConfiguration) -> Ending:
        venue, command = comment.venue, comment.command
        if command.name.may_cost:
            seen_head = self.event.seen_head or await comment.head_then()
            if seen_head != venue.target.pull_request.head_sha:
                text = _MOVED_WORDS if seen_head else _UNKNOWN_HEAD_WORDS
                await comment.reply(Reply(body=text, is_refusal=True))
                return self.whole.end_early(Reason.HEAD_MOVED, text)
        if not command.name.is_question:
            early_ending = self.whole.early_ending(venue, configuration, command.name)
            if early_ending:
                return early_ending
        return await self.whole.review(venue, configuration)


def _is_done(ending: Ending, *, is_written: bool) -> bool:
    """True where all that was asked for was done; what a review has found plays no part.

    `is_written` where all that was to be written to GitHub was.
    """
    report = ending.report
    reply = proposed_reply(report)
    if report.verdict is Verdict.SKIPPED:
        # Nothing of the change was checked, which a question, an issue and a table do not ask for.
        has_result = any(isinstance(row.proposal, Issue | Section) for row in report.proposals)
        return has_result and is_written if reply is None else not reply.is_refusal
    return report.verdict is not Verdict.INCOMPLETE and not (reply and reply.is_refusal)


@dataclass(frozen=True, kw_only=True)
class _CommandComment:
    """The comment that gave the command, and what we leave there."""

    command: Command
    venue: Venue
    path: str

    @property
    def _desk(self) -> Desk:
        conversation = self.venue.conversation or Conversation()
        return Desk(api=self.venue.job.api, marks=self.venue.marks, conversation=conversation)

    @property
    def _is_mute(self) -> bool:
        """True where nothing is written, or where our own traces are not known."""
        return self.venue.job.inputs.dry_run or self.venue.conversation is None

    async def own_reactions(self) -> frozenset[str] | None:
        """Return what an earlier run has left there, None where the comment is gone."""
        desk = self._desk
        return await read_own_reactions(desk.api, self.path, desk.conversation.login)

    async def is_answered(self) -> bool:
        """True where an earlier run has answered."""
        try:
            return bool(await find_reply(self._desk, self.command))
        except GitHubError:
            return False

    async def reply(self, reply: Reply) -> None:
        """Answer without the pipeline."""
        if self._is_mute or self.venue.audience.is_silent:
            return
        desk = self._desk
        number = self.venue.target.pull_request.number or 0
        await reply_comment(reply, self.command, self.venue.links, number).carry_out(desk)
        self.venue.job.warnings += desk.notes

    async def head_then(self) -> str | None:
        """Return the head at the time of the comment, None where nothing tells.

        Our own sealed comment tells, if it was written before and the branch was not replaced
        since; else GitHub's record of the branch.
        """
        venue, time = self.venue, self.command.time
        pull_request, conversation = venue.target.pull_request, venue.conversation
        sticky = conversation.sticky if conversation else None
        ledger = venue.marks.read_ledger(venue.sticky_body)
        if (
            conversation
            and sticky
            and ledger
            and "" < sticky.time < time
            and ledger.head_sha == pull_request.head_sha
            and conversation.timeline.is_still_since(sticky.time)
        ):
            return pull_request.head_sha
        return await head_at(venue.job.api, pull_request, time)
