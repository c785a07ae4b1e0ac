"""A git repository as a source of pull requests: commits, diffs and trees."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from codeflow_action.engine.diff import DiffSyntaxError, Hunk, parse_hunks
from codeflow_action.engine.errors import RepositoryError
from codeflow_action.engine.ports import Absent, Content
from codeflow_action.engine.pull_request import ChangedFile, FileKind, FileStatus, Gap
from codeflow_action.integrations.git import BIG_FILE, Git, GitSettings
from codeflow_action.integrations.git_tree import GitTree, WorkingTree, shown_path

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_STATUS = {
    "A": FileStatus.ADDED,
    "M": FileStatus.MODIFIED,
    "D": FileStatus.REMOVED,
    "R": FileStatus.RENAMED,
    "C": FileStatus.COPIED,
    "T": FileStatus.TYPE_CHANGED,
}
_KIND = {"120000": FileKind.SYMLINK, "160000": FileKind.SUBMODULE}
# In full: a tag of the same name would be found before a branch (gitrevisions).
_USUAL = (
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
    "refs/heads/trunk",
)
_NO_MODE = "000000"
_MADE_EXECUTABLE = ("100644", "100755")
# How two commits are compared, wherever that is done.
DIFF = ("diff", "--no-ext-diff", "--no-textconv", "--no-color", "-M", "--ignore-submodules=dirty")
_MAX_PATCH = 20_000_000  # characters of one file's diff


class Repository:
    """A repository on disk, used as it is. Methods raise `RepositoryError`."""

    def __init__(self, directory: Path, settings: GitSettings) -> None:
        self.directory = directory
        self._git = Git(directory, settings)

    @classmethod
    async def discover(cls, directory: Path, settings: GitSettings) -> "Repository | None":
        """Return the repository whose work tree or bare folder `directory` is or is inside."""
        candidate = await asyncio.to_thread(_repository_around, directory)
        if candidate is None:
            return None
        repository = cls(candidate, settings)
        try:
            await repository._run("rev-parse", "--git-dir")
        except RepositoryError:
            return None
        return repository

    async def has(self, *shas: str) -> bool:
        """Return True when all of these are commits here, with their trees."""
        asked = "".join(f"{sha}^{{tree}}\n" for sha in shas if _SHA.fullmatch(sha))
        out = await self._run("cat-file", "--batch-check", stdin=asked.encode())
        return out.decode().count(" tree ") == len(shas)

    async def resolve(self, revision: str) -> str:
        """Return the commit that `revision` names."""
        if revision.startswith("-") or "\0" in revision or not revision.strip():
            raise RepositoryError(f"{revision!r} is no name of a commit or branch")
        out = await self._run(
            "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", accept=(0, 1, 128)
        )
        sha = out.decode().strip()
        if not _SHA.fullmatch(sha):
            raise RepositoryError(
                f"there is no commit or branch {revision!r} here",
                hint="`git branch --all` lists the branches; a shallow clone may need "
                "`git fetch --unshallow`",
            )
        return sha

    async def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor, None when there is none here."""
        out = await self._run("merge-base", one, other, accept=(0, 1, 128))
        sha = out.decode().strip()
        return sha if _SHA.fullmatch(sha) else None

    async def default_branch(self) -> str:
        """Return the branch to compare with: origin's default, else a usual name that exists."""
        out = await self._run(
            "symbolic-ref", "--quiet", "refs/remotes/origin/HEAD", accept=(0, 1, 128)
        )
        if name := out.decode().strip().removeprefix("refs/remotes/"):
            return name
        for ref in _USUAL:
            if await self._run("rev-parse", "--verify", "--quiet", ref, accept=(0, 1, 128)):
                return ref.split("/", 2)[2]
        raise RepositoryError(
            "no branch to compare with was found", hint="name one: codeflow review --base BRANCH"
        )

    async def current_branch(self) -> str:
        """Return the branch that is checked out, `HEAD` when none is."""
        out = await self._run("symbolic-ref", "--quiet", "--short", "HEAD", accept=(0, 1, 128))
        return out.decode("utf-8", "replace").strip() or "HEAD"

    async def remote_name(self) -> str:
        """Return `owner/name` from origin's URL, empty without one."""
        out = await self._run("config", "--get", "remote.origin.url", accept=(0, 1))
        match = re.search(
            r"[:/]([^/:]+/[^/]+?)(?:\.git)?/?$", out.decode("utf-8", "replace").strip()
        )
        return match[1] if match else ""

    async def changed_files(self, base: str, head: str | None) -> tuple[ChangedFile, ...]:
        """Return what changed from `base` to `head`; None means the working tree.

        Paths come from `--raw -z`, hunks from the patch; both list files in the same order.
        """
        range_ = (base,) if head is None else (base, head)
        files = await self._compared(DIFF, range_)
        files = await self._unhidden(files, range_, head)
        if head is None:
            files = (*files, *await self._untracked())
        return await self._sized(files, head)

    async def _compared(
        self, diff: Sequence[str], range_: Sequence[str], paths: Sequence[str] = ()
    ) -> tuple[ChangedFile, ...]:
        limit = ("--end-of-options", *range_, "--", *paths)
        raw = await self._run(*diff, "--raw", "-z", "--no-abbrev", *limit)
        entries = [_changed_file(entry) for entry in raw_entries(raw)]
        patch = await self._run(*diff, "-p", *limit) if entries else b""
        return await asyncio.to_thread(_join, entries, patch)

    async def _unhidden(
        self, files: tuple[ChangedFile, ...], range_: Sequence[str], head: str | None
    ) -> tuple[ChangedFile, ...]:
        """Compare as text what an attribute alone calls binary: no check may be dodged by one."""
        binaries = [file.path for file in files if file.gap is Gap.BINARY]
        named = await self._with_diff_attribute(binaries) if binaries else []
        tree = self.tree(head) if head else self.working_tree()
        contents = await tree.read_many(named) if named else {}
        hidden = [path for path, content in contents.items() if _is_text(content)]
        if not hidden:
            return files
        moved = {file.path: file.previous_path for file in files if file.previous_path}
        asked = [*hidden, *(moved[path] for path in hidden if path in moved)]
        shown = {file.path: file for file in await self._compared((*DIFF, "--text"), range_, asked)}
        return tuple(shown.get(file.path, file) if file.path in hidden else file for file in files)

    async def _with_diff_attribute(self, paths: Sequence[str]) -> list[str]:
        asked = "".join(f"{path}\0" for path in paths).encode()
        out = await self._run("check-attr", "--stdin", "-z", "diff", stdin=asked)
        fields = out.decode("utf-8", "replace").split("\0")
        return [
            path
            for path, value in zip(fields[0::3], fields[2::3], strict=False)
            if value != "unspecified"
        ]

    async def _untracked(self) -> tuple[ChangedFile, ...]:
        """Return files that git does not know yet and does not ignore, as added ones."""
        out = await self._run("ls-files", "--others", "--exclude-standard", "-z")
        paths = [shown_path(raw) for raw in out.split(b"\0") if raw]
        contents = await self.working_tree().read_many(paths)
        return tuple(_added_file(path, contents[path]) for path in paths)

    async def _sized(
        self, files: tuple[ChangedFile, ...], head: str | None
    ) -> tuple[ChangedFile, ...]:
        """Tell text that is too large to compare from real binaries: git calls both binary."""
        binaries = [file.path for file in files if file.gap is Gap.BINARY]
        if not binaries or head is None:
            return files
        large = await self.tree(head).larger_than(binaries, BIG_FILE)
        return tuple(
            replace(file, gap=Gap.TOO_LARGE) if file.path in large else file for file in files
        )

    def tree(self, sha: str) -> GitTree:
        """Return the files of a commit."""
        return GitTree(sha, self._git)

    def working_tree(self) -> WorkingTree:
        """Return the files as they lie on disk."""
        return WorkingTree(self.directory, self._git)

    async def _run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        accept: Sequence[int] = (0,),
    ) -> bytes:
        return await asyncio.to_thread(
            lambda: self._git.run(*arguments, stdin=stdin, accept=accept)
        )


