"""A bare repository of our own: it borrows the workspace's objects and fetches what they lack.

A workspace holds a stranger's checkout, and a configuration that other steps have written; here
none of it is read but objects. Objects are fetched only by our own command: with a partial clone's
remote configured, git would ask for each missing blob alone.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path, PurePath

from codeflow_action.engine.lazy import dataclass
from codeflow_action.integrations.git import Git, GitSettings
from codeflow_action.integrations.git_folders import GitFolders
from codeflow_action.integrations.git_tree import blob_sizes
from codeflow_action.integrations.repository import Repository
from codeflow_action.integrations.safe_folder import SafeFolder
from codeflow_action.integrations.scratch import room_for_git

_FETCH = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head")
_MAX_SHALLOW = 10_000_000  # bytes of the list of commits at which a shallow clone ends


@dataclass(eq=False)
class PrivateRepository(Repository):
    """Fetches from `url`; `config` is what its configuration has to be.

    Methods raise `RepositoryError`.
    """

    url: str
    config: bytes

    @classmethod
    async def make(
        cls,
        directory: Path,
        *,
        url: str,
        borrow: GitFolders | None,
        sha: str,
        settings: GitSettings,
    ) -> "PrivateRepository":
        """Make it in an empty folder; `sha` is any commit's, for the length of object names."""
        git = Git(directory, settings)
        await asyncio.to_thread(make_bare, git, borrow, is_sha256=len(sha) == 64)
        config = await asyncio.to_thread((directory / "config").read_bytes)
        return cls(git, url, config)

    async def bring(self, *shas: str) -> None:
        """Fetch these commits where they lack: without history, and without contents."""
        missing = [sha for sha in dict.fromkeys(shas) if not await self.has(sha)]
        if missing:
            await asyncio.to_thread(self._fetch, "--depth=1", "--filter=blob:none", *missing)

    def _bring_blobs(self, oids: Iterable[str]) -> None:
        """Fetch the blobs that lack, in one go; blocking."""
        sizes = blob_sizes(self.git, set(oids))
        missing = [oid for oid, size in sizes.items() if size is None]
        if missing:
            self._fetch("--stdin", stdin="".join(f"{oid}\n" for oid in missing).encode())

    def _fetch(self, *arguments: str, stdin: bytes = b"") -> None:
        options = [word for word in arguments if word.startswith("-")]
        shas = [word for word in arguments if not word.startswith("-")]
        self.git.run(*_FETCH, *options, self.url, *shas, stdin=stdin, network=True)
        # A filter makes git note down a remote to ask for each missing object.
        with room_for_git():
            (self.git.directory / "config").write_bytes(self.config)


def make_bare(git: Git, borrow: GitFolders | None, *, is_sha256: bool) -> None:
    """Make an empty repository that borrows objects. Raises `RepositoryError`."""
    with room_for_git():
        git.directory.mkdir(parents=True, exist_ok=True)
        git.check_version()
        form = f"--object-format={'sha256' if is_sha256 else 'sha1'}"
        git.run("init", "--bare", "--quiet", "--template=", form, str(git.directory))
        if borrow:
            _borrow(git.directory, borrow)


def _borrow(directory: Path, folders: GitFolders) -> None:
    objects = str((folders.common / "objects").resolve())
    if "\n" in objects or objects.startswith(('"', "#")):
        return  # the file's own syntax (gitrepository-layout: objects/info/alternates)
    alternates = directory / "objects" / "info" / "alternates"
    alternates.parent.mkdir(exist_ok=True)
    alternates.write_text(f"{objects}\n")
    try:
        shallow = SafeFolder(folders.common).read(PurePath("shallow"), _MAX_SHALLOW)
    except OSError:  # no shallow clone
        return
    (directory / "shallow").write_bytes(shallow or b"")
