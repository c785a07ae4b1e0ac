"""Finds in a repository's history which changes had to be fixed later, and by which ones.

The first-parent line is played forward once, and each line of each file remembers which change has
added it. So it is known whose lines a fix deletes or replaces: the idea of SZZ (Śliwerski,
Zimmermann, Zeller: When do changes induce fixes? MSR 2005, https://doi.org/10.1145/1083142.1083147)
with one pass over the diffs instead of a `git blame` for each fix.
"""

import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from codeflow_action.engine import files as file_names

_MAX_COMMITS = 4_000  # back from the head, on the first-parent line
_SAYS_FIX = re.compile(
    r"\b(?:(?:hot|bug)?fix(?:e[sd])?|bugs?|revert(?:s|ed)?|regress(?:ion|ed)s?)\b", re.IGNORECASE
)
_MERGE = re.compile(r"^Merge (?:pull request|branch|remote-tracking)")
_BOT = re.compile(
    r"\[bot\]|\b(?:dependabot|renovate|greenkeeper|pre-commit[.-]ci|snyk)\b", re.IGNORECASE
)
_WORD = re.compile(rb"\w")  # a line without one is a bracket, or nothing
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
# Each release rewrites these, and a fix adds its line to them: nothing in them was wrong.
_CHANGELOG = re.compile(
    r"(?:^|/)(?:change(?:s|log)|history|news|release[_-]?notes?|changes|\.changes?et|changelog\.d"
    r"|newsfragments)\b",
    re.IGNORECASE,
)
_START = b"\x01commit "
_FORMAT = "%x01commit %H%x00%ct%x00%an%x00%s%x00%b%x02"


@dataclass(frozen=True, kw_only=True)
class PastFile:
    """One file of a past change, with the paths that it has and had."""

    path: str
    paths: frozenset[str]
    added_count: int
    removed_count: int
    is_binary: bool


@dataclass(frozen=True, kw_only=True)
class LaterFix:
    """A fix that has deleted or replaced lines of an earlier change."""

    sha: str
    days: float
    path: str
    line_count: int


@dataclass(kw_only=True)
class PastChange:
    """One commit of the first-parent line, and what became of its lines."""

    sha: str
    time: int
    author: str
    title: str
    files: list[PastFile] = field(default_factory=list)
    fixes: list[LaterFix] = field(default_factory=list)

    @property
    def says_fix(self) -> bool:
        """True for a change that calls itself a fix, or a revert."""
        return _SAYS_FIX.search(self.title) is not None

    @property
    def is_by_bot(self) -> bool:
        """True for what no person has written."""
        return _BOT.search(f"{self.author} {self.title}") is not None


@dataclass
class _Origins:
    """Which change has added each line of each file; -1 for lines from before the first one."""

    lines: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def move(self, old: str, new: str) -> None:
        """Follow a file to its new name."""
        self.lines[new] = self.lines.pop(old, [])

    def replace(self, path: str, start: int, count: int, new: list[int]) -> list[int]:
        """Return the origins of `count` lines from the index `start`, and put others there."""
        lines = self.lines[path]
        if len(lines) < start + count:
            lines.extend([-1] * (start + count - len(lines)))
        old = lines[start : start + count]
        lines[start : start + count] = new
        return old


@dataclass
class _FileDiff:
    """What is read of one file's diff."""

    old_path: str = ""
    new_path: str = ""
    added_count: int = 0
    removed_count: int = 0
    is_binary: bool = False
    # Of the removed lines, those with a word on them: their origins.
    origins: list[int] = field(default_factory=list)


def past_changes(clone: Path, head: str = "HEAD") -> list[PastChange]:
    """Return the newest changes of the head's first-parent line, the oldest first.

    Raises `subprocess.CalledProcessError` where the clone lacks the head, or files.
    """
    command = [
        *("git", "-c", "core.quotePath=false", "-C", str(clone), "log", "--first-parent"),
        *("--reverse", "--diff-merges=first-parent", "-p", "-U0", "-M", "--no-color"),
        *("--no-ext-diff", "--no-textconv", f"--max-count={_MAX_COMMITS}", f"--format={_FORMAT}"),
        *(head, "--"),
    ]
    origins = _Origins()
    changes: list[PastChange] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=1 << 20) as process:
        lines = iter(process.stdout or ())
        line = next(lines, b"")
        while line.startswith(_START):
            change, line = _read_header(line, lines)
            diffs, line = _read_diffs(len(changes), line, lines, origins)
            changes.append(change)
            for diff in diffs:
                _add_file(changes, diff)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return changes


