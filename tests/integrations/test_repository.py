"""Every odd thing that git can hold, against git's own numbers."""

import asyncio
import os
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.engine.diff import LineKind
from codeflow_action.engine.errors import RepositoryError
from codeflow_action.engine.ports import Absent
from codeflow_action.engine.pull_request import FileKind, FileStatus, Gap
from codeflow_action.integrations.git import BIG_FILE, GitSettings
from codeflow_action.integrations.git_folders import find_git_folders
from codeflow_action.integrations.local_repository import LocalRepository
from codeflow_action.integrations.private_repository import PrivateRepository
from tests.integrations.gitting import commit, git, init, text
from tests.properties import examples

ODD_NAMES = [
    "with space.txt",
    'quo"te.txt',
    "new\nline.txt",
    "tab\there.txt",
    "back\\slash.txt",
    "grüße/ünïcode.txt",
    "rtl\u202egnp.txt",
    "-dash.txt",
    "a b => c.txt",
    "diff --git a b",
    "@@ -1 +1 @@",
    ":(top)x.txt",
    ":100644 100644",
    b"latin\xff1.txt",
]


def open_repository(directory):
    return asyncio.run(LocalRepository.discover(directory, GitSettings()))


def changed(directory, base="main", head="feature"):
    async def reading():
        repository = await LocalRepository.discover(directory, GitSettings())
        one = await repository.resolve(base)
        other = await repository.resolve(head) if head else None
        return (await repository.change(one, other)).files

    return {file.path: file for file in asyncio.run(reading())}


def read(directory, revision, *paths):
    async def reading():
        repository = await LocalRepository.discover(directory, GitSettings())
        tree = repository.tree(await repository.resolve(revision))
        return await tree.read_many(paths)

    return asyncio.run(reading())


@pytest.fixture
def repo(tmp_path):
    directory = init(tmp_path / "repo")
    commit(
        directory,
        {"a.txt": b"one\ntwo\nthree\n", "old name.txt": b"".join(b"%d\n" % n for n in range(30))},
    )
    git(directory, "checkout", "--quiet", "-b", "feature")
    return directory


def numbers(directory, base="main", head="feature"):
    """Return git's own count of added and removed lines by path."""
    fields = iter(git(directory, "diff", "--numstat", "-z", "-M", base, head).split(b"\0"))
    found = {}
    for entry in fields:
        if entry:
            added, removed, path = entry.split(b"\t", 2)
            if not path:
                next(fields)
                path = next(fields)
            binary = added == b"-"
            found[path.decode("utf-8", "backslashreplace")] = (
                (0, 0) if binary else (int(added), int(removed))
            )
    return found


def shown(names):
    return {
        name if isinstance(name, str) else name.decode("utf-8", "backslashreplace")
        for name in names
    }


def test_odd_names_are_themselves(repo):
    commit(repo, dict.fromkeys(ODD_NAMES, b"x\n"))
    files = changed(repo)
    expected = shown(ODD_NAMES)
    assert set(files) == expected
    assert all(file.changed_line_count == 1 for file in files.values())
    contents = read(repo, "feature", *expected)
    assert set(contents.values()) == {b"x\n"}


def test_odd_names_are_themselves_in_a_private_repository_too(repo, tmp_path):
    files = {".gitattributes": b"* -diff\n", "b.bin": b"\0"}
    sha = commit(repo, {**dict.fromkeys(ODD_NAMES, b"x\n"), **files})

    async def reading():
        private = await PrivateRepository.make(
            tmp_path / "private",
            url="https://nowhere.invalid/x.git",
            borrow=find_git_folders(repo),
            sha=sha,
            settings=GitSettings(),
        )
        return (await private.change(text(repo, "rev-parse", "main"), sha)).files

    files = {file.path: file for file in asyncio.run(reading())}
    assert set(files) == {*shown(ODD_NAMES), ".gitattributes", "b.bin"}
    assert {path for path, file in files.items() if file.gap} == {"b.bin"}


def test_no_attribute_hides_text(repo):
    """Each is a usual line in a `.gitattributes`; git shows no line of what it calls binary."""
    commit(
        repo,
        {
            ".gitattributes": b"*.lock -diff\n*.py binary\n*.txt -diff\n",
            "x.lock": b"one\ntwo\n",
            "new.py": b"one\n",
            "real.py": b"\0\1",
            "a.txt": b"one\ntwo\nthree\nfour\n",
            "old name.txt": None,
            "renamed.txt": b"".join(b"%d\n" % n for n in range(31)),
        },
    )
    for head in ("feature", None):
        files = changed(repo, head=head)
        counts = {path: file.changed_line_count for path, file in files.items()}
        assert counts.pop(".gitattributes") == 3
        assert counts == {"x.lock": 2, "new.py": 1, "real.py": 0, "a.txt": 1, "renamed.txt": 1}
        assert files["real.py"].gap is Gap.BINARY
        assert files["renamed.txt"].previous_path == "old name.txt"


