"""Reviews merged changes of public repositories: `python -m benchmarks.history DIR`.

DIR holds clones as `owner/name`, `owner+name` or `name`, with or without a work tree. Each change
goes through `codeflow review` and through the Action's entry, against local stand-ins for GitHub
and a model. It ends with 1 when a run crashes, a write is refused, or the receipt leaves a changed
line without a reason.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import ProcessRun, git, rule_cache, run, run_action
from codeflow_action.engine.receipt import Receipt
from codeflow_action.evaluation.clones import absence, find_clone
from codeflow_action.testing.github import GitHubServer
from codeflow_action.testing.models import ModelRequest, ModelServer, Reply
from codeflow_action.testing.reviewer_replies import reviewer_reply

_LIST = Path(__file__).with_name("history.txt")
_MAX_REMARKS = 3  # of one prompt: enough to show that comments find their places


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line of the list."""

    name: str
    base: str
    head: str


@dataclass(kw_only=True)
class Row:
    """What came of one change. `wrong` is empty when all is well."""

    change: Change
    files: int = 0
    added_lines: int = 0
    removed_lines: int = 0
    review: ProcessRun | None = None
    action: ProcessRun | None = None
    requests: int = 0
    prompts: int = 0
    coverage: float = 0.0
    verdict: str = ""
    inline: int = 0
    wrong: list[str] = field(default_factory=list)

    def cells(self) -> list[str]:
        """Return the row of the table."""
        size = f"+{self.added_lines:,} −{self.removed_lines:,}"  # noqa: RUF001 - a minus sign
        seconds = [f"{ran.seconds:.1f}" if ran else "" for ran in (self.review, self.action)]
        peak = f"{self.action.peak / 1e6:.0f}" if self.action else ""
        return [
            f"{self.change.name} {self.change.head[:7]}",
            str(self.files),
            size,
            *seconds,
            peak,
            str(self.requests),
            str(self.prompts),
            f"{self.coverage:.0%}",
            str(self.inline),
            self.verdict,
            "; ".join(self.wrong) or "no",
        ]


_HEAD = (
    "change",
    "files",
    "lines",
    "review s",
    "Action s",
    "Action MB",
    "GitHub requests",
    "prompts",
    "read by model",
    "inline",
    "verdict",
    "wrong",
)


def main(arguments: list[str]) -> int:
    """Print the table; 1 when anything is wrong, 2 without clones."""
    folder = Path(arguments[0]) if arguments and arguments[0] else None
    if folder is None or not folder.is_dir():
        sys.stderr.write("name a folder with clones: make bench-history REPOS=DIR\n")
        return 2
    sys.stdout.write(f"| {' | '.join(_HEAD)} |\n|{' --- |' * len(_HEAD)}\n")
    wrong = absent = 0
    for change in read_list():
        clone = find_clone(folder, change.name)
        if clone is None:
            absent += 1
            sys.stderr.write(f"{absence(folder, change.name)}\n")
            continue
        row = measure(change, clone)
        wrong += bool(row.wrong)
        sys.stdout.write(f"| {' | '.join(row.cells())} |\n")
        sys.stdout.flush()
    sys.stdout.write(f"\n{wrong} wrong, {absent} absent\n")
    return 1 if wrong else 0


def read_list() -> Iterator[Change]:
    """Yield the changes of `history.txt`."""
    for line in _LIST.read_text().splitlines():
        if line and not line.startswith("#"):
            name, base, head = line.split()
            yield Change(name=name, base=base, head=head)


def measure(change: Change, clone: Path) -> Row:
    """Run both ways in a clone of the clone, so that nothing is written to it."""
    row = Row(change=change)
    with tempfile.TemporaryDirectory(prefix="codeflow-history-") as name:
        root = Path(name)
        bare = root / "clone.git"
        # Shared: the objects of a large repository are not copied for each of its changes.
        git(root, "clone", "--quiet", "--bare", "--shared", str(clone), str(bare))
        for branch, sha in (("history-base", change.base), ("history-head", change.head)):
            git(bare, "branch", "--force", branch, sha)
        line_counts = numstat(bare, change)
        row.files = len(line_counts)
        row.added_lines = sum(count for count, _ in line_counts.values())
        row.removed_lines = sum(count for _, count in line_counts.values())
        _run_command_line(row, bare)
        _run_job(row, bare, root, line_counts)
    return row


