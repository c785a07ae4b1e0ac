"""Where a run of the Action may speak, and its report on the way there."""

from collections.abc import Mapping
from dataclasses import field, replace

from codeflow_action.config.policy import Policy
from codeflow_action.config.when import ReviewDepth
from codeflow_action.engine.allowances import Allowance
from codeflow_action.engine.commands import Command, CommandName
from codeflow_action.engine.discussion import Discussion
from codeflow_action.engine.dismissals import Dismissal
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.life import Advance, advance
from codeflow_action.engine.memory import Memory
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.proposals import CommentMode
from codeflow_action.engine.pull_request import Trigger
from codeflow_action.engine.report import Report
from codeflow_action.hosts.admission import Admission
from codeflow_action.hosts.delivery import Ending
from codeflow_action.hosts.job import Job, out_of_reach
from codeflow_action.integrations.github.marks import Marks
from codeflow_action.integrations.github.read.conversation import Conversation
from codeflow_action.integrations.github.read.event import (
    CommandEvent,
    DispatchEvent,
    WorkflowRunEvent,
)
from codeflow_action.integrations.github.read.pull_request import LoadedPullRequest
from codeflow_action.integrations.github.write.placement import Audience
from codeflow_action.integrations.github.write.plan import Publication
from codeflow_action.integrations.github.write.publish import publish
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.integrations.github.write.render.summary import summary
from codeflow_action.run.conclude import with_shortfall

FOR_PUBLISHING = 20.0  # seconds before the deadline after which no model is waited for
# Seconds after a stop signal: whoever watches the run ends it soon after, and a write that is not
# begun three seconds before its deadline is not begun at all.
_GRACE = 4.5


@dataclass(frozen=True, kw_only=True)
class Venue:
    """One pull request with what stands on it, and the rules for what may be said there.

    `conversation` is None where it could not be read: then the run stays silent, because it might
    say everything twice. `comment_notices` are what the comment says of the configuration,
    `rule_pages` the addresses of rules' pages by the rules' first part. The
    `discussion` names the findings that threads are about, and `dismissals` are what was made of it
    by people who may, by the ids of findings. `allowances` are the configuration's and those of
    labels on this head. `command` is what a comment asks for, None on every other event.
    """

    job: Job
    target: LoadedPullRequest
    conversation: Conversation | None
    admission: Admission
    policy: Policy
    marks: Marks
    comment_notices: tuple[str, ...] = ()
    rule_pages: Mapping[str, str] = field(default_factory=dict)
    discussion: Discussion = field(default_factory=Discussion)
    dismissals: Mapping[str, Dismissal] = field(default_factory=dict)
    allowances: tuple[Allowance, ...] = ()
    command: Command | None = None

    @property
    def depth(self) -> ReviewDepth:
        """How far this run goes."""
        return self.admission.depth

    @property
    def audience(self) -> Audience:
        """Where this run may speak: nowhere but in its log when our traces are not readable."""
        opted_out = self.depth.reason is Reason.OPTED_OUT
        # Without the comment nobody is told how to ask, and nobody could: it tells the head.
        is_owed = bool(self.admission.hint) and self.policy.comment is CommentMode.AUTO
        is_silent = (
            self.conversation is None
            or opted_out
            or self.job.inputs.dry_run
            or bool(self.target.no_news)
        )
        return Audience(
            number=self.target.pull_request.number,
            comment=CommentMode.ALWAYS if is_owed else self.policy.comment,
            # GitHub lists neither kind of job among a pull request's checks.
            is_check=not isinstance(
                self.job.event, DispatchEvent | WorkflowRunEvent | CommandEvent
            ),
            is_silent=is_silent,
        )

    @property
    def sticky_body(self) -> str:
        """The comment that an earlier run has left, empty without one."""
        sticky = self.conversation.sticky if self.conversation else None
        return sticky.body if sticky else ""

    @property
    def was_forced(self) -> bool:
        """True when the branch was force-pushed since our comment was written."""
        if self.conversation is None or self.conversation.sticky is None:
            return False
        return self.conversation.timeline.has_force_push(self.conversation.sticky.time)

    @property
    def links(self) -> Links:
        """The addresses that what we write may name."""
        return Links(
            server_url=self.job.surroundings.server_url,
            repository=self.job.surroundings.repository,
            run_url=self.job.surroundings.run_url,
            rule_pages=self.rule_pages,
        )

    def _advance(self, report: Report, memory: Memory) -> Advance:
        admission, command = self.admission, self.command
        # What was dismissed for good is not among what people have said here.
        dismissals = {entry.id: entry.dismissal for entry in report.dismissals}
        following = advance(memory, report, {**dismissals, **self.dismissals})
        update: dict[str, object] = {
            "is_approved": admission.is_approved,
            "newest_event": admission.newest_event,
        }
        if command and command.name.sets_pause:
            update["is_paused"] = command.name is CommandName.PAUSE
        ledger = following.ledger.model_copy(update=update)
        # Only authors of forks have a budget of the day.
        if self.target.pull_request.is_fork:
            ledger = ledger.on(self.job.today, memory.ledger)
        return replace(following, ledger=ledger)

    async def publish(self, report: Report, memory: Memory, *, seal_ledger: bool = True) -> Ending:
        """Write the report to GitHub, unless this is a dry run; return what the runner is told.

        `memory` is what earlier runs have left for this one. The next run is left the ledger that
        follows from both, unless this one may not `seal_ledger`.
        """
        following = self._advance(report, memory)
        ledger = following.ledger
        publication = self._publication(report, following, seal_ledger=seal_ledger)
        job = self.job
        if job.stop.is_set() and job.clock.now() < job.deadline - FOR_PUBLISHING:
            job.api.hurry(job.clock.now() + _GRACE)  # a signal stopped it, and not the time
        result = await publish(publication, job.api, dry_run=job.inputs.dry_run)
        report, rules = result.report, self.policy.gate_rules
        if result.head_shortfall:
            report = with_shortfall(report, result.head_shortfall, rules)
        if result.unreachable:
            report = with_shortfall(report, out_of_reach(result.unreachable), rules)
        # What was out of reach is a shortfall of the report by now, and need not be said twice.
        notes = tuple(note for note in result.notes if note != result.unreachable)
        return Ending(
            report=report,
            summary=summary(report, ledger, self.links, (*notes, *result.notices, *report.notices)),
            comment_url=result.sticky_url,
            review_url=result.review_url,
            annotate=result.annotate,
            warnings=(*self.job.warnings, *notes),
        )

    def _publication(self, report: Report, following: Advance, *, seal_ledger: bool) -> Publication:
        # People set these labels to steer a run; no action may set them for it.
        reserved_labels = (self.policy.when.skip_label, self.policy.when.review_label)
        return Publication(
            report=report,
            pull_request=self.target.pull_request,
            audience=self.audience,
            conversation=self.conversation or Conversation(),
            marks=self.marks,
            links=self.links,
            ledger=following.ledger,
            transitions=following.transitions,
            seal_ledger=seal_ledger,
            reopened_ids=frozenset(entry.fingerprint for entry in following.transitions.reopened),
            command=self.command,
            reserved_labels=reserved_labels,
            comment_notices=tuple(map(self.job.redactor.text, self.comment_notices)),
            # Nobody can require a check of a push: it is on the branch already.
            # That of a head to which nothing new has happened is there.
            min_coverage=None
            if self.target.trigger is Trigger.PUSH or self.target.no_news
            else self.policy.gate.min_coverage,
        )
