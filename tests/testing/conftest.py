"""A small repository with a pull request in it, served by the stand-in for GitHub."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from codeflow_action.testing.github import GitHubServer, Pull, ServedRepository
from tests.testing.plain import TOKEN, Client, commit, git, numbered


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`main`, and `feature` that changes lines 5 and 40 of `app.py` and much else."""
    directory = tmp_path_factory.mktemp("template")
    git(directory, "init", "--quiet", "--initial-branch=main")
    commit(
        directory,
        "Begin",
        {
            "app.py": numbered(60),
            "gone.txt": b"one\ntwo\nthree\n",
            "old.txt": numbered(20),
            "image.png": b"\x89PNG\0\1",
            "docs/guide.md": b"# Guide\n",
        },
    )
    git(directory, "checkout", "--quiet", "-b", "feature")
    commit(
        directory,
        "Change things",
        {
            "app.py": numbered(60, l5="line five", l40="line forty"),
            "gone.txt": None,
            "old.txt": None,
            "new name.txt": numbered(20),
            "image.png": b"\x89PNG\0\2",
            "grüße.txt": "Grüße\n".encode(),
        },
    )
    git(directory, "checkout", "--quiet", "main")
    commit(directory, "Go on", {"docs/guide.md": b"# The guide\n"})
    return directory


@pytest.fixture
def work_tree(template: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    return shutil.copytree(template, tmp_path / "shop")


@pytest.fixture
def github() -> Iterator[GitHubServer]:
    with GitHubServer(token=TOKEN) as server:
        yield server


@pytest.fixture
def repo(github: GitHubServer, work_tree: Path) -> ServedRepository:
    return github.add_repository("octo/shop", work_tree)


@pytest.fixture
def pull(repo: ServedRepository) -> Pull:
    return repo.open_pull_request(base="main", head="feature", number=1, title="A change")


@pytest.fixture
def client(github: GitHubServer) -> Client:
    return Client(github)
