"""What shards cost and save on a change of 3,000 files: `make bench-shards`.

The jobs are real: a plan, the heaviest shard and the job that publishes run as processes against
the local GitHub, so processor time, prompts and requests are measured. How long runners take to
start and models to answer is assumed, and so is how many jobs run at once: the constants below.
The other shards are not run. They have no more to read than the heaviest one.
"""

import json
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import git, run_action
from codeflow_action.config.plugins import load_plugins
from codeflow_action.engine.model import Usage
from codeflow_action.engine.shards import ShardPlan
from codeflow_action.hosts.report_file import PlanFile
from codeflow_action.testing.github import GitHubServer, Pull, ServedRepository
from codeflow_action.testing.models import Json, ModelRequest, ModelServer
from codeflow_action.testing.reviewer_replies import reviewer_reply

_COUNTS = (1, 4, 16, 64)
_FILES = 3_000
_JOB_START = 30.0  # seconds until a hosted runner has the job, the image and the artifacts
_AT_ONCE = 20  # jobs: https://docs.github.com/en/actions/reference/limits, the plan Free
_ANSWER = 25.0  # seconds of one answer: 1,500 tokens at 80 a second, and what the prompt takes
_REPLY = 1_500  # tokens
_SIDE_BY_SIDE = 6  # requests of one job (ai/models.py)
_SECOND_ROUND = 1 / 3  # prompts of the second round for one of the first
_CHARACTERS = 4  # of a token
_HOURLY = 1_000  # requests of a job's token for one repository (platform limits of GITHUB_TOKEN)


@dataclass(frozen=True, kw_only=True)
class _Job:
    """One process: its time on a processor, its requests of GitHub, and what it asked a model."""

    cpu: float
    reads: int
    writes: int
    prompts: int = 0
    tokens: int = 0


