"""Decides what is written to GitHub, and in which order. Pure: values in, writes out.

A new kind of write is a file beside this one, with a class that fulfils `Write` and a function that
plans it, and its line in `make_plan`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import field

from codeflow_action.engine.commands import Command
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ledger import EntryState, Ledger
from codeflow_action.engine.life import Transitions
from codeflow_action.engine.pull_request import PullRequest
from codeflow_action.engine.report import Report
from codeflow_action.integrations.github.marks import Marks
from codeflow_action.integrations.github.read.conversation import Conversation
from codeflow_action.integrations.github.read.threads import StandingComments
from codeflow_action.integrations.github.write.check_run import plan_check_runs
from codeflow_action.integrations.github.write.command_replies import plan_reply
from codeflow_action.integrations.github.write.description import plan_description
from codeflow_action.integrations.github.write.desk import Write
from codeflow_action.integrations.github.write.inline import plan_inline_review
from codeflow_action.integrations.github.write.issues import plan_issues
from codeflow_action.integrations.github.write.labels import LabelState, plan_labels
from codeflow_action.integrations.github.write.pending import plan_pending_removals
from codeflow_action.integrations.github.write.placement import Audience, Placement, place
from codeflow_action.integrations.github.write.render.links import Links
from codeflow_action.integrations.github.write.review_check import plan_review_check
from codeflow_action.integrations.github.write.sticky import (
    LedgerUpdate,
    SpendingNote,
    StickyComment,
    wants_comment,
)
from codeflow_action.integrations.github.write.thread_states import plan_thread_states


@dataclass(frozen=True, kw_only=True)
class Publication:
    """A report with its proposals, and what stands on GitHub already.

    `ledger` is what the next run has to know if all writes succeed, `transitions` what has become
    of earlier findings in this round; `seal_ledger` is False for a report of another process, which
    later runs must not trust. `reopened_ids` are of findings that were fixed and came back. A run
    that `is_closing` writes issues and the ledger that stays behind, and nothing else.
    `reserved_labels` may be set by people only. `comment_notices` are what the comment says of the
    run's configuration.
    `min_coverage` is what the check of the model's review asks for, None without such a check.
    `command` is what a comment has asked for, None on every other event.
    """

    report: Report
    pull_request: PullRequest
    audience: Audience
    conversation: Conversation
    marks: Marks
    links: Links
    ledger: Ledger
    transitions: Transitions = field(default_factory=Transitions)
    seal_ledger: bool = True
    reopened_ids: frozenset[str] = frozenset()
    is_closing: bool = False
    reserved_labels: Sequence[str] = ()
    comment_notices: tuple[str, ...] = ()
    min_coverage: float | None = None
    command: Command | None = None

    @property
    def is_answer(self) -> bool:
        """True where a question was asked: it says nothing new of the change."""
        return self.command is not None and self.command.name.is_question


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be written, in the order in which it is, and where the findings belong."""

    placement: Placement
    writes: tuple[Write, ...]


def make_plan(publication: Publication) -> Plan:
    """Return the plan. The caller checks that the head has not moved.

    A pending review of ours would refuse the next one, so it goes first. The comment lists what
    came of everything else, so it is last.
    """
    report, audience = publication.report, publication.audience
    conversation, marks, ledger = publication.conversation, publication.marks, publication.ledger
    comments = StandingComments.of(conversation.threads, marks, conversation.discussion)
    placement = place(report, publication.pull_request, audience, comments)
    if publication.is_closing:
        return Plan(placement=placement, writes=tuple(_closing_writes(publication)))
    if audience.number is None:  # a range of commits takes check runs, and nothing else
        return Plan(placement=placement, writes=tuple(_check_runs(publication, placement)))
    if publication.is_answer:
        return Plan(placement=placement, writes=tuple(_answer(publication)))
    writes: list[Write] = [
        *plan_pending_removals(conversation),
        *plan_inline_review(report, placement, conversation, publication.links),
    ]
    if not audience.is_silent:
        writes += _thread_states(publication)
        state = _label_state(publication)
        writes += plan_labels(report, state)
        ledger = ledger.with_labels(dict.fromkeys(state.standing_names, True))
        writes += plan_issues(report.proposals, publication.links, ledger.closed_ids)
        writes += plan_description(report.proposals, report.head_sha, publication.links)
        writes += plan_reply(report, publication.command, publication.links)
    writes += _check_runs(publication, placement)
    if wants_comment(report, audience, exists=conversation.sticky is not None):
        sticky = StickyComment(
            report=report,
            ledger=ledger,
            seal_ledger=publication.seal_ledger,
            links=publication.links,
            notices=publication.comment_notices,
        )
        writes.append(sticky)
    return Plan(placement=placement, writes=tuple(writes))


def _thread_states(publication: Publication) -> Iterator[Write]:
    # Whoever may not say what later runs know must not close what others have said either.
    if not publication.seal_ledger:
        return
    entries = publication.ledger.entries
    yield from plan_thread_states(
        publication.conversation.threads,
        publication.marks,
        fixed_ids={entry.fingerprint for entry in entries if entry.state is EntryState.FIXED},
        reopened_ids=publication.reopened_ids,
        open_ids={open_finding.id for open_finding in publication.report.findings},
        head_sha=publication.report.head_sha,
    )


def _closing_writes(publication: Publication) -> Iterator[Write]:
    ledger, audience = publication.ledger, publication.audience
    if not audience.is_silent:
        yield from plan_issues(publication.report.proposals, publication.links, ledger.closed_ids)
    # Last, because it remembers the issues.
    if audience.has_comment and publication.seal_ledger:
        yield LedgerUpdate(ledger=ledger)


def _answer(publication: Publication) -> Iterator[Write]:
    """Yield the answer, and what it has cost: that counts, though nothing is said of the change."""
    if publication.audience.is_silent:
        return
    yield from plan_reply(publication.report, publication.command, publication.links)
    if publication.report.spent.tokens and publication.audience.has_comment:
        yield SpendingNote(ledger=publication.ledger)


def _label_state(publication: Publication) -> LabelState:
    """Return what is known of labels before any is set."""
    conversation, marks = publication.conversation, publication.marks
    own_labels = conversation.timeline.own_labels
    if conversation.sticky and (previous := marks.read_ledger(conversation.sticky.body)):
        # Other workflows write as the same account. What we have set ourselves is sealed.
        own_labels &= {name.casefold() for name in previous.labels}
    return LabelState(
        names=publication.pull_request.labels,
        own_names=own_labels,
        reserved_names=tuple(publication.reserved_labels),
    )


def _check_runs(publication: Publication, placement: Placement) -> Iterator[Write]:
    report = publication.report
    yield from plan_check_runs(report, placement, publication.audience, publication.marks)
    if publication.min_coverage is not None:
        yield from plan_review_check(report, publication.min_coverage)
