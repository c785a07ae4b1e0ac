"""Real git in a folder, for tests."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path


def git(directory: Path, *arguments: str, stdin: bytes = b"", **environment: str) -> bytes:
    """Run git without anybody's configuration; fails with what it said."""
    done = subprocess.run(
        ["git", "-c", "user.name=Mona", "-c", "user.email=mona@example.com", *arguments],
        cwd=directory,
        env={
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            **environment,
        },
        input=stdin,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def text(directory: Path, *arguments: str) -> str:
    return git(directory, *arguments).decode().strip()


def commit(directory: Path, files: Mapping[str | bytes, bytes | None], message: str = "x") -> str:
    """Write files (None removes one), commit all, return the commit."""
    for name, content in files.items():
        path = os.path.join(os.fsencode(directory), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if content is None:
            os.unlink(path)
        else:
            with open(path, "wb") as file:
                file.write(content)
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--allow-empty", "--message", message)
    return text(directory, "rev-parse", "HEAD")


def init(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    git(directory, "init", "--quiet", "--initial-branch=main")
    return directory
