"""Measures the second push of real pull requests: `python -m benchmarks.second_pushes DIR [COUNT]`.

DIR holds clones as `owner+name`. Of each the newest COUNT merged changes of 10 to 14
files are reviewed as they came; then a push takes the last added line out of the file of middle
size, and they are reviewed again. Tokens are those that the stand-in for a model counts.
"""

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.history import Change, numstat, remark_on_added_lines
from benchmarks.measure import git, run_action
from benchmarks.pull_requests import choose
from codeflow_action.engine.report import Report
from codeflow_action.evaluation.clones import find_clone
from codeflow_action.testing.github import GitHubServer
from codeflow_action.testing.models import ModelServer

_FILES = range(10, 15)  # about twelve, a typical pull request's
_MOST_COMMITS = 250  # of a clone that are looked at for changes of this size
_TARGET = 0.15  # of the first run's tokens
_HEAD = ("change", "files", "tokens", "second push", "share", "prompts", "requests", "second push")


@dataclass(frozen=True, kw_only=True)
class Round:
    """What one run took."""

    tokens: int
    prompts: int
    requests: int


def main(folder: Path, count: int) -> int:
    """Print the table; 1 when the median second push takes more than its share."""
    sys.stdout.write(f"| {' | '.join(_HEAD)} |\n|{' --- |' * len(_HEAD)}\n")
    rounds: list[tuple[Round, Round]] = []
    for change, clone in _changes(folder, count):
        first, second = measure(change, clone)
        if not first.tokens:  # nothing that a model reads
            continue
        rounds.append((first, second))
        cells = (
            f"{change.name} {change.head[:7]}",
            str(len(numstat(clone, change))),
            f"{first.tokens:,}",
            f"{second.tokens:,}",
            f"{second.tokens / first.tokens:.0%}",
            f"{first.prompts} → {second.prompts}",
            str(first.requests),
            str(second.requests),
        )
        sys.stdout.write(f"| {' | '.join(cells)} |\n")
        sys.stdout.flush()
    if not rounds:
        sys.stderr.write("no change of this size is in the clones\n")
        return 2
    return _conclude(rounds)


def _conclude(rounds: list[tuple[Round, Round]]) -> int:
    shares = [second.tokens / first.tokens for first, second in rounds]
    met = sum(share <= _TARGET for share in shares)
    more = sum(second.requests > first.requests for first, second in rounds)
    sys.stdout.write(
        f"\n{len(rounds)} changes: median {statistics.median(shares):.0%}, "
        f"{met} at most {_TARGET:.0%}; {more} with more requests than the first run\n"
    )
    return 0 if statistics.median(shares) <= _TARGET and not more else 1


def _changes(folder: Path, count: int) -> Iterator[tuple[Change, Path]]:
    for entry in sorted(folder.iterdir()):
        name = entry.name.replace("+", "/")
        clone, found = find_clone(folder, name), 0
        if clone is None:
            continue
        for sha in choose(name, clone, people=_MOST_COMMITS, bots=0).people:
            change = Change(name=name, base=git(clone, "rev-parse", f"{sha}^1"), head=sha)
            if found < count and len(numstat(clone, change)) in _FILES:
                found += 1
                yield change, clone


def measure(change: Change, clone: Path) -> tuple[Round, Round]:
    """Review a change as it came, and after a push that changes one file of it."""
    with (
        tempfile.TemporaryDirectory(prefix="codeflow-push-") as folder,
        GitHubServer() as github,
        ModelServer(answer=remark_on_added_lines) as model,
    ):
        root = Path(folder)
        bare = root / "clone.git"
        git(root, "clone", "--quiet", "--bare", "--shared", str(clone), str(bare))
        git(bare, "branch", "--force", "push-base", change.base)
        git(bare, "branch", "--force", "push-head", change.head)
        repository = github.add_repository(change.name, bare, default_branch="push-base")
        pull = repository.open_pull_request(head="push-head", base="push-base")
        inputs = {
            "provider": "openai",
            "openai_api_key": "sk-" + "bench" * 6,
            "base_url": model.base_url("openai"),
            "config": "pipeline: [quality_gates, {pr_reviewer: {floor: notice}}]",
        }
        rounds = []
        for number, action in enumerate(("opened", "synchronize")):
            if number:
                push(bare, change)
            requests, prompts = len(github.requests), len(model.requests)
            workspace = root / f"workspace{number}"
            workspace.mkdir()
            process_run, report = run_action(
                github,
                repository,
                repository.event("pull_request", pull=pull, action=action),
                folder=root / f"job{number}",
                workspace=workspace,
                inputs=inputs,
            )
            if report is None:
                raise RuntimeError(process_run.stdout + process_run.stderr)
            rounds.append(_round(report, len(github.requests) - requests, model, prompts))
    first, second = rounds
    return first, second


def _round(report: Report, requests: int, model: ModelServer, prompts: int) -> Round:
    return Round(
        tokens=report.spent.tokens, prompts=len(model.requests) - prompts, requests=requests
    )


def push(bare: Path, change: Change) -> None:
    """Take the last added line out of the file of middle size, in a commit on the head."""
    sizes = {
        path: added
        for path, (added, removed) in numstat(bare, change).items()
        if added and added + removed
    }
    path = sorted(sizes, key=lambda name: (sizes[name], name))[len(sizes) // 2]
    patch = git(bare, "diff", "--unified=0", change.base, change.head, "--", path)
    added = [line[1:] for line in patch.splitlines() if line.startswith("+") and line[:3] != "+++"]
    lines = git(bare, "show", f"{change.head}:{path}").splitlines()
    last = len(lines) - 1 - lines[::-1].index(added[-1])
    text = "\n".join(lines[:last] + lines[last + 1 :]) + "\n"
    blob = _run(bare, "hash-object", "-w", "--stdin", text=text)
    _run(bare, "read-tree", change.head)
    _run(bare, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
    tree = _run(bare, "write-tree")
    commit = git(bare, "commit-tree", tree, "-p", change.head, "-m", "Take a line out")
    git(bare, "branch", "--force", "push-head", commit)


def _run(bare: Path, *arguments: str, text: str | None = None) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=bare, input=text, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else 2))