def _add_file(changes: list[PastChange], diff: _FileDiff) -> None:
    """Add a file to the newest change, and that one to what it has fixed."""
    change, path = changes[-1], diff.new_path or diff.old_path
    change.files.append(
        PastFile(
            path=path,
            paths=frozenset({path, diff.old_path or path}),
            added_count=diff.added_count,
            removed_count=diff.removed_count,
            is_binary=diff.is_binary,
        )
    )
    if not change.says_fix:
        return
    # What programs write again each time was not wrong before.
    if file_names.is_foreign(path) or _CHANGELOG.search(path):
        return
    for origin, count in Counter(diff.origins).items():
        if origin >= 0 and origin != len(changes) - 1:
            days = (change.time - changes[origin].time) / 86_400
            fix = LaterFix(sha=change.sha, days=days, path=path, line_count=count)
            changes[origin].fixes.append(fix)


def _read_header(line: bytes, lines: Iterator[bytes]) -> tuple[PastChange, bytes]:
    header = line
    while b"\x02" not in header:
        header += next(lines)
    text = header.removeprefix(_START).decode("utf-8", "replace").rstrip("\x02\n")
    sha, time, author, subject, body = text.split("\0", 4)
    title = subject
    if _MERGE.match(subject):  # GitHub puts the pull request's title into the body
        title = next((row.strip() for row in body.splitlines() if row.strip()), subject)
    return PastChange(sha=sha, time=int(time), author=author, title=title), next(lines, b"")


def _read_diffs(
    index: int, line: bytes, lines: Iterator[bytes], origins: _Origins
) -> tuple[list[_FileDiff], bytes]:
    diffs: list[_FileDiff] = []
    while line and not line.startswith(_START):
        if line.startswith(b"diff --git "):
            diffs.append(_FileDiff())
        elif diffs and (hunk := _HUNK.match(line)):
            _read_hunk(index, diffs[-1], hunk, lines, origins)
        elif diffs:
            _read_file_line(diffs[-1], line, origins)
        line = next(lines, b"")
    return [diff for diff in diffs if diff.old_path or diff.new_path], line


def _read_file_line(diff: _FileDiff, line: bytes, origins: _Origins) -> None:
    text = line.decode("utf-8", "replace").rstrip("\n")
    match text.partition(" "):
        case "---", _, path if path.rstrip("\t") != "/dev/null":
            diff.old_path = path.rstrip("\t").strip('"').removeprefix("a/")
        case "+++", _, path if path.rstrip("\t") != "/dev/null":
            diff.new_path = path.rstrip("\t").strip('"').removeprefix("b/")
        case "rename", _, rest if rest.startswith("from "):
            diff.old_path = rest.removeprefix("from ")
        case "rename", _, rest if rest.startswith("to "):
            diff.new_path = rest.removeprefix("to ")
            origins.move(diff.old_path, diff.new_path)
        case "Binary", _, rest:
            diff.is_binary = True
            diff.new_path = rest.partition(" and b/")[2].removesuffix(" differ")


def _read_hunk(
    index: int,
    diff: _FileDiff,
    hunk: re.Match[bytes],
    lines: Iterator[bytes],
    origins: _Origins,
) -> None:
    old_count = int(hunk[2] or 1)
    new_start, new_count = int(hunk[3]), int(hunk[4] or 1)
    path = diff.new_path or diff.old_path
    # Hunks before this one are applied already, so the place in the new file counts. A hunk that
    # adds nothing stands behind its line.
    start = new_start - 1 if new_count else new_start
    old_origins = origins.replace(path, start, old_count, [index] * new_count)
    left = old_count + new_count
    position = 0
    while left:
        line = next(lines)
        if line.startswith(b"\\"):
            continue
        left -= 1
        if line.startswith(b"-"):
            if _WORD.search(line):
                diff.origins.append(old_origins[position])
            position += 1
    diff.added_count += new_count
    diff.removed_count += old_count