def numstat(repository: Path, change: Change) -> dict[str, tuple[int, int]]:
    """Return added and removed lines by path, as git counts them; binaries have none."""
    merge_base = git(repository, "merge-base", change.base, change.head)
    raw = git(repository, "diff", "--numstat", "-z", "-M", merge_base, change.head)
    fields = iter(raw.split("\0"))
    line_counts: dict[str, tuple[int, int]] = {}
    for entry in fields:
        if not entry:
            continue
        added_count, removed_count, path = entry.split("\t")
        if not path:  # a rename: the two paths follow
            next(fields)
            path = next(fields)
        line_counts[path] = (_number(added_count), _number(removed_count))
    return line_counts


def _number(text: str) -> int:
    return 0 if text == "-" else int(text)


def _run_command_line(row: Row, bare: Path) -> None:
    command = [sys.executable, "-P", "-c", "from codeflow_action.cli import main; exit(main())"]
    arguments = ["review", "--base", "history-base", "--head", "history-head", "--format", "json"]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(bare.parent),
        "KF_RULE_CACHE_DIR": str(rule_cache()),
    }
    row.review = run([*command, *arguments], cwd=bare, environment=environment)
    if row.review.code not in (0, 1) or "Traceback" in row.review.stderr:
        row.wrong.append(f"codeflow review ended with {row.review.code}")
        sys.stderr.write(row.review.stderr[-3_000:])
        return
    json.loads(row.review.stdout)


def _run_job(row: Row, bare: Path, root: Path, line_counts: dict[str, tuple[int, int]]) -> None:
    workspace = root / "workspace"
    workspace.mkdir()
    with GitHubServer() as github, ModelServer(answer=remark_on_added_lines) as model:
        repository = github.add_repository(row.change.name, bare, default_branch="history-base")
        pull = repository.open_pull_request(head="history-head", base="history-base")
        payload = repository.event("pull_request", pull=pull)
        inputs = {
            "provider": "openai",
            "openai_api_key": "sk-" + "bench" * 6,
            "base_url": model.base_url("openai"),
            "config": "pipeline: [quality_gates, {pr_reviewer: {floor: notice}}]",
        }
        row.action, report = run_action(
            github, repository, payload, folder=root / "job", workspace=workspace, inputs=inputs
        )
        row.requests, row.prompts = len(github.requests), len(model.requests)
        refusals = [request for request in github.requests if request.status == 422]
        row.inline = len(pull.review_comments)
    if refusals:
        row.wrong.append(f"{len(refusals)} requests answered 422")
    if row.action.code not in (0, 1) or report is None:
        row.wrong.append(f"the Action ended with {row.action.code}")
        sys.stderr.write(row.action.stdout[-2_000:] + row.action.stderr[-3_000:])
        return
    row.verdict = f"{report.verdict.value} ({report.reason.value})"
    row.coverage = report.receipt.share or 0.0
    row.wrong += receipt_problems(report.receipt, line_counts)


def receipt_problems(receipt: Receipt, line_counts: dict[str, tuple[int, int]]) -> list[str]:
    """Return what is missing from the receipt: files, lines, or reasons; three of them at most."""
    wrong = []
    files = {file.path: file for file in receipt.files}
    if missing_paths := set(line_counts) - set(files):
        wrong.append(f"{len(missing_paths)} files are not in the receipt ({min(missing_paths)})")
    for path, file in files.items():
        lines = sum(line_counts.get(path, (0, 0)))
        if file.changed != lines and not file.reason:
            wrong.append(f"{path}: {file.changed} lines counted, git counts {lines}")
        if file.reviewed < file.changed and not file.reason:
            wrong.append(f"{path}: {file.reviewed} of {file.changed} read, and no reason")
    return wrong[:3]


def remark_on_added_lines(request: ModelRequest) -> Reply:
    """Answer as a model would that remarks on the first lines it sees added."""
    remarks = []
    path = ""
    for line in request.text.splitlines():
        if line.startswith("=== "):
            path = line.removeprefix("=== ")
        number, _, row = line.partition(" ")
        text = row[1:] if number.isdigit() and row.startswith("+") else ""
        if path and len(text.strip()) > 12:
            remarks.append({**_REMARK, "path": path, "quote": text})
            path = ""
        if len(remarks) == _MAX_REMARKS:
            break
    return reviewer_reply(request, remarks)


_REMARK = {
    "side": "new",
    "severity": "notice",
    "category": "maintainability",
    "title": "A made-up remark",
    "message": "It shows that a comment can be placed here.",
    "trigger": "A reader looks here and finds it.",
    "effect": "Nobody else finds it.",
    "suggestion": None,
    "confidence": 0.9,
}

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
