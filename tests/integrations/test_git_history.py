"""How often files were changed before, read from real repositories."""

import asyncio

import pytest

from codeflow_action.integrations.git import GitSettings
from codeflow_action.integrations.git_history import GitHistory
from codeflow_action.integrations.local_repository import LocalRepository
from tests.integrations.gitting import commit, git, init


@pytest.fixture
def folder(tmp_path):
    folder = init(tmp_path / "shop")
    for number in range(3):
        commit(folder, {"cart.py": b"%d\n" % number, "käse\n.py": b"1\n"})
    commit(folder, {"page.md": b"1\n"})
    return folder


def churn(folder, *paths, sha=""):
    async def ask():
        repository = await LocalRepository.discover(folder, GitSettings())
        head = sha or await repository.resolve("HEAD")
        return await GitHistory(repository=repository, sha=head).churn(paths)

    return asyncio.run(ask())


def test_commits_that_touch_a_path_are_counted(folder):
    expected = {"cart.py": 3, "käse\n.py": 1, "page.md": 1, "new.py": 0}
    assert churn(folder, *expected) == expected


def test_a_shallow_clone_has_no_history(folder, tmp_path):
    url = f"file://{folder}"
    git(tmp_path, "clone", "--quiet", "--depth=1", url, str(tmp_path / "clone"))
    assert churn(tmp_path / "clone", "cart.py") is None


def test_a_commit_that_is_not_here_has_no_history(folder):
    assert churn(folder, "cart.py", sha="0" * 40) is None
