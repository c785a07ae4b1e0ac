"""Reads (and moves refs in) a real git repository: the one place of the stand-in that runs git."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codeflow_action.testing.github.diffs import (
    DiffEntry,
    HunkRange,
    moved_line,
    name,
    read_diff,
    read_hunks,
)

_DIFF = ("diff", "--no-ext-diff", "--no-textconv", "--no-color", "-M", "--end-of-options")
_COMMIT_FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B"
_COMMIT_FIELDS = _COMMIT_FORMAT.count("%x00") + 1
_SETTINGS = {
    "safe.directory": "*",
    "core.hooksPath": "/dev/null",
    "core.quotePath": "false",
    "diff.noprefix": "false",
    "diff.mnemonicPrefix": "false",
    "diff.suppressBlankEmpty": "false",
    "diff.renameLimit": "1000",
    "gc.auto": "0",
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
}
# Merge commits are made with these, so that the same repository gives the same sha.
_MERGER = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (
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
    """A commit as git tells it."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


@dataclass(frozen=True, kw_only=True)
class GitTreeEntry:
    """An entry of a tree. `size` is None for what is no blob."""

    mode: str
    type: str  # blob, tree or commit
    sha: str
    size: int | None
    path: str


class GitCommandError(Exception):
    """git said no where the stand-in cannot go on."""


def environment() -> dict[str, str]:
    """Return an environment in which git sees no configuration but ours."""
    settings = {f"GIT_CONFIG_KEY_{at}": key for at, key in enumerate(_SETTINGS)}
    settings |= {f"GIT_CONFIG_VALUE_{at}": value for at, value in enumerate(_SETTINGS.values())}
    return settings | {
        "GIT_CONFIG_COUNT": str(len(_SETTINGS)),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
    }


def git_program() -> str:
    """Return git's path. Raises `GitCommandError` when it is not installed."""
    found = shutil.which("git")
    if found is None:
        raise GitCommandError("git is not installed: the stand-in for GitHub serves real objects")
    return found


