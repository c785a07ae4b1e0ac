"""Finds a repository's clone in a folder of many."""

from pathlib import Path


def find_clone(folder: Path, name: str) -> Path | None:
    """Return the clone of `owner/name` below the folder, with or without a work tree.

    None where none of `clone_names` is there.
    """
    for candidate in clone_names(name):
        path = folder / candidate
        # A bare mirror has its `HEAD` where a work tree has `.git`, which is a file in a submodule.
        if (path / ".git").exists() or (path / "HEAD").is_file():
            return path.resolve()
    return None


def clone_names(name: str) -> tuple[str, ...]:
    """Return what the clone of `owner/name` may be called: the first that is there counts."""
    # The last form is for those who cloned by hand; two owners' clones of one name need the others.
    forms = (name, name.replace("/", "+"), name.partition("/")[2])
    return tuple(dict.fromkeys(filter(None, forms)))


def absence(folder: Path, name: str) -> str:
    """Return that there is no clone of `owner/name`, and which folders were looked at."""
    return f"there is no clone of {name} in {folder}: looked for {', '.join(clone_names(name))}"
