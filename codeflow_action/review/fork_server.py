"""One fresh interpreter of which every worker is a fork: what they need is imported once.

A worker must see nothing of our environment, and our own memory holds keys. So no worker is a fork
of ours: the server is started with nothing of us, reads no stranger's text, and only imports and
forks. An interpreter that imports the parsers takes a tenth of a second, a fork two milliseconds.
"""

import atexit
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib import import_module
from io import BufferedRWPair
from threading import Lock
from typing import NamedTuple

_NUMBER = 8  # bytes of each reply: the id of a process, or how it ended
_REQUEST = 4_096  # bytes, more than a few names of modules take; it is read at once


class WorkerProcess(NamedTuple):
    """A process that serves at the other end of this stream."""

    pid: int
    stream: BufferedRWPair


class ForkServer:
    """The process that forks, started when a first worker is, and again should it have died.

    `program` is the code that it runs, which calls `fork_when_asked`.
    """

    def __init__(self, program: str) -> None:
        self._program = program
        self._lock = Lock()
        self._running: tuple[subprocess.Popen[bytes], socket.socket] | None = None

    def start_worker(self, modules: Iterable[str], memory: int) -> WorkerProcess:
        """Start a worker in which these modules are imported. Raises `OSError`.

        It may take so many bytes of address space.
        """
        request = " ".join((str(memory), *modules)).encode()
        own_end, far_end = socket.socketpair()
        with own_end, far_end, self._lock:
            try:
                pid = self._ask(request, [far_end.fileno()])
            except OSError:  # it has died since
                self._end()
                pid = self._ask(request, [far_end.fileno()])
            return WorkerProcess(pid, own_end.makefile("rwb"))

    def wait(self, pid: int) -> int | None:
        """Return how a worker ended, as `Popen.returncode` says it; None if nobody knows."""
        with self._lock, contextlib.suppress(OSError):
            return self._ask(str(pid).encode()) if self._running else None
        return None

    def close(self) -> None:
        """End the process; workers end when their own connections do."""
        with self._lock:
            self._end()

    def _ask(self, request: bytes, descriptors: Iterable[int] = ()) -> int:
        _process, control = self._running or self._start()
        socket.send_fds(control, [request], [*descriptors])
        reply = control.recv(_NUMBER, socket.MSG_WAITALL)
        if len(reply) != _NUMBER:
            raise BrokenPipeError("the workers' fork server has died")
        return int.from_bytes(reply, signed=True)

    def _start(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        """Start the process: nothing of our environment, and no signal of our terminal."""
        own_end, far_end = socket.socketpair()
        with far_end:
            process = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-I", "-c", self._program],
                stdin=far_end.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                start_new_session=True,
            )
        self._running = process, own_end
        return self._running

    def _end(self) -> None:
        if self._running:
            process, control = self._running
            self._running = None
            control.close()
            process.wait()


@lru_cache
def shared_fork_server(program: str) -> ForkServer:
    """Return the fork server of this program's workers, which ends with this process."""
    fork_server = ForkServer(program)
    atexit.register(fork_server.close)
    return fork_server


def fork_when_asked(serve: Callable[[BufferedRWPair, int], None]) -> None:
    """Fork, or wait for a fork's end, until nobody asks any more; the other side of the server.

    In a fork, `serve` gets its stream and the limit of its memory.
    """
    control = socket.socket(fileno=sys.stdin.fileno())
    while True:
        request, descriptors, _flags, _address = socket.recv_fds(control, _REQUEST, 1)
        if not request:
            return
        if not descriptors:
            _pid, status = os.waitpid(int(request), 0)
            reply = os.waitstatus_to_exitcode(status)
        else:
            memory, *modules = request.decode().split(" ")
            for module in modules:
                import_module(module)
            reply = os.fork()
            if reply == 0:
                control.close()
                connection = socket.socket(fileno=descriptors[0])
                serve(connection.makefile("rwb"), int(memory))
                os._exit(0)  # nothing of it needs to be put away
            os.close(descriptors[0])
        control.sendall(reply.to_bytes(_NUMBER, signed=True))
