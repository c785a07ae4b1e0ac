"""What the benchmarks share: a figure, a process with its time and memory, a run of the entry."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codeflow_action.engine.report import Report
from codeflow_action.testing.github import GitHubServer, ServedRepository

ENTRY = (sys.executable, "-P", "-m", "codeflow_action")

# Runs the entry in a folder with exactly these variables.
type Launch = Callable[[Path, Mapping[str, str]], ProcessRun]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the table."""

    subject: str
    target: str
    value: str
    is_met: bool

    def cells(self) -> tuple[str, ...]:
        """Return the row of the table."""
        return self.subject, self.target, self.value, "yes" if self.is_met else "NO"


def print_table(figures: Iterable[Figure]) -> int:
    """Print each figure as soon as it is measured; return 1 when one misses its target."""
    sys.stdout.write("| what | target | measured | met |\n| --- | --- | --- | --- |\n")
    misses = 0
    for figure in figures:
        misses += not figure.is_met
        sys.stdout.write(f"| {' | '.join(figure.cells())} |\n")
        sys.stdout.flush()
    return 1 if misses else 0


@dataclass(frozen=True, kw_only=True)
class ProcessRun:
    """A process that has ended. `peak` is its resident memory in bytes, `seconds` wall time."""

    code: int
    stdout: str
    stderr: str
    seconds: float
    cpu: float
    peak: int


def run(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str] | None = None
) -> ProcessRun:
    """Run a command to its end; memory and CPU time are of the process and its children."""
    with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=stdout, stderr=stderr)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        stdout.seek(0)
        stderr.seek(0)
        return ProcessRun(
            code=process.returncode,
            stdout=stdout.read(),
            stderr=stderr.read(),
            seconds=seconds,
            cpu=usage.ru_utime + usage.ru_stime,
            peak=usage.ru_maxrss * 1024,
        )


def git(directory: Path, *arguments: str) -> str:
    """Return what git prints; raises `subprocess.CalledProcessError`."""
    process = subprocess.run(
        ["git", "-c", "user.name=Mona", "-c", "user.email=mona@example.com", *arguments],
        cwd=directory,
        capture_output=True,
        check=True,
    )
    return process.stdout.decode("utf-8", "replace").strip()


def launch_here(folder: Path, environment: Mapping[str, str]) -> ProcessRun:
    """Run the entry of this checkout, with warm rules as in the image."""
    defaults = {
        "PATH": os.environ["PATH"],
        "KF_RULE_CACHE_DIR": os.environ.get("KF_RULE_CACHE_DIR", str(rule_cache())),
    }
    return run(ENTRY, cwd=folder, environment={**defaults, **environment})


def run_action(
    github: GitHubServer,
    repository: ServedRepository,
    payload: object,
    *,
    folder: Path,
    workspace: Path,
    inputs: Mapping[str, str],
    launch: Launch = launch_here,
) -> tuple[ProcessRun, Report | None]:
    """Run the Action's entry on a pull request's event, as a runner would."""
    folder.mkdir(parents=True)
    event = folder / "event.json"
    event.write_text(json.dumps(payload))
    job = repository.environment("pull_request", event, workspace, folder / "runner")
    environment = {
        "HOME": str(folder),
        **job,
        "INPUT_GITHUB_TOKEN": github.token,
        **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
    }
    process_run = launch(folder, environment)
    report = workspace / ".codeflow" / "report.json"
    report_read = Report.model_validate_json(report.read_bytes()) if report.is_file() else None
    return process_run, report_read


@dataclass(frozen=True, kw_only=True)
class ActionRun:
    """One run of the Action on a made-up pull request, with its requests of GitHub."""

    process_run: ProcessRun
    report: Report
    reads: int
    writes: int


def run_on_made_up(
    build: Callable[[Path], None],
    inputs: Mapping[str, str],
    launch: Launch = launch_here,
    body: str = "",
) -> ActionRun:
    """Run the Action on what `build` makes of a folder, its own workspace without objects.

    That is a repository with the branches `main` and `feature`; `body` is the pull request's
    description. Raises `RuntimeError` for a run
    that did not end by itself.
    """
    with tempfile.TemporaryDirectory(prefix="codeflow-bench-") as name, GitHubServer() as github:
        root = Path(name)
        origin, workspace = root / "origin", root / "workspace"
        origin.mkdir()
        workspace.mkdir()
        build(origin)
        repository = github.add_repository("octo/shop", origin)
        pull = repository.open_pull_request(head="feature", body=body)
        process_run, report = run_action(
            github,
            repository,
            repository.event("pull_request", pull=pull),
            folder=root / "job",
            workspace=workspace,
            inputs=inputs,
            launch=launch,
        )
        if report is None or process_run.code not in (0, 1):
            raise RuntimeError(process_run.stdout + process_run.stderr)
        return ActionRun(
            process_run=process_run, report=report, reads=github.reads(), writes=github.writes()
        )


def rule_cache() -> Path:
    """Return where the scanner's compiled rules are kept between runs."""
    folder = Path(tempfile.gettempdir()) / "codeflow-rules"
    folder.mkdir(exist_ok=True)
    return folder
