"""Runs on machines where git is missing, broken, or watched."""

import os
import shutil
import stat
import tempfile
from pathlib import Path

import pytest

from tests.entry.jobs import KEY, TOKEN


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
        (missing, "git could not be started"),
        (too_old, "git is too old"),
        (killed, "ended by signal 11"),
        (refused, "unsafe repository"),
        (no_program, "git could not be started"),
        (killed_while_reading, "ended by signal 9"),
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


@pytest.mark.promise(
    "Secrets are removed from the environment at the start, and from every text that goes to a "
    "model, a cassette, a report, a comment or the log."
)
@pytest.mark.promise("Only the git processes that fetch get the token.")
def test_a_child_gets_no_secret_and_the_token_goes_to_those_that_fetch(shop, tmp_path):
    """Fault 9: 31 of 33 git processes got the token that two need, and all got `GH_PAT`."""
    seen = tmp_path / "seen"
    seen.mkdir()
    real = shutil.which("git")
    path = program(
        tmp_path / "programs",
        f'{{ echo "ARGUMENTS=$*"; env; }} > {seen}/$$.txt; exec {real} "$@"',
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    secret = "valueOfNobodysBusiness"
    names = (
        *("GH_PAT", "DEPLOY_KEY", "DATABASE_URL", "SENTRY_DSN", "ANYTHING_AT_ALL"),  # by any name
        *("LD_LIBRARY_PATH", "PYTHONPATH", "BASH_ENV", "PERL5OPT", "XDG_CONFIG_HOME"),  # code
        *("GIT_DIR", "GIT_TRACE_CURL", "GIT_SSH_COMMAND", "GIT_CONFIG_GLOBAL", "GIT_EXEC_PATH"),
    )
    ended = shop.run(
        workspace=empty,
        inputs={"openai_api_key": KEY, "provider": "none"},
        env={"PATH": path, **dict.fromkeys(names, f"/{secret}")},
    )
    assert "a shallow fetch" in ended.stderr, ended.log
    processes = [file.read_text() for file in Path(seen).iterdir()]
    assert len(processes) > 10
    fetches = [text for text in processes if text.startswith("ARGUMENTS=fetch")]
    assert 1 <= len(fetches) <= 3
    for text in processes:
        assert secret not in text
        assert KEY not in text
        assert ("Authorization" in text) == (text in fetches)
        assert TOKEN not in text  # in base64 alone, as HTTP wants it


def test_a_machine_without_room_ends_with_3_and_says_so(shop, monkeypatch):
    """Fault 16: a full disk was a bug in CodeFlow."""
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    ended = shop.run()
    assert ended.code == 3
    assert "no room for temporary files" in ended.closing_errors[0]
    assert "TMPDIR" in ended.closing_errors[0]
