"""The files of a commit through GitHub's API: for when git is refused or missing."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import ClassVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, ValidationError

from codeflow_action.engine.errors import GitHubError, NotFound, PermissionDenied
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ports import Absent, Content, Search
from codeflow_action.engine.pull_request import FileKind
from codeflow_action.integrations.git_tree import MAX_FILE
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.read.blobs import Blobs, from_base64


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)

    type: str
    sha: str = ""
    size: int = 0
    encoding: str = ""
    content: str = ""
    target: str = ""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="ignore", defer_build=True)

    path: str
    mode: str
    type: str
    sha: str
    size: int = 0


class _Listing(BaseModel):
    truncated: bool = False
    tree: list[_Entry]


_KINDS = {"120000": FileKind.SYMLINK, "160000": FileKind.SUBMODULE}


@dataclass(eq=False)
class ApiTree:
    """Implements `Tree` with one request for the paths and few for contents; no search.

    Paths and kinds come from git's own tree: the contents API follows symlinks silently. It serves
    only where the tree is too large for one answer, above 100,000 entries or 7 MB (GitHub REST:
    git/get-tree). Trees of one repository share `blobs`.
    """

    api: GitHubApi
    repository: str
    sha: str
    blobs: Blobs
    reads_singly: ClassVar[bool] = True  # where GraphQL is refused, each file is a request
    _listing: asyncio.Task[Mapping[str, _Entry] | None] | None = field(default=None, init=False)

    async def list(self) -> tuple[str, ...] | None:
        """Return all paths; None where the tree is too large for one answer."""
        entries = await self._entries()
        if entries is None:
            return None
        return tuple(sorted(path for path, entry in entries.items() if entry.type == "blob"))

    async def kind(self, path: str) -> FileKind:
        """Return what git holds there; a regular file where the tree cannot say."""
        entry = (await self._entries() or {}).get(path)
        return _KINDS.get(entry.mode, FileKind.REGULAR) if entry else FileKind.REGULAR

    async def read_many(self, paths: Sequence[str]) -> Mapping[str, Content]:
        """Return contents by path, many of them in one answer."""
        try:
            entries = await self._entries()
            if entries is None:
                contents = await asyncio.gather(*map(self._read_unlisted, paths))
                return dict(zip(paths, contents, strict=True))
        except PermissionDenied:
            return dict.fromkeys(paths, Absent.UNAVAILABLE)
        places = {path: _blob_or_absent(entries.get(path)) for path in paths}
        sizes = {blob.sha: blob.size for blob in places.values() if isinstance(blob, _Entry)}
        blobs = await self.blobs.read(sizes)
        return {
            path: blobs[blob.sha] if isinstance(blob, _Entry) else blob
            for path, blob in places.items()
        }

    async def sizes(self, paths: Sequence[str]) -> Mapping[str, int]:
        """Return the sizes that the listing tells; none where there is no listing."""
        entries = await self._entries() or {}
        return {
            path: entry.size
            for path in paths
            if (entry := entries.get(path)) and entry.type == "blob" and entry.mode not in _KINDS
        }

    async def search(self, names: Sequence[str], within: Sequence[str]) -> Search | None:  # noqa: ARG002 - the port
        """Return None: GitHub's search knows default branches only."""
        return None

    def _entries(self) -> "asyncio.Task[Mapping[str, _Entry] | None]":
        """Return the listing on its way: asked for once, by whoever comes first."""
        if self._listing is None:
            self._listing = asyncio.ensure_future(self._list())
        return self._listing

    async def _list(self) -> Mapping[str, _Entry] | None:
        url = f"/repos/{self.repository}/git/trees/{self.sha}"
        try:
            listing = _Listing.model_validate(await self.api.get(url, {"recursive": "1"}))
        except ValidationError as error:
            raise GitHubError("GitHub's answer for a commit's files is no tree") from error
        return None if listing.truncated else {entry.path: entry for entry in listing.tree}

    async def _read_unlisted(self, path: str) -> Content:
        url = f"/repos/{self.repository}/contents/{quote(path)}"
        try:
            answer = await self.api.get(url, {"ref": self.sha})
            # A folder is answered with a list.
            file = _File.model_validate(answer) if isinstance(answer, dict) else None
        except (NotFound, ValidationError) as error:
            return Absent.MISSING if isinstance(error, NotFound) else Absent.UNAVAILABLE
        match file:
            case _File(type="symlink", target=target):
                return target.encode()  # as git has it: the path that it leads to
            case _File(type="file", size=size) if size > MAX_FILE:
                return Absent.TOO_LARGE
            case _File(type="file", encoding="base64", content=content):
                return from_base64(content)
            case _File(type="file", sha=sha):
                # Above a megabyte the contents API sends no content, and the blob API does:
                # https://docs.github.com/rest/repos/contents#get-repository-content
                return await self.blobs.read_one(sha)
            case _:
                return Absent.NOT_A_FILE


def _blob_or_absent(entry: _Entry | None) -> _Entry | Absent:
    match entry:
        case None:
            return Absent.MISSING
        case _Entry(type="blob", size=size) if size > MAX_FILE:
            return Absent.TOO_LARGE
        case _Entry(type="blob"):
            return entry
        case _:
            return Absent.NOT_A_FILE
