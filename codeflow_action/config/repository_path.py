"""Paths of files in the repository, as inputs and the configuration name them."""

from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator


def check_path(text: str) -> str:
    """Return the path of a file below the repository's root in its shortest form.

    Raises `ValueError` for one that is no such path.
    """
    path = PurePosixPath(text)
    # `PurePosixPath` drops `.` parts and double slashes by itself; `..` it keeps.
    if path.is_absolute() or ".." in path.parts or not path.name or "\0" in text:
        raise ValueError("write a file's path relative to the repository")
    return str(path)


type RepositoryPath = Annotated[str, AfterValidator(check_path)]
