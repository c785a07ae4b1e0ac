"""Finds a repository's clone in a folder of many."""

from pathlib import Path


def find_clone(folder: Path, name: str) -> Path | None:
    """Return the clone of `owner/name` below the folder, with or without a work tree.

    It lies there as `owner/name`, `owner+name` or `name`; None when it does not.
    """
    # The last form is for those who cloned by hand; two owners' clones of one name need the others.
    for candidate in (name, name.replace("/", "+"), name.partition("/")[2]):
        path = folder / candidate
        # A bare mirror has its `HEAD` where a work tree has `.git`, which is a file in a submodule.
        if candidate and ((path / ".git").exists() or (path / "HEAD").is_file()):
            return path.resolve()
    return None
