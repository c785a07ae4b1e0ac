"""Starts a process with limits of time and memory, which ends with the block at the latest."""

import contextlib
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

_CHUNK = 1_000_000


class BoundedProcess:
    """A running process. `timed_out` is True once it was killed because its time was up.

    `output` is its standard output.
    """

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        if process.stdout is None:
            raise ValueError("standard output is no pipe")
        self.output = process.stdout
        self._process = process
        self.timed_out = False
        self._timer = threading.Timer(seconds, self._time_out)
        self._timer.daemon = True
        self._timer.start()

    def read_all(self, limit: int) -> bytes | None:
        """Return standard output, None if it is more than `limit` bytes."""
        chunks: list[bytes] = []
        room = limit
        while chunk := self.output.read(_CHUNK):
            room -= len(chunk)
            if room < 0:
                return None
            chunks.append(chunk)
        return b"".join(chunks)

    @property
    def input(self) -> IO[bytes]:
        """Standard input. Raises `ValueError` if it is no pipe."""
        if self._process.stdin is None:
            raise ValueError("standard input is no pipe")
        return self._process.stdin

    def wait(self) -> int:
        """Return the exit code; negative for a signal."""
        return self._process.wait()

    def close(self) -> None:
        """End the process if it still runs."""
        self._timer.cancel()
        self._process.kill()
        for pipe in (self._process.stdin, self.output):
            if pipe:
                with contextlib.suppress(BrokenPipeError):  # what was to be written is lost
                    pipe.close()
        self._process.wait()

    def _time_out(self) -> None:
        self.timed_out = True
        self._process.kill()


@contextlib.contextmanager
def start_bounded(
    command: Sequence[str | Path],
    *,
    directory: Path,
    environment: Mapping[str, str],
    stdin: IO[bytes] | int,
    stderr: IO[bytes] | int,
    seconds: float,
    memory: int,
) -> Iterator[BoundedProcess]:
    """Yield a process whose output can be read. Raises `OSError` if it cannot be started.

    `memory` is how many bytes it may allocate (Linux: RLIMIT_DATA, setrlimit(2)); files that it
    maps are not counted.
    """
    process = subprocess.Popen(  # noqa: S603 - our own programs, with arguments that are no shell's
        command,
        cwd=directory,
        env=environment,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
    )
    bounded = BoundedProcess(process, seconds)
    try:
        # Set from here, right after the start: code between fork and exec is not safe with threads.
        if sys.platform == "linux":  # macOS cannot limit another process
            with contextlib.suppress(ProcessLookupError):  # it has ended
                resource.prlimit(process.pid, resource.RLIMIT_DATA, (memory, memory))
        yield bounded
    finally:
        bounded.close()
