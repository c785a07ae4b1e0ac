"""Finds a repository's clone in a folder of many."""

from pathlib import Path


def find_clone(folder: Path, name: str) -> Path | None:
    """Return the clone of `owner/name` below the folder, with or without a work tree.

    It lies there as `owner/name`, `owner+name` or `name`; None when it does not.
    """
    for candidate in (name, name.replace("/", "+"), name.partition("/")[2]):
        path = folder / candidate
        if candidate and ((path / ".git").exists() or (path / "HEAD").is_file()):
            return path.resolve()
    return None
