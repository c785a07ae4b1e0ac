"""The objects of a change: merge base, files and trees, by the cheapest complete way.

Git objects first: those in the workspace, else one shallow fetch of head and merge base into a
private repository. Where git is refused, the API. A default checkout holds the *merge result*;
nothing is ever read from the work tree.
"""

from collections.abc import Awaitable, Callable
from dataclasses import field, replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from codeflow_action.engine.errors import GitHubError, NotFound, RepositoryError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ports import History, NoHistory, Tree
from codeflow_action.engine.pull_request import (
    ChangedFile,
)
from codeflow_action.integrations.git import GitSettings
from codeflow_action.integrations.git_folders import find_git_folders
from codeflow_action.integrations.git_history import GitHistory
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.read.api_files import (
    complete,
    list_pull_files,
    parse_files,
)
from codeflow_action.integrations.github.read.blobs import Blobs
from codeflow_action.integrations.github.read.tree import ApiTree
from codeflow_action.integrations.private_repository import PrivateRepository

_FROM_WORKSPACE = "the workspace's objects"
_FROM_FETCH = "a shallow fetch"
_TWO_HISTORIES = "base and head have no common history, so their files were compared as they are"
_MAX_COMPARED = 300  # GitHub REST: commits/compare-commits


@dataclass(frozen=True, kw_only=True)
class ChangeObjects:
    """What two commits and their merge base hold; `origin` names where it was read.

    `left_out` says which changed files no listing had, empty where all are there.
    """

    merge_base: str
    files: tuple[ChangedFile, ...]
    head: Tree
    base: Tree
    tree_at: Callable[[str], Awaitable[Tree]]  # any commit's files; raises `RepositoryError`
    origin: str
    history: History = field(default_factory=NoHistory)
    left_out: str = ""
    notices: tuple[str, ...] = ()


class _Comparison(BaseModel):
    class Commit(BaseModel):
        model_config = ConfigDict(extra="ignore", defer_build=True)
        sha: str

    model_config = ConfigDict(extra="ignore", defer_build=True)
    merge_base_commit: Commit
    files: list[JsonValue] = []


class IncomparableError(GitHubError):
    """Two commits have no common ancestor, or one of them is gone."""


@dataclass(frozen=True, kw_only=True)
class ObjectSource:
    """Finds the objects of one repository's changes. `scratch` is an empty folder for them.

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

    async def find(
        self, base: str, head: str, number: int | None, *, may_be_unrelated: bool = False
    ) -> ChangeObjects:
        """Return merge base, files and trees by the first way that has them all.

        Raises `IncomparableError` where only commits are compared and GitHub cannot do it.
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
    ) -> ChangeObjects:
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
            raise IncomparableError(
                "GitHub cannot compare these commits", hint="one of them may be gone: push again"
            )
        return ChangeObjects(
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
) -> ChangeObjects:
    async def tree_at(sha: str) -> Tree:
        await repository.bring(sha)
        return repository.tree(sha)

    change = await repository.change(merge_base, head)
    return ChangeObjects(
        merge_base=merge_base,
        files=change.files,
        left_out=change.left_out,
        head=repository.tree(head),
        base=repository.tree(merge_base),
        tree_at=tree_at,
        origin=origin,
        history=GitHistory(repository=repository, sha=merge_base),
    )
