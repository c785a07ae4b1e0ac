"""From an event to the pull request as a value, by the cheapest way that is complete.

Git objects first: those in the workspace, else one shallow fetch of head and merge base into a
private repository. Where git is refused, the API. A default checkout holds the *merge result*;
nothing is ever read from the work tree.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from codeflow_action.engine.errors import ConfigError, GitHubError, NotFound, RepositoryError
from codeflow_action.engine.findings import Severity
from codeflow_action.engine.outcome import Reason, Shortfall
from codeflow_action.engine.policy_trees import PolicyTrees
from codeflow_action.engine.ports import History, NoHistory, Tree
from codeflow_action.engine.pull_request import (
    Association,
    Author,
    ChangedFile,
    PullRequest,
    Trigger,
)
from codeflow_action.integrations.git import GitSettings
from codeflow_action.integrations.git_folders import find_git_folders
from codeflow_action.integrations.git_history import GitHistory
from codeflow_action.integrations.github.answers import parse_as
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.read.api_files import (
    complete,
    list_pull_files,
    parse_files,
)
from codeflow_action.integrations.github.read.blobs import Blobs
from codeflow_action.integrations.github.read.event import (
    CommandEvent,
    DispatchEvent,
    Event,
    IgnoredEvent,
    PullRequestData,
    PullRequestEvent,
    RangeEvent,
    WorkflowRunEvent,
    parse_pr_number,
)
from codeflow_action.integrations.github.read.policy import Base, PolicySearch
from codeflow_action.integrations.github.read.tree import ApiTree
from codeflow_action.integrations.private_repository import PrivateRepository

_FROM_WORKSPACE = "the workspace's objects"
_FROM_FETCH = "a shallow fetch"
_TWO_HISTORIES = "base and head have no common history, so their files were compared as they are"
_MAX_COMPARED = 300  # GitHub REST: commits/compare-commits


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
    notices: tuple[str, ...] = ()  # what the reader should know of how it was loaded
    shortfalls: tuple[Shortfall, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NotLoaded:
    """Nothing to do for this event, and why."""

    reason: Reason
    detail: str


@dataclass(frozen=True, kw_only=True)
class _Objects:
    merge_base: str
    files: tuple[ChangedFile, ...]
    head: Tree
    base: Tree
    tree_at: Callable[[str], Awaitable[Tree]]  # any commit's files; raises `RepositoryError`
    origin: str
    history: History = field(default_factory=NoHistory)
    left_out: str = ""
    notices: tuple[str, ...] = ()


class _Ends(NamedTuple):
    """Two commits, and the branches that they are of."""

    base_ref: str
    base_sha: str
    head_ref: str
    head_sha: str


class _Comparison(BaseModel):
    class Commit(BaseModel):
        model_config = ConfigDict(extra="ignore", defer_build=True)
        sha: str

    model_config = ConfigDict(extra="ignore", defer_build=True)
    merge_base_commit: Commit
    files: list[JsonValue] = []


class _Commit(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)
    sha: str


class _IncomparableError(GitHubError):
    """Two commits have no common ancestor, or one of them is gone."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Loads pull requests of one repository. `scratch` is an empty folder for private objects.

    `merge_base` is what a plan of shards says, empty without one: it saves the request that asks
    GitHub. Whoever joins the shards asks, and takes no report about another one.
    """

    api: GitHubApi
    repository: str
    server_url: str
    workspace: Path
    scratch: Path
    git: GitSettings
    merge_base: str = ""

    async def load(self, event: Event, pr_number: str = "") -> LoadedPullRequest | NotLoaded:
        """Return what the event is about. Raises `GitHubError` or `ConfigError`."""
        match event:
            case IgnoredEvent():
                return NotLoaded(reason=Reason.UNSUPPORTED_EVENT, detail=event.detail)
            case PullRequestEvent():
                return await self._pull_request(
                    event.data,
                    event.trigger,
                    label=event.label,
                    default_branch=event.default_branch,
                    base_may_count=not event.gives_secrets,
                )
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
                pr_number, server_url=self.server_url, repository=self.repository
            )
            pulls = [await self._named(number)]
        else:
            pulls = await self._open_pulls(self.repository, event.ref)
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
            answer = await self.api.get(f"/repos/{self.repository}/pulls/{number}")
        except NotFound as error:
            raise ConfigError(
                f"there is no pull request #{number} in {self.repository}",
                hint="check the input pr_number, and that the job has `pull-requests: read`",
            ) from error
        return parse_as(PullRequestData, answer)

    async def _open_pulls(self, head_repository: str, branch: str) -> list[PullRequestData]:
        """Return the open pull requests from that branch, the newest first."""
        # The filter knows owner and branch only, and an owner may have several forks.
        owner = head_repository.partition("/")[0]
        answer = await self.api.get(
            f"/repos/{self.repository}/pulls",
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
        answer = await self.api.get(f"/repos/{self.repository}/commits/{quote(ref, safe='')}")
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
            except _IncomparableError:
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

        Raises `_IncomparableError` when one of them is gone, and when they have no common ancestor,
        unless they `may_be_unrelated`: then their files are compared as they are.
        """
        objects = await self._objects(
            ends.base_sha, ends.head_sha, None, may_be_unrelated=may_be_unrelated
        )
        pull_request = PullRequest(
            repository=self.repository,
            number=None,
            author=author,
            base_ref=ends.base_ref,
            base_sha=ends.base_sha,
            head_ref=ends.head_ref,
            head_sha=ends.head_sha,
            merge_base_sha=objects.merge_base,
            head_repository=self.repository,
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
        objects = await self._objects(base.sha, data.head.sha, data.number)
        pull_request = PullRequest(
            repository=self.repository,
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
        objects: _Objects,
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
        search = PolicySearch(api=self.api, repository=self.repository, tree_at=objects.tree_at)
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

    async def _objects(
        self, base: str, head: str, number: int | None, *, may_be_unrelated: bool = False
    ) -> _Objects:
        """Return merge base, files and trees by the first way that has them all.

        Raises `_IncomparableError` where only commits are compared and GitHub cannot do it.
        """
        comparison: _Comparison | None = None
        notices: tuple[str, ...] = ()
        try:
            repository = await PrivateRepository.make(
                self.scratch / "objects.git",
                url=f"{self.server_url.rstrip('/')}/{self.repository}.git",
                borrow=find_git_folders(self.workspace),
                sha=head,
                settings=self.git,
            )
            # A checkout with its history needs no request at all.
            if await repository.has(base, head):
                merge_base = await repository.merge_base(base, head)
                if merge_base:
                    return await _from_git(repository, merge_base, head, _FROM_WORKSPACE)
            if self.merge_base:
                await repository.bring(base, self.merge_base, head)
                return await _from_git(repository, self.merge_base, head, _FROM_FETCH)
            # A shallow one lacks the merge base: GitHub names it, so that three commits are enough.
            comparison = await self._compare(base, head)
            if comparison:
                merge_base = comparison.merge_base_commit.sha
                await repository.bring(base, merge_base, head)
                return await _from_git(repository, merge_base, head, _FROM_FETCH)
            if number is None and may_be_unrelated:
                await repository.bring(base, head)
                objects = await _from_git(repository, base, head, _FROM_FETCH)
                return replace(objects, notices=(_TWO_HISTORIES,))
        except RepositoryError as error:
            # Git is missing or was refused: the API is slower and has limits, but it works.
            notices = (f"{error}; so GitHub's API was asked, and nothing beyond the diff searched",)
            comparison = comparison or await self._compare(base, head)
        objects = await self._from_api(base, head, number, comparison)
        return replace(objects, notices=notices)

    async def _compare(self, base: str, head: str) -> _Comparison | None:
        """Return GitHub's comparison; None where it has none (a deleted fork, a lost commit)."""
        try:
            answer = await self.api.get(f"/repos/{self.repository}/compare/{base}...{head}")
            return _Comparison.model_validate(answer)
        except NotFound:
            return None
        except ValidationError as error:
            raise GitHubError("GitHub's comparison of base and head has no merge base") from error

    async def _from_api(
        self, base: str, head: str, number: int | None, comparison: _Comparison | None
    ) -> _Objects:
        merge_base = comparison.merge_base_commit.sha if comparison else base

        blobs = Blobs(self.api, self.repository)
        trees: dict[str, ApiTree] = {}

        def api_tree(sha: str) -> ApiTree:
            """Return the one tree of a commit: it is listed once."""
            return trees.setdefault(sha, ApiTree(self.api, self.repository, sha, blobs))

        async def tree_at(sha: str) -> Tree:
            return api_tree(sha)

        head_tree, base_tree = api_tree(head), api_tree(merge_base)
        if number is not None:
            listing = await list_pull_files(self.api, self.repository, number, head_tree, base_tree)
            files, left_out = listing.files, listing.left_out
        elif comparison:
            files = await complete(parse_files(comparison.files), head_tree, base_tree)
            full = len(files) >= _MAX_COMPARED
            left_out = f"GitHub compares {_MAX_COMPARED} files and no more" if full else ""
        else:
            raise _IncomparableError(
                "GitHub cannot compare these commits", hint="one of them may be gone: push again"
            )
        return _Objects(
            merge_base=merge_base,
            files=files,
            head=head_tree,
            base=base_tree,
            tree_at=tree_at,
            origin="GitHub's API (git was refused: no search beyond the diff)",
            left_out=left_out,
        )


async def _from_git(
    repository: PrivateRepository, merge_base: str, head: str, origin: str
) -> _Objects:
    async def tree_at(sha: str) -> Tree:
        await repository.bring(sha)
        return repository.tree(sha)

    change = await repository.change(merge_base, head)
    return _Objects(
        merge_base=merge_base,
        files=change.files,
        left_out=change.left_out,
        head=repository.tree(head),
        base=repository.tree(merge_base),
        tree_at=tree_at,
        origin=origin,
        history=GitHistory(repository=repository, sha=merge_base),
    )
