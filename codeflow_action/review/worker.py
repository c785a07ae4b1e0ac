"""A process in which strangers' text is parsed: it can be ended, and takes no more than it may.

Parsers are C: they hold the interpreter's lock, call nobody back, and some take time or memory by
the square of what they read. Queries of tree-sitter have a `progress_callback`, but py-tree-sitter
0.26 hands it a pointer to a variable that is gone by then, and crashes
(`query_cursor_matches` in `tree_sitter/binding/query_cursor.c`). So the kernel counts for us: CPU
time by `ITIMER_PROF`, memory by `RLIMIT_AS`. Whoever goes over is ended, and the next question
starts a new process, forked by a server that has seen nothing of ours (`fork_server`).
"""

import atexit
import io
import pickle
import resource
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from threading import Lock

from codeflow_action.engine.lazy import dataclass
from codeflow_action.review.fork_server import (
    ForkServer,
    WorkerProcess,
    fork_when_asked,
    shared_fork_server,
)

_MEMORY = 560_000_000  # bytes of address space, of which the interpreter and grammars take 100 MB
_SECONDS = 1.0  # of CPU for one question, and more for a large one:
_SECONDS_PER_BYTE = 2e-6  # three times what ordinary code takes
PROGRAM = f"import {__name__} as it; it.main()"  # of the server that forks all workers
_LENGTH = 8  # bytes before each message that say how long it is


@dataclass(frozen=True, kw_only=True)
class UnreadableText:
    """A text that nobody can say anything about; `reason` is for the reader."""

    reason: str


class Worker:
    """One process, started when it is first asked; questions take turns.

    It blocks the thread that asks, never the interpreter: ask from a thread of its own.
    """

    def __init__(
        self,
        memory: int = _MEMORY,
        seconds: float = _SECONDS,
        fork_server: ForkServer | None = None,
    ) -> None:
        self._memory = memory
        self._seconds = seconds
        self._lock = Lock()
        self._fork_server = fork_server or shared_fork_server(PROGRAM)
        self._process: WorkerProcess | None = None
        self._is_closed = False

    def run[T](
        self,
        function: Callable[[bytes, str], T],
        content: bytes,
        name: str,
        prepare: Callable[[str], None] | None = None,
    ) -> T | UnreadableText:
        """Return what a function of a module says of a text; `name` tells it what the text is.

        What it returns is made of plain values and of classes of this package. `prepare` loads what
        it needs for such a name, before time is counted.
        """
        seconds = self._seconds + len(content) * _SECONDS_PER_BYTE
        calls = tuple(
            (call.__module__, call.__name__) for call in (function, prepare) if call is not None
        )
        question = pickle.dumps((calls, content, name, seconds))
        with self._lock:
            if self._is_closed:
                return UnreadableText(reason="the run has ended")
            try:
                if self._process is None:
                    modules = (module for module, _function in calls)
                    self._process = self._fork_server.start_worker(modules, self._memory)
                _write(self._process.stream, question)
                reply = _read(self._process.stream)
            except OSError:
                reply = b""
            if reply:
                answer: T | UnreadableText = _Answers(io.BytesIO(reply)).load()
                return answer
            code = self._end()
            reason = "its parser broke on it"
            if code == -signal.SIGPROF:
                reason = f"it takes more than {seconds:.1f} seconds to parse"
            elif code == -signal.SIGABRT:  # how tree-sitter says that there is no memory
                reason = "it takes too much memory to parse"
            return UnreadableText(reason=reason)

    def close(self) -> None:
        """End the process and answer nothing from now on; what is asked just now still ends."""
        self._is_closed = True
        with self._lock:
            self._end()

    def _end(self) -> int | None:
        """Return how the process ended: an exit code, or minus a signal; None without one."""
        process, self._process = self._process, None
        if process is None:
            return None
        with suppress(OSError):  # it is gone already
            process.stream.close()
        return self._fork_server.wait(process.pid)


class _Answers(pickle.Unpickler):
    """Reads answers: of classes, only the values of this package."""

    def find_class(self, module: str, name: str) -> type:
        member = getattr(import_module(module), name) if module.startswith(_PACKAGE) else None
        if not isinstance(member, type):
            raise pickle.UnpicklingError(f"{module}.{name} is no value of ours")
        return member


_PACKAGE = "codeflow_action."


def _write(stream: io.BufferedRWPair, message: bytes) -> None:
    stream.write(len(message).to_bytes(_LENGTH) + message)
    stream.flush()


def _read(stream: io.BufferedRWPair) -> bytes:
    """Return the next message, empty at the end."""
    if not (length := stream.read(_LENGTH)):
        return b""
    message = stream.read(int.from_bytes(length))
    return message if len(message) == int.from_bytes(length) else b""


@lru_cache(maxsize=8)
def worker(purpose: str) -> Worker:  # noqa: ARG001 - the cache tells them apart by it
    """Return the worker for a purpose, such as a gate's: none has to wait for another's files."""
    new_worker = Worker()
    atexit.register(new_worker.close)
    return new_worker


def main() -> None:
    """Be the server that forks all workers."""
    fork_when_asked(_answer_questions)


def _answer_questions(stream: io.BufferedRWPair, memory: int) -> None:
    """Answer until there are no more questions; the other side of `Worker`."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    while question := _read(stream):
        calls, content, name, seconds = pickle.loads(question)  # noqa: S301 - from ourselves
        function, *prepare = (getattr(import_module(module), call) for module, call in calls)
        for load in prepare:
            load(name)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            answer = pickle.dumps(function(content, name))
        except MemoryError:
            answer = pickle.dumps(UnreadableText(reason="it takes too much memory to parse"))
        except RecursionError:
            answer = pickle.dumps(UnreadableText(reason="it is nested too deeply"))
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        _write(stream, answer)