def test_every_kind_of_change_is_what_git_calls_it(repo):
    os.symlink("a.txt", repo / "link")
    (repo / "run.sh").write_text("echo\n")
    git(repo, "mv", "old name.txt", "new name.txt")
    commit(
        repo,
        {
            "image.png": b"\x89PNG\0\1",
            "crlf.txt": b"a\r\nb\r\n",
            "empty.txt": b"",
            "a.txt": b"one\n2\nthree\n",
            "noeol.txt": b"no end",
            "latin.txt": b"caf\xe9\n",
        },
    )
    sub = init(repo.parent / "sub")
    commit(sub, {"x": b"x\n"})
    git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(sub), "sub")
    git(repo, "commit", "--quiet", "-m", "sub")
    os.chmod(repo / "run.sh", 0o755)
    os.chmod(repo / "a.txt", 0o755)
    commit(repo, {})
    files = changed(repo)
    assert files["new name.txt"].status is FileStatus.RENAMED
    assert files["new name.txt"].previous_path == "old name.txt"
    assert files["new name.txt"].hunks == ()
    assert files["link"].kind is FileKind.SYMLINK
    assert files["sub"].kind is FileKind.SUBMODULE
    assert [path for path, file in files.items() if file.made_executable] == ["a.txt"]
    assert files["image.png"].gap is Gap.BINARY
    assert files["empty.txt"].hunks == ()
    assert files["a.txt"].added_lines == files["a.txt"].removed_lines == {2}
    counted = numbers(repo)
    for path, file in files.items():
        if file.kind is FileKind.REGULAR:
            assert (len(file.added_lines), len(file.removed_lines)) == counted[path], path
    contents = read(repo, "feature", "link", "sub", "crlf.txt", "missing", "noeol.txt")
    assert contents["link"] == b"a.txt"
    assert contents["sub"] is Absent.NOT_A_FILE
    assert contents["crlf.txt"] == b"a\r\nb\r\n"
    assert contents["missing"] is Absent.MISSING
    assert contents["noeol.txt"] == b"no end"


def test_a_file_that_becomes_a_link_and_back_is_no_riddle(repo):
    os.unlink(repo / "a.txt")
    os.symlink("old name.txt", repo / "a.txt")
    commit(repo, {})
    file = changed(repo)["a.txt"]
    assert file.status is FileStatus.TYPE_CHANGED
    assert file.kind is FileKind.SYMLINK
    assert file.added_lines == {1}


