"""Fault 17: the wheel, installed in an environment of its own, works far from any checkout."""

import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.environments import ROOT, build_wheel, copy_plugins, make_environment


def run(*command, cwd, **environment):
    done = subprocess.run(
        list(map(str, command)),
        env={**os.environ, **environment},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fresh place")
    return make_environment(folder / "env", wheel, *copy_plugins(folder))


def test_the_installed_package_works_from_an_empty_folder(installed, rule_cache):
    """Fault 17: demo, help, schemas and the Action's entry; see scripts/try-installed."""
    command = ("/bin/sh", ROOT / "scripts" / "try-installed", installed)
    said = run(*command, cwd=installed.parent, KF_RULE_CACHE_DIR=str(rule_cache))
    assert "try-installed: all of it works" in said


def test_it_is_the_installed_package_that_is_tried_and_plug_ins_beside_it_are_found(installed):
    """Fault 17: pip has compiled the demo's files, which is what broke it.

    What plug-ins do is tried in `tests/entry`, in processes that have imported us already.
    """
    code = (
        "import codeflow_action; print(codeflow_action.__path__[0]); "
        "from codeflow_action.config.plugins import load_plugins as load; "
        "print(*load().actions, *load().providers)"
    )
    printed = run(installed / "python", "-P", "-c", code, cwd=installed.parent).splitlines()
    package = Path(printed[0])
    assert package.is_relative_to(installed.parent)
    assert list((package / "data" / "demo").rglob("__pycache__/*.pyc"))
    assert {"plain", "plain_action"} <= set(printed[1].split())


def test_no_bytecode_and_no_test_of_ours_is_in_the_wheel(wheel):
    """Fault 17: what is published is sources and data."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests/")]
    assert any(name.startswith("codeflow_action/data/demo/base/") for name in names)


def test_the_image_is_tried_in_the_same_way():
    """Fault 17: our own workflow runs the same script in the image, without a network."""
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    assert "docker build --tag codeflow:ci ." in workflow
    assert "/try-installed /opt/codeflow/bin" in workflow
    assert "--network none" in workflow
