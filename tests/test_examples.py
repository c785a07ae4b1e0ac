"""The workflows for forks: what linters say of them is answered in the files."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.actions.gating import check, only
from tests.actions.test_workflow_risk import Audited

FOLDER = Path(__file__).parents[1] / "examples" / "workflows"
PRIVILEGED = ["fork-review.yml", "private-forks.yml", "commands.yml"]
BIN = Path(sys.executable).parent


def zizmor(path: Path, *options: str) -> set[str]:
    """Return the names of the audits that have something to say."""
    command = [BIN / "zizmor", "--offline", "--quiet", "--no-progress", "--format=json", *options]
    command += ["--config", FOLDER.parent / "zizmor.yml", path]
    done = subprocess.run(command, capture_output=True, check=False)
    return {finding["ident"] for finding in json.loads(done.stdout)}


@pytest.mark.parametrize("name", PRIVILEGED)
def test_what_is_said_of_a_trigger_is_answered_in_the_file(name):
    path = FOLDER / name
    assert zizmor(path) == set()
    assert zizmor(path, "--no-ignores") == {"dangerous-triggers"}
    text = path.read_text()
    answer = text[: text.index("\non:")]
    assert "This one has no checkout" in answer
    findings = check(f".github/workflows/{name}", text, "", scanners=Audited(), **RISK)
    assert [(one.severity.value, one.rule) for one in findings] == [
        ("notice", "workflow_risk/dangerous-triggers")
    ]


RISK = only("workflow_risk")


@pytest.mark.parametrize("name", [*PRIVILEGED, "fork-trigger.yml"])
def test_the_workflows_for_forks_run_no_code_and_have_no_more_rights_than_they_use(name):
    workflow = yaml.safe_load((FOLDER / name).read_text())
    assert workflow["permissions"] == {}
    (job,) = workflow["jobs"].values()
    # A push replaces the review of an older head, and no command replaces another.
    concurrency = workflow.get("concurrency") or job["concurrency"]
    assert concurrency["cancel-in-progress"] == (name != "commands.yml")
    (step,) = job["steps"]
    if name == "fork-trigger.yml":
        assert (step, job.get("permissions")) == ({"run": "true"}, None)
    else:
        assert step["uses"].startswith("org/codeflow@")
        assert job["permissions"].keys() <= {"contents", "pull-requests", "checks"}
        assert job["permissions"]["contents"] == "read"


@pytest.mark.parametrize(
    "name", ["pull-request", "other-tools", "use-outputs", "private-forks", "sharded"]
)
def test_a_pull_request_that_is_closed_is_counted(name):
    workflow = yaml.safe_load((FOLDER / f"{name}.yml").read_text())
    triggers = workflow[True]  # YAML 1.1 reads `on` so
    trigger = triggers.get("pull_request") or triggers["pull_request_target"]
    assert "closed" in trigger["types"]
    jobs = [job for job in workflow["jobs"].values() if "!= 'closed'" not in str(job.get("if"))]
    steps = [step for job in jobs for step in job["steps"] if "codeflow" in step.get("uses", "")]
    # A run with a part of the work is not the one that counts.
    whole = [step for step in steps if not step["with"].keys() & {"shard", "stage"}]
    assert len(whole) == 1


def test_the_review_of_forks_follows_the_trigger_beside_it(tmp_path):
    """The linter looks for a workflow of that name, among those that GitHub would run."""
    git = shutil.which("git")
    subprocess.run([git, "init", "--quiet", tmp_path], check=True)
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    paths = [shutil.copy(FOLDER / f"fork-{name}.yml", folder) for name in ("trigger", "review")]
    done = subprocess.run(
        [BIN / "jactionlint", "--ignore=unpinned-uses", *paths],
        cwd=tmp_path,
        env={"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