@dataclass(frozen=True, kw_only=True)
class _Measurement:
    """The three kinds of jobs of one review in shards."""

    plan: ShardPlan
    planner: _Job
    shard: _Job  # the heaviest
    publisher: _Job

    @property
    def critical_path(self) -> float:
        """Seconds from the event to the review."""
        rounds = (self.shard.prompts, max(1, round(self.shard.prompts * _SECOND_ROUND)))
        answers = sum(-(-prompts // _SIDE_BY_SIDE) for prompts in rounds) * _ANSWER
        waves = -(-len(self.plan.shards) // _AT_ONCE)
        shards = waves * (_JOB_START + self.shard.cpu + answers)
        return 2 * _JOB_START + self.planner.cpu + shards + self.publisher.cpu

    @property
    def requests(self) -> int:
        """What all jobs ask GitHub."""
        jobs = (self.planner, self.publisher, *(self.shard for _ in self.plan.shards))
        return sum(job.reads + job.writes for job in jobs)

    @property
    def usage(self) -> Usage:
        """The tokens of all shards, each with as many for its weight as the heaviest one."""
        weights = [shard.weight for shard in self.plan.shards]
        share = sum(weights) / max(1, *weights)
        both = 1 + _SECOND_ROUND
        return Usage(
            input_tokens=round(self.shard.tokens * share * both),
            output_tokens=round(self.shard.prompts * share * both * _REPLY),
        )

    def row(self) -> str:
        """Return the row of the table."""
        heaviest = max(self.plan.shards, key=lambda shard: shard.weight)
        openai = load_plugins().providers["openai"].profile
        price = openai.models[openai.default_model].price
        cost = f"${price.of(self.usage):.2f}" if price else "unknown"
        cells = (
            len(self.plan.shards),
            len(heaviest.files),
            self.shard.prompts,
            f"{self.planner.cpu:.0f} / {self.shard.cpu:.0f} / {self.publisher.cpu:.0f} s",
            f"{self.critical_path / 60:.1f} min",
            f"{self.requests} ({self.requests / _HOURLY:.1%})",
            f"{self.usage.input_tokens / 1e6:.2f} M",
            cost,
        )
        return f"| {' | '.join(map(str, cells))} |"


_HEAD = (
    "| shards | files in the heaviest | its prompts | processor time of plan / shard / publish "
    "| critical path | requests of GitHub | tokens in | cost |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
)


def main(arguments: Sequence[str]) -> int:
    """Print the table; an argument is another number of files."""
    count = int(arguments[0]) if arguments else _FILES
    sys.stdout.write(_HEAD)
    with tempfile.TemporaryDirectory(prefix="codeflow-shards-") as name:
        origin = Path(name) / "origin"
        origin.mkdir()
        _build(origin, count)
        for number in _COUNTS:
            sys.stdout.write(_measure(Path(name) / str(number), origin, number).row() + "\n")
            sys.stdout.flush()
    return 0


def _measure(root: Path, origin: Path, count: int) -> _Measurement:
    workspace = root / "workspace"
    workspace.mkdir(parents=True)
    with GitHubServer() as github, ModelServer(answer=_answer) as models:
        repository = github.add_repository("octo/shop", origin)
        review = _Review(
            github=github,
            models=models,
            repository=repository,
            pull=repository.open_pull_request(head="feature"),
            root=root,
            workspace=workspace,
            count=count,
        )
        planner = review.job("plan", {"shard": "plan"})
        text = (workspace / ".codeflow" / "plan.json").read_text()
        plan = PlanFile.model_validate_json(text).plan
        if plan is None:
            raise RuntimeError("there is no plan")
        weights = [shard.weight for shard in plan.shards]
        label = plan.labels[weights.index(max(weights))]
        shard = review.job("shard", {"stage": "analyze", "shard": label})
        pattern = ".codeflow/report-*-of-*.json"
        publisher = review.job("publish", {"stage": "publish", "report_path": pattern})
        return _Measurement(plan=plan, planner=planner, shard=shard, publisher=publisher)


@dataclass(frozen=True, kw_only=True)
class _Review:
    """One pull request, its servers, and the folder that its jobs share as artifacts would."""

    github: GitHubServer
    models: ModelServer
    repository: ServedRepository
    pull: Pull
    root: Path
    workspace: Path
    count: int

    def job(self, name: str, inputs: Mapping[str, str]) -> _Job:
        """Run one job. Raises `RuntimeError` where it fails."""
        before = self.github.reads(), self.github.writes(), len(self.models.requests)
        policy = {
            "shards": {"max": self.count, "lines": 1},
            "budget": {
                "max_tokens": 20_000_000,
                "max_cost_usd": 500,
                "max_cost_usd_per_pr": 500,
                "timeout_minutes": 120,
            },
        }
        process_run, _report = run_action(
            self.github,
            self.repository,
            self.repository.event("pull_request", pull=self.pull),
            folder=self.root / name,
            workspace=self.workspace,
            inputs={
                "config": json.dumps(policy),
                "provider": "openai",
                "openai_api_key": "sk-" + "bench" * 6,
                "base_url": self.models.base_url("openai"),
                **inputs,
            },
        )
        if process_run.code not in (0, 1):
            raise RuntimeError(process_run.stdout + process_run.stderr)
        requests = self.models.requests[before[2] :]
        return _Job(
            cpu=process_run.cpu,
            reads=self.github.reads() - before[0],
            writes=self.github.writes() - before[1],
            prompts=len(requests),
            tokens=sum(len(request.system + request.text) for request in requests) // _CHARACTERS,
        )


def _answer(request: ModelRequest) -> Json:
    return reviewer_reply(request, [])


def _build(directory: Path, count: int) -> None:
    """Make a repository in which a branch changes so many files, most a little, some a lot."""
    rng = random.Random(14)  # noqa: S311 - the same change each time
    git(directory, "init", "--quiet", "--initial-branch=main")
    sizes = [min(2_000, int(rng.paretovariate(1.2) * 15)) for _ in range(count)]
    for branch in ("main", "feature"):
        if branch == "feature":
            git(directory, "checkout", "--quiet", "-b", branch)
        for number, size in enumerate(sizes):
            path = directory / f"area{number // 50}" / f"part{number}.py"
            path.parent.mkdir(exist_ok=True)
            lines = 5 if branch == "main" else size
            path.write_text("".join(_function(number, line) for line in range(0, lines, 5)))
        git(directory, "add", "--all")
        git(directory, "commit", "--quiet", "--message", branch)
    git(directory, "checkout", "--quiet", "main")


def _function(number: int, line: int) -> str:
    return (
        f"def total_{number}_{line}(prices, discount={line}):\n"
        f"    amount = sum(price * {number} for price in prices)\n"
        f"    if discount > {line}:\n"
        f"        amount -= discount\n"
        f"    return amount\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
