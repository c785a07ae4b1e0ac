"""Whose money: whether models may be asked about a pull request, and how to get that where not."""

from dataclasses import replace

from codeflow_action.config.policy import Mode, Policy
from codeflow_action.config.when import ReviewDepth, review_depth
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ledger import Ledger
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.pull_request import Association, PullRequest, Trigger
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.marks import Marks
from codeflow_action.integrations.github.read.approval import may_write
from codeflow_action.integrations.github.read.author_spending import AuthorDay
from codeflow_action.integrations.github.read.conversation import Conversation
from codeflow_action.integrations.github.read.pull_request import LoadedPullRequest

# Whoever may write could spend the money in other ways, too.
_WRITERS = frozenset({Association.OWNER, Association.MEMBER, Association.COLLABORATOR})


@dataclass(frozen=True, kw_only=True)
class Admission:
    """How far this run goes.

    `is_approved` where somebody with write access has asked for a review of this head. `hint` says
    to readers of the comment how they can ask; it is empty where there is nothing to ask for.
    `newest_event` is the time of the newest event that a label can be held against. `tokens_left`
    is what the author's budget of the day has left, None where it is not counted.
    """

    depth: ReviewDepth
    is_approved: bool = False
    hint: str = ""
    newest_event: str = ""
    tokens_left: int | None = None


@dataclass(frozen=True, kw_only=True)
class Doorkeeper:
    """Admits the pull request that is loaded, by what stands on it already.

    `conversation` is None where that could not be read. `today` is the date of UTC. `is_asked`
    where somebody with write access has asked for this run by a command.
    """

    api: GitHubApi
    policy: Policy
    target: LoadedPullRequest
    conversation: Conversation | None
    marks: Marks
    today: str
    is_asked: bool = False

    async def admit(self) -> Admission:
        """Return how far this run goes, whether or not there is a model to be asked.

        Without a key nothing is sealed, so that no label can be proven and nothing is counted:
        who has a model without a key pays nobody.
        """
        rules, pull_request, trigger = self.policy.when, self._pull_request, self.target.trigger
        depth = review_depth(rules, pull_request, trigger, is_asked=self.is_asked)
        if depth.reason is None and self._is_paused:
            depth = ReviewDepth(mode=Mode.GATES, reason=Reason.PAUSED)
        admission = Admission(depth=depth)
        ledger = self._ledger
        if admission.depth.reason is None and self._is_counted(ledger):
            admission = await self._within_budget(admission)
        if admission.depth.reason not in (Reason.FORK_UNKNOWN, Reason.BUDGET):
            return admission
        has_label = rules.review_label in pull_request.labels
        if has_label and await self._is_approved(ledger):
            depth = review_depth(rules, pull_request, trigger, is_approved=True)
            return Admission(depth=depth, is_approved=True)
        if not self.marks.seal.is_secret:
            return admission
        label = f"the label {rules.review_label}"
        hint = (
            f"{label} does not count for this head: it came before this comment, or from somebody "
            "without write access; somebody with it can take it off and set it again"
            if has_label
            else f"somebody with write access can ask for a model's review of this head by {label}"
        )
        events = self.conversation.timeline.events if self.conversation else ()
        hint = f"{admission.hint}; {hint}" if admission.hint else hint
        return replace(admission, hint=hint, newest_event=events[-1].time if events else "")

    @property
    def _pull_request(self) -> PullRequest:
        return self.target.pull_request

    @property
    def _ledger(self) -> Ledger | None:
        """What our own sealed comment says of this very change; a head has another on each base."""
        sticky = self.conversation.sticky if self.conversation else None
        ledger = self.marks.read_ledger(sticky.body) if sticky else None
        ends = self._pull_request.head_sha, self._pull_request.merge_base_sha
        return ledger if ledger and (ledger.head_sha, ledger.merge_base_sha) == ends else None

    @property
    def _is_paused(self) -> bool:
        """True where nobody has ended a pause yet, and nobody asks for this very run."""
        if self.target.trigger in (Trigger.MANUAL, Trigger.COMMAND):
            return False
        sticky = self.conversation.sticky if self.conversation else None
        ledger = self.marks.read_ledger(sticky.body) if sticky else None
        return ledger is not None and ledger.is_paused

    def _is_counted(self, ledger: Ledger | None) -> bool:
        """True where a model would be asked for money, by the author of a fork."""
        is_paid_for = ledger is not None and ledger.complete
        return (
            self.marks.seal.is_secret
            and self._pull_request.is_fork
            and self._pull_request.author.association not in _WRITERS
            and self.target.trigger is not Trigger.MANUAL
            and not self.is_asked
            and not is_paid_for
        )

    async def _within_budget(self, admission: Admission) -> Admission:
        budget = self.policy.budget
        limit = budget.max_tokens_per_author_per_day
        author = self._pull_request.author
        author_day = AuthorDay(login=author.login, day=self.today, reserve=budget.max_tokens)
        token_count = await author_day.spent(self.api, self.marks)
        if token_count is not None and token_count < limit:
            return replace(admission, tokens_left=limit - token_count)
        cause = (
            "what models have cost today on this author's pull requests could not be read"
            if token_count is None
            else f"this author's budget of the day is used up ({token_count:,} of {limit:,} "
            "tokens, with what runs that are under way may use)"
        )
        depth = ReviewDepth(mode=Mode.GATES, reason=Reason.BUDGET)
        return replace(admission, depth=depth, hint=cause)

    async def _is_approved(self, ledger: Ledger | None) -> bool:
        if ledger is None or self.conversation is None or self.conversation.sticky is None:
            return False
        if ledger.is_approved:
            return True
        label, since = self.policy.when.review_label.casefold(), self.conversation.sticky.time
        head_sha = self._pull_request.head_sha
        login = self.conversation.timeline.labelers(head_sha, since).get(label, "")
        return bool(login) and await may_write(self.api, self._pull_request.repository, login)
