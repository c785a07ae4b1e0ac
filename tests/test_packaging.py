"""What belongs together in different files says the same."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml

from codeflow_action import __version__
from codeflow_action.ai.registry import load_providers, provider_inputs
from codeflow_action.config.inputs import ACCOUNT_ENDINGS, Inputs, input_names
from codeflow_action.config.json_schema import configuration_schema
from codeflow_action.config.pipeline_entries import load_registry
from codeflow_action.engine.outcome import Reason, Verdict
from codeflow_action.engine.verdict import Decision
from codeflow_action.integrations.outputs import outputs
from codeflow_action.run.conclude import bare_report

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = listed.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def pins(name: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Return version and hashes by package, from an exported requirements file."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text().replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if match := re.match(r"([a-z0-9._-]+)==([^\s;]+)", line):
            found[match[1]] = match[2], frozenset(re.findall(r"sha256:[0-9a-f]{64}", line))
    return found


def locked() -> dict[str, tuple[str, frozenset[str]]]:
    lock = tomllib.loads((ROOT / "poetry.lock").read_text())
    return {
        package["name"]: (
            package["version"],
            frozenset(file["hash"] for file in package["files"]),
        )
        for package in lock["package"]
    }


@pytest.mark.parametrize("name", ["runtime", "dev", "build"])
def test_the_exported_requirements_are_what_is_locked(name):
    exported, lock = pins(name), locked()
    assert exported
    assert {package: lock[package] for package in exported} == exported


def test_everything_that_is_locked_is_exported_somewhere():
    exported = set(pins("runtime")) | set(pins("dev")) | set(pins("build"))
    elsewhere = {"colorama", "pywin32", "tzdata"}  # of other systems
    assert set(locked()) - exported <= elsewhere


def test_the_lock_belongs_to_the_project_file():
    """Every direct dependency is locked in a version that the project asks for."""
    wanted = [*PROJECT["project"]["dependencies"]]
    for group in PROJECT["dependency-groups"].values():
        wanted += group
    names = {re.match(r"[A-Za-z0-9._-]+", line)[0].lower() for line in wanted}
    assert names <= set(locked())


def test_no_file_names_a_package_registrys_host():
    hosts = [
        ".".join(parts)
        for parts in (
            ("pypi", "org"),
            ("files", "pythonhosted", "org"),
            ("registry", "npmjs", "org"),
            ("deb", "debian", "org"),
        )
    ]
    named = [
        f"{path.relative_to(ROOT)}: {host}"
        for path in tracked_files()
        for host in hosts
        if host.encode() in path.read_bytes()
    ]
    assert not named


def test_every_input_of_the_action_is_one_of_inputs_in_the_same_order():
    ours = [
        provider for provider in load_providers().values() if provider.package == "codeflow-action"
    ]
    assert tuple(ACTION["inputs"]) == input_names(provider_inputs(ours))


def test_defaults_in_the_action_are_those_of_inputs():
    for name, about in ACTION["inputs"].items():
        if name.endswith(("_api_key", *ACCOUNT_ENDINGS)):
            assert "default" not in about
            continue
        default = Inputs.model_fields[name].default
        if name == "github_token":
            assert about["default"] == "${{ github.token }}"
        elif "default" in about:
            assert about["default"] == str(default).lower()
        else:
            assert default in (None, "", ()) or not default.get_secret_value()


def test_every_output_of_the_action_is_written():
    decision = Decision(verdict=Verdict.PASS, reason=Reason.OK, exit_code=0)
    written = outputs(bare_report(decision, name="codeflow"))
    assert list(ACTION["outputs"]) == list(written)


def test_no_caller_can_start_something_else_in_the_image():
    assert ACTION["runs"]["entrypoint"].startswith("/")
    assert ACTION["runs"]["args"] == ["-I", "-m", "codeflow_action"]
    entry = [ACTION["runs"]["entrypoint"], *ACTION["runs"]["args"]]
    assert f"ENTRYPOINT {json.dumps(entry)}" in (ROOT / "Dockerfile").read_text()


def test_every_shipped_entry_point_loads():
    assert set(load_registry()) >= {
        "platform_detector",
        "quality_gates",
        "tool_reports",
        "pr_reviewer",
    }
    assert set(load_providers()) >= {"openai", "anthropic", "mistral", "groq"}
    assert set(load_providers()) >= {"azure", "bedrock", "vertex"}
    for group, points in PROJECT["project"]["entry-points"].items():
        installed = {point.name: point.value for point in entry_points(group=group)}
        assert points.items() <= installed.items()


def test_the_version_is_the_same_everywhere():
    assert PROJECT["project"]["version"] == __version__


def test_the_configurations_schema_is_up_to_date():
    written = json.loads((ROOT / "codeflow.schema.json").read_text())
    assert written == configuration_schema(load_registry())


@pytest.mark.promise("Pin the Action to a SHA if you want nothing to change.")
def test_every_action_in_our_workflows_is_pinned_by_its_sha():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        for used in re.findall(r"uses: (\S+)", path.read_text()):
            assert used.startswith("./") or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used), path


def test_every_workflow_starts_without_permissions():
    for folder in (".github/workflows", "examples/workflows"):
        for path in (ROOT / folder).glob("*.yml"):
            assert yaml.safe_load(path.read_text())["permissions"] == {}, path


def test_the_examples_use_only_inputs_that_exist():
    for path in (ROOT / "examples" / "workflows").glob("*.yml"):
        for job in yaml.safe_load(path.read_text())["jobs"].values():
            for step in job["steps"]:
                if step.get("uses", "").startswith("org/codeflow"):
                    assert set(step.get("with", {})) <= set(ACTION["inputs"]), path


def find_python(tools: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script with nothing in PATH but what it needs itself."""
    tools.mkdir()
    for name in ("tr", "sed", "cat"):
        (tools / name).symlink_to(shutil.which(name))
    path = ":".join(filter(None, (environment.get("PATH"), str(tools))))
    return subprocess.run(
        ["/bin/sh", str(ROOT / "scripts" / "find-python")],
        env={**environment, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("how", ["PYENV_ROOT", "HOME", "PATH"])
def test_a_python_that_only_pyenv_knows_is_found(tmp_path, how):
    """Its shims answer for active versions alone, and not at all under another HOME."""
    root = tmp_path / "home" / ".pyenv"
    python = root / "versions" / "3.13.0" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (root / "shims").mkdir()
    value = {"PYENV_ROOT": root, "HOME": root.parent, "PATH": root / "shims"}[how]
    found = find_python(tmp_path / "tools", **{how: str(value)})
    assert (found.returncode, found.stdout.strip()) == (0, str(python)), found.stderr


def test_without_a_python_it_is_said_what_to_install(tmp_path):
    found = find_python(tmp_path / "tools")
    assert (found.returncode, found.stdout) == (2, "")
    assert "needs Python 3.12 or newer" in found.stderr


def test_the_release_names_the_image_by_its_digest(tmp_path):
    (tmp_path / "scripts").mkdir()
    script = tmp_path / "scripts" / "pin-image"
    script.write_bytes((ROOT / "scripts" / "pin-image").read_bytes())
    (tmp_path / "action.yml").write_bytes((ROOT / "action.yml").read_bytes())
    image = "registry.example/org/codeflow@sha256:" + "a" * 64
    subprocess.run(["sh", str(script), image], check=True)
    pinned = yaml.safe_load((tmp_path / "action.yml").read_text())
    assert pinned["runs"]["image"] == f"docker://{image}"
    assert {**pinned, "runs": {**pinned["runs"], "image": "Dockerfile"}} == ACTION
    again = subprocess.run(["sh", str(script), image], check=False, capture_output=True)
    assert again.returncode == 1
    tag = subprocess.run(["sh", str(script), "org/x:v1"], check=False, capture_output=True)
    assert tag.returncode == 2
