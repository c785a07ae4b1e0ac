"""`codeflow demo`: the Action's own entry on a made-up pull request, with a local GitHub.

No model is asked. A local server gives answers that were written beforehand, one of them wrong and
one made up, so that all that happens to a model's answers can be seen.
"""

import json
import os
import random
import string
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from codeflow_action.engine.errors import CodeFlowError, ConfigError, RepositoryError
from codeflow_action.engine.report import Report
from codeflow_action.integrations.safe_folder import locate
from codeflow_action.integrations.terminal import to_terminal, wants_colour
from codeflow_action.security.untrusted import for_runner
from codeflow_action.testing.github import GitHubServer, Pull
from codeflow_action.testing.github.git_objects import GitCommandError, git_environment, git_program
from codeflow_action.testing.models import Json, ModelRequest, ModelServer, Reply, empty_answer
from codeflow_action.testing.reviewer_replies import is_second_round, numbered_titles

_REPOSITORY = "octo/shop"
_TIMEOUT = 660  # seconds: the configuration's ten minutes, and a little
# All that the job gets of the reader's environment.
_PASSED_ON = ("PATH", "TMPDIR", "LANG", "LC_ALL", "TZ", "NO_COLOR", "KF_RULE_CACHE_DIR")
_MODEL = "written-beforehand"
_IDENTITY = ("-c", "user.name=Mona", "-c", "user.email=mona@example.com")


def find_files() -> Path:
    """Return the folder with the demo's `base` and `head`: in the package, or in a checkout."""
    package = Path(__file__).parent
    for folder in (package / "data" / "demo", package.parent / "examples" / "demo"):
        if (folder / "base").is_dir():
            return folder
    raise CodeFlowError(
        "the demo's files are missing", hint="install the package again, or run it in a clone"
    )


def run_demo(output: Path, environment: Mapping[str, str], stdout: TextIO) -> int:
    """Run the Action once, show what it posted, and write it to `output`; 0 when all went well.

    Raises `CodeFlowError`.
    """
    _make_folder(output)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="codeflow-demo-") as folder,
            GitHubServer() as github,
            ModelServer(answer=prepared_answers(find_files() / "review.json")) as models,
        ):
            exit_code, texts = _run_action(Path(folder), github, models, environment)
    except GitCommandError as error:
        raise RepositoryError(
            f"the demo needs git: {error}", hint="install git, and see that it is in PATH"
        ) from error
    for name, text in texts.items():
        try:
            place, file = locate(Path.cwd(), output / name)
            place.write(file, text)
        except (OSError, ValueError) as error:
            raise ConfigError(f"{output / name} cannot be written ({error})") from error
    findings = texts["log.txt"]
    if texts["report.json"]:
        report = Report.model_validate_json(texts["report.json"])
        findings = to_terminal(report, colour=wants_colour(stdout, environment))
    paths = "\n".join(f"  {output / name}" for name in texts)
    note = "The model's answers were written beforehand; no model was asked."
    stdout.write(for_runner(f"{findings}\n{note}\nWritten, as GitHub would have it:\n{paths}\n"))
    # 1 is no failure here: the demo is to show how the gate closes on the made-up pull request.
    return 0 if exit_code in (0, 1) else exit_code


def _run_action(
    root: Path, github: GitHubServer, models: ModelServer, environment: Mapping[str, str]
) -> tuple[int, dict[str, str]]:
    """Return the exit code of the Action's own entry, and the texts it left, by file name."""
    work_tree = root / "shop"
    build_repository(work_tree, find_files())
    repository = github.add_repository(_REPOSITORY, work_tree)
    pull = repository.open_pull_request(
        head="feature", title="Show the average price", body="Adds an average to the cart."
    )
    event = root / "event.json"
    event.write_text(json.dumps(repository.event("pull_request", pull=pull)))
    job = repository.environment("pull_request", event, work_tree, root / "runner")
    # `-P`: nothing is imported from the reader's current folder.
    process = subprocess.run(
        [sys.executable, "-P", "-m", "codeflow_action"],
        env={
            **job_environment(environment, root),
            **job,
            "INPUT_GITHUB_TOKEN": github.token,
            "INPUT_MODEL": f"openai:{_MODEL}",
            "OPENAI_BASE_URL": models.base_url("openai"),
        },
        cwd=work_tree,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )
    log = process.stdout + process.stderr
    return process.returncode, _result_texts(pull, work_tree, job, log)


