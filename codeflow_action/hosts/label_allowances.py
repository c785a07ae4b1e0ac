"""Which rules people with write access have allowed on this head, by the label of each.

A label stays when the head moves. So one counts that came after its head by the server's own times:
that of the event which started the run, of a force push, or of our sealed comment about this head.
"""

from collections.abc import Mapping

from codeflow_action.engine.allowances import Allowance, rule_of_label
from codeflow_action.engine.dismissals import DismissalWay
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.pull_request import PullRequest, Trigger
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.marks import Marks
from codeflow_action.integrations.github.read.approval import may_write
from codeflow_action.integrations.github.read.conversation import Conversation
from codeflow_action.integrations.github.read.event import (
    Event,
    PullRequestEvent,
    WorkflowRunEvent,
)

# People, in one run: each is a request.
_MAX_QUESTIONS = 5


@dataclass(frozen=True, kw_only=True)
class LabelAllowances:
    """What labels allow, and what is to be said of those that allow nothing."""

    allowances: tuple[Allowance, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LabelReader:
    """Reads them from what is known of a pull request, whose head the run looks at."""

    api: GitHubApi
    event: Event
    pull_request: PullRequest
    conversation: Conversation
    marks: Marks

    async def read(self) -> LabelAllowances:
        """Return what labels allow; whoever cannot be asked about has allowed nothing."""
        all_labelers = self._labelers()
        # The event's own list may be older: a job that is run again gets that of its first run.
        present_labels = {
            *(label.casefold() for label in self.pull_request.labels),
            *all_labelers,
        } - self.conversation.timeline.labels_taken_off
        labels = sorted(label for label in present_labels if rule_of_label(label))
        labelers = {label: all_labelers.get(label, "") for label in labels}
        logins = sorted(set(labelers.values()) - {""})[:_MAX_QUESTIONS]
        repository = self.pull_request.repository
        writers = {login for login in logins if await may_write(self.api, repository, login)}
        return LabelAllowances(
            allowances=tuple(
                Allowance(
                    rule=rule_of_label(label),
                    way=DismissalWay.LABEL,
                    login=login,
                    reason=f"label {label}, for this head",
                )
                for label, login in labelers.items()
                if login in writers
            ),
            notices=tuple(
                f"the label {label} allows nothing on this head: it came before the head, or from "
                "somebody without write access; somebody with it can take it off, set it again, "
                "and run the job again"
                for label, login in labelers.items()
                if login not in writers
            ),
        )

    def _labelers(self) -> Mapping[str, str]:
        """Return who has set which label on this head, by the label in lower case."""
        head_sha, timeline = self.pull_request.head_sha, self.conversation.timeline
        labelers: dict[str, str] = {}
        for time in self._times_of_head():
            labelers |= timeline.labelers(head_sha, time)
        event = self.event
        # The payload has label and head side by side, whatever the times.
        if (
            isinstance(event, PullRequestEvent)
            and event.trigger is Trigger.LABELED
            and event.data.head.sha == head_sha
            and timeline.is_still_since(event.data.updated_at)
        ):
            labelers[event.label.casefold()] = event.sender
        return labelers

    def _times_of_head(self) -> tuple[str, ...]:
        """Return times of the server at which this head was there, the empty one for none."""
        head_sha, times = self.pull_request.head_sha, [""]
        match self.event:
            case PullRequestEvent(data=data) if data.head.sha == head_sha:
                times.append(data.updated_at)
            case WorkflowRunEvent(head_sha=sha, time=time) if sha == head_sha:
                times.append(time)
        sticky = self.conversation.sticky
        ledger = self.marks.read_ledger(sticky.body) if sticky else None
        ends = head_sha, self.pull_request.merge_base_sha
        if sticky and ledger and (ledger.head_sha, ledger.merge_base_sha) == ends:
            times.append(sticky.time)
        return tuple(times)
