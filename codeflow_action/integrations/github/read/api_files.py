"""Changed files through GitHub's API, complete up to its limits and honest past them.

Used only where git objects cannot be had. The diff media type is not used at all: paths cannot be
read from diff text without doubt, and it ends at 300 files where this list ends at 3,000.
"""

import asyncio
import difflib
from collections.abc import Sequence
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter, ValidationError

from codeflow_action.engine.diff import DiffSyntaxError, parse_hunks
from codeflow_action.engine.errors import GitHubError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ports import Absent
from codeflow_action.engine.pull_request import ChangedFile, FileKind, FileStatus, Gap
from codeflow_action.integrations.github.api import GitHubApi
from codeflow_action.integrations.github.read.tree import ApiTree

MAX_FILES = 3_000  # GitHub REST: pulls/list-files
_PAGE = 100
# In one answer GitHub stops filling in patches after some 20,000 lines, without saying so; smaller
# pages bring them.
_SMALL_PAGE = 10
_MAX_DIFF_LINES = 5_000  # of a file that is compared here: `difflib` takes quadratic time
_STATUS = {
    "added": FileStatus.ADDED,
    "removed": FileStatus.REMOVED,
    "renamed": FileStatus.RENAMED,
    "copied": FileStatus.COPIED,
}


class FileData(BaseModel):
    """One entry of `pulls/list-files` or of a comparison's `files`."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    filename: str
    status: str
    changes: int = 0
    patch: str | None = None
    previous_filename: str | None = None

    @property
    def lacks_patch(self) -> bool:
        """True when content may have changed and no patch says how."""
        pure_rename = self.status == "renamed" and self.changes == 0
        return self.patch is None and not pure_rename


_FILES = TypeAdapter(list[FileData])


@dataclass(frozen=True, kw_only=True)
class FileListing:
    """Changed files, and why they are not all; empty when they are."""

    files: tuple[ChangedFile, ...]
    left_out: str = ""


async def list_pull_files(
    api: GitHubApi, repository: str, number: int, head: ApiTree, base: ApiTree
) -> FileListing:
    """Return the pull request's files."""
    path = f"/repos/{repository}/pulls/{number}/files"
    data = parse_files(await api.get_pages(path, per_page=_PAGE))
    # GitHub leaves patches out of an answer that has grown too large, of small files too: the
    # stretches that came without are asked for in smaller pages.
    pages = sorted({index // _SMALL_PAGE for index, file in enumerate(data) if file.lacks_patch})
    answers = await asyncio.gather(
        *(api.get(path, {"per_page": _SMALL_PAGE, "page": page + 1}) for page in pages)
    )
    better = {file.filename: file for answer in answers for file in parse_files(answer)}
    data = [better.get(file.filename, file) for file in data]
    is_full = len(data) >= MAX_FILES
    limit = f"GitHub lists {MAX_FILES:,} files of a pull request and no more" if is_full else ""
    return FileListing(files=await complete(data, head, base), left_out=limit)


def parse_files(answer: JsonValue) -> list[FileData]:
    """Return the entries. Raises `GitHubError` when they are not what GitHub sends."""
    try:
        return _FILES.validate_python(answer)
    except ValidationError as error:
        raise GitHubError("GitHub's list of changed files has an unknown shape") from error


async def complete(
    data: Sequence[FileData], head: ApiTree, base: ApiTree
) -> tuple[ChangedFile, ...]:
    """Return changed files; where no patch came, both versions are compared here."""
    files = [await _changed_file(file, head, base) for file in data]
    gaps = [
        index
        for index, file in enumerate(data)
        if file.lacks_patch and files[index].kind is not FileKind.SUBMODULE
    ]
    heads = await head.read_many([files[index].path for index in gaps])
    old_paths = {index: files[index].previous_path or files[index].path for index in gaps}
    bases = await base.read_many(list(old_paths.values()))
    for index in gaps:
        old, new = bases[old_paths[index]], heads[files[index].path]
        files[index] = await asyncio.to_thread(_with_own_hunks, files[index], old, new)
    return tuple(files)


async def _changed_file(data: FileData, head: ApiTree, base: ApiTree) -> ChangedFile:
    file = ChangedFile(
        path=data.filename,
        previous_path=data.previous_filename,
        status=_STATUS.get(data.status, FileStatus.MODIFIED),
    )
    try:
        file = replace(file, hunks=parse_hunks(data.patch or ""))
    except DiffSyntaxError:
        file = replace(file, gap=Gap.UNAVAILABLE)
    tree = base if file.status is FileStatus.REMOVED else head
    kind = await tree.kind(file.path)
    hunks = () if kind is FileKind.SUBMODULE else file.hunks  # a commit's name is no content
    return replace(file, kind=kind, hunks=hunks)


def _with_own_hunks(file: ChangedFile, old: bytes | Absent, new: bytes | Absent) -> ChangedFile:
    """Return the file with hunks of our own making, or with the gap that stands in for them."""
    old = b"" if old is Absent.MISSING else old
    new = b"" if new is Absent.MISSING else new
    if isinstance(old, Absent) or isinstance(new, Absent):
        large = Absent.TOO_LARGE in (old, new)
        return replace(file, gap=Gap.TOO_LARGE if large else Gap.UNAVAILABLE)
    # Git's own measure of what is binary: a zero byte near the start (`buffer_is_binary`).
    if b"\0" in old[:8_000] or b"\0" in new[:8_000]:
        return replace(file, gap=Gap.BINARY)
    before, after = (
        content.decode("utf-8", "replace").removesuffix("\n").split("\n") if content else []
        for content in (old, new)
    )
    if min(len(before), len(after)) > _MAX_DIFF_LINES:
        return replace(file, gap=Gap.TOO_LARGE)
    patch = "\n".join(difflib.unified_diff(before, after, lineterm=""))
    return replace(file, hunks=parse_hunks(patch))