def test_what_is_too_large_is_named_and_not_read(repo):
    commit(repo, {"big.txt": b"x\n" * (BIG_FILE // 2 + 10), "after.txt": b"x\n"})
    files = changed(repo)
    assert files["big.txt"].gap is Gap.TOO_LARGE
    assert files["after.txt"].added_lines == {1}
    assert read(repo, "feature", "big.txt")["big.txt"] is Absent.TOO_LARGE


def test_a_line_of_a_megabyte_is_a_line(repo):
    commit(repo, {"one.txt": b"x" * 1_000_000 + b"\nend\n"})
    assert changed(repo)["one.txt"].added_lines == {1, 2}


TEXTS = [b"a", b"b", b"-- c", b"@@ -1 +1 @@", b"diff --git a b", b"", b"\r"]
LINES = st.lists(st.sampled_from(TEXTS), max_size=9)


@examples(25)
@given(old=LINES, new=LINES, ends=st.booleans())
def test_hunks_are_right_whatever_the_lines_look_like(tmp_path_factory, old, new, ends):
    directory = init(tmp_path_factory.mktemp("random"))
    end = b"\n" if ends else b""
    commit(directory, {"x.txt": b"\n".join(old) + end, "y.txt": b"\n".join(new) + end})
    git(directory, "checkout", "--quiet", "-b", "feature")
    commit(directory, {"x.txt": b"\n".join(new) + end, "y.txt": b"\n".join(old) + end})
    counted = numbers(directory)
    files = changed(directory)
    assert set(files) == set(counted)
    for path, file in files.items():
        assert (len(file.added_lines), len(file.removed_lines)) == counted[path]
        content = read(directory, "feature", path)[path].decode().split("\n")
        for hunk in file.hunks:
            for line in hunk.lines:
                if line.kind is not LineKind.REMOVED:
                    assert content[line.new - 1] == line.text


def test_the_working_tree_has_staged_unstaged_and_new_files_but_no_ignored_ones(repo):
    commit(repo, {".gitignore": b"ignored.txt\n"})
    (repo / "staged.txt").write_text("s\n")
    git(repo, "add", "staged.txt")
    (repo / "a.txt").write_text("one\n")
    (repo / "untracked.txt").write_text("u\nv\n")
    (repo / "ignored.txt").write_text("i\n")
    files = changed(repo, "feature", None)
    assert set(files) == {"staged.txt", "a.txt", "untracked.txt"}
    assert files["untracked.txt"].added_lines == {1, 2}


def test_the_working_trees_links_are_not_followed_out(repo, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("s")
    os.symlink(tmp_path / "outside", repo / "folder")
    os.symlink(tmp_path / "outside" / "secret", repo / "file")
    tree = open_repository(repo).working_tree()
    contents = asyncio.run(tree.read_many(["folder/secret", "file", "../outside/secret", "a.txt"]))
    assert contents["folder/secret"] is Absent.MISSING
    assert contents["file"] == os.fsencode(tmp_path / "outside" / "secret")  # its target's name
    assert contents["../outside/secret"] is Absent.MISSING
    assert contents["a.txt"] == b"one\ntwo\nthree\n"


@pytest.mark.parametrize("name", ["no-such", "-x", "--output=x", "a..b", "", "HEAD:a.txt"])
def test_a_name_that_is_no_commit_is_an_error_with_a_hint(repo, name):
    with pytest.raises(RepositoryError):
        asyncio.run(open_repository(repo).resolve(name))
    assert not (repo / "x").exists()


def test_outside_of_any_repository_there_is_none(tmp_path):
    assert open_repository(tmp_path) is None


def trap(directory, marker):
    """Let the repository's own settings start a program wherever git would let them."""
    program = f"touch '{marker}'; cat"
    hooks = directory / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-checkout", "pre-commit", "post-index-change", "reference-transaction"):
        (hooks / hook).write_text(f"#!/bin/sh\ntouch '{marker}'\n")
        (hooks / hook).chmod(0o755)
    for key in (
        "core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "diff.external",
        "diff.evil.command", "diff.evil.textconv", "filter.evil.clean", "filter.evil.smudge",
        "filter.evil.process", "credential.helper", "core.gitProxy", "uploadpack.packObjectsHook",
    ):  # fmt: skip
        git(directory, "config", key, program)
    (directory / ".git" / "info").mkdir(exist_ok=True)
    (directory / ".git" / "info" / "attributes").write_text("* diff=evil filter=evil\n")


def test_nothing_in_a_private_repository_obeys_the_workspace(repo, tmp_path):
    sha = commit(repo, {"b.txt": b"x\n", ".gitattributes": b"* diff=evil filter=evil\n"})
    base = text(repo, "rev-parse", "main")
    marker = tmp_path / "executed"
    trap(repo, marker)

    async def reading():
        private = await PrivateRepository.make(
            tmp_path / "private",
            url="https://nowhere.invalid/x.git",
            borrow=find_git_folders(repo),
            sha=sha,
            settings=GitSettings(),
        )
        assert await private.has(base, sha)
        assert await private.merge_base(base, sha) == base
        files = (await private.change(base, sha)).files
        contents = await private.tree(sha).read_many(["b.txt"])
        return {file.path for file in files}, contents["b.txt"]

    assert asyncio.run(reading()) == ({"b.txt", ".gitattributes"}, b"x\n")
    assert not marker.exists()
    subprocess.run(["git", "status"], cwd=repo, capture_output=True, check=False)
    assert marker.exists()  # the trap works


@pytest.mark.promise("On a laptop, reading commits executes nothing either.")
def test_reading_commits_on_a_laptop_executes_nothing_either(repo, tmp_path):
    commit(repo, {"b.txt": b"x\n", ".gitattributes": b"* diff=evil filter=evil\n"})
    marker = tmp_path / "executed"
    trap(repo, marker)
    assert set(changed(repo)) == {"b.txt", ".gitattributes"}
    assert read(repo, "feature", "b.txt") == {"b.txt": b"x\n"}
    assert not marker.exists()


def test_a_linked_work_tree_lends_its_objects(repo, tmp_path):
    sha = text(repo, "rev-parse", "HEAD")
    git(repo, "worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    assert find_git_folders(tmp_path / "linked").common.resolve() == (repo / ".git").resolve()
    assert find_git_folders(tmp_path) is None
    assert asyncio.run(open_repository(tmp_path / "linked").has(sha))


def test_a_shallow_workspace_has_no_merge_base(repo, tmp_path):
    head = commit(repo, {"b.txt": b"x\n"})
    base = text(repo, "rev-parse", "main")
    url = f"file://{repo}"
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=feature", url, str(shallow))

    async def asking():
        private = await PrivateRepository.make(
            tmp_path / "private",
            url="https://nowhere.invalid/x.git",
            borrow=find_git_folders(shallow),
            sha=head,
            settings=GitSettings(),
        )
        return (
            await private.has(head),
            await private.has(base),
            await private.merge_base(base, head),
        )

    assert asyncio.run(asking()) == (True, False, None)


def test_a_token_is_in_no_argument_and_no_message(tmp_path):
    token = "ghs_" + "secretOfThisTest" * 2
    settings = GitSettings(token=token, server_url="https://127.0.0.1:9")
    assert token not in repr(settings)

    async def fetching():
        private = await PrivateRepository.make(
            tmp_path / "p",
            url="https://127.0.0.1:9/x.git",
            borrow=None,
            sha="1" * 40,
            settings=settings,
        )
        await private.bring("1" * 40)

    with pytest.raises(RepositoryError) as raised:
        asyncio.run(fetching())
    assert token not in f"{raised.value} {raised.value.hint}"
    assert token not in (tmp_path / "p" / "config").read_text()
