"""A work tree, read without git's filters: as git would have it, and harmless to us."""

import asyncio
import errno
import os
import shutil
from dataclasses import replace

import pytest

from codeflow_action.engine.errors import RepositoryError
from codeflow_action.engine.ports import Absent
from codeflow_action.engine.pull_request import FileStatus, Gap
from codeflow_action.integrations import work_tree
from codeflow_action.integrations.git import GitSettings, WorkFolder
from codeflow_action.integrations.local_repository import LocalRepository
from codeflow_action.integrations.safe_folder import SafeFolder
from tests.integrations.gitting import commit, git, init, text

LINES = b"".join(b"line %d\n" % number for number in range(50))


@pytest.fixture
def repo(tmp_path):
    directory = init(tmp_path / "repo")
    commit(directory, {"a.txt": LINES, "b.txt": b"b\n", "folder/c.txt": b"c\n"})
    return directory


def reviewed(directory, environment=None):
    """Return the change against HEAD by path, and all contents of the work tree."""

    async def reading():
        settings = GitSettings(environment=environment or {})
        repository = await LocalRepository.discover(directory, settings)
        change = await repository.change(await repository.resolve("HEAD"), None)
        tree = repository.working_tree()
        contents = await tree.read_many(await tree.list())
        return {file.path: file for file in change.files}, contents

    return asyncio.run(reading())


def counts(files):
    return {path: file.changed_line_count for path, file in files.items()}


def test_a_filter_is_not_run_and_the_bytes_on_disk_are_read(repo, tmp_path):
    """Fault 7: `filter.x.clean` was run; what it would have hidden is seen."""
    mark = tmp_path / "mark"
    git(repo, "config", "filter.x.clean", f"touch {mark}; echo b")
    git(repo, "config", "filter.x.required", "true")
    (repo / ".gitattributes").write_text("*.txt filter=x\n")
    (repo / "b.txt").write_bytes(b"hidden\n")
    files, contents = reviewed(repo)
    assert counts(files) == {".gitattributes": 1, "b.txt": 2}
    assert contents["b.txt"] == b"hidden\n"
    assert not mark.exists()


def test_somebody_elses_repository_is_read(repo):
    """Fault 7: nothing of it is executed, so it does not matter whose it is."""
    if os.geteuid():
        pytest.skip("only root can give files away")
    (repo / "b.txt").write_bytes(b"other\n")
    for folder, folders, names in os.walk(repo):
        for name in (*folders, *names):
            os.chown(os.path.join(folder, name), 12345, 12345)
    os.chown(repo, 12345, 12345)
    assert counts(reviewed(repo)[0]) == {"b.txt": 2}


def _crlf(repo):
    (repo / "a.txt").write_bytes(LINES.replace(b"\n", b"\r\n") + b"more\r\n")
    return {"a.txt": 1}


def _mixed_ends(repo):
    (repo / "b.txt").write_bytes(b"b\r\nc\n")
    return {"b.txt": 3}


def _staged_and_not(repo):
    (repo / "b.txt").write_bytes(b"staged\n")
    git(repo, "add", "b.txt")
    (repo / "b.txt").write_bytes(b"then\nmore\n")
    return {"b.txt": 3}


def _intent_to_add(repo):
    (repo / "new.txt").write_bytes(b"n\n")
    git(repo, "add", "--intent-to-add", "new.txt")
    return {"new.txt": 1}


def _ignored_but_added(repo):
    (repo / ".gitignore").write_bytes(b"*.log\n")
    (repo / "x.log").write_bytes(b"x\n")
    (repo / "y.log").write_bytes(b"y\n")
    git(repo, "add", "--force", "x.log")
    return {".gitignore": 1, "x.log": 1}


def _excluded(repo):
    (repo / ".git" / "info" / "exclude").write_text("*.log\n")
    (repo / "x.log").write_bytes(b"x\n")
    return {}


def _split_index(repo):
    git(repo, "update-index", "--split-index")
    (repo / "b.txt").write_bytes(b"other\n")
    git(repo, "add", "b.txt")
    return {"b.txt": 2}


