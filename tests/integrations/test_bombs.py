"""Repositories that are small on disk and endless when they are read."""

import asyncio
import os

import pytest

from codeflow_action.engine.errors import RepositoryError
from codeflow_action.engine.ports import Absent
from codeflow_action.engine.pull_request import Gap
from codeflow_action.integrations.change_size import ChangeSize
from codeflow_action.integrations.comparison import Comparison
from codeflow_action.integrations.git import Git, GitLimit, GitSettings
from codeflow_action.integrations.git_tree import GitTree
from codeflow_action.integrations.local_repository import LocalRepository
from tests.integrations.gitting import commit, git, init, text

KEY = b"key = 1\n"
SETTINGS = GitSettings()
LITTLE_MEMORY = GitSettings(memory=30_000_000)


@pytest.fixture
def repo(tmp_path):
    directory = init(tmp_path / "repo")
    commit(directory, {"a.txt": b"a\n"})
    git(directory, "checkout", "--quiet", "-b", "feature")
    return directory


def blob(repo, content):
    return git(repo, "hash-object", "-w", "--stdin", stdin=content).decode().strip()


def tree(repo, entries):
    lines = [f"{mode} {kind} {oid}\t{name}\n" for name, mode, kind, oid in entries]
    return git(repo, "mktree", "--missing", stdin="".join(lines).encode()).decode().strip()


def folder_bomb(repo, *, levels, width, change=b"x\n"):
    """Return a tree of `width` ** `levels` paths, made of `levels` objects and one blob."""
    oid = blob(repo, change)
    inner = tree(repo, [(f"f{n}", "100644", "blob", oid) for n in range(width)])
    for _ in range(levels - 1):
        inner = tree(repo, [(f"d{n}", "040000", "tree", inner) for n in range(width)])
    return inner


def committed(repo, entries):
    """Return a commit of these entries and a key beside them, on top of main."""
    key = blob(repo, KEY)
    whole = [("a.txt", "100644", "blob", blob(repo, b"a\n")), ("z.py", "100644", "blob", key)]
    sha = git(repo, "commit-tree", "-p", "main", "-m", "x", tree(repo, sorted([*whole, *entries])))
    return sha.decode().strip()


def compared(repo, head, *paths, settings=SETTINGS):
    """Return the change, the whole listing, and contents."""

    async def reading():
        repository = await LocalRepository.discover(repo, settings)
        change = await repository.change(await repository.resolve("main"), head)
        files = repository.tree(head)
        return change, await files.list(), await files.read_many(paths)

    return asyncio.run(reading())


def nested(repo):
    """Ten million paths in 7 objects."""
    return [("bomb", "040000", "tree", folder_bomb(repo, levels=7, width=10))]


def deep(repo):
    """One path, 500 folders deep."""
    return [("bomb", "040000", "tree", folder_bomb(repo, levels=500, width=1))]


def both_sides(repo):
    """Ten million paths before, and ten million others after."""
    before = folder_bomb(repo, levels=7, width=10, change=b"before\n")
    sha = git(repo, "commit-tree", "-m", "x", tree(repo, [("bomb", "040000", "tree", before)]))
    git(repo, "update-ref", "refs/heads/main", sha.decode().strip())
    return nested(repo)


def two(repo):
    """Two bombs, one of which lies in a folder with other files."""
    other = folder_bomb(repo, levels=7, width=10)
    inner = [("bomb", "040000", "tree", other), ("b.py", "100644", "blob", blob(repo, KEY))]
    return [("lib", "040000", "tree", tree(repo, inner)), *nested(repo)]


@pytest.mark.promise("What git lists of a change is counted before it is read.")
@pytest.mark.parametrize(
    ("bomb", "named"),
    [(nested, "bomb/"), (deep, "bomb/"), (both_sides, "bomb/"), (two, "bomb/")],
)
def test_a_bomb_is_left_out_by_name_and_what_lies_beside_it_is_seen(repo, bomb, named):
    """Fault 13: git reading a 252 kB object bomb of ten million paths."""
    head = committed(repo, bomb(repo))
    change, listed, contents = compared(repo, head, "z.py", "a.txt", "nowhere")
    assert "z.py" in {file.path for file in change.files}
    assert named in change.left_out
    assert listed is None or len(listed) < 10
    assert contents == {"z.py": KEY, "a.txt": b"a\n", "nowhere": Absent.MISSING}


