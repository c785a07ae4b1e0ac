"""Draws single commits of clones at random, the same ones each time.

A pull request has been cleaned up before its merge; most of what a push brings has not. The draw is
told by a commit of each repository, `heads.json`, and a seed, so that the list needs no keeping.
"""

import random
import subprocess
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks.history import numstat
from benchmarks.measure import git
from benchmarks.pull_requests import change_of

_SEED = 20_261_130
_NEWEST = 3_000  # commits back from a head: what a repository was before is another repository
# A commit of more is an import or a release, and costs as much as a hundred of the others.
_MAX_FILES = 60
_MAX_ADDED_LINES = 3_000


def head_of(clone: Path) -> str:
    """Return the commit that HEAD names."""
    return git(clone, "rev-parse", "--verify", "HEAD")


def draw_commits(name: str, clone: Path, *, head: str, count: int) -> list[str]:
    """Return so many commits at most: no merge, not the very first, neither empty nor very large.

    A larger count begins with the same commits.
    """
    # The newest first; commits of equal time keep the order of their parents.
    shas = git(clone, "rev-list", "--no-merges", "--topo-order", f"-n{_NEWEST}", head).split()
    random.Random(f"{_SEED} {name}").shuffle(shas)  # noqa: S311 - a sample
    return list(islice(_typical(name, clone, shas), count))


def _typical(name: str, clone: Path, shas: list[str]) -> Iterator[str]:
    for sha in shas:
        try:
            line_counts = numstat(clone, change_of(name, clone, sha))
        except subprocess.CalledProcessError:  # the first commit, or files that the clone lacks
            continue
        added = sum(count for count, _ in line_counts.values())
        if 0 < len(line_counts) <= _MAX_FILES and added <= _MAX_ADDED_LINES:
            yield sha
