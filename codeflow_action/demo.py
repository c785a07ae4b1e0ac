"""`codeflow demo`: the real entry on a made-up pull request, with a local stand-in for GitHub."""

import json
import os
import random
import string
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from codeflow_action.engine.errors import CodeFlowError, ConfigError, RepositoryError
from codeflow_action.engine.report import Report
from codeflow_action.integrations.safe_folder import locate
from codeflow_action.integrations.terminal import to_terminal, wants_colour
from codeflow_action.security.untrusted import for_runner
from codeflow_action.testing.github import GitHubServer, Pull
from codeflow_action.testing.github.git_objects import GitCommandError, git_environment, git_program

_REPOSITORY = "octo/shop"
_TIMEOUT = 660  # seconds: the configuration's ten minutes, and a little
# All that the job gets of the reader's environment.
_PASSED_ON = ("PATH", "TMPDIR", "LANG", "LC_ALL", "TZ", "NO_COLOR", "KF_RULE_CACHE_DIR")
_IDENTITY = ("-c", "user.name=Mona", "-c", "user.email=mona@example.com")


def find_files() -> Path:
    """Return the folder with the demo's `base` and `head`: in the package, or in a checkout."""
    here = Path(__file__).parent
    found = [
        folder
        for folder in (here / "data" / "demo", here.parent / "examples" / "demo")
        if (folder / "base").is_dir()
    ]
    if not found:
        raise CodeFlowError(
            "the demo's files are missing", hint="install the package again, or run it in a clone"
        )
    return found[0]


def run_demo(output: Path, environment: Mapping[str, str], stdout: TextIO) -> int:
    """Run the Action once, show what it posted, and write it to `output`; 0 when all went well.

    The gate closes on the made-up pull request, and that is what the demo is to show. No model is
    asked, whatever keys there are. Raises `CodeFlowError`.
    """
    _make(output)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="codeflow-demo-") as folder,
            GitHubServer() as github,
        ):
            ended, shown = _run(Path(folder), github, environment)
    except GitCommandError as error:
        raise RepositoryError(
            f"the demo needs git: {error}", hint="install git, and see that it is in PATH"
        ) from error
    shown.write(output)
    stdout.write(for_runner(shown.for_terminal(output, colour=wants_colour(stdout, environment))))
    return 0 if ended in (0, 1) else ended


def _run(root: Path, github: GitHubServer, environment: Mapping[str, str]) -> tuple[int, "_Shown"]:
    """Return the exit code of the Action's own entry, and what it has left behind."""
    work_tree = root / "shop"
    build_repository(work_tree, find_files())
    served = github.add_repository(_REPOSITORY, work_tree)
    pull = served.open_pull_request(
        head="feature", title="Show the average price", body="Adds an average to the cart."
    )
    event = root / "event.json"
    event.write_text(json.dumps(served.event("pull_request", pull=pull)))
    job = served.environment("pull_request", event, work_tree, root / "runner")
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "codeflow_action"],
        env={
            **job_environment(environment, root),
            **job,
            "INPUT_GITHUB_TOKEN": github.token,
            "INPUT_PROVIDER": "none",
        },
        cwd=work_tree,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )
    log = ended.stdout + ended.stderr
    return ended.returncode, _Shown.collect(pull, work_tree, job, log)


