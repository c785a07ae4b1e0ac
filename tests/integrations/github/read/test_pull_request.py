"""One pull request, three ways to it: objects in the workspace, a fetch, the API; all agree."""

import asyncio
import os
import random
import subprocess
from dataclasses import replace

import pytest

from codeflow_action.engine.pull_request import FileKind, FileStatus, Gap
from codeflow_action.integrations.git import GitSettings
from codeflow_action.integrations.github.api import Connection, GitHubApi
from codeflow_action.integrations.github.read.change_objects import ObjectSource
from codeflow_action.integrations.github.read.event import DispatchEvent
from codeflow_action.integrations.github.read.pull_request import Source
from codeflow_action.testing.github import GitHubServer
from codeflow_action.testing.provider.fixtures import PatientClock
from tests.integrations.gitting import commit, git, init

TOKEN = "ghs_" + "tokenOfTheseTests" * 2
LINES = "".join(f"line {at}\n" for at in range(60))
BASE = {
    "kept.py": b"x = 1\n",
    "changed.py": LINES.encode(),
    "gone.py": b"a = 1\nb = 2\n",
    "old name.py": LINES.upper().encode(),
    "moved and changed.py": LINES.encode(),
    "windows.txt": b"a\r\nb\r\n",
    "no-end.txt": b"a\nb",
    "logo.png": b"\x89PNG\0\0",
    "latin.txt": b"gr\xfc\xdfe\n",
    "empty.txt": b"",
    "mode.sh": b"true\n",
    "link": b"",
}
HEAD = {
    "changed.py": LINES.replace("line 5\n", "LINE 5\n").replace("line 50\n", "").encode(),
    "gone.py": None,
    "old name.py": None,
    "new näme.py": LINES.upper().encode(),
    "moved and changed.py": None,
    "deep/er/moved.py": LINES.replace("line 7\n", "line seven\n").encode(),
    "windows.txt": b"a\r\nc\r\n",
    "no-end.txt": b"a\nb\nc",
    "logo.png": b"\x89PNG\0\1",
    "latin.txt": b"gr\xfc\xdfe an alle\n",
    "added.py": b"--- a\n+++ b\n@@ -1 +1 @@\nform\x0cfeed \xe2\x80\xa8 x\n",
    "empty.txt": None,
    'quote"d\ttab.py': b"x = 1\n",
    "new-empty.txt": b"",
}


