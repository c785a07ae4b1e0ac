"""Where a provider's key is found, and that it is hidden."""

import json
import os

import pytest

from codeflow_action.ai.registry import load_providers
from codeflow_action.config.inputs import Inputs
from codeflow_action.hosts.provider_access import open_access
from codeflow_action.security.redaction import Redactor

REFRESH = "plum-pear-quince"
ACCOUNT = json.dumps({"type": "authorized_user", "refresh_token": REFRESH})


@pytest.fixture
def opened(tmp_path):
    """Open the access of a job whose workspace is `tmp_path`/inside."""

    def made(path, redactor=None, **environment):
        workspace = tmp_path / "inside"
        workspace.mkdir(exist_ok=True)
        (workspace / "gha-creds-0123.json").write_text(ACCOUNT)
        environment = {
            "GITHUB_WORKSPACE": str(workspace),
            "GOOGLE_APPLICATION_CREDENTIALS": str(path),
            **environment,
        }
        return open_access(load_providers(), Inputs(), environment, redactor or Redactor())

    return made


def test_a_file_with_a_key_is_read_and_hidden(opened, tmp_path):
    redactor = Redactor()
    access = opened(tmp_path / "inside" / "gha-creds-0123.json", redactor)
    assert access.keys["vertex"] == ACCOUNT
    assert REFRESH not in redactor.redact(f"print('{REFRESH}')")


def test_in_a_container_the_runners_path_leads_into_the_workspace(opened):
    """The path is the runner's, and so is RUNNER_WORKSPACE: there the folder is another one."""
    host = {"RUNNER_WORKSPACE": "/home/runner/work/shop"}
    path = "/home/runner/work/shop/shop/gha-creds-0123.json"
    assert opened(path, **host).keys["vertex"] == ACCOUNT
    assert "vertex" not in opened(path).keys


def test_a_path_counts_from_the_workspace_and_a_link_on_it_is_no_file(opened, tmp_path):
    """A checkout may hold links and pipes; outside of it a link is somebody's who is trusted."""
    assert opened("gha-creds-0123.json").keys["vertex"] == ACCOUNT
    outside, inside = tmp_path / "account.json", tmp_path / "inside"
    outside.write_text(ACCOUNT)
    (tmp_path / "link.json").symlink_to(outside)
    (inside / "link.json").symlink_to(outside)
    (inside / "folder").symlink_to(tmp_path)
    os.mkfifo(inside / "pipe.json")
    assert opened(tmp_path / "link.json").keys["vertex"] == ACCOUNT
    for name in ("link.json", "folder/account.json", "pipe.json", "../account.json"):
        assert "vertex" not in opened(name).keys
        assert "vertex" not in opened(inside / name).keys


@pytest.mark.parametrize("path", ["/nowhere/at/all.json", "/home/runner/work/shop"])
def test_a_file_that_cannot_be_read_is_no_key_and_told_where_it_is_wanted(opened, path):
    access = opened(path, RUNNER_WORKSPACE="/home/runner/work/shop")
    assert "vertex" not in access.keys
    assert "GOOGLE_APPLICATION_CREDENTIALS cannot be read" in access.obstacles["vertex"].problem
    assert "vertex" not in opened("").obstacles
