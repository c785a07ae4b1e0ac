"""Contents through GraphQL are those that git has, in few requests; no others are taken."""

import asyncio
import random

import pytest

from codeflow_action.engine.ports import Absent
from codeflow_action.integrations.github.api import Connection, GitHubApi
from codeflow_action.integrations.github.read.blobs import Blobs
from codeflow_action.integrations.github.read.tree import ApiTree
from codeflow_action.testing.github import GitHubServer
from codeflow_action.testing.provider.fixtures import PatientClock
from tests.integrations.gitting import commit, git, init

TEXTS = {f"file{number}.py": f"x = {number}\r\n".encode() for number in range(7)}
# Each is not what git has, once it is text in JSON, or is cut.
OTHERS = {
    "picture.png": b"\x89PNG\0\0",
    "latin.txt": b"gr\xfc\xdfe\n",
    "large.txt": b"long\n" * 110_000,
}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    directory = init(tmp_path_factory.mktemp("blobs") / "shop")
    commit(directory, TEXTS | OTHERS)
    with GitHubServer() as github:
        github.add_repository("octo/shop", directory)
        yield github, git(directory, "rev-parse", "HEAD").decode().strip()


@pytest.fixture
def read(served):
    """Return what reads paths, again and again, and the requests that each reading took."""
    github, sha = served

    def read(*readings):
        clock = PatientClock()

        async def read_all():
            connection = Connection(
                token=github.token, api_url=github.api_url, graphql_url=github.graphql_url
            )
            api = GitHubApi(
                connection, clock=clock, rng=random.Random(1), deadline=clock.now() + 1_000
            )
            tree = ApiTree(api, "octo/shop", sha, Blobs(api, "octo/shop", max_objects=4))
            try:
                await tree.list()
                for paths in readings:
                    before = api.requests.reads
                    contents = await tree.read_many(list(paths))
                    yield contents, api.requests.reads - before
            finally:
                await api.aclose()

        async def collect():
            return [reading async for reading in read_all()]

        return asyncio.run(collect())

    return read


def test_many_files_come_in_one_answer_and_once(read):
    (contents, requests), (again, more) = read(TEXTS, TEXTS)
    assert contents == again == TEXTS
    assert (requests, more) == (2, 0)


def test_what_graphql_cannot_give_as_git_has_it_is_asked_for_by_itself(read):
    paths = ["file1.py", "file2.py", *OTHERS]  # the large one is known to be too large
    [(contents, requests)] = read(paths)
    assert contents == {"file1.py": TEXTS["file1.py"], "file2.py": TEXTS["file2.py"]} | OTHERS
    assert requests == 1 + len(OTHERS)


def test_where_graphql_is_refused_each_file_is_asked_for(read, served):
    github, _ = served
    github.fail(path="/graphql", status=403, times=1)
    [(contents, requests)] = read(["file1.py", "file2.py", "gone.py"])
    assert contents == {
        "file1.py": TEXTS["file1.py"],
        "file2.py": TEXTS["file2.py"],
        "gone.py": Absent.MISSING,
    }
    assert requests == 3