@pytest.fixture
def served(tmp_path):
    directory = init(tmp_path / "shop")
    commit(directory, BASE)
    git(directory, "checkout", "--quiet", "-b", "feature")
    commit(directory, HEAD)
    (directory / "mode.sh").chmod(0o755)
    (directory / "link").unlink()
    os.symlink("kept.py", directory / "link")
    commit(directory, {})
    git(directory, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    git(directory, "commit", "--quiet", "--message", "a submodule")
    git(directory, "checkout", "--quiet", "main")
    commit(directory, {"kept.py": b"x = 2\n"})  # the base goes on: it is no part of the change
    with GitHubServer(token=TOKEN) as github:
        repository = github.add_repository("octo/shop", directory)
        pull = repository.open_pull_request(head="feature", title="All kinds", body="of change")
        yield github, directory, pull


def load(github, workspace, scratch, number="1"):
    scratch.mkdir()
    clock = PatientClock()

    async def loading():
        api = GitHubApi(
            Connection(token=TOKEN, api_url=github.api_url, graphql_url=github.graphql_url),
            clock=clock,
            rng=random.Random(1),
            deadline=clock.now() + 1_000,
        )
        source = Source(
            objects=ObjectSource(
                api=api,
                repository="octo/shop",
                server_url=github.server_url,
                workspace=workspace,
                scratch=scratch,
                git=GitSettings(token=TOKEN, server_url=github.server_url),
            )
        )
        try:
            event = DispatchEvent(ref="feature", sha="", default_branch="main")
            loaded = await source.load(event, number)
            paths = [file.path for file in loaded.pull_request.files]
            contents = (
                dict(await loaded.head.read_many(paths)),
                dict(await loaded.base.read_many(paths)),
            )
            return loaded, contents
        finally:
            await api.aclose()

    return asyncio.run(loading())


def test_git_a_fetch_and_the_api_agree(served, tmp_path):
    github, directory, _ = served
    empty = tmp_path / "empty"
    empty.mkdir()
    borrowed, contents = load(github, directory, tmp_path / "a")
    fetched, fetched_contents = load(github, empty, tmp_path / "b")
    github.fail(path=r"\.git/|info/refs", status=403, times=100)
    asked, asked_contents = load(github, empty, tmp_path / "c")
    assert [one.origin.split(" (")[0] for one in (borrowed, fetched, asked)] == [
        "the workspace's objects",
        "a shallow fetch",
        "GitHub's API",
    ]
    assert fetched.pull_request == borrowed.pull_request
    assert fetched_contents == contents
    for given, expected in zip(asked_contents, contents, strict=True):
        assert {path: content for path, content in given.items() if content != expected[path]} == {}
    by_git = {file.path: file for file in borrowed.pull_request.files}
    by_api = {file.path: file for file in asked.pull_request.files}
    assert by_git.keys() == by_api.keys()
    # GitHub calls a file that became a link `modified`; what it is now is known all the same.
    by_git["link"] = replace(by_git["link"], status=FileStatus.MODIFIED)
    for path, file in by_git.items():
        assert by_api[path] == file, path


def test_sizes_are_known_without_fetching_contents(served, tmp_path):
    github, directory, _ = served
    empty = tmp_path / "empty"
    empty.mkdir()
    paths = ["kept.py", "changed.py", "link", "module", "gone.py"]

    def sizes(loaded):
        return asyncio.run(loaded.head.sizes(paths)), loaded.head.reads_singly

    borrowed, _ = load(github, directory, tmp_path / "a")
    fetched, _ = load(github, empty, tmp_path / "b")
    github.fail(path=r"\.git/|info/refs", status=403, times=100)
    asked, _ = load(github, empty, tmp_path / "c")
    all_of_them = {path: len({**BASE, **HEAD}[path]) for path in ("kept.py", "changed.py")}
    assert sizes(borrowed) == (all_of_them, False)
    assert sizes(fetched)[0].items() >= {"changed.py": all_of_them["changed.py"]}.items()
    assert sizes(asked)[1] is True
    assert {*sizes(fetched)[0], *sizes(asked)[0]} <= set(all_of_them)


def test_each_kind_of_change_is_what_it_is(served, tmp_path):
    github, directory, _ = served
    pull_request = load(github, directory, tmp_path / "a")[0].pull_request
    assert (pull_request.title, pull_request.body) == ("All kinds", "of change")
    files = pull_request.files_by_path
    assert "kept.py" not in files
    status = {path: file.status for path, file in files.items()}
    assert status["gone.py"] is FileStatus.REMOVED
    assert status["added.py"] is FileStatus.ADDED
    assert files["new näme.py"].previous_path == "old name.py"
    assert files["new näme.py"].hunks == ()
    assert files["deep/er/moved.py"].changed_line_count == 2
    assert files["logo.png"].gap is Gap.BINARY
    assert files["link"].kind is FileKind.SYMLINK
    assert (files["module"].kind, files["module"].hunks) == (FileKind.SUBMODULE, ())
    assert files["changed.py"].removed_lines == {6, 51}
    assert files["added.py"].added_lines == {1, 2, 3, 4}
    assert files["windows.txt"].changed_line_count == 2


def test_a_tree_too_large_for_one_answer_is_read_file_by_file(served, tmp_path):
    github, directory, _ = served
    empty = tmp_path / "empty"
    empty.mkdir()
    borrowed, (heads, _) = load(github, directory, tmp_path / "a")
    github.fail(path=r"\.git/|info/refs", status=403, times=100)
    github.fail(path="/git/trees/", status=200, body={"truncated": True, "tree": []}, times=9)
    asked, (asked_heads, _) = load(github, empty, tmp_path / "b")
    assert {file.path for file in asked.pull_request.files} == {
        file.path for file in borrowed.pull_request.files
    }
    # The contents API follows links; all else is as git has it.
    assert {**asked_heads, "link": heads["link"]} == heads
    assert asyncio.run(asked.head.list()) is None


def test_a_merge_result_in_the_workspace_is_not_mistaken_for_the_head(served, tmp_path):
    github, directory, _ = served
    clone = tmp_path / "checkout"
    subprocess.run(["git", "clone", "--quiet", directory, clone], check=True)
    git(clone, "checkout", "--quiet", "--detach", "origin/main")
    git(clone, "merge", "--quiet", "--no-edit", "origin/feature")
    (clone / "changed.py").write_text("what the work tree holds is nobody's\n")
    loaded, (heads, _) = load(github, clone, tmp_path / "a")
    assert heads["changed.py"] == HEAD["changed.py"]
    assert loaded.pull_request.head_sha == git(directory, "rev-parse", "feature").decode().strip()
