"""From an event to the pull request as a value: which one it is about, and what is read of it."""

from dataclasses import field, replace
from typing import NamedTuple
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict

from codeflow_action.engine.errors import ConfigError, NotFound
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.outcome import Reason, Shortfall
from codeflow_action.engine.policy_trees import PolicyTrees
from codeflow_action.engine.ports import History, NoHistory, Tree
from codeflow_action.engine.pull_request import (
    Association,
    Author,
    PullRequest,
    Trigger,
)
from codeflow_action.integrations.github.answers import parse_as
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.read.change_objects import (
    ChangeObjects,
    IncomparableError,
    ObjectSource,
)
from codeflow_action.integrations.github.read.event import (
    CommandEvent,
    DispatchEvent,
    Event,
    IgnoredEvent,
    PullRequestEvent,
    RangeEvent,
    WorkflowRunEvent,
)
from codeflow_action.integrations.github.read.event_payloads import PullRequestData
from codeflow_action.integrations.github.read.policy import Base, PolicySearch
from codeflow_action.integrations.github.read.pr_number import parse_pr_number


@dataclass(frozen=True, kw_only=True)
class LoadedPullRequest:
    """The pull request with its trees; `origin` names where the objects came from.

    `base` is the tree at the merge base, which the change is compared with; `policy_trees` are
    those in which the configuration is read. `shortfalls` are what this run cannot check.
    """

    pull_request: PullRequest
    trigger: Trigger
    head: Tree
    base: Tree
    policy_trees: PolicyTrees
    origin: str
    history: History = field(default_factory=NoHistory)
    label: str = ""
    no_news: str = ""  # what happened, where nothing of the change itself did
    notices: tuple[str, ...] = ()  # what the reader should know of how it was loaded
    shortfalls: tuple[Shortfall, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NotLoaded:
    """Nothing to do for this event, and why."""

    reason: Reason
    detail: str


class _Ends(NamedTuple):
    """Two commits, and the branches that they are of."""

    base_ref: str
    base_sha: str
    head_ref: str
    head_sha: str


class _Commit(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)
    sha: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """Loads pull requests of the repository that `objects` are of."""

    objects: ObjectSource

    @property
    def _api(self) -> GitHubApi:
        return self.objects.api

    @property
    def _repository(self) -> str:
        return self.objects.repository

    async def load(self, event: Event, pr_number: str = "") -> LoadedPullRequest | NotLoaded:
        """Return what the event is about. Raises `GitHubError` or `ConfigError`."""
        match event:
            case IgnoredEvent():
                return NotLoaded(reason=Reason.UNSUPPORTED_EVENT, detail=event.detail)
            case PullRequestEvent():
                target = await self._pull_request(
                    event.data,
                    event.trigger,
                    label=event.label,
                    default_branch=event.default_branch,
                    base_may_count=not event.gives_secrets,
                )
                return replace(target, no_news=event.no_news)
            case RangeEvent():
                return await self._range(event)
            case DispatchEvent():
                return await self._by_dispatch(event, pr_number)
            case WorkflowRunEvent():
                return await self._by_workflow_run(event)
            case CommandEvent():
                return await self._pull_request(
                    await self._named(event.number),
                    Trigger.COMMAND,
                    default_branch=event.default_branch,
                    # Its job gets the repository's secrets, whoever has chosen the base.
                    base_may_count=False,
                )

    async def _by_dispatch(
        self, event: DispatchEvent, pr_number: str
    ) -> LoadedPullRequest | NotLoaded:
        """A number, else the open pull request of the ref, else the ref's own commits."""
        if pr_number.strip():
            number = parse_pr_number(
                pr_number, server_url=self.objects.server_url, repository=self._repository
            )
            pulls = [await self._named(number)]
        else:
            pulls = await self._open_pulls(self._repository, event.ref)
        if pulls:
            data = pulls[0]
            return await self._pull_request(
                data,
                event.trigger,
                default_branch=event.default_branch
                or (data.base.repo.default_branch if data.base.repo else ""),
                # A job that is started by hand gets secrets, whoever has chosen the base.
                base_may_count=False,
            )
        # Compared with itself the default branch has no changes.
        if event.ref == event.default_branch:
            detail = f"{event.ref} is the default branch and no pull request was named"
            return NotLoaded(reason=Reason.NO_REVIEWABLE_CHANGES, detail=detail)
        tip = await self._sha(f"heads/{event.default_branch}")
        head = event.sha or await self._sha(event.ref)
        return await self._commits(
            _Ends(event.default_branch, tip, event.ref, head),
            author=Author(login="", association=Association.MEMBER),
            trigger=event.trigger,
            default_branch=event.default_branch,
            may_be_unrelated=True,
        )

    async def _named(self, number: int) -> PullRequestData:
        try:
            answer = await self._api.get(f"/repos/{self._repository}/pulls/{number}")
        except NotFound as error:
            raise ConfigError(
                f"there is no pull request #{number} in {self._repository}",
                hint="check the input pr_number, and that the job has `pull-requests: read`",
            ) from error
        return parse_as(PullRequestData, answer)

    async def _open_pulls(self, head_repository: str, branch: str) -> list[PullRequestData]:
        """Return the open pull requests from that branch, the newest first."""
        # The filter knows owner and branch only, and an owner may have several forks.
        owner = head_repository.partition("/")[0]
        answer = await self._api.get(
            f"/repos/{self._repository}/pulls",
            {"state": "open", "head": f"{owner}:{branch}", "per_page": 100},
        )
        entries = answer if isinstance(answer, list) else []
        pulls = [parse_as(PullRequestData, entry) for entry in entries]
        return [
            pull
            for pull in pulls
            if pull.head.repo and pull.head.repo.full_name.lower() == head_repository.lower()
        ]

    async def _by_workflow_run(self, event: WorkflowRunEvent) -> LoadedPullRequest | NotLoaded:
        """Return the pull request whose head the workflow ran for, by GitHub's word of today.

        Two may have the same head, and different bases. The one into the default branch is
        reviewed, else the oldest. A check run is about a head, so it would speak for the other,
        too: that falls short, and the run fails.
        """
        if event.number:
            pulls = [await self._named(event.number)]
        else:
            # A fork that was deleted has no name to look for.
            source = event.head_repository
            pulls = await self._open_pulls(source, event.head_branch) if source else []
        candidates = [pull for pull in pulls if pull.head.sha == event.head_sha]
        if not candidates:
            reason = Reason.HEAD_MOVED if pulls else Reason.NO_REVIEWABLE_CHANGES
            detail = (
                f"{event.head_sha[:10]} is not the head any more: the run for the new head speaks"
                if pulls
                else "no open pull request has the head that the workflow ran for"
            )
            return NotLoaded(reason=reason, detail=detail)
        data = min(
            candidates, key=lambda pull: (pull.base.ref != event.default_branch, pull.number)
        )
        target = await self._pull_request(
            data, Trigger.CHANGED, default_branch=event.default_branch, base_may_count=False
        )
        twins = [f"#{pull.number}" for pull in candidates if pull is not data]
        if not twins:
            return target
        detail = (
            f"{' and '.join(twins)} {'has' if len(twins) == 1 else 'have'} the same head, which "
            f"this run's verdict would speak for, and only #{data.number} was checked: close the "
            "others, or give each a branch of its own"
        )
        gap = Shortfall(reason=Reason.GATE_NOT_RUN, detail=detail, severity=Severity.ERROR)
        return replace(target, shortfalls=(gap,))

    async def _sha(self, ref: str) -> str:
        answer = await self._api.get(f"/repos/{self._repository}/commits/{quote(ref, safe='')}")
        return parse_as(_Commit, answer).sha

    async def _range(self, event: RangeEvent) -> LoadedPullRequest | NotLoaded:
        """What was pushed since `before`; where that is of no use, since the default branch."""
        is_default = event.ref == event.default_branch
        reason = "the branch is new"
        if event.before:
            try:
                return await self._commits(
                    _Ends(event.ref, event.before, event.ref, event.after),
                    author=event.actor,
                    trigger=event.trigger,
                    default_branch=event.default_branch,
                    may_be_unrelated=is_default,
                )
            except IncomparableError:
                # After a forced push nothing holds the earlier commit, or the history is another.
                reason = f"{event.before[:10]}, where {event.ref} stood before, has no common "
                reason += "history with it or is gone"
        if is_default:
            detail = (
                f"{reason}, so there is nothing to compare with"
                if event.before
                else "the first push to the default branch has nothing to compare with"
            )
            return NotLoaded(reason=Reason.NO_REVIEWABLE_CHANGES, detail=detail)
        tip = await self._sha(f"heads/{event.default_branch}")
        target = await self._commits(
            _Ends(event.default_branch, tip, event.ref, event.after),
            author=event.actor,
            trigger=event.trigger,
            default_branch=event.default_branch,
            may_be_unrelated=True,
        )
        notice = f"{reason}: compared with {event.default_branch}"
        return replace(target, notices=(*target.notices, notice)) if event.before else target

    async def _commits(
        self,
        ends: _Ends,
        *,
        author: Author,
        trigger: Trigger,
        default_branch: str,
        may_be_unrelated: bool,
    ) -> LoadedPullRequest:
        """Compare two commits.

        Raises `IncomparableError` when one of them is gone, and when they have no common ancestor,
        unless they `may_be_unrelated`: then their files are compared as they are.
        """
        objects = await self.objects.find(
            ends.base_sha, ends.head_sha, None, may_be_unrelated=may_be_unrelated
        )
        pull_request = PullRequest(
            repository=self._repository,
            number=None,
            author=author,
            base_ref=ends.base_ref,
            base_sha=ends.base_sha,
            head_ref=ends.head_ref,
            head_sha=ends.head_sha,
            merge_base_sha=objects.merge_base,
            head_repository=self._repository,
            files=objects.files,
            files_left_out=objects.left_out,
        )
        return await self._with_policy(
            pull_request,
            trigger,
            objects,
            default_branch=default_branch,
            # What a merge group is compared with may be another one, which is not merged yet.
            base_may_count=trigger is not Trigger.MERGE_GROUP,
        )

    async def _pull_request(
        self,
        data: PullRequestData,
        trigger: Trigger,
        *,
        label: str = "",
        default_branch: str,
        base_may_count: bool,
    ) -> LoadedPullRequest:
        base = data.base
        objects = await self.objects.find(base.sha, data.head.sha, data.number)
        pull_request = PullRequest(
            repository=self._repository,
            number=data.number,
            title=data.title or "",
            body=data.body or "",
            author=data.author,
            draft=bool(data.draft),
            labels=tuple(label.name for label in data.labels),
            state=data.state,
            is_merged=bool(data.merged),
            base_ref=base.ref,
            base_sha=base.sha,
            head_ref=data.head.ref,
            head_sha=data.head.sha,
            merge_base_sha=objects.merge_base,
            head_repository=data.head.repo.full_name if data.head.repo else None,
            files=objects.files,
            files_left_out=objects.left_out,
        )
        return await self._with_policy(
            pull_request,
            trigger,
            objects,
            default_branch=default_branch,
            base_may_count=base_may_count,
            label=label,
            stack_branch=data.stack.base.ref if data.stack else "",
        )

    async def _with_policy(
        self,
        pull_request: PullRequest,
        trigger: Trigger,
        objects: ChangeObjects,
        *,
        default_branch: str,
        base_may_count: bool,
        label: str = "",
        stack_branch: str = "",
    ) -> LoadedPullRequest:
        # The base's tip, not the merge base: policy is what the branch says today.
        tip = await objects.tree_at(pull_request.base_sha)
        base = Base(
            branch=pull_request.base_ref,
            tree=tip,
            may_count=base_may_count,
            stack_branch=stack_branch,
        )
        search = PolicySearch(api=self._api, repository=self._repository, tree_at=objects.tree_at)
        return LoadedPullRequest(
            pull_request=pull_request,
            trigger=trigger,
            head=objects.head,
            base=objects.base,
            policy_trees=await search.find(base, default_branch),
            origin=objects.origin,
            history=objects.history,
            label=label,
            notices=objects.notices,
        )
