"""What a child process gets to see of our environment."""

import ast
from pathlib import Path

import pytest

import codeflow_action
from codeflow_action.integrations.child_environment import child_environment

OUTER = {
    "PATH": "/usr/bin",
    "LANG": "C.UTF-8",
    "TMPDIR": "/var/tmp",
    "HTTPS_PROXY": "http://user:password@proxy:1",
    "no_proxy": "localhost",
    "SSL_CERT_FILE": "/ca.pem",
    "HOME": "/root",
    "GH_PAT": "x",
    "LD_PRELOAD": "/evil.so",
    "PYTHONPATH": "/evil",
    "GIT_SSH": "/evil",
    "path": "/evil",
}


@pytest.mark.promise("Child processes get an allow-list of the environment, and no secret.")
def test_a_child_gets_an_allow_list_and_no_home():
    """Fault 9: children inherited everything but five words."""
    expected = {"PATH": "/usr/bin", "LANG": "C.UTF-8", "TMPDIR": "/var/tmp", "HOME": "/dev/null"}
    assert child_environment(OUTER) == expected


def test_what_speaks_to_the_network_gets_proxies_and_certificates():
    """Fault 9: a proxy's password goes to nobody else."""
    more = child_environment(OUTER, network=True).keys() - child_environment(OUTER).keys()
    assert more == {"HTTPS_PROXY", "no_proxy", "SSL_CERT_FILE"}


@pytest.mark.promise("Programs are looked for in absolute folders only.")
@pytest.mark.parametrize("path", [".:/usr/bin", "/usr/bin:", "bin:/usr/bin", "/usr/bin:./x"])
def test_programs_are_found_in_absolute_folders_only(path):
    """Fault 7: the folder that is reviewed may hold a program named `git`."""
    assert child_environment({"PATH": path})["PATH"] == "/usr/bin"


def test_a_path_of_nothing_is_the_systems():
    assert child_environment({"PATH": "."})["PATH"] == "/bin:/usr/bin"


# Each starts a process with an environment that its own tests look at; the demo starts ourselves.
STARTERS = {
    "integrations/bounded_process.py",
    "integrations/zizmor.py",
    "demo.py",
    "review/fork_server.py",
}


def test_no_other_file_starts_a_process():
    """Fault 9: a new child has to be given its environment, and to be named here."""
    root = Path(codeflow_action.__file__).parent
    found = set()
    for file in root.rglob("*.py"):
        path = file.relative_to(root).as_posix()
        names = {
            alias.name
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        if "subprocess" in names and not path.startswith("testing/"):
            found.add(path)
    assert found - {"integrations/git.py"} <= STARTERS | {"entrypoint.py", "__main__.py"}
