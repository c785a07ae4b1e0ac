"""A git repository as a source of pull requests: commits, diffs and trees."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import field

from codeflow_action.engine.errors import RepositoryError
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.integrations.change_size import ChangeSize
from codeflow_action.integrations.comparison import Changeset, Comparison
from codeflow_action.integrations.git import Git
from codeflow_action.integrations.git_tree import GitTree

_SHA = regex(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_MAX_TREES = 4  # that are kept: head, merge base, and where the configuration is read
# In full: a tag of the same name would be found before a branch (gitrevisions).
_USUAL = (
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
    "refs/heads/trunk",
)


@dataclass(eq=False)
class Repository:
    """A repository of our own. Methods raise `RepositoryError`."""

    git: Git
    _trees: dict[str, GitTree] = field(default_factory=dict, init=False)

    async def has(self, *shas: str) -> bool:
        """Return True when all of these are commits here, with their trees."""
        query = "".join(f"{sha}^{{tree}}\n" for sha in shas if _SHA.fullmatch(sha))
        output = await self._run("cat-file", "--batch-check", stdin=query.encode())
        return output.decode().count(" tree ") == len(shas)

    async def resolve(self, revision: str) -> str:
        """Return the commit that `revision` names."""
        if revision.startswith("-") or "\0" in revision or not revision.strip():
            raise RepositoryError(f"{revision!r} is no name of a commit or branch")
        output = await self._run(
            "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", accept=(0, 1, 128)
        )
        sha = output.decode().strip()
        if not _SHA.fullmatch(sha):
            raise RepositoryError(
                f"there is no commit or branch {revision!r} here",
                hint="`git branch --all` lists the branches; a shallow clone may need "
                "`git fetch --unshallow`",
            )
        return sha

    async def merge_base(self, left: str, right: str) -> str | None:
        """Return the best common ancestor, None when there is none here."""
        output = await self._run("merge-base", left, right, accept=(0, 1, 128))
        sha = output.decode().strip()
        return sha if _SHA.fullmatch(sha) else None

    @property
    def is_shallow(self) -> bool:
        """True where history ends early, so that an ancestor may be missing (git-clone(1))."""
        try:
            return (self.git.directory / "shallow").stat().st_size > 0
        except OSError:
            return False

    async def default_branch(self) -> str:
        """Return the branch to compare with: origin's default, else a usual name that exists."""
        output = await self._run(
            "symbolic-ref", "--quiet", "refs/remotes/origin/HEAD", accept=(0, 1, 128)
        )
        if name := output.decode().strip().removeprefix("refs/remotes/"):
            return name
        for ref in _USUAL:
            if await self._run("rev-parse", "--verify", "--quiet", ref, accept=(0, 1, 128)):
                return ref.split("/", 2)[2]
        raise RepositoryError(
            "no branch to compare with was found", hint="name one: codeflow review --base BRANCH"
        )

    async def current_branch(self) -> str:
        """Return the branch that is checked out, `HEAD` when none is."""
        output = await self._run("symbolic-ref", "--quiet", "--short", "HEAD", accept=(0, 1, 128))
        return output.decode("utf-8", "replace").strip() or "HEAD"

    async def change(self, base: str, head: str | None) -> Changeset:
        """Return what changed from `base` to `head`, two commits; None is for a working tree.

        Of more than 20,000 changed files the largest folders are left out, and named.
        """
        if head is None:
            raise RepositoryError("there is no working tree here")
        return await asyncio.to_thread(self._compare, base, head)

    def _compare(self, base: str, head: str) -> Changeset:
        with self.git.objects() as objects:
            left_out = ChangeSize(objects).left_out(base, head)
        return Comparison(self.git, base, head, left_out).change(self._bring_blobs)

    def tree(self, sha: str) -> GitTree:
        """Return the files of a commit, the same tree each time: it is listed once."""
        if sha not in self._trees and len(self._trees) == _MAX_TREES:
            self._trees.pop(next(iter(self._trees)))
        return self._trees.setdefault(sha, GitTree(sha, self.git, self._bring_blobs))

    def _bring_blobs(self, oids: Iterable[str]) -> None:
        """Obtain blobs that lack; here there is no other place to look in."""

    async def _run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        accept: Sequence[int] = (0,),
    ) -> bytes:
        return await asyncio.to_thread(self.git.run, *arguments, stdin=stdin, accept=accept)
