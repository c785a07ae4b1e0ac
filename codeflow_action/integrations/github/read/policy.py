"""Which branch's files hold as policy: the base's where it is kept, else the default branch's.

Who opens a pull request chooses its base, and who may push may have written that branch, so a base
counts only where GitHub protects it. GitHub's own word on a workflow is the same: since 8 December
2025 `pull_request_target` takes it from the default branch, whatever the base is.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, ValidationError

from codeflow_action.engine.errors import GitHubError, NotFound, RepositoryError
from codeflow_action.engine.policy_trees import NamedTree, PolicyTrees
from codeflow_action.engine.ports import Tree
from codeflow_action.integrations.github.api import GitHubApi


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Branch(_Answer):
    """GitHub REST: branches/get-branch."""

    class Commit(_Answer):
        sha: str

    name: str
    commit: Commit
    protected: bool = False


class _Repository(_Answer):
    default_branch: str


@dataclass(frozen=True, kw_only=True)
class Base:
    """What a change is compared with. `may_count` is False where nobody's choice of it may hold."""

    branch: str
    tree: Tree
    may_count: bool


@dataclass(frozen=True, kw_only=True)
class PolicySearch:
    """Finds where policy is read. `tree_at` returns the files of a commit of the repository."""

    api: GitHubApi
    repository: str
    tree_at: Callable[[str], Awaitable[Tree]]

    async def find(self, base: Base, default_branch: str) -> PolicyTrees:
        """Return the trees: without a request where the base is the default branch, else with two.

        `default_branch` is the event's word, empty where it has none. Raises `GitHubError` where
        the default branch would have to hold and cannot be read.
        """
        own = NamedTree(branch=base.branch, tree=base.tree)
        if default_branch and base.branch == default_branch:
            return PolicyTrees(policy=own, default=own)
        is_kept = base.may_count and await self._is_protected(base.branch)
        try:
            default = await self._default(default_branch)
        except (GitHubError, RepositoryError) as error:
            if is_kept:
                return PolicyTrees(policy=own, default=None)
            raise GitHubError(
                f"the default branch, whose configuration holds here, could not be read ({error})",
                hint="run the job again; it needs `contents: read`",
            ) from error
        if is_kept or default.branch == base.branch:
            return PolicyTrees(policy=own, default=default)
        flaw = (
            "is neither the default nor a protected branch"
            if base.may_count
            else "does not count in this event"
        )
        note = (
            f"configuration, guidelines and checks are read at {default}: whoever opens a pull "
            f"request chooses its base, and {base.branch} {flaw}"
        )
        return PolicyTrees(policy=default, default=default, note=note)

    async def _default(self, name: str) -> NamedTree:
        if not name:
            answer = await self.api.get(f"/repos/{self.repository}")
            try:
                name = _Repository.model_validate(answer).default_branch
            except ValidationError as error:
                raise GitHubError("GitHub does not say which branch is the default") from error
        branch = await self._branch(name)
        return NamedTree(branch=branch.name, tree=await self.tree_at(branch.commit.sha))

    async def _is_protected(self, name: str) -> bool:
        """True where GitHub says so; a branch that cannot be asked about is not kept."""
        try:
            branch = await self._branch(name)
        except GitHubError:
            return False
        return branch.protected and branch.name == name  # a renamed branch leads to another

    async def _branch(self, name: str) -> _Branch:
        """Ask for a branch: a commit's address could mean a tag of the same name."""
        path = f"/repos/{self.repository}/branches/{quote(name, safe='')}"
        try:
            return _Branch.model_validate(await self.api.get(path))
        except NotFound as error:
            raise GitHubError(f"there is no branch {name!r}") from error
        except ValidationError as error:
            raise GitHubError(f"GitHub's answer for the branch {name!r} is none") from error
