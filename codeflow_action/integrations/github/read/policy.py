"""Which branch's files hold as policy: the base's where it is kept, else the default branch's.

Who opens a pull request chooses its base, and who may push may have written that branch, so a base
counts only where GitHub protects it. GitHub's own word on a workflow is the same: since 8 December
2025 `pull_request_target` takes it from the default branch, whatever the base is.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, ValidationError

from codeflow_action.engine.errors import GitHubError, NotFound, RepositoryError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.policy_trees import NamedTree, PolicyTrees
from codeflow_action.engine.ports import Tree
from codeflow_action.integrations.github.answers import parse_as
from codeflow_action.integrations.github.api import GitHubApi

# Rules after which nobody can just push. Others, such as those against deletion or for signatures,
# are often set for all branches and leave them to whoever may push
# (https://docs.github.com/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/available-rules-for-rulesets).
_CLOSING_RULES = frozenset({"update", "pull_request", "merge_queue", "required_status_checks"})


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class _Branch(_Answer):
    """GitHub REST: branches/get-branch."""

    class Commit(_Answer):
        sha: str

    class Protection(_Answer):
        enabled: bool = False

    name: str
    commit: Commit
    protected: bool = False  # by a protection of its own, or by any rule of a ruleset
    protection: Protection = Protection()


class _Rule(_Answer):
    """GitHub REST: repos/get-branch-rules."""

    type: str


class _Repository(_Answer):
    default_branch: str


@dataclass(frozen=True, kw_only=True)
class Base:
    """What a change is compared with. `may_count` is False where nobody's choice of it may hold.

    `stack_branch` is where the change goes in the end if it lies on other pull requests.
    """

    branch: str
    tree: Tree
    may_count: bool
    stack_branch: str = ""


@dataclass(frozen=True, kw_only=True)
class PolicySearch:
    """Finds where policy is read. `tree_at` returns the files of a commit of the repository."""

    api: GitHubApi
    repository: str
    tree_at: Callable[[str], Awaitable[Tree]]

    async def find(self, base: Base, default_branch: str) -> PolicyTrees:
        """Return the trees: without a request where the base is the default branch, else with two.

        A stack that ends on a protected branch has that one's policy, which costs a third.
        `default_branch` is the event's word, empty where it has none. Raises `GitHubError` where
        the default branch would have to hold and cannot be read.
        """
        own = NamedTree(branch=base.branch, tree=base.tree)
        if default_branch and base.branch == default_branch:
            return PolicyTrees(policy=own, default=own)
        own_policy = own if base.may_count and await self._protected(base.branch) else None
        is_stacked = base.stack_branch not in ("", base.branch, default_branch)
        if own_policy is None and base.may_count and is_stacked:
            own_policy = await self._stack(base.stack_branch)
        try:
            default = await self._default(default_branch)
        except (GitHubError, RepositoryError) as error:
            if own_policy:
                return PolicyTrees(policy=own_policy, default=None, note=_note(base, own_policy))
            raise GitHubError(
                f"the default branch, whose configuration holds here, could not be read ({error})",
                hint="run the job again; it needs `contents: read`",
            ) from error
        policy = own if default.branch == base.branch else own_policy or default
        return PolicyTrees(policy=policy, default=default, note=_note(base, policy))

    async def _stack(self, name: str) -> NamedTree | None:
        """Return the tip of the branch that a stack lies on, None where it is not protected."""
        branch = await self._protected(name)
        if branch is None:
            return None
        return NamedTree(branch=branch.name, tree=await self.tree_at(branch.commit.sha))

    async def _default(self, name: str) -> NamedTree:
        if not name:
            answer = await self.api.get(f"/repos/{self.repository}")
            try:
                name = _Repository.model_validate(answer).default_branch
            except ValidationError as error:
                raise GitHubError("GitHub does not say which branch is the default") from error
        branch = await self._branch(name)
        return NamedTree(branch=branch.name, tree=await self.tree_at(branch.commit.sha))

    async def _protected(self, name: str) -> _Branch | None:
        """Return a branch that GitHub protects; one that cannot be asked about is not kept."""
        path = f"/repos/{self.repository}/rules/branches/{quote(name, safe='')}"
        try:
            branch = await self._branch(name)
            # A renamed branch leads to another.
            if not branch.protected or branch.name != name:
                return None
            if branch.protection.enabled:
                return branch
            rules = [parse_as(_Rule, rule) for rule in await self.api.get_pages(path)]
        except GitHubError:
            return None
        return branch if any(rule.type in _CLOSING_RULES for rule in rules) else None

    async def _branch(self, name: str) -> _Branch:
        """Ask for a branch: a commit's address could mean a tag of the same name."""
        path = f"/repos/{self.repository}/branches/{quote(name, safe='')}"
        try:
            return _Branch.model_validate(await self.api.get(path))
        except NotFound as error:
            raise GitHubError(f"there is no branch {name!r}") from error
        except ValidationError as error:
            raise GitHubError(f"GitHub's answer for the branch {name!r} is none") from error


def _note(base: Base, policy: NamedTree) -> str:
    """Return why the policy is not the base's, empty where it is."""
    if policy.branch == base.branch:
        return ""
    flaw = (
        "is neither the default nor a protected branch"
        if base.may_count
        else "does not count in this event"
    )
    return (
        f"configuration, guidelines and checks are read at {policy}: whoever opens a pull request "
        f"chooses its base, and {base.branch} {flaw}"
    )