def _repository_around(directory: Path) -> Path | None:
    for candidate in (directory, *directory.parents):
        if (candidate / ".git").exists() or _looks_bare(candidate):
            return candidate
    return None


def _looks_bare(directory: Path) -> bool:
    return (directory / "HEAD").is_file() and (directory / "objects").is_dir()


class RawEntry(NamedTuple):
    """One record of `--raw -z`: modes and object names before and after, and one or two paths."""

    old_mode: str
    new_mode: str
    old: str
    new: str
    letter: str
    paths: tuple[bytes, ...]


def raw_entries(raw: bytes) -> Iterator[RawEntry]:
    """Read `:mode mode sha sha status NUL path NUL [path NUL]` (git-diff-tree, raw output).

    A path may begin as a record does, so paths are counted, never told by their looks.
    """
    fields = iter(raw.split(b"\0"))
    for header in fields:
        if not header.startswith(b":"):
            continue
        old_mode, new_mode, old, new, status = header[1:].decode("ascii").split(" ")
        count = 2 if status[0] in "RC" else 1
        paths = tuple(next(fields) for _ in range(count))
        yield RawEntry(old_mode, new_mode, old, new, status[0], paths)


def _changed_file(entry: RawEntry) -> ChangedFile:
    mode = entry.old_mode if entry.new_mode == _NO_MODE else entry.new_mode
    return ChangedFile(
        path=shown_path(entry.paths[-1]),
        previous_path=shown_path(entry.paths[0]) if len(entry.paths) > 1 else None,
        status=_STATUS.get(entry.letter, FileStatus.MODIFIED),
        kind=_KIND.get(mode, FileKind.REGULAR),
        made_executable=(entry.old_mode, entry.new_mode) == _MADE_EXECUTABLE,
    )


