"""The pull request that publishing is tested on."""

import asyncio

import pytest

from codeflow_action.engine.pull_request import Author, PullRequest
from codeflow_action.integrations.git import GitSettings
from codeflow_action.integrations.local_repository import LocalRepository
from codeflow_action.testing.github import GitHubServer
from codeflow_action.testing.provider.fixtures import PatientClock
from tests.integrations.github.write.publishing import LINES, TOKEN, Scene
from tests.integrations.gitting import commit, git, init


@pytest.fixture(scope="session")
def change(tmp_path_factory):
    """Return a repository on disk and the change in it; publishing writes to neither."""
    directory = init(tmp_path_factory.mktemp("publishing") / "shop")
    commit(directory, {"a.py": b"x\n", "far.py": b"".join(b"%d\n" % at for at in range(99))})
    base = git(directory, "rev-parse", "HEAD").decode().strip()
    git(directory, "checkout", "--quiet", "-b", "topic")
    commit(directory, {"a.py": b"".join(b"line %d\n" % at for at in range(LINES))})
    head = git(directory, "rev-parse", "HEAD").decode().strip()
    git(directory, "checkout", "--quiet", "main")

    async def read():
        repository = await LocalRepository.discover(directory, GitSettings())
        return (await repository.change(base, head)).files

    value = PullRequest(
        repository="octo/shop",
        number=1,
        author=Author(login="mona"),
        base_ref="main",
        base_sha=base,
        head_ref="topic",
        head_sha=head,
        merge_base_sha=base,
        head_repository="octo/shop",
        files=asyncio.run(read()),
    )
    return directory, value


@pytest.fixture
def scene(change):
    directory, value = change
    with GitHubServer(token=TOKEN) as github:
        repository = github.add_repository("octo/shop", directory)
        pull = repository.open_pull_request(head="topic", number=1)
        yield Scene(github=github, pull=pull, value=value, clock=PatientClock())
