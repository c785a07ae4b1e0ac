"""Whole runs on a repository in which everything that git can execute is planted."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.entry.jobs import BASE, HEAD, build, commit, git
from tests.integrations.executions import ATTRIBUTES, FILE, WAYS, Traps


def built(root, server):
    root.mkdir()
    return build(root, server, {**BASE, ".gitattributes": ATTRIBUTES}, HEAD)


def review(forks, work_tree, folder, variables, *arguments):
    """Run `codeflow review` in a process of its own."""
    given = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "KF_RULE_CACHE_DIR": os.environ["KF_RULE_CACHE_DIR"],
        **variables,
    }
    done = forks.codeflow("review", "--provider=none", *arguments, env=given, cwd=work_tree)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_everything(forks, root, server, ways):
    """Plant the ways in one clone; review its work tree, a range, and the pull request."""
    shop = built(root, server)
    git(shop.work_tree, "checkout", "--quiet", "feature")
    planted = root / "planted"
    shutil.copytree(shop.work_tree, planted, symlinks=True)
    git(shop.work_tree, "checkout", "--quiet", "main")
    traps = Traps(folder=root / "traps")
    variables = {}
    for way in ways:
        variables |= way.set_up(planted, traps)
    (planted / FILE).write_text("def mean(prices):\n    breakpoint()\n")
    assert "breakpoint" in review(forks, planted, root, variables)
    if len(ways) > 1:
        assert "breakpoint" not in review(
            forks, planted, root, variables, "--base=main", "--head=feature"
        )
    ended = shop.fork(forks, workspace=planted, env=variables).wait()
    assert ended.outputs["verdict"] == "pass", ended.log
    assert "the workspace's objects" in ended.stderr
    if len(ways) == 1:  # it is in that folder, where the next run does not look
        return traps
    empty = root / "empty"
    empty.mkdir()
    ended = shop.fork(forks, workspace=empty, env=variables).wait()
    assert "a shallow fetch" in ended.stderr, ended.log
    return traps


@pytest.mark.promise(
    "Nothing in a pull request is ever executed: git runs in a repository of our own and only "
    "reads objects."
)
@pytest.mark.promise(
    "Git runs in a repository of our own that borrows objects: no hook, filter, driver, pager, "
    "helper or other setting of the reviewed repository is obeyed (each by name)."
)
@pytest.mark.parametrize("group", sorted({way.group for way in WAYS}))
def test_git_executes_nothing_that_a_repository_or_the_environment_names(
    forks, tmp_path, github, group
):
    """Fault 7: `codeflow review` ran the program of `filter.x.clean`.

    The ways of a group share their runs: they hide none of each other.
    """
    ways = [way for way in WAYS if way.group == group]
    traps = run_everything(forks, tmp_path / "planted", github, ways)
    assert [way.name for way in ways if traps.has_mark(way.name)] == []


@pytest.fixture(scope="module")
def plain_repository(tmp_path_factory):
    repository = tmp_path_factory.mktemp("plain") / "shop"
    repository.mkdir()
    git(repository, "init", "--quiet", "--initial-branch=main")
    commit(repository, {**BASE, ".gitattributes": ATTRIBUTES})
    commit(repository, HEAD)
    return repository


@pytest.mark.parametrize("way", [way for way in WAYS if way.proof], ids=lambda way: way.name)
def test_plain_git_executes_it(tmp_path, plain_repository, way):
    """Fault 7: what is planted would go off, so the test above says something."""
    repository = tmp_path / "shop"
    shutil.copytree(plain_repository, repository, symlinks=True)
    traps = Traps(folder=tmp_path / "traps")
    variables = way.set_up(repository, traps)
    (repository / FILE).write_text("changed = 1\n")
    path = variables.pop("PATH", os.environ["PATH"])
    identity = ("-c", "user.name=Mona", "-c", "user.email=mona@example.com")
    subprocess.run(
        ["/bin/sh", "-c", 'exec git "$@"', "sh", *identity, *way.proof],  # looks along PATH
        cwd=repository,
        env={"PATH": path, "HOME": str(tmp_path), "GIT_TERMINAL_PROMPT": "0", **variables},
        input=way.stdin,
        capture_output=True,
        check=False,
    )
    assert traps.has_mark(way.name)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_the_table_in_the_documentation_is_this_one(way):
    table = (Path(__file__).parents[2] / "docs" / "git.md").read_text()
    proven = "✓" if way.proof else ""
    assert f"| `{way.name.removeprefix('hook ')}` | {proven} |" in table
