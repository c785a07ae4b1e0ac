"""Files in a folder where strangers write: no way of theirs leads out of it, or holds us up."""

import errno
import os
from pathlib import Path, PurePath

import pytest

from codeflow_action.integrations.folder_store import FolderStore
from codeflow_action.integrations.safe_folder import SafeFolder, locate


@pytest.fixture
def place(tmp_path):
    """A workspace beside a folder that nothing may reach."""
    (tmp_path / "outside" / "ab").mkdir(parents=True)
    (tmp_path / "outside" / "ab" / "secret.json").write_text("secret")
    (tmp_path / "workspace" / ".git").mkdir(parents=True)
    return tmp_path / "workspace"


def link(place, name, target):
    (place / name).symlink_to(target)


OUTSIDE = Path("..") / "outside"
WAYS_OUT = [
    lambda place: link(place, "x", OUTSIDE),  # a link in the place of the folder
    lambda place: link(place, "x", (place / OUTSIDE).resolve()),  # an absolute one
    lambda place: link(place, "x", ".git"),  # one that stays inside, in git's own folder
    lambda place: (place / "y").mkdir() or link(place, "x", "y"),  # one that harms nobody
    lambda place: (place / "x").mkdir() or link(place, "x/ab", Path("..") / OUTSIDE / "ab"),
]


@pytest.mark.promise(
    "Every path that we open stays beneath its folder, and no link on the way is followed."
)
@pytest.mark.parametrize("plant", WAYS_OUT)
def test_a_link_on_the_way_is_not_followed(place, plant):
    """Fault 11: `cache_dir` followed a link that the checkout held; `.codeflow -> .git` too."""
    plant(place)
    inside = SafeFolder(place)
    with pytest.raises(OSError, match=r"in the way|No such file"):
        inside.read(PurePath("x/ab/secret.json"), 100)
    with pytest.raises(OSError, match="in the way"):
        inside.write(PurePath("x/ab/new.json"), "text")
    with pytest.raises(OSError, match=r"in the way|No such file"):
        inside.remove(PurePath("x/ab/secret.json"))
    assert (place / OUTSIDE / "ab" / "secret.json").read_text() == "secret"
    assert not list((place / ".git").iterdir())


def test_a_link_in_the_place_of_the_file_is_replaced_and_not_followed(place):
    """Fault 11: what it points to stays as it was."""
    link(place, "report.json", OUTSIDE / "ab" / "secret.json")
    with pytest.raises(OSError, match="symbolic links"):
        SafeFolder(place).read(PurePath("report.json"), 100)
    SafeFolder(place).write(PurePath("report.json"), "report")
    assert (place / OUTSIDE / "ab" / "secret.json").read_text() == "secret"
    assert (place / "report.json").read_text() == "report"
    assert not (place / "report.json").is_symlink()


@pytest.mark.promise("Nothing is written into a .git.")
@pytest.mark.parametrize(
    "path", ["../outside/x", "/etc/x", "a/../../x", ".git/hooks/pre-commit", "a/.GIT/config", "x\0"]
)
def test_a_path_that_leads_out_or_into_git_is_refused(place, path):
    """Fault 11: also where the workflow names it, as no report belongs there."""
    with pytest.raises(ValueError, match=r"leads out|git folder|null"):
        SafeFolder(place).write(PurePath(path), "text")


@pytest.mark.promise("Only regular files are read.")
@pytest.mark.parametrize(
    "make",
    [
        os.mkfifo,  # nobody writes to it
        os.mkdir,
        lambda path: os.mknod(path, 0o020600, os.makedev(1, 5)),  # /dev/zero: it never ends
        lambda path: Path(path).write_bytes(bytes(101)),  # larger than is asked for
    ],
)
def test_what_is_no_plain_file_is_none(place, make):
    """Fault 11: a pipe, a folder, a device in the place of a file."""
    try:
        make(place / "x")
    except PermissionError:
        pytest.skip("only root makes devices")
    assert SafeFolder(place).read(PurePath("x"), 100) is None


def test_a_new_folder_ignores_itself_and_belongs_to_whom_the_workspace_belongs(place):
    """Fault 11: the container is root; later steps are not."""
    if os.geteuid() == 0:
        os.chown(place, 12345, 12346)
    SafeFolder(place).write(PurePath(".codeflow/deep/report.json"), "{}")
    assert (place / ".codeflow" / ".gitignore").read_text() == "*\n"
    assert not (place / ".codeflow" / "deep" / ".gitignore").exists()
    assert not list(place.rglob("*.new"))
    owner = place.stat()
    for path in (place / ".codeflow").rglob("*"):
        assert (path.stat().st_uid, path.stat().st_gid) == (owner.st_uid, owner.st_gid)


def test_a_folder_that_was_there_is_left_as_it_is(place):
    (place / "out").mkdir()
    SafeFolder(place).write(PurePath("out/report.json"), "{}")
    assert [path.name for path in (place / "out").iterdir()] == ["report.json"]


@pytest.mark.parametrize(
    ("given", "root", "rest"),
    [
        ("cache", "workspace", "cache"),  # below the workspace
        ("{}/workspace/cache", "workspace", "cache"),  # the same, written out
        ("{}/elsewhere/cache", "elsewhere", "cache"),  # where somebody trusted says
        ("../elsewhere/cache", "elsewhere", "cache"),
    ],
)
def test_a_trusted_person_may_name_any_place(place, given, root, rest):
    inside, relative = locate(place, given.format(place.parent))
    inside.write(relative / "x.json", "{}")
    assert (place.parent / root / rest / "x.json").read_text() == "{}"


@pytest.mark.parametrize("plant", WAYS_OUT)
def test_pruning_a_cache_deletes_nothing_outside(place, plant):
    """Fault 11: `prune()` deleted files outside the workspace, as root."""
    plant(place)
    FolderStore(place, "x").prune(limit=0)
    assert (place / OUTSIDE / "ab" / "secret.json").exists()


def test_pruning_leaves_what_the_cache_has_not_written(place):
    """Fault 11: `cache_dir: .` is a folder with other files."""
    (place / "ab").mkdir()
    for name in ("note.txt", "two words.json"):
        (place / "ab" / name).write_text("mine")
    link(place / "ab", "link.json", Path("..") / OUTSIDE / "ab" / "secret.json")
    FolderStore(place, ".").prune(limit=0)
    assert len(list((place / "ab").iterdir())) == 3


def test_a_loop_of_links_is_an_error_like_any_other(place):
    link(place, "x", "x")
    with pytest.raises(OSError, match=r"in the way|symbolic") as raised:
        SafeFolder(place).write(PurePath("x/y.json"), "text")
    assert raised.value.errno in (errno.ENOTDIR, errno.ELOOP)
