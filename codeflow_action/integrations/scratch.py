"""A folder of our own for as long as a run lasts, and the error of a machine that has no room."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from codeflow_action.engine.errors import CodeFlowError, RepositoryError

_NO_ROOM = "there is no room for temporary files"
_HINT = "free some space, or point TMPDIR to where there is"


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield an empty folder, which is removed at the end. Raises `CodeFlowError`."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="codeflow-", ignore_cleanup_errors=True)
    except OSError as error:
        raise CodeFlowError(f"{_NO_ROOM} ({error.strerror})", hint=_HINT) from error
    with folder as name:
        yield Path(name)


@contextlib.contextmanager
def room_for_git() -> Iterator[None]:
    """Turn what the disk refuses to our own repository into `RepositoryError`."""
    try:
        yield
    except OSError as error:
        raise RepositoryError(f"{_NO_ROOM} ({error.strerror})", hint=_HINT) from error
