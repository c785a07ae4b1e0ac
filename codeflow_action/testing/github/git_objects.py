"""Reads a real git repository, and moves refs in it: the only place of the server that runs git."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codeflow_action.testing.github.diffs import (
    DiffEntry,
    json_text,
    moved_line,
    read_diff,
    read_hunks,
)

# No program that a repository's attributes name is run, and renames are found as GitHub finds them.
_DIFF = ("diff", "--no-ext-diff", "--no-textconv", "--no-color", "-M")
_FULL_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_END = "--end-of-options"  # what follows is never an option, even if it begins with `-`
_COMMIT_FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B"
_COMMIT_FIELDS = _COMMIT_FORMAT.count("%x00") + 1
_SETTINGS = {
    "safe.directory": "*",  # tests run as other users than the owner of the repository
    "core.hooksPath": "/dev/null",
    "core.quotePath": "false",
    # These three of a reader's own configuration would change what `read_diff` has to parse.
    "diff.noprefix": "false",
    "diff.mnemonicPrefix": "false",
    "diff.suppressBlankEmpty": "false",
    "diff.renameLimit": "1000",
    "gc.auto": "0",  # a collection in the background would outlive the server
    # github.com allows both: partial clones, and fetching a commit by its name.
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
}
# Merge commits are made with these, so that the same repository gives the same sha.
_MERGER = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (
        ("NAME", "GitHub"),
        ("EMAIL", "noreply@github.com"),
        ("DATE", "2026-01-01T00:00:00Z"),
    )
}


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who made a commit, and when (ISO 8601)."""

    name: str
    email: str
    date: str


@dataclass(frozen=True, kw_only=True)
class Commit:
    """A commit as git shows it."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


@dataclass(frozen=True, kw_only=True)
class GitTreeEntry:
    """An entry of a tree. `size` is None for trees and commits."""

    mode: str
    type: str  # blob, tree or commit
    sha: str
    size: int | None
    path: str


class GitCommandError(Exception):
    """git refused something without which the server cannot go on."""


def git_environment() -> dict[str, str]:
    """Return an environment in which git sees no configuration but ours."""
    settings = {f"GIT_CONFIG_KEY_{index}": key for index, key in enumerate(_SETTINGS)}
    settings |= {
        f"GIT_CONFIG_VALUE_{index}": value for index, value in enumerate(_SETTINGS.values())
    }
    return settings | {
        "GIT_CONFIG_COUNT": str(len(_SETTINGS)),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        # A path with `*` or `:(top)` in it is that path, and no pattern.
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
    }


def git_program() -> str:
    """Return git's path. Raises `GitCommandError` when it is not installed."""
    program = shutil.which("git")
    if program is None:
        raise GitCommandError("git is not installed: the local GitHub serves real objects")
    return program


def read_heads(git_dir: Path) -> dict[str, str] | None:
    """Return the branches as git's files tell them; None where only git itself can tell.

    A file for a branch goes before its line in `packed-refs`:
    https://git-scm.com/docs/gitrepository-layout and https://git-scm.com/docs/git-pack-refs.
    """
    # A linked work tree keeps its branches elsewhere, another format in other files.
    if (git_dir / "commondir").exists() or (git_dir / "reftable").exists():
        return None
    folder, packed_refs = git_dir / "refs" / "heads", git_dir / "packed-refs"
    try:
        # Before the packed ones, as a branch may be packed in between.
        heads = {
            path.relative_to(folder).as_posix(): path.read_text("ascii").strip()
            for path in folder.rglob("*")
            if path.suffix != ".lock" and path.is_file()
        }
        lines = packed_refs.read_text("utf-8").splitlines() if packed_refs.exists() else []
    except (OSError, UnicodeDecodeError):  # it is being written, or is none of git's
        return None
    for line in lines:
        sha, _, ref = line.partition(" ")
        if ref.startswith("refs/heads/"):
            heads.setdefault(ref.removeprefix("refs/heads/"), sha)
    is_whole = all(_FULL_SHA.fullmatch(sha) for sha in heads.values())
    return heads if is_whole else None  # one may be a name for another branch


