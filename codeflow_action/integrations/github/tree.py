"""The files of a commit through GitHub's API: for when git is refused or missing."""

import asyncio
import base64
import binascii
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from codeflow_action.engine.errors import GitHubError, NotFound, PermissionDenied
from codeflow_action.engine.ports import Absent, Content
from codeflow_action.integrations.git_tree import MAX_FILE
from codeflow_action.integrations.github.api import GitHubApi


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: str
    sha: str = ""
    size: int = 0
    encoding: str = ""
    content: str = ""
    target: str = ""


class _Listing(BaseModel):
    class Item(BaseModel):
        path: str
        type: str

    truncated: bool = False
    tree: list[Item]


class ApiTree:
    """Implements `Tree` with one request a file; it can be listed, not searched."""

    def __init__(self, api: GitHubApi, repository: str, sha: str) -> None:
        self._api = api
        self._repository = repository
        self._sha = sha

    @property
    def sha(self) -> str:
        """The commit."""
        return self._sha

    async def list(self) -> tuple[str, ...] | None:
        """Return all paths; None above 100,000 entries or 7 MB (GitHub REST: git/get-tree)."""
        answer = await self._api.get(
            f"/repos/{self._repository}/git/trees/{self._sha}", {"recursive": "1"}
        )
        listing = _Listing.model_validate(answer)
        if listing.truncated:
            return None
        return tuple(sorted(item.path for item in listing.tree if item.type == "blob"))

    async def read_many(self, paths: Sequence[str]) -> Mapping[str, Content]:
        """Return contents by path, several at once."""
        contents = await asyncio.gather(*(self._read(path) for path in paths))
        return dict(zip(paths, contents, strict=True))

    async def _read(self, path: str) -> Content:
        url = f"/repos/{self._repository}/contents/{quote(path)}"
        try:
            answer = await self._api.get(url, {"ref": self._sha})
        except NotFound:
            return Absent.MISSING
        except PermissionDenied:
            return Absent.UNAVAILABLE
        return await self._content(answer)

    async def _content(self, answer: JsonValue) -> Content:
        if not isinstance(answer, dict):
            return Absent.NOT_A_FILE  # a folder is a list
        try:
            file = _File.model_validate(answer)
        except ValidationError:
            return Absent.UNAVAILABLE
        match file.type:
            case "symlink":
                return file.target.encode()
            case "file" if file.size > MAX_FILE:
                return Absent.TOO_LARGE
            case "file":
                whole = file.encoding == "base64"
                return _decoded(file.content) if whole else await self._blob(file.sha)
            case _:
                return Absent.NOT_A_FILE

    async def _blob(self, sha: str) -> Content:
        """Read a file over 1 MB, which the contents API does not carry."""
        try:
            answer = await self._api.get(f"/repos/{self._repository}/git/blobs/{sha}")
        except GitHubError:
            return Absent.UNAVAILABLE
        content = answer.get("content") if isinstance(answer, dict) else None
        return _decoded(content) if isinstance(content, str) else Absent.UNAVAILABLE


def _decoded(text: str) -> Content:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return Absent.UNAVAILABLE