def _sparse(repo):
    git(repo, "sparse-checkout", "set", "--sparse-index", "nothing")
    assert not (repo / "folder").exists()
    (repo / "b.txt").write_bytes(b"other\n")
    return {"b.txt": 2}


def _assumed(repo):
    git(repo, "update-index", "--assume-unchanged", "b.txt")
    (repo / "b.txt").write_bytes(b"other\n")
    return {}  # as its owner has told git


def _conflict(repo):
    git(repo, "checkout", "--quiet", "-b", "side")
    commit(repo, {"b.txt": b"side\n"})
    git(repo, "checkout", "--quiet", "main")
    commit(repo, {"b.txt": b"main\n"})
    with pytest.raises(AssertionError):
        git(repo, "merge", "side")
    return {"b.txt": 4}  # both sides and three marks, less the line that stays


def _folder_for_file(repo):
    (repo / "b.txt").unlink()
    (repo / "b.txt").mkdir()
    (repo / "b.txt" / "in.txt").write_bytes(b"i\n")
    return {"b.txt": 1, "b.txt/in.txt": 1}


def _file_for_folder(repo):
    shutil.rmtree(repo / "folder")
    (repo / "folder").write_bytes(b"f\n")
    return {"folder": 1, "folder/c.txt": 1}


def _submodule(repo):
    git(repo, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    (repo / "module").mkdir()
    return {"module": 0}


def _touched(repo):
    os.utime(repo / "a.txt", (1, 1))
    return {}


def _no_index(repo):
    (repo / ".git" / "index").unlink()
    return {}


def _unborn(repo):
    (repo / "b.txt").unlink()
    return {"b.txt": 1}


@pytest.mark.parametrize(
    "change",
    [
        _crlf,  # as `core.autocrlf` writes files: one line is new, not all
        _mixed_ends,  # as no setting writes them
        _staged_and_not,  # what lies on the disk counts
        _intent_to_add,
        _ignored_but_added,
        _excluded,
        _split_index,
        _sparse,  # what is not checked out was not removed
        _assumed,
        _conflict,
        _folder_for_file,
        _file_for_folder,
        _submodule,
        _touched,
        _no_index,
        _unborn,
    ],
)
def test_a_work_tree_is_what_git_would_say(repo, change):
    expected = change(repo)
    assert counts(reviewed(repo)[0]) == expected


def test_a_change_in_the_moment_of_staging_is_seen(repo):
    """The copy of the index has the index's time; by it git knows what it cannot be sure of."""
    git(repo, "config", "core.trustCtime", "false")
    (repo / "b.txt").write_bytes(b"B\n")
    os.utime(repo / "b.txt", (1_000_000, 1_000_000))
    git(repo, "add", "b.txt")
    (repo / "b.txt").write_bytes(b"C\n")  # as long as before
    os.utime(repo / "b.txt", (1_000_000, 1_000_000))
    os.utime(repo / ".git" / "index", (1_000_000, 1_000_000))
    assert reviewed(repo)[1]["b.txt"] == b"C\n"


def test_executable_bits_count_where_the_disk_has_them(repo):
    (repo / "b.txt").chmod(0o755)
    assert reviewed(repo)[0]["b.txt"].made_executable
    git(repo, "config", "core.fileMode", "false")
    assert reviewed(repo)[0] == {}


def test_the_readers_own_ignored_files_are_ignored(repo, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".gitconfig").write_text("[core]\n\texcludesFile = ~/mine\n")
    (tmp_path / "home" / "mine").write_text("*.log\n")
    (repo / "x.log").write_bytes(b"x\n")
    assert set(reviewed(repo)[0]) == {"x.log"}
    assert reviewed(repo, {"HOME": str(tmp_path / "home")})[0] == {}


def _pipe(path):
    path.unlink()
    os.mkfifo(path)


def _giant(path):
    with path.open("wb") as file:
        file.truncate(5_000_000_000)  # sparse: no byte of it is on the disk


def _unreadable(path):
    path.unlink()
    os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5))  # /dev/zero