def job_environment(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return what the job gets of a reader's environment: nothing but what is on the list.

    No key, proxy, address or setting of theirs leads it anywhere else than to the local stand-in.
    `home` is the job's own.
    """
    kept = {name: environment[name] for name in _PASSED_ON if name in environment}
    # However this package was installed, the job finds it where we have.
    found = os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path if entry)
    return {"PATH": os.defpath, **kept, "HOME": str(home), "PYTHONPATH": found}


def _make(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output):
            return
    except OSError as error:
        raise ConfigError(
            f"the demo cannot write to {output} ({error.strerror})",
            hint="name another folder with --output",
        ) from error


def build_repository(directory: Path, files: Path) -> None:
    """Make a repository whose branch `feature` changes `main`, from the folders base and head.

    Raises `GitCommandError`.
    """
    directory.mkdir(parents=True)
    _git(directory, "init", "--quiet", "--initial-branch=main", "--template=")
    fill = _fillings()
    for branch, folder in (("main", "base"), ("feature", "head")):
        if branch != "main":
            _git(directory, "checkout", "--quiet", "-b", branch)
        _copy(files / folder, directory, fill)
        _git(directory, "add", "--all")
        _git(directory, "commit", "--quiet", "--message", f"The {folder} of the demo")
    _git(directory, "checkout", "--quiet", "main")


def _git(directory: Path, *arguments: str) -> None:
    """Run git without anything of the reader's: configuration, templates, hooks, repository."""
    done = subprocess.run(  # noqa: S603 - our own words
        [git_program(), *_IDENTITY, *arguments],
        env=git_environment(),
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise GitCommandError(f"git {arguments[0]}: {done.stderr.strip()[:300]}")


def _copy(source: Path, target: Path, fill: Mapping[str, str]) -> None:
    """Copy the files of the demo, and none that Python has made of them since."""
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        if "__pycache__" in file.parts:  # pip compiles what it installs
            continue
        text = file.read_text(encoding="utf-8")
        for name, value in fill.items():
            text = text.replace("{{" + name + "}}", value)
        copy = target / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, encoding="utf-8")


def _fillings() -> dict[str, str]:
    """Return what no check should find in our own files: made-up secrets, conflict markers."""
    rng = random.Random()  # noqa: S311 - made up, and worth nothing
    letters = string.ascii_letters + string.digits
    return {
        # No sign twice: a scanner takes what repeats itself for made up.
        "aws_access_key_id": "AKIA" + "".join(rng.sample("BCDEFGHJLMNOPQRSTUVWXYZ234567", k=16)),
        "aws_secret_access_key": "".join(rng.sample(letters, k=40)),
        "conflict_ours": "<" * 7 + " HEAD",
        "conflict_middle": "=" * 7,
        "conflict_theirs": ">" * 7 + " main",
        "right_to_left": "\N{RIGHT-TO-LEFT OVERRIDE}",
    }


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """What the run has left behind, by the name of the file it is written to."""

    files: Mapping[str, str]

    @classmethod
    def collect(cls, pull: Pull, work_tree: Path, job: Mapping[str, str], log: str) -> "_Shown":
        reviews = "\n\n---\n\n".join(
            [review.body for review in pull.reviews]
            + [f"{one.path}:{one.line}\n\n{one.body}" for one in pull.review_comments]
        )
        report = work_tree / ".codeflow"
        return cls(
            files={
                "sticky-comment.md": "\n\n".join(one.body for one in pull.comments),
                "review.md": reviews or "No model is asked, so there is no review.\n",
                "step-summary.md": Path(job["GITHUB_STEP_SUMMARY"]).read_text(),
                "outputs.txt": Path(job["GITHUB_OUTPUT"]).read_text(),
                "log.txt": log,
                "report.json": _text(report / "report.json"),
                "findings.sarif": _text(report / "report.sarif"),
            }
        )

    def write(self, output: Path) -> None:
        for name, text in self.files.items():
            try:
                folder, file = locate(Path.cwd(), output / name)
                folder.write(file, text)
            except (OSError, ValueError) as error:
                raise ConfigError(f"{output / name} cannot be written ({error})") from error

    def for_terminal(self, output: Path, *, colour: bool) -> str:
        report = self.files["report.json"]
        found = (
            to_terminal(Report.model_validate_json(report), colour=colour)
            if report
            else self.files["log.txt"]
        )
        listed = "\n".join(f"  {output / name}" for name in self.files)
        return f"{found}\nWritten, as GitHub would have it:\n{listed}\n"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
