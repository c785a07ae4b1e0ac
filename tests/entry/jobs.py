"""Whole runs: a pull request on the stand-in for GitHub, and the entry in its own process."""

import ast
import asyncio
import atexit
import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from codeflow_action.engine.ports import Clock
from codeflow_action.engine.report import Report
from codeflow_action.entrypoint import main
from codeflow_action.hosts.clock import RealClock
from codeflow_action.testing.github import GitHubServer, Pull, ServedCheckRun, ServedRepository
from codeflow_action.testing.github.git_objects import GitObjects
from codeflow_action.testing.models import Json, ModelRequest, TokenUsage
from codeflow_action.testing.reviewer_replies import reviewer_reply
from tests.forks import ForkedProcess, ForkServer

TOKEN = "ghs_" + "standInTokenOfTheseTests0123456789ab"
KEY = "sk-" + "keyOfTheseTests0123456789abcdefgh"
SECRETS = (TOKEN, KEY)

BASE = {
    "shop/cart.py": "def total(prices):\n    return sum(prices)\n",
    "README.md": "# Shop\n",
}
HEAD = {
    "shop/cart.py": (
        "def total(prices):\n"
        "    return sum(prices)\n"
        "\n"
        "\n"
        "def average(prices):\n"
        "    return total(prices) // len(prices)\n"
    ),
}
QUOTE = "    return total(prices) // len(prices)"
REMARK = {
    "path": "shop/cart.py",
    "quote": QUOTE,
    "side": "new",
    "severity": "warning",
    "category": "correctness",
    "title": "An empty list divides by zero",
    "message": "`average([])` raises `ZeroDivisionError`.",
    "trigger": "A cart without items is averaged.",
    "effect": "ZeroDivisionError.",
    "suggestion": None,
    "confidence": 0.9,
}


def git(directory: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Mona", "-c", "user.email=mona@example.com"]
    done = subprocess.run(
        ["git", *identity, *arguments],
        cwd=directory,
        env={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def write(directory: Path, files: Mapping[str, str | bytes | None]) -> None:
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.unlink()
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content)


def commit(directory: Path, files: Mapping[str, str | bytes | None], message: str = "x") -> str:
    write(directory, files)
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--allow-empty", "-m", message)
    return git(directory, "rev-parse", "HEAD")


class Impatient(RealClock):
    """Waits five milliseconds at most: between two tries, and between two signs of life.

    Without any wait those who wait again and again would keep the processor from all others.
    """

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.005))


