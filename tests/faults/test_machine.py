"""A machine that fails: no room, no home, a workspace of somebody else, no scanner."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.entry.jobs import HEAD
from tests.entry.test_pull_request import LEFTOVER
from tests.faults.rows import ends

DONE = (0, "pass", "no_key")
NOT_RUN = (3, "incomplete", "gate_not_run")


@pytest.fixture
def mount():
    """Return a function that mounts at a folder, which must exist; all is undone at the end."""
    folders = []

    def mounted(folder: Path, *how: str | Path) -> None:
        done = subprocess.run(
            ["/bin/mount", *how, folder], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
        folders.append(folder)

    yield mounted
    for folder in folders:
        subprocess.run(["/bin/umount", folder], check=True)


def full_disk(folder: Path, mount, free: int = 0) -> Path:
    """Return a folder on a disk with so many bytes left, and the runner's two files in it."""
    folder.mkdir()
    mount(folder, "-t", "tmpfs", "-o", f"size={64 * 1024}", "none")
    for name in ("output", "summary"):
        (folder / name).touch()
    (folder / "filler").write_bytes(bytes(64 * 1024 - free))
    return folder


@pytest.mark.fault("the disk is full, or fills during the run")
@pytest.mark.parametrize("free", [4096, 16384])  # bytes
def test_a_full_disk_is_no_bug_and_no_pass_without_gates(make_shop, mount, tmp_path, forks, free):
    """What git has no room for, the API serves; where gates cannot run, the run says so."""
    shop = make_shop(head=HEAD | LEFTOVER)
    full = full_disk(tmp_path / "full", mount, free)
    ended = shop.fork(forks, env={"TMPDIR": str(full)}).wait()
    assert ends(ended, *(NOT_RUN if ended.code else DONE))
    if ended.code:
        assert "there is no room for temporary files" in ended.closing_errors[0]
        assert "TMPDIR" in ended.closing_errors[0]
    else:
        assert "::warning title=Debug leftover" in ended.stdout
    assert len(shop.stickies()) == 1


@pytest.mark.fault("there is no folder for temporary files")
def test_a_machine_without_a_temporary_folder_is_told_how_to_name_one(shop, monkeypatch):
    """Fault 16: a full disk was a bug in CodeFlow."""
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    ended = shop.run()
    assert ended.code == 3
    assert "no room for temporary files" in ended.closing_errors[0]
    assert "TMPDIR" in ended.closing_errors[0]


@pytest.mark.fault("no room for the outputs and the step summary")
def test_outputs_without_room_cost_neither_the_verdict_nor_the_comment(
    make_shop, mount, tmp_path, forks
):
    shop = make_shop(head=HEAD | LEFTOVER)
    full = full_disk(tmp_path / "full", mount)
    files = {"GITHUB_OUTPUT": f"{full}/output", "GITHUB_STEP_SUMMARY": f"{full}/summary"}
    ended = shop.fork(forks, env=files).wait()
    assert ended.code == 0, ended.log
    for lost in ("outputs", "summary"):
        assert f"the {lost} could not be written (No space left on device)" in ended.stdout
    assert "::warning title=Debug leftover" in ended.stdout
    assert len(shop.stickies()) == 1


@pytest.mark.fault("a workspace that is read-only")
def test_a_workspace_that_is_read_only_costs_the_report_alone(make_shop, mount):
    shop = make_shop(head=HEAD | LEFTOVER)
    mount(shop.work_tree, "--bind", shop.work_tree)
    subprocess.run(["/bin/mount", "-o", "remount,bind,ro", shop.work_tree], check=True)
    ended = shop.run()
    assert ends(ended, *DONE)
    assert "could not be written to .codeflow/report.json: Read-only file system" in ended.stdout
    assert ended.outputs["report_path"] == ""
    assert len(shop.stickies()) == 1


@pytest.mark.fault("a file stands where the report's folder should")
def test_a_report_that_cannot_be_written_loses_nothing_else(shop):
    (shop.work_tree / ".codeflow").write_text("a file where the folder should be")
    ended = shop.run()
    assert ends(ended, *DONE)
    assert "could not be written" in ended.stdout


@pytest.mark.fault("no HOME")
def test_a_job_without_a_home(shop, tmp_path, forks):
    empty = tmp_path / "empty"
    empty.mkdir()
    ended = shop.fork(forks, env={"HOME": None}, workspace=empty).wait()
    assert ends(ended, *DONE)
    assert "a shallow fetch" in ended.stderr


@pytest.mark.fault("a workspace of another user")
def test_a_workspace_of_another_user_is_read_all_the_same(make_shop):
    shop = make_shop(head=HEAD | LEFTOVER)
    if os.geteuid():
        pytest.skip("only root can give files away")
    for path in [shop.work_tree, *shop.work_tree.rglob("*")]:
        os.chown(path, 12345, 12345, follow_symlinks=False)
    ended = shop.run()
    assert ends(ended, *DONE)
    assert "the workspace's objects" in ended.stderr
    assert "::warning title=Debug leftover" in ended.stdout
    report = shop.work_tree / ended.outputs["report_path"]
    assert report.stat().st_uid == 12345


@pytest.mark.fault("the secret scanner cannot be loaded")
def test_a_scanner_that_cannot_run_is_never_a_pass(make_shop, tmp_path):
    """As with a broken installation: the library is there and cannot be imported.

    The file holds what it would have to look at: nothing else needs the scanner.
    """
    shop = make_shop(head=HEAD | {"shop/login.py": f'TOKEN = "ghp_{"a1B2" * 9}"\n'})
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "kingfisher_sdk.py").write_text("raise ImportError('no shared object')\n")
    ended = shop.start(env={"PYTHONPATH": str(broken)}).wait()
    assert ends(ended, *NOT_RUN)
    assert "secrets" in ended.closing_errors[0]
