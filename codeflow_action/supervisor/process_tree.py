"""The processes of a run, as Linux lists them: what they hold of memory, and how to end them all.

A run's process leads a session of its own, and what it starts is in that session, or below it in
the tree (proc_pid_stat(5)). Where there is no /proc only the group is known.
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_PAGE = os.sysconf("SC_PAGE_SIZE")  # bytes


@dataclass(frozen=True, kw_only=True)
class _Process:
    number: int
    parent: int
    session: int


def memory(leader: int) -> int:
    """Return the bytes that the run's processes hold for themselves, without files' pages."""
    return sum(_held(number) for number in members(leader))


def members(leader: int) -> set[int]:
    """Return the ids of the leader's session and of everything that these have started."""
    every = list(_processes())
    found = {one.number for one in every if leader in (one.number, one.session)}
    size = 0
    while size != len(found):
        size = len(found)
        found |= {one.number for one in every if one.parent in found}
    return found


def kill(leader: int, *, is_dead: bool) -> None:
    """End the leader and all of its processes. The number of a dead one may be somebody else's."""
    if not is_dead:
        with contextlib.suppress(ProcessLookupError):
            os.kill(leader, signal.SIGSTOP)  # it starts nothing more
    for number in members(leader) - ({leader} if is_dead else set()):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(number, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _processes() -> Iterator[_Process]:
    try:
        names = [path.name for path in _PROC.iterdir()]
    except OSError:
        return
    for name in names:
        if name.isdigit() and (fields := _stat(name)):
            yield _Process(number=int(name), parent=int(fields[1]), session=int(fields[3]))


def _stat(name: str) -> list[bytes] | None:
    """Return state, parent, group, session …; a program's name may hold anything before them."""
    try:
        text = (_PROC / name / "stat").read_bytes()
    except OSError:  # it has just ended
        return None
    return text.rpartition(b")")[2].split()


def _held(number: int) -> int:
    try:
        _size, resident, shared, *_ = (_PROC / str(number) / "statm").read_bytes().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * _PAGE
