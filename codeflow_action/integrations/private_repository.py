"""A bare repository of our own: it borrows the workspace's objects and fetches what they lack.

A workspace holds a stranger's checkout, and a configuration that other steps have written; here
none of it is read but objects. Objects are fetched only by our own command: with a partial clone's
remote configured, git would ask for each missing blob alone.
"""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from codeflow_action.engine.errors import RepositoryError
from codeflow_action.engine.pull_request import ChangedFile
from codeflow_action.integrations.git import GitSettings
from codeflow_action.integrations.git_tree import GitTree
from codeflow_action.integrations.repository import DIFF, Repository, raw_entries

_NO_OBJECT = frozenset("0")
_FETCH = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head")


class PrivateRepository(Repository):
    """Methods raise `RepositoryError`."""

    def __init__(self, directory: Path, url: str, settings: GitSettings) -> None:
        super().__init__(directory, settings)
        self._url = url
        self._config = b""

    @classmethod
    async def make(
        cls, directory: Path, *, url: str, borrow: Path | None, sha: str, settings: GitSettings
    ) -> "PrivateRepository":
        """Make it in an empty folder; `sha` is any commit's, for the length of object names."""
        await asyncio.to_thread(lambda: directory.mkdir(parents=True, exist_ok=True))
        repository = cls(directory, url, settings)
        form = "sha256" if len(sha) == 64 else "sha1"
        await repository._run("init", "--bare", "--quiet", f"--object-format={form}", ".")
        await asyncio.to_thread(repository._borrow, borrow)
        return repository

    def _borrow(self, git_directory: Path | None) -> None:
        self._config = (self.directory / "config").read_bytes()
        if git_directory is None:
            return
        objects = str((git_directory / "objects").resolve())
        if "\n" in objects or objects.startswith(('"', "#")):
            return  # the file's own syntax (gitrepository-layout: objects/info/alternates)
        (self.directory / "objects" / "info" / "alternates").write_text(f"{objects}\n")
        shallow = git_directory / "shallow"
        if shallow.is_file():
            (self.directory / "shallow").write_bytes(shallow.read_bytes())

    async def bring(self, *shas: str) -> None:
        """Fetch these commits where they lack: without history, and without contents."""
        lacking = [sha for sha in dict.fromkeys(shas) if not await self.has(sha)]
        if lacking:
            await self._run(*_FETCH, "--depth=1", "--filter=blob:none", self._url, *lacking)
            await asyncio.to_thread((self.directory / "config").write_bytes, self._config)

    async def changed_files(self, base: str, head: str | None) -> tuple[ChangedFile, ...]:
        """Return what changed; contents that are needed for that come in one fetch."""
        range_ = (base,) if head is None else (base, head)
        raw = await self._run(*DIFF, "--no-renames", "--raw", "--no-abbrev", "-z", *range_)
        await asyncio.to_thread(self._bring_blobs, _blobs_in(raw))
        return await super().changed_files(base, head)

    def tree(self, sha: str) -> GitTree:
        """Return the files of a commit."""
        return GitTree(sha, self._git, self._bring_blobs)

    def _bring_blobs(self, oids: Iterable[str]) -> None:
        """Fetch the blobs that lack, in one go; blocking."""
        asked = "".join(f"{oid}\n" for oid in sorted(oids)).encode()
        checked = self._git.run("cat-file", "--batch-check", stdin=asked) if asked else b""
        lacking = [line.split()[0] for line in checked.splitlines() if line.endswith(b" missing")]
        if lacking:
            self._git.run(*_FETCH, "--stdin", self._url, stdin=b"".join(o + b"\n" for o in lacking))


def _blobs_in(raw: bytes) -> Sequence[str]:
    """Return the names of all blobs in `--raw -z` output; submodules have none here."""
    return [
        oid
        for entry in raw_entries(raw)
        for mode, oid in ((entry.old_mode, entry.old), (entry.new_mode, entry.new))
        if mode != "160000" and set(oid) != _NO_OBJECT
    ]


def find_git_directory(workspace: Path) -> Path | None:
    """Return the folder that holds the workspace's objects, None when it is no repository."""
    git = workspace / ".git"
    try:
        if git.is_file():  # a linked work tree or a submodule
            target = git.read_text().partition("gitdir:")[2].strip()
            git = workspace / target
            common = git / "commondir"
            git = git / common.read_text().strip() if common.is_file() else git
        return git if (git / "objects").is_dir() else None
    except (OSError, ValueError) as error:
        raise RepositoryError(f"the workspace's git folder cannot be read: {error}") from error
