"""The parts of GitHub's webhook payloads that are used. Whatever else they hold is ignored."""

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from codeflow_action.engine.pull_request import Association, Author


class _Payload(BaseModel):
    # Of the many models here a run needs those of its own event.
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class User(_Payload):
    """`user` of anything; a deleted account is null in the payload."""

    login: str = "ghost"
    type: str = "User"

    def author(self, association: Association) -> Author:
        """Return the user as the author of a change, with that part in the repository."""
        is_bot = self.type == "Bot" or self.login.endswith("[bot]")
        return Author(login=self.login, is_bot=is_bot, association=association)


def association(text: str) -> Association:
    """Return what GitHub's word means; a new one gives nobody more rights."""
    return Association(text) if text in Association.__members__ else Association.NONE


class _Repository(_Payload):
    full_name: str
    default_branch: str = ""


class _End(_Payload):
    ref: str
    sha: str
    repo: _Repository | None = None


class _Label(_Payload):
    name: str


class _StackBase(_Payload):
    ref: str


class _Stack(_Payload):
    """The chain of pull requests that this one is in; `base` is the branch below them all."""

    base: _StackBase


class PullRequestData(_Payload):
    """The parts of GitHub's pull request object that are used."""

    number: int
    title: str | None = ""
    body: str | None = ""
    state: str = "open"
    merged: bool | None = False  # a list of pull requests does not say
    draft: bool | None = False
    user: User | None = None
    author_association: str = "NONE"
    labels: list[_Label] = Field(default_factory=list)
    updated_at: str = ""
    base: _End
    head: _End
    # https://docs.github.com/pull-requests/reference/stacked-pull-requests-apis-and-webhooks
    stack: _Stack | None = None

    @property
    def author(self) -> Author:
        """Who opened it."""
        return (self.user or User()).author(association(self.author_association))


class PullRequestPayload(_Payload):
    """What comes with `pull_request` and `pull_request_target`."""

    action: str
    pull_request: PullRequestData
    label: _Label | None = None
    sender: User = User()
    changes: dict[str, JsonValue] = Field(default_factory=dict)
    repository: _Repository | None = None


class DispatchPayload(_Payload):
    """What comes with `workflow_dispatch`."""

    ref: str = ""
    repository: _Repository | None = None


class _WorkflowRun(_Payload):
    # `pull_requests` is not read: it is empty for forks
    # (https://docs.github.com/webhooks/webhook-events-and-payloads#workflow_run).
    event: str
    head_sha: str
    created_at: str = ""
    head_branch: str | None = None
    head_repository: _Repository | None = None


class WorkflowRunPayload(_Payload):
    """What comes with `workflow_run`."""

    action: str
    workflow_run: _WorkflowRun
    repository: _Repository


class _Comment(_Payload):
    # https://docs.github.com/webhooks/webhook-events-and-payloads#issue_comment, and
    # #pull_request_review_comment, whose comment names the first one of its thread.
    id: int
    body: str | None = ""
    user: User | None = None
    author_association: str = "NONE"
    created_at: str = ""
    in_reply_to_id: int | None = None

    @property
    def author(self) -> Author:
        """Who wrote it."""
        return (self.user or User()).author(association(self.author_association))


class _Issue(_Payload):
    """An issue; a pull request is one that has `pull_request`."""

    number: int
    pull_request: dict[str, JsonValue] | None = None


class CommentPayload(_Payload):
    """What comes with a comment, in the conversation or on the diff."""

    action: str = ""
    comment: _Comment | None = None
    issue: _Issue | None = None
    pull_request: PullRequestData | None = None
    repository: _Repository | None = None


class PushPayload(_Payload):
    """What comes with `push`."""

    before: str = ""
    after: str
    ref: str
    deleted: bool = False
    sender: User = User()
    repository: _Repository


class _MergeGroup(_Payload):
    base_sha: str
    head_sha: str
    base_ref: str
    head_ref: str


class MergeGroupPayload(_Payload):
    """What comes with `merge_group`."""

    action: str = "checks_requested"
    merge_group: _MergeGroup
    sender: User = User()
    repository: _Repository