class MovedClock(Impatient):
    """A clock that a test moves, so that a deadline of minutes comes within seconds."""

    def __init__(self) -> None:
        self._start, self._ahead = super().now(), 0.0

    def now(self) -> float:
        return super().now() + self._ahead

    def move(self, seconds: float) -> None:
        """Let so many seconds have gone by since the beginning."""
        self._ahead = seconds - (super().now() - self._start)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a run has left behind."""

    code: int
    stdout: str
    stderr: str
    outputs: Mapping[str, str]
    summary: str
    report: Report | None

    @property
    def log(self) -> str:
        return self.stdout + self.stderr

    @property
    def errors(self) -> list[str]:
        return [line for line in self.stdout.splitlines() if line.startswith("::error")]

    @property
    def closing_errors(self) -> list[str]:
        return [line for line in self.errors if line.startswith("::error title=CodeFlow::")]


@dataclass(kw_only=True)
class Shop:
    """A repository with a pull request, and a runner that can start jobs for it."""

    root: Path
    work_tree: Path
    github: GitHubServer
    repository: ServedRepository
    pull: Pull
    runs: int = 0

    def job(
        self,
        event: str = "pull_request",
        *,
        inputs: Mapping[str, str] | None = None,
        env: Mapping[str, str | None] | None = None,
        payload: object = None,
        workspace: Path | None = None,
        actor: str = "mona",
        **details: object,
    ) -> "Job":
        """Return what a runner would give the container; `details` are the event's."""
        self.runs += 1
        folder = self.root / f"job{self.runs}"
        folder.mkdir()
        path = folder / "event.json"
        if payload is None:
            if event.startswith("pull_request"):
                details.setdefault("pull", self.pull)
            payload = self.repository.event(event, **details)
        path.write_text(json.dumps(payload))
        workspace = workspace or self.work_tree
        job = self.repository.environment(event, path, workspace, folder / "runner", actor)
        given = {f"INPUT_{name.upper()}": value for name, value in (inputs or {}).items()}
        variables: dict[str, str | None] = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "KF_RULE_CACHE_DIR": os.environ["KF_RULE_CACHE_DIR"],
            "PYTHONDONTWRITEBYTECODE": "1",
            **job,
            "INPUT_GITHUB_TOKEN": self.github.token,
            **given,
            **(env or {}),
        }
        environment = {name: value for name, value in variables.items() if value is not None}
        return Job(environment=environment, workspace=workspace, folder=folder)

    def run(
        self, event: str = "pull_request", *, clock: Clock | None = None, **arguments: object
    ) -> "Ended":
        """Run the entry in this process: an import of everything a second is too slow here."""
        job = self.job(event, **arguments)
        stdout, stderr = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
            code = main(dict(job.environment), clock or Impatient())
        return job.ended(code, stdout.getvalue(), stderr.getvalue())

    def start(
        self,
        event: str = "pull_request",
        *,
        prefix: Sequence[str] = (),
        python: str | Path = sys.executable,
        stdout: object = subprocess.PIPE,
        stderr: object = subprocess.PIPE,
        preexec_fn: Callable[[], object] | None = None,
        **arguments: object,
    ) -> "Running":
        """Start the entry as the container does, in a process of its own."""
        job = self.job(event, **arguments)
        own = [str(python), "-P", "-W", "error::ResourceWarning", "-m", "codeflow_action"]
        process = subprocess.Popen(
            [*prefix, *own],
            env=job.environment,
            cwd=job.folder,
            stdout=stdout,
            stderr=stderr,
            preexec_fn=preexec_fn,  # noqa: PLW1509 - it sets a mask of signals, no more
            text=True,
        )
        return Running(process=process, job=job)

    def fork(
        self,
        forks: ForkServer,
        event: str = "pull_request",
        *,
        stdout: object = subprocess.PIPE,
        stderr: object = subprocess.PIPE,
        **arguments: object,
    ) -> "Running":
        """Start the entry in a process of its own, in which everything is imported already."""
        job = self.job(event, **arguments)
        process = forks.start(
            ["-m", "codeflow_action"],
            env=job.environment,
            cwd=job.folder,
            stdout=stdout,
            stderr=stderr,
        )
        return Running(process=process, job=job)

    def push(self, files: Mapping[str, str | bytes | None]) -> str:
        git(self.work_tree, "checkout", "--quiet", "feature")
        sha = commit(self.work_tree, files)
        git(self.work_tree, "checkout", "--quiet", "main")
        return sha

    @property
    def verdict_checks(self) -> list[ServedCheckRun]:
        """The check runs but for that of the model's review."""
        runs = self.repository.check_runs
        return [run for run in runs if run.name != "CodeFlow: model review"]

    def stickies(self) -> list[str]:
        return [one.body for one in self.pull.comments if one.body.startswith("<!-- codeflow:")]


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a runner gives to the container, and where its results are found afterwards."""

    environment: Mapping[str, str]
    workspace: Path
    folder: Path

    def ended(self, code: int, stdout: str, stderr: str) -> Ended:
        """Collect what was left behind; no secret may be in any of it."""
        outputs = read_outputs(Path(self.environment["GITHUB_OUTPUT"]))
        report = self.workspace / outputs.get("report_path", "")
        ended = Ended(
            code=code,
            stdout=stdout,
            stderr=stderr,
            outputs=outputs,
            summary=Path(self.environment["GITHUB_STEP_SUMMARY"]).read_text(),
            report=Report.model_validate_json(report.read_bytes())
            if report.is_file() and report.name != "plan.json"
            else None,
        )
        unmasked = [line for line in stdout.splitlines() if not line.startswith("::add-mask::")]
        for secret in SECRETS:
            assert secret not in f"{unmasked}{stderr}{outputs}{ended.summary}{ended.report}"
        return ended


@dataclass(kw_only=True)
class Running:
    """A job in its own process."""

    process: subprocess.Popen[str] | ForkedProcess
    job: Job

    def stop(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def wait(self) -> Ended:
        stdout, stderr = self.process.communicate(timeout=120)
        return self.job.ended(self.process.returncode, stdout or "", stderr or "")


def read_outputs(path: Path) -> dict[str, str]:
    """Read the runner's file format by the runner's rules."""
    found: dict[str, str] = {}
    lines = iter(path.read_text().split("\n"))
    for line in lines:
        if not line:
            continue
        name, _, delimiter = line.partition("<<")
        value: list[str] = []
        for inner in lines:
            if inner == delimiter:
                break
            value.append(inner)
        found[name] = "\n".join(value)
    return found


@cache
def made_repository(contents: str) -> Path:
    """Make a repository of two commits once; `contents` is what `repr` makes of both."""
    base, head = ast.literal_eval(contents)
    work_tree = Path(tempfile.mkdtemp(prefix="codeflow-shop-"))
    atexit.register(shutil.rmtree, work_tree)
    git(work_tree, "init", "--quiet", "--initial-branch=main", "--template=")
    base_sha = commit(work_tree, base)
    git(work_tree, "checkout", "--quiet", "-b", "feature")
    head_sha = commit(work_tree, head)
    git(work_tree, "checkout", "--quiet", "main")
    GitObjects(work_tree).merge(base_sha, head_sha)  # what a server would make in each copy anew
    return work_tree


def build(
    root: Path,
    github: GitHubServer,
    base: Mapping,
    head: Mapping,
    *,
    full_name: str = "octo/shop",
    **opened: object,
) -> Shop:
    work_tree = root / "shop"
    shutil.copytree(made_repository(repr((base, head))), work_tree, symlinks=True)
    repository = github.add_repository(full_name, work_tree)
    pull = repository.open_pull_request(head="feature", title="Average", **opened)
    return Shop(root=root, work_tree=work_tree, github=github, repository=repository, pull=pull)


def review(*remarks: Mapping[str, object]) -> Callable[[ModelRequest], Json]:
    """Return an answer that always makes these remarks."""
    return lambda request: reviewer_reply(
        request, remarks, TokenUsage(input=1200, output=90, cached=200)
    )