def prepared_answers(path: Path) -> Callable[[ModelRequest], Reply]:
    """Return what answers the reviewer's two questions from a file; any other gets the least.

    In the file, judgements are by the title of their remark; others are refuted.
    """
    prepared = json.loads(path.read_text(encoding="utf-8"))

    def answer(request: ModelRequest) -> Reply:
        if is_second_round(request):
            refuted = {"reason": "The code shown says otherwise.", "verdict": "refuted"}
            return Json(
                {
                    "judgements": [
                        {"id": number, "severity": "notice", **refuted}
                        | prepared["judgements"].get(title, {})
                        for number, title in numbered_titles(request.text)
                    ]
                }
            )
        properties = (request.schema or {}).get("properties")
        is_first_round = isinstance(properties, dict) and "remarks" in properties
        return Json({"remarks": prepared["remarks"]}) if is_first_round else empty_answer(request)

    return answer


def job_environment(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return what the job gets of a reader's environment: nothing but what is on the list.

    No key, proxy, address or setting of theirs leads it anywhere else than to the local GitHub.
    `home` is the job's own.
    """
    variables = {name: environment[name] for name in _PASSED_ON if name in environment}
    # However this package was installed, the job finds it where this process found it.
    python_path = os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path if entry)
    return {"PATH": os.defpath, **variables, "HOME": str(home), "PYTHONPATH": python_path}


def _make_folder(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
        # A folder that is there may still not be ours to write to.
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
    values = _placeholder_values()
    for branch, folder in (("main", "base"), ("feature", "head")):
        if branch != "main":
            _git(directory, "checkout", "--quiet", "-b", branch)
        _copy_files(files / folder, directory, values)
        _git(directory, "add", "--all")
        _git(directory, "commit", "--quiet", "--message", f"The {folder} of the demo")
    _git(directory, "checkout", "--quiet", "main")


def _git(directory: Path, *arguments: str) -> None:
    """Run git without anything of the reader's: configuration, templates, hooks, repository."""
    process = subprocess.run(  # noqa: S603 - our own words
        [git_program(), *_IDENTITY, *arguments],
        env=git_environment(),
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        raise GitCommandError(f"git {arguments[0]}: {process.stderr.strip()[:300]}")


def _copy_files(source: Path, target: Path, values: Mapping[str, str]) -> None:
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        if "__pycache__" in file.parts:  # pip compiles what it installs
            continue
        text = file.read_text(encoding="utf-8")
        for name, value in values.items():
            text = text.replace("{{" + name + "}}", value)
        copy = target / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, encoding="utf-8")


def _placeholder_values() -> dict[str, str]:
    """Return what no check should find in our own files: made-up secrets, conflict markers."""
    rng = random.Random()  # noqa: S311 - made up, and worth nothing
    letters = string.ascii_letters + string.digits
    return {
        # No character twice: scanners take repetition for a made-up key.
        "aws_access_key_id": "AKIA" + "".join(rng.sample("BCDEFGHJLMNOPQRSTUVWXYZ234567", k=16)),
        "aws_secret_access_key": "".join(rng.sample(letters, k=40)),
        "conflict_ours": "<" * 7 + " HEAD",
        "conflict_middle": "=" * 7,
        "conflict_theirs": ">" * 7 + " main",
        "right_to_left": "\N{RIGHT-TO-LEFT OVERRIDE}",
    }


def _result_texts(pull: Pull, work_tree: Path, job: Mapping[str, str], log: str) -> dict[str, str]:
    """Return what the run has left behind, by the name of the file that it is written to."""
    reviews = "\n\n---\n\n".join(
        [review.body for review in pull.reviews]
        + [f"{comment.path}:{comment.line}\n\n{comment.body}" for comment in pull.review_comments]
    )
    report = work_tree / ".codeflow"
    return {
        "sticky-comment.md": "\n\n".join(comment.body for comment in pull.comments),
        "review.md": reviews,
        "step-summary.md": Path(job["GITHUB_STEP_SUMMARY"]).read_text(),
        "outputs.txt": Path(job["GITHUB_OUTPUT"]).read_text(),
        "log.txt": log,
        "report.json": _text(report / "report.json"),
        "findings.sarif": _text(report / "report.sarif"),
    }


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