@dataclass(frozen=True, kw_only=True)
class _Answers:
    """What git has said of shas, which is so in every repository that has them."""

    diffs: dict[tuple[str, str], tuple[DiffEntry, ...]] = field(default_factory=dict)
    texts: dict[tuple[str, str], bytes] = field(default_factory=dict)
    merge_bases: dict[tuple[str, str], str | None] = field(default_factory=dict)
    merges: dict[tuple[str, str], str] = field(default_factory=dict)
    logs: dict[tuple[str, ...], tuple[Commit, ...]] = field(default_factory=dict)


_ANSWERS = _Answers()  # for all servers of a process: to start git takes longer than most requests


class GitObjects:
    """The objects and refs of one repository; `directory` is a work tree or a bare repository.

    What a sha leads to never changes: such answers are kept. Raises `GitCommandError`.
    """

    def __init__(self, directory: Path) -> None:
        self._program = git_program()
        self._environment = git_environment() | _MERGER
        self.git_dir = directory.absolute() / ".git"
        if not self.git_dir.is_dir():  # of a bare repository or a linked work tree, which git finds
            self.git_dir = directory
            self.git_dir = Path(self._text("rev-parse", "--absolute-git-dir"))
        self._objects: dict[tuple[str, str], str] = {}

    def resolve(self, revision: str, kind: str = "commit") -> str | None:
        """Return the object of that kind which a sha, branch or ref leads to; None without one.

        A commit leads to its tree when `kind` is `tree`.
        """
        # Revisions come from the paths of requests: none may be an option of git's.
        if not revision or revision.startswith("-") or "\0" in revision:
            return None
        if sha := self._objects.get((revision, kind)):
            return sha
        sha = self._text(
            *("rev-parse", "--verify", "--quiet", f"{revision}^{{{kind}}}"), accept=(0, 1, 128)
        )
        if sha and _FULL_SHA.fullmatch(revision):
            self._objects[revision, kind] = sha
        return sha or None

    def merge_base(self, first: str, second: str) -> str | None:
        """Return the best common ancestor of two commits, None for unrelated histories."""
        if (first, second) not in _ANSWERS.merge_bases:
            base = self._text("merge-base", first, second, accept=(0, 1))
            _ANSWERS.merge_bases[first, second] = base or None
        return _ANSWERS.merge_bases[first, second]

    def ahead_behind(self, base: str, head: str) -> tuple[int, int]:
        """Return how many commits `head` has that `base` lacks, and the other way round."""
        behind, ahead = self._text(
            "rev-list", "--left-right", "--count", f"{base}...{head}"
        ).split()
        return int(ahead), int(behind)

    def commits(self, base: str, head: str) -> tuple[Commit, ...]:
        """Return what `head` has and `base` lacks, oldest first."""
        if (base, head) not in _ANSWERS.logs:
            _ANSWERS.logs[base, head] = self._log("--reverse", f"{base}..{head}")
        return _ANSWERS.logs[base, head]

    def commit(self, sha: str) -> Commit:
        """Return one commit."""
        if (sha,) not in _ANSWERS.logs:
            _ANSWERS.logs[sha,] = self._log("--max-count=1", sha)
        return _ANSWERS.logs[sha,][0]

    def _log(self, *arguments: str) -> tuple[Commit, ...]:
        output = self._run(
            "log", "-z", "--topo-order", f"--format=tformat:{_COMMIT_FORMAT}", *arguments
        )
        values = output.stdout.decode("utf-8", "replace").split("\0")[:-1]
        rows = (
            values[start : start + _COMMIT_FIELDS]
            for start in range(0, len(values), _COMMIT_FIELDS)
        )
        return tuple(
            Commit(
                sha=row[0],
                tree=row[1],
                parents=tuple(row[2].split()),
                author=Person(name=row[3], email=row[4], date=row[5]),
                committer=Person(name=row[6], email=row[7], date=row[8]),
                message=row[9].rstrip("\n"),
            )
            for row in rows
        )

    def diff(self, base: str, head: str) -> tuple[DiffEntry, ...]:
        """Return what changed between two commits."""
        if (base, head) not in _ANSWERS.diffs:
            raw = self._run(*_DIFF, "--raw", "-z", "--no-abbrev", _END, base, head).stdout
            _ANSWERS.diffs[base, head] = read_diff(raw, self.diff_text(base, head))
        return _ANSWERS.diffs[base, head]

    def diff_text(self, base: str, head: str) -> bytes:
        """Return the same as text."""
        if (base, head) not in _ANSWERS.texts:
            _ANSWERS.texts[base, head] = self._run(*_DIFF, "--patch", _END, base, head).stdout
        return _ANSWERS.texts[base, head]

    def line_now(self, path: str, line: int, old: str, new: str) -> int | None:
        """Return where a line of `old` is in `new`, None when it was changed since."""
        output = self._run(*_DIFF, "--unified=0", _END, old, new, "--", path)
        return moved_line(read_hunks(output.stdout.split(b"\n")), line)

    def entry(self, commit: str, path: str) -> GitTreeEntry | None:
        """Return what lies at a path, None for nothing. The root is no entry: `tree(commit)`."""
        return next(self._list_tree(commit, "--", path), None)

    def tree(self, tree: str, *, recursive: bool = False) -> tuple[GitTreeEntry, ...]:
        """Return a tree's entries; recursively, folders are entries too."""
        options = ("-r", "-t") if recursive else ()
        return tuple(self._list_tree(*options, tree))

    def _list_tree(self, *arguments: str) -> Iterator[GitTreeEntry]:
        """Read `mode type sha size TAB path NUL` (https://git-scm.com/docs/git-ls-tree)."""
        for line in self._run("ls-tree", "-z", "-l", *arguments).stdout.split(b"\0"):
            if line:
                columns, _, path = line.partition(b"\t")
                mode, kind, sha, size = columns.decode("ascii").split()
                yield GitTreeEntry(
                    mode=mode,
                    type=kind,
                    sha=sha,
                    size=int(size) if size.isdigit() else None,  # `-` for trees and commits
                    path=json_text(path),
                )

    def blob(self, sha: str) -> bytes | None:
        """Return a blob's content, None when there is no such blob."""
        # One process, as a query of GraphQL may ask for hundreds: `oid kind size LF content LF`.
        output = self._run("cat-file", "--batch", stdin=f"{sha}\n".encode()).stdout
        header, _, content = output.partition(b"\n")
        return content[:-1] if header.split()[1:2] == [b"blob"] else None

    def heads(self) -> dict[str, str]:
        """Return the branches with their commits."""
        # Every request asks for them, and to start git takes longer than the rest of most requests.
        if (heads := read_heads(self.git_dir)) is not None:
            return heads
        lines = self._text(
            "for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads"
        ).splitlines()
        pairs = (line.partition(" ") for line in lines)
        return {branch: sha for sha, _, branch in pairs}

    def set_refs(self, commits: Mapping[str, str]) -> None:
        """Make full refs point to commits, all of them or none."""
        lines = (f"update {ref} {sha}\n" for ref, sha in commits.items())
        self._run("update-ref", "--stdin", stdin="".join(lines).encode())

    def merge(self, base: str, head: str) -> str | None:
        """Return a commit that merges both, None on a conflict or where git is older than 2.38."""
        sha = _ANSWERS.merges.get((base, head))
        if sha and (self.git_dir / "objects" / sha[:2] / sha[2:]).exists():
            return sha
        # 1 is a conflict; an older git does not know the option and ends with 128 or 129.
        merge = self._run("merge-tree", "--write-tree", base, head, accept=(0, 1, 128, 129))
        if merge.returncode:
            return None
        message = f"Merge {head} into {base}"
        tree = merge.stdout.decode().strip()
        sha = self._text("commit-tree", tree, "-p", base, "-p", head, "-m", message)
        _ANSWERS.merges[base, head] = sha
        return sha

    def _text(self, *arguments: str, accept: Sequence[int] = (0,)) -> str:
        return self._run(*arguments, accept=accept).stdout.decode("utf-8", "replace").strip()

    def _run(
        self, *arguments: str, accept: Sequence[int] = (0,), stdin: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        process = subprocess.run(  # noqa: S603 - arguments are a list, options are ours
            [self._program, *arguments],
            cwd=self.git_dir,
            env=self._environment,
            input=stdin,
            capture_output=True,
            check=False,
        )
        if process.returncode not in accept:
            message = process.stderr.decode("utf-8", "replace").strip()
            raise GitCommandError(f"git {arguments[0]} in {self.git_dir}: {message}")
        return process
