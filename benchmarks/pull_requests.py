"""Chooses commits of a clone that look like merged pull requests.

Such a commit is a merge of a pull request, or a squashed one whose subject ends with its number, on
the first-parent line of HEAD. Releases are left out; commits by bots are kept apart.
"""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.history import Change, numstat
from benchmarks.measure import git

_PULL = re.compile(r"\(#\d+\)$|^Merge pull request #\d+")
_BOT = re.compile(
    r"\[bot\]|\b(?:dependabot|renovate|greenkeeper|pre-commit[.-]ci|snyk)\b", re.IGNORECASE
)
_RELEASE = re.compile(
    r"^(?:\[?release\b|v?\d+\.\d+|chore[(:] ?release\b|prepare\b.*\b(?:release|v?\d+\.)"
    r"|version packages\b|bump (?:to |the )?(?:version\b|v?\d)|changelog\b)",
    re.IGNORECASE,
)
_MAX_COMMITS = 3_000  # commits back from HEAD
_FORMAT = "%H%x00%P%x00%an%x00%s"


@dataclass(frozen=True, kw_only=True)
class CommitChoice:
    """Commits of a clone, the newest first."""

    people: tuple[str, ...]
    bots: tuple[str, ...]


def choose(name: str, clone: Path, *, people: int, bots: int) -> CommitChoice:
    """Return at most so many commits. Empty and incomplete ones are left out."""
    shas: dict[bool, list[str]] = {False: [], True: []}
    limit = {False: people, True: bots}
    for sha, by_bot in _candidates(clone):
        if len(shas[by_bot]) < limit[by_bot] and _is_whole(clone, change_of(name, clone, sha)):
            shas[by_bot].append(sha)
        if all(len(shas[kind]) >= limit[kind] for kind in shas):
            break
    return CommitChoice(people=tuple(shas[False]), bots=tuple(shas[True]))


def change_of(name: str, clone: Path, sha: str) -> Change:
    """Return the commit as a change against its first parent.

    Raises `subprocess.CalledProcessError` where the clone lacks either.
    """
    return Change(name=name, base=git(clone, "rev-parse", "--verify", f"{sha}^1"), head=sha)


def _candidates(clone: Path) -> Iterator[tuple[str, bool]]:
    log = git(clone, "log", "--first-parent", f"-n{_MAX_COMMITS}", f"--format={_FORMAT}")
    for line in log.splitlines():
        sha, parents, author, subject = line.split("\0", 3)
        if parents and _PULL.search(subject) and not _RELEASE.search(subject):
            yield sha, bool(_BOT.search(f"{author} {subject}"))


def _is_whole(clone: Path, change: Change) -> bool:
    try:
        return bool(numstat(clone, change))
    except subprocess.CalledProcessError:  # a clone may lack its largest files
        return False