def test_a_flat_folder_without_end_is_left_out(repo):
    """Fault 13: one tree object with more files than a change may have."""
    oid = blob(repo, b"x\n")
    flat = tree(repo, [(f"{n:040}", "100644", "blob", oid) for n in range(25_000)])
    change, listed, _ = compared(repo, committed(repo, [("flat", "040000", "tree", flat)]))
    assert [file.path for file in change.files] == ["z.py"]
    assert "flat/" in change.left_out
    assert len(listed) == 25_002


def test_the_size_of_a_change_is_its_number_of_paths(repo):
    head = committed(repo, [("d", "040000", "tree", folder_bomb(repo, levels=3, width=5))])

    async def counting(room):
        repository = await LocalRepository.discover(repo, SETTINGS)
        with repository.git.objects() as objects:
            return ChangeSize(objects, room=room).left_out(text(repo, "rev-parse", "main"), head)

    assert asyncio.run(counting(126)) == ()  # 5 ** 3 files, and the key
    assert asyncio.run(counting(125)) == (b"d/d4/d4",)
    assert asyncio.run(counting(0)) == (b"",)


def test_a_file_of_nothing_but_zeros_is_named_and_not_unpacked(repo):
    """Fault 13: a gigabyte of zeros in a megabyte; here less, with as much less memory."""
    one, other = blob(repo, bytes(60_000_000)), blob(repo, bytes(60_000_001))
    base = tree(
        repo, [("a.txt", "100644", "blob", blob(repo, b"a\n")), ("old", "100644", "blob", one)]
    )
    sha = git(repo, "commit-tree", "-m", "x", base).decode().strip()
    git(repo, "update-ref", "refs/heads/main", sha)
    head = committed(repo, [("new", "100644", "blob", other)])  # it looks renamed
    change, _, contents = compared(repo, head, "new", "z.py", settings=LITTLE_MEMORY)
    gaps = {file.path: file.gap for file in change.files}
    assert gaps.pop("old") in {Gap.BINARY, Gap.TOO_LARGE}  # by whether git came to its size
    assert gaps == {"new": Gap.TOO_LARGE, "z.py": None}
    assert contents == {"new": Absent.TOO_LARGE, "z.py": KEY}


def test_diffs_past_the_limit_are_named_and_the_small_ones_are_shown(repo):
    """Fault 13: hundreds of MB of diff; here the limits are small."""
    large = b"".join(b"%d\n" % number for number in range(2_000))
    head = commit(repo, {"a_large.txt": large, "b.py": KEY, "c large.txt": large, "z.py": KEY})
    comparison = Comparison(Git(repo / ".git", SETTINGS), "main", head, max_lines=1_000)
    files = {file.path: file for file in comparison.change(bring=lambda _oids: None).files}
    assert {path: file.gap for path, file in files.items()} == {
        "a_large.txt": Gap.TOO_LARGE,
        "b.py": None,
        "c large.txt": Gap.TOO_LARGE,
        "z.py": None,
    }
    assert files["z.py"].changed_line_count == 1


def test_what_is_read_at_once_is_bounded(repo):
    """Fault 13: many files, each below the limit of one."""
    files = {f"{number}.txt": b"%d" % number * 10 for number in range(5)}
    tree = GitTree(commit(repo, files), Git(repo / ".git", SETTINGS), max_contents=25)
    contents = asyncio.run(tree.read_many([*files]))
    assert sorted(map(str, contents.values())).count("too_large") == 3


def test_a_process_is_ended_when_it_writes_too_much(repo):
    """Fault 13: no output is held that has no end."""
    with pytest.raises(GitLimit):
        Git(repo / ".git", SETTINGS).run(
            "cat-file", "--batch-all-objects", "--batch-check", limit=10
        )


def test_a_process_is_ended_when_it_takes_too_long(repo):
    """Fault 13: a process that never ends by itself is not waited for."""
    pipe = repo / "pipe"
    os.mkfifo(pipe)  # nobody writes to it
    with pytest.raises(GitLimit):
        # However slow the machine is, git is not done before.
        Git(repo / ".git", SETTINGS).run("hash-object", str(pipe), timeout=0.05)


def test_a_process_cannot_take_all_memory(repo):
    """Fault 13: git holds a whole diff in memory, where nothing else stops it."""
    head = committed(repo, nested(repo))
    with pytest.raises(RepositoryError, match=r"memory|signal|malloc"):
        Git(repo / ".git", LITTLE_MEMORY).run("diff", "--raw", "main", head)