class GitObjects:
    """The objects and refs of one repository; `directory` is a work tree or a bare repository.

    Answers about commits never change, so diffs are kept once made. Raises `GitCommandError`.
    """

    def __init__(self, directory: Path) -> None:
        self._program = git_program()
        self._environment = environment()
        self.git_dir = directory
        self.git_dir = Path(self._text("rev-parse", "--absolute-git-dir"))
        self._diffs: dict[tuple[str, str], tuple[DiffEntry, ...]] = {}
        self._texts: dict[tuple[str, str], bytes] = {}

    def resolve(self, revision: str) -> str | None:
        """Return the commit that a sha, branch or ref names, None when there is none."""
        if not revision or revision.startswith("-") or "\0" in revision:
            return None
        out = self._run(
            "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", accept=(0, 1, 128)
        )
        return out.decode().strip() or None

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor, None for unrelated histories."""
        out = self._run("merge-base", one, other, accept=(0, 1))
        return out.decode().strip() or None

    def is_ancestor(self, old: str, new: str) -> bool:
        """Return True when `old` is `new` or in its history."""
        return self.resolve(old) is not None and self.merge_base(old, new) == old

    def ahead_behind(self, base: str, head: str) -> tuple[int, int]:
        """Return how many commits `head` has that `base` lacks, and the other way round."""
        counted = self._text("rev-list", "--left-right", "--count", f"{base}...{head}").split()
        return int(counted[1]), int(counted[0])

    def commits(self, base: str, head: str) -> tuple[Commit, ...]:
        """Return what `head` has and `base` lacks, oldest first."""
        return self._log("--reverse", f"{base}..{head}")

    def commit(self, sha: str) -> Commit:
        """Return one commit."""
        return self._log("--max-count=1", sha)[0]

    def _log(self, *arguments: str) -> tuple[Commit, ...]:
        out = self._run(
            "log", "-z", "--topo-order", f"--format=tformat:{_COMMIT_FORMAT}", *arguments
        )
        fields = out.decode("utf-8", "replace").split("\0")[:-1]
        rows = range(0, len(fields), _COMMIT_FIELDS)
        return tuple(_commit(fields[at : at + _COMMIT_FIELDS]) for at in rows)

    def diff(self, base: str, head: str) -> tuple[DiffEntry, ...]:
        """Return what changed between two commits."""
        if (base, head) not in self._diffs:
            raw = self._run(*_with("--raw", "-z", "--no-abbrev"), base, head)
            self._diffs[base, head] = read_diff(raw, self.diff_text(base, head))
        return self._diffs[base, head]

    def diff_text(self, base: str, head: str) -> bytes:
        """Return the same as text."""
        if (base, head) not in self._texts:
            self._texts[base, head] = self._run(*_with("--patch"), base, head)
        return self._texts[base, head]

    def line_now(self, path: str, line: int, old: str, new: str) -> int | None:
        """Return where a line of `old` is in `new`, None when it was changed since."""
        out = self._run(*_with("--unified=0"), old, new, "--", path)
        hunks: tuple[HunkRange, ...] = read_hunks(out.split(b"\n"))
        return moved_line(hunks, line)

    def entry(self, commit: str, path: str) -> GitTreeEntry | None:
        """Return what lies at a path, None for nothing. The root is no entry: `tree('')`."""
        return next(iter(self._entries("ls-tree", "-z", "-l", commit, "--", path)), None)

    def tree(self, tree: str, *, recursive: bool = False) -> tuple[GitTreeEntry, ...]:
        """Return a tree's entries; recursively, folders are entries too."""
        options = ("-r", "-t") if recursive else ()
        return tuple(self._entries("ls-tree", "-z", "-l", *options, tree))

    def blob(self, sha: str) -> bytes | None:
        """Return a blob's content, None when there is no such blob."""
        kind = self._run("cat-file", "-t", sha, accept=(0, 128)).strip()
        return self._run("cat-file", "blob", sha) if kind == b"blob" else None

    def tree_of(self, revision: str) -> str | None:
        """Return the tree that a tree's or a commit's name stands for."""
        if revision.startswith("-"):
            return None
        out = self._run(
            "rev-parse", "--verify", "--quiet", f"{revision}^{{tree}}", accept=(0, 1, 128)
        )
        return out.decode().strip() or None

    def heads(self) -> dict[str, str]:
        """Return the branches with their commits."""
        out = self._text("for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads")
        pairs = (line.partition(" ") for line in out.splitlines())
        return {branch: sha for sha, _, branch in pairs}

    def point(self, ref: str, sha: str) -> None:
        """Make a full ref point to a commit."""
        self._run("update-ref", ref, sha)

    def merge(self, base: str, head: str, message: str) -> str | None:
        """Return a commit that merges both, None on a conflict or where git is older than 2.38."""
        done = self._done("merge-tree", "--write-tree", base, head, accept=(0, 1, 128, 129))
        if done.returncode:
            return None
        tree = done.stdout.decode().strip()
        return self._text("commit-tree", tree, "-p", base, "-p", head, "-m", message)

    def _entries(self, *arguments: str) -> Iterator[GitTreeEntry]:
        """Read `mode type sha size TAB path NUL` (git-ls-tree, long format)."""
        for line in self._run(*arguments).split(b"\0"):
            if line:
                about, _, path = line.partition(b"\t")
                mode, kind, sha, size = about.decode("ascii").split()
                known = int(size) if size.isdigit() else None
                yield GitTreeEntry(mode=mode, type=kind, sha=sha, size=known, path=name(path))

    def _text(self, *arguments: str) -> str:
        return self._run(*arguments).decode("utf-8", "replace").strip()

    def _run(self, *arguments: str, accept: Sequence[int] = (0,)) -> bytes:
        return self._done(*arguments, accept=accept).stdout

    def _done(self, *arguments: str, accept: Sequence[int]) -> subprocess.CompletedProcess[bytes]:
        done = subprocess.run(  # noqa: S603 - arguments are a list, options are ours
            [self._program, *arguments],
            cwd=self.git_dir,
            env=self._environment | _MERGER,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode not in accept:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise GitCommandError(f"git {arguments[0]} in {self.git_dir}: {said}")
        return done


def _with(*options: str) -> tuple[str, ...]:
    return (*_DIFF[:-1], *options, _DIFF[-1])


def _commit(fields: Sequence[str]) -> Commit:
    sha, tree, parents = fields[:3]
    return Commit(
        sha=sha,
        tree=tree,
        parents=tuple(parents.split()),
        author=Person(name=fields[3], email=fields[4], date=fields[5]),
        committer=Person(name=fields[6], email=fields[7], date=fields[8]),
        message=fields[9].rstrip("\n"),
    )