def _join(entries: Sequence[ChangedFile], patch: bytes) -> tuple[ChangedFile, ...]:
    """Give each entry its hunks; a patch that does not line up leaves gaps, never wrong hunks."""
    sections = list(_sections(patch.decode("utf-8", "replace")))
    needed = sum(2 if entry.status is FileStatus.TYPE_CHANGED else 1 for entry in entries)
    if len(sections) != needed:
        return tuple(replace(entry, gap=Gap.UNAVAILABLE) for entry in entries)
    files: list[ChangedFile] = []
    at = 0
    for entry in entries:
        if entry.status is FileStatus.TYPE_CHANGED:
            at += 1  # git writes a removal, then an addition, which holds what is there now
        files.append(_with_hunks(entry, sections[at]))
        at += 1
    return tuple(files)


_HEADER = "diff --git "
_COUNTS = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


def _sections(patch: str) -> Iterator[str]:
    """Split a patch into files; inside a hunk its counts say what is content, not its looks."""
    start: int | None = None
    at = old = new = 0
    while at < len(patch):
        end = patch.find("\n", at)
        end = len(patch) if end < 0 else end
        mark = patch[at : at + 1]
        if old > 0 or new > 0:
            old -= mark in ("-", " ", "")
            new -= mark in ("+", " ", "")
        elif patch.startswith(_HEADER, at):
            if start is not None:
                yield patch[start:at]
            start = at
        elif mark == "@" and (counts := _COUNTS.match(patch, at)):
            old, new = int(counts[1] or 1), int(counts[2] or 1)
        at = end + 1
    if start is not None:
        yield patch[start:]


def _with_hunks(entry: ChangedFile, section: str) -> ChangedFile:
    if entry.kind is FileKind.SUBMODULE:
        return entry
    if len(section) > _MAX_PATCH:
        return replace(entry, gap=Gap.TOO_LARGE)
    head, found, _ = section.partition("\n@@ -")
    if not found:
        binary = "\nBinary files " in head or "\nGIT binary patch" in head
        return replace(entry, gap=Gap.BINARY) if binary else entry
    try:
        return replace(entry, hunks=parse_hunks(section))
    except DiffSyntaxError:
        return replace(entry, gap=Gap.UNAVAILABLE)


def _is_text(content: Content) -> bool:
    """True where git itself would find text (xdiff-interface.c: buffer_is_binary)."""
    return isinstance(content, bytes) and b"\0" not in content[:8_000]


def _added_file(path: str, content: Content) -> ChangedFile:
    """Return an untracked file as the diff of a new file would show it."""
    added = ChangedFile(path=path, status=FileStatus.ADDED)
    match content:
        case Absent.TOO_LARGE:
            return replace(added, gap=Gap.TOO_LARGE)
        case Absent():
            return replace(added, gap=Gap.UNAVAILABLE)
        case bytes() if not _is_text(content):
            return replace(added, gap=Gap.BINARY)
        case bytes():
            return replace(added, hunks=_all_added(content.decode("utf-8", "replace")))


def _all_added(text: str) -> tuple[Hunk, ...]:
    lines = text.removesuffix("\n").split("\n") if text else []
    if not lines:
        return ()
    return parse_hunks(f"@@ -0,0 +1,{len(lines)} @@\n" + "\n".join(f"+{line}" for line in lines))
