"""A work tree with other repositories in it, and branches without a common history."""

import asyncio
import os
import shutil
import subprocess

import pytest

from codeflow_action.integrations.git import GitSettings
from codeflow_action.integrations.local_repository import LocalRepository
from tests.integrations.gitting import commit, git, init


def changed(folder):
    async def look():
        settings = GitSettings(environment={"PATH": os.environ["PATH"], "HOME": os.devnull})
        repository = await LocalRepository.discover(folder, settings)
        head = await repository.resolve("HEAD")
        return (await repository.change(head, None)).files

    return {file.path for file in asyncio.run(look())}


def nested(folder, **files):
    inner = init(folder)
    commit(inner, {name: text.encode() for name, text in (files or {"q.py": "q = 1\n"}).items()})
    return inner


def link(root):
    nested(root / "nested")
    subprocess.run(["git", "add", "nested"], cwd=root, check=True, capture_output=True)


def empty(root):
    init(root / "nested")


def sha256(root):
    subprocess.run(
        ["git", "init", "--quiet", "--object-format=sha256", root / "nested"], check=True
    )


def deep(root):
    nested(root / "src" / "we ird" / "ü")


def staged(root):
    link(root)


def moved(root):
    link(root)
    git(root, "commit", "--quiet", "--message", "link")
    commit(root / "nested", {"q.py": b"q = 2\n"})
    (root / "nested" / "q.py").write_text("dirty")


def gone(root):
    moved(root)
    shutil.rmtree(root / "nested")


def no_repository_any_more(root):
    moved(root)
    shutil.rmtree(root / "nested" / ".git")


def worktree(root):
    git(root, "worktree", "add", "--quiet", "nested", "-b", "other")


def damaged(root):
    nested(root / "nested")
    (root / "nested" / ".git" / "HEAD").write_text("ref: refs/heads/nowhere\n")
    shutil.rmtree(root / "nested" / ".git" / "objects")


def of_the_future(root):
    nested(root / "nested")
    (root / "nested/.git/config").write_text("[core]\nrepositoryformatversion = 7\n")


def with_a_broken_configuration(root):
    nested(root / "nested")
    (root / "nested/.git/config").write_text("[core\nbroken")


def gitfile_to_nowhere(root):
    (root / "nested").mkdir()
    (root / "nested" / ".git").write_text("gitdir: ../nowhere\n")


def ignored(root):
    nested(root / "node_modules" / "x")
    (root / ".git" / "info").mkdir(exist_ok=True)
    (root / ".git" / "info" / "exclude").write_text("node_modules\n")


@pytest.mark.parametrize(
    "make",
    [
        empty, sha256, deep, staged, moved, gone, no_repository_any_more, worktree, damaged,
        of_the_future, with_a_broken_configuration, gitfile_to_nowhere, ignored,
    ],
)  # fmt: skip
def test_another_repository_inside_stops_no_review_of_the_work_tree(tmp_path, make):
    root = init(tmp_path / "shop")
    commit(root, {"a.py": b"x = 1\n", "src/b.py": b"y = 1\n"})
    make(root)
    (root / "a.py").write_text("x = 2\n")
    (root / "src" / "new.py").write_text("z = 1\n")
    assert {"a.py", "src/new.py"} <= changed(root)
