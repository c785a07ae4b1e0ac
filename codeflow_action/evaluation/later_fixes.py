"""Finds in a repository's history which changes had to be fixed later, and by which ones.

The first-parent line is played forward once, and each line of each file remembers which change has
added it. So it is known whose lines a fix deletes or replaces: the idea of SZZ (Śliwerski,
Zimmermann, Zeller: When do changes induce fixes? MSR 2005, https://doi.org/10.1145/1083142.1083147)
with one pass over the diffs instead of a `git blame` for each fix.
"""

import re
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from io import BytesIO

from codeflow_action.engine import files as file_names
from codeflow_action.engine.errors import RepositoryError
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.integrations.git import Git

MAX_COMMITS = 4_000  # back from the head, on the first-parent line
_BATCH = 100  # commits of one command: what they change is held in memory
_SAYS_FIX = regex(
    r"\b(?:(?:hot|bug)?fix(?:e[sd])?|bugs?|revert(?:s|ed)?|regress(?:ion|ed)s?)\b", re.IGNORECASE
)
# GitHub's word for what a bug's issue is closed with, and git's own for a revert.
_MENDS = regex(r"^(?:fix(?:e[sd])?:? +#\d+|This reverts commit )", re.IGNORECASE | re.MULTILINE)
_MERGE = regex(r"^Merge (?:pull request|branch|remote-tracking)")
_BOT = regex(
    r"\[bot\]|\b(?:dependabot|renovate|greenkeeper|pre-commit[.-]ci|snyk)\b", re.IGNORECASE
)
_WORD = regex(rb"\w")  # a line without one is a bracket, or nothing
# At a line's start; `#` begins a comment in half of all languages, and in C what is none.
_COMMENT = regex(
    rb"\s*(?://|/\*|\*(?:[\s/]|$)|<!--|--\s|#(?!\s*(?:include|define|undef|if|elif|else|end|pragma)|[\[!]))"
)
_HUNK = regex(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
# Each release rewrites these, and a fix adds its line to them: nothing in them was wrong.
_CHANGELOG = regex(
    r"(?:^|/)(?:change(?:s|log)|history|news|release[_-]?notes?|changes|\.changes?et|changelog\.d"
    r"|newsfragments)\b",
    re.IGNORECASE,
)
_START = b"\x01commit "
_FORMAT = "%x01commit %H%x00%P%x00%ct%x00%an%x00%s%x00%b%x02"
# What a fix imports besides, or no longer: a statement, or a name alone in a list of them.
_IMPORT = regex(rb"\s*(?:(?:import|from|use|using|require|#include)\b|[\w$]+,?\s*$)")
_UNKNOWN = -1
_LINE_BITS = 32  # of an origin; above them is the number of the change


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
    """A fix that has deleted or replaced lines of an earlier change.

    `path` is the file's name in the fix, `lines` are the numbers that the code among them had in
    the earlier change, from 1; comments are counted in `line_count` alone.
    """

    sha: str
    title: str
    days: float
    path: str
    old_path: str
    line_count: int
    lines: tuple[int, ...]


@dataclass(kw_only=True)
class PastChange:
    """One commit of the first-parent line, and what became of its lines.

    `parent` is its first, empty without one; `time` counts seconds as Unix does.
    """

    sha: str
    parent: str
    time: int
    author: str
    title: str
    body: str
    files: list[PastFile] = field(default_factory=list)
    fixes: list[LaterFix] = field(default_factory=list)

    @property
    def says_fix(self) -> bool:
        """True for a change that calls itself a fix, or a revert."""
        return _SAYS_FIX.search(self.title) is not None

    @property
    def mends(self) -> bool:
        """True for one that says so in its title, or names what it mends in its body."""
        return self.says_fix or _MENDS.search(self.body) is not None

    @property
    def is_by_bot(self) -> bool:
        """True for what no person has written."""
        return _BOT.search(f"{self.author} {self.title}") is not None


def _origins() -> "array[int]":
    return array("q")


@dataclass
class _Origins:
    """Which change has added each line of each file, as its number and the line's in one integer.

    `_UNKNOWN` is for lines from before the first change. `names` are those that a file had.
    """

    lines: dict[str, "array[int]"] = field(default_factory=lambda: defaultdict(_origins))
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def move(self, old: str, new: str) -> None:
        """Follow a file to its new name."""
        self.lines[new] = self.lines.pop(old, _origins())
        self.names[new] = (*self.names.pop(old, ()), old)

    def replace(self, path: str, start: int, count: int, new: Sequence[int]) -> Sequence[int]:
        """Return the origins of `count` lines from the index `start`, and put others there."""
        lines = self.lines[path]
        if len(lines) < start + count:
            lines.extend([_UNKNOWN] * (start + count - len(lines)))
        old = lines[start : start + count]
        lines[start : start + count] = array("q", new)
        return old


@dataclass
class _FileDiff:
    """What is read of one file's diff."""

    old_path: str = ""
    new_path: str = ""
    added_count: int = 0
    removed_count: int = 0
    is_binary: bool = False
    # Of the removed lines, those with a word on them: their origins, and whether they are code.
    origins: list[tuple[int, bool]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class PastSize:
    """How much a change has changed of what people write: files of code, and lines of all files."""

    code_files: int
    removed_code_lines: int
    lines: int


@dataclass(frozen=True, kw_only=True)
class PastChanges:
    """Changes, the oldest first, and how many more there are that could not be read."""

    changes: Sequence[PastChange]
    unread_count: int = 0

    @cached_property
    def sizes(self) -> Mapping[str, PastSize]:
        """The size of each change, by its commit."""
        return {change.sha: _size_of(change) for change in self.changes}

    @cached_property
    def weeks(self) -> float:
        """From the first change to the last one; a week at least."""
        times = [change.time for change in self.changes]
        return max(1.0, (max(times) - min(times)) / (7 * 86_400)) if times else 1.0


def _size_of(change: PastChange) -> PastSize:
    files = [file for file in change.files if not file_names.is_foreign(file.path)]
    code = [file for file in files if file_names.is_code(file.path)]
    return PastSize(
        code_files=len(code),
        removed_code_lines=sum(file.removed_count for file in code),
        lines=sum(file.added_count + file.removed_count for file in files),
    )


def says_fix(change: PastChange) -> bool:
    """True for a change whose title says that it is a fix, or a revert."""
    return change.says_fix


def past_changes(
    git: Git,
    head: str = "HEAD",
    *,
    last: int = MAX_COMMITS,
    is_fix: Callable[[PastChange], bool] = says_fix,
    ignore_space: bool = False,
) -> PastChanges:
    """Return the newest changes of the head's first-parent line. Blocking.

    With `ignore_space` a line stays whose it was when only its spaces change. A change may be too
    large to be read, or its files may lack: these files then begin anew, with lines of nobody.
    Raises `RepositoryError` where the clone lacks the head.
    """
    listing = git.run("rev-list", "--first-parent", f"--max-count={last}", head, "--")
    shas = listing.decode().split()[::-1]
    player = _Player(is_fix=is_fix)
    for start in range(0, len(shas), _BATCH):
        _play(git, shas[start : start + _BATCH], player, ignore_space=ignore_space)
    return PastChanges(changes=player.changes, unread_count=len(shas) - len(player.changes))


def _play(git: Git, shas: Sequence[str], player: "_Player", *, ignore_space: bool) -> None:
    command = (
        *("log", "--no-walk=unsorted", "--stdin", "--diff-merges=first-parent", "-p", "-U0", "-M"),
        *("--no-color", "--no-ext-diff", "--no-textconv", f"--format={_FORMAT}"),
        *(("-w",) if ignore_space else ()),
    )
    try:
        output = git.run(*command, stdin="".join(f"{sha}\n" for sha in shas).encode())
    except RepositoryError:
        if len(shas) == 1:
            names = git.run("diff-tree", "-r", "-m", "--first-parent", "--name-only", "-z", shas[0])
            for name in names.split(b"\0")[1:]:
                player.origins.lines.pop(name.decode("utf-8", "replace"), None)
            return
        middle = len(shas) // 2
        for part in (shas[:middle], shas[middle:]):
            _play(git, part, player, ignore_space=ignore_space)
    else:
        player.play(output)


@dataclass
class _Player:
    """Plays changes forward."""

    is_fix: Callable[[PastChange], bool]
    changes: list[PastChange] = field(default_factory=list)
    origins: _Origins = field(default_factory=_Origins)

    def play(self, output: bytes) -> None:
        """Read the commits in what git has written, the oldest first."""
        lines = iter(BytesIO(output))  # lines of bytes end with a line feed alone
        line = next(lines, b"")
        while line.startswith(_START):
            change, line = _read_header(line, lines)
            diffs, line = _read_diffs(len(self.changes), line, lines, self.origins)
            self.changes.append(change)
            for diff in diffs:
                self._add_file(diff)

    def _add_file(self, diff: _FileDiff) -> None:
        """Add a file to the newest change, and that one to what it has fixed."""
        change, path = self.changes[-1], diff.new_path or diff.old_path
        change.files.append(
            PastFile(
                path=path,
                paths=frozenset({path, diff.old_path or path}),
                added_count=diff.added_count,
                removed_count=diff.removed_count,
                is_binary=diff.is_binary,
            )
        )
        if not self.is_fix(change):
            return
        # What programs write again each time was not wrong before.
        if file_names.is_foreign(path) or _CHANGELOG.search(path):
            return
        rows: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        for origin, is_code in diff.origins:
            if origin != _UNKNOWN:
                rows[origin >> _LINE_BITS].append((origin & (1 << _LINE_BITS) - 1, is_code))
        for index, numbers in rows.items():
            if index != len(self.changes) - 1:
                self._add_fix(self.changes[index], path, numbers)

    def _add_fix(self, change: PastChange, path: str, rows: Sequence[tuple[int, bool]]) -> None:
        fix = self.changes[-1]
        names = (path, *reversed(self.origins.names.get(path, ())))
        paths = {file.path for file in change.files}
        change.fixes.append(
            LaterFix(
                sha=fix.sha,
                title=fix.title,
                days=(fix.time - change.time) / 86_400,
                path=path,
                old_path=next((name for name in names if name in paths), path),
                line_count=len(rows),
                lines=tuple(sorted(number for number, is_code in rows if is_code)),
            )
        )


def _read_header(line: bytes, lines: Iterator[bytes]) -> tuple[PastChange, bytes]:
    header = line
    while b"\x02" not in header:
        header += next(lines)
    text = header.removeprefix(_START).decode("utf-8", "replace").rstrip("\x02\n")
    sha, parents, time, author, subject, body = text.split("\0", 5)
    title = subject
    if _MERGE.match(subject):  # GitHub puts the pull request's title into the body
        title = next((row.strip() for row in body.splitlines() if row.strip()), subject)
    change = PastChange(
        sha=sha,
        parent=parents.partition(" ")[0],
        time=int(time),
        author=author,
        title=title,
        body=body,
    )
    return change, next(lines, b"")


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
    origin = (index << _LINE_BITS) + new_start
    new_origins = range(origin, origin + new_count)
    old_origins = origins.replace(path, start, old_count, new_origins)
    lines_left = old_count + new_count
    position = 0
    while lines_left:
        line = next(lines)
        if line.startswith(b"\\"):
            continue
        lines_left -= 1
        if line.startswith(b"-"):
            if _WORD.search(line):
                is_code = not (_COMMENT.match(line, 1) or _IMPORT.match(line, 1))
                diff.origins.append((old_origins[position], is_code))
            position += 1
    diff.added_count += new_count
    diff.removed_count += old_count
