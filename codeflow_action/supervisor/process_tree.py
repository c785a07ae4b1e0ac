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
    total = 0
    for number in members(leader):
        with contextlib.suppress(OSError, ValueError):  # it has just ended
            # In pages (proc_pid_statm(5)). Those of files are given back when others need them.
            _size, resident, file_pages, *_ = (_PROC / str(number) / "statm").read_bytes().split()
            total += (int(resident) - int(file_pages)) * _PAGE
    return total


def members(leader: int) -> set[int]:
    """Return the ids of the leader's session and of everything that these have started."""
    processes = list(_processes())
    numbers = {
        process.number for process in processes if leader in (process.number, process.session)
    }
    size = 0
    while size != len(numbers):
        size = len(numbers)
        numbers |= {process.number for process in processes if process.parent in numbers}
    return numbers


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
        if not name.isdigit():
            continue
        with contextlib.suppress(OSError):  # it has just ended
            # A program's name may hold anything, `)` too; after the last one come state, parent,
            # group and session (proc_pid_stat(5)).
            fields = (_PROC / name / "stat").read_bytes().rpartition(b")")[2].split()
            yield _Process(number=int(name), parent=int(fields[1]), session=int(fields[3]))