@pytest.mark.parametrize(
    ("put", "gap", "absent"),
    [
        (_pipe, Gap.UNAVAILABLE, Absent.UNAVAILABLE),  # nobody writes to it
        (_giant, Gap.TOO_LARGE, Absent.TOO_LARGE),
        (_unreadable, Gap.UNAVAILABLE, Absent.UNAVAILABLE),  # it never ends
    ],
)
def test_what_is_no_plain_file_is_named_and_not_read(repo, put, gap, absent):
    """Fault 13: a file of 5 GB, a pipe, a device."""
    if put is _unreadable and os.geteuid():
        pytest.skip("only root makes devices")
    put(repo / "b.txt")
    files, contents = reviewed(repo)
    assert files["b.txt"].gap is gap
    assert files["b.txt"].hunks == ()
    assert contents["b.txt"] is absent


@pytest.mark.promise("The work tree is read without filters, and no link in it is followed.")
def test_a_link_in_the_place_of_a_folder_leads_nowhere(repo, tmp_path):
    """Fault 11: files beneath a link are removed ones, as git has it."""
    outside = tmp_path / "outside"
    (repo / "folder").rename(outside)
    (outside / "c.txt").write_bytes(b"secret\n")
    (repo / "folder").symlink_to(outside)
    files, contents = reviewed(repo)
    assert files["folder/c.txt"].status is FileStatus.REMOVED
    assert contents["folder"] == os.fsencode(outside)
    assert "folder/c.txt" not in contents


def test_a_full_disk_is_told(repo):
    """Fault 16: our own repository has no room."""

    class Full(type(repo)):
        def write_bytes(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    (repo / "b.txt").write_bytes(b"other\n")

    async def reading():
        repository = await LocalRepository.discover(repo, GitSettings())
        git_ = replace(repository.git, folder=WorkFolder(repo))
        objects = Full(git_.directory / "objects")
        shutil.copy(repo / ".git" / "index", git_.directory / "index")
        reading = work_tree.WorkTreeReader(
            git=git_, objects=objects, files=SafeFolder(repo), is_plain=False, is_sha256=False
        )
        return reading.snapshot()

    with pytest.raises(RepositoryError, match="No space left"):
        asyncio.run(reading())


def test_names_of_revisions_are_those_of_the_repository(repo):
    first = text(repo, "rev-parse", "HEAD")
    commit(repo, {"b.txt": b"2\n"})
    git(repo, "tag", "-a", "v1", "-m", "one")
    git(repo, "pack-refs", "--all")
    git(repo, "update-ref", "refs/remotes/origin/main", first)
    git(repo, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")

    async def asking():
        repository = await LocalRepository.discover(repo / "folder", GitSettings())
        names = ("HEAD~1", "v1", "origin/main", first[:12], "main^")
        found = [await repository.resolve(name) for name in names]
        return found, await repository.default_branch(), await repository.current_branch()

    head = text(repo, "rev-parse", "HEAD")
    expected = ([first, head, first, first, first], "origin/main", "main")
    assert asyncio.run(asking()) == expected


def test_a_replaced_object_is_not_what_is_reviewed(repo):
    """Fault 7: `refs/replace` shows other contents than the ones that are pushed."""
    evil = git(repo, "rev-parse", "HEAD:b.txt").decode().strip()
    good = git(repo, "hash-object", "-w", "--stdin", stdin=b"good\n").decode().strip()
    git(repo, "replace", evil, good)
    assert reviewed(repo)[1]["b.txt"] == b"b\n"


def test_a_sha256_repository_is_read(tmp_path):
    directory = tmp_path / "repo"
    directory.mkdir()
    git(directory, "init", "--quiet", "--object-format=sha256", "--initial-branch=main")
    commit(directory, {"a.txt": b"a\n"})
    (directory / "a.txt").write_bytes(b"b\n")
    assert counts(reviewed(directory)[0]) == {"a.txt": 2}
