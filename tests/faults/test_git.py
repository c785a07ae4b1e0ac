"""Git that is missing or broken: the API is asked, and the reader is told."""

import os
import shutil
import stat

import pytest

from tests.faults.rows import fault


def program(folder, body):
    """Make a `git` of this body; return a PATH on which it comes first."""
    folder.mkdir(exist_ok=True)
    file = folder / "git"
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def missing(folder):
    folder.mkdir()
    return str(folder)


def too_old(folder):
    return program(folder, "echo git version 2.20.1")


def killed(folder):
    return program(folder, "kill -SEGV $$")


def refused(folder):
    return program(folder, "echo fatal: unsafe repository >&2; exit 128")


def no_program(folder):
    path = program(folder, "")
    (folder / "git").write_bytes(b"\x7fELF no program")
    return path


def killed_while_reading(folder):
    real = shutil.which("git")
    return program(folder, f'case "$*" in *diff*) kill -KILL $$;; *) exec {real} "$@";; esac')


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        fault("no git", missing, "git could not be started"),
        fault("a git that is too old", too_old, "git is too old"),
        fault("a git that crashes", killed, "ended by signal 11"),
        fault("a git that refuses the workspace", refused, "unsafe repository"),
        fault("a git that cannot be executed", no_program, "git could not be started"),
        fault("git is killed while it reads", killed_while_reading, "ended by signal 9"),
    ],
)
def test_without_a_git_that_works_the_api_is_asked_and_the_reader_is_told(
    shop, tmp_path, broken, why
):
    """Fault 16: no `git` in PATH ended with 70."""
    ended = shop.run(env={"PATH": broken(tmp_path / "programs")})
    assert ended.code == 0, ended.log
    assert ended.outputs["verdict"] == "pass"
    assert "GitHub's API" in ended.stderr
    assert why in ended.summary
    assert len(ended.report.notices) >= 1
