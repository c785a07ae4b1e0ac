"""Processes that have imported the package when they begin: an import takes a second.

One server, started once for a session, imports everything and forks for each run. A forked run has
its own environment, folder, streams, exit code and signals, as any other process has; only what
happens before the package is imported must be looked at in a process that was really started.
"""

import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

COMMAND = "from codeflow_action.cli import main; raise SystemExit(main())"


@dataclass(kw_only=True)
class ForkedProcess:
    """One run; it has what tests need of a `Popen`. `end` is a pipe that tells how it ended."""

    pid: int
    stdout: TextIO | None
    stderr: TextIO | None
    end: TextIO
    returncode: int | None = None

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self) -> int:
        if self.returncode is None:
            self.returncode = int(self.end.readline())
            self.end.close()
        return self.returncode

    def communicate(self, timeout: float) -> tuple[str, str]:
        """Return the rest of both streams when the run has ended; one that is late is killed."""
        late = threading.Timer(timeout, self.send_signal, [signal.SIGKILL])
        late.start()
        texts = {self.stdout: "", self.stderr: ""}

        def read(stream: TextIO) -> None:
            with stream:
                texts[stream] = stream.read()

        readers = [threading.Thread(target=read, args=[stream]) for stream in texts if stream]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        self.wait()
        late.cancel()
        return texts[self.stdout], texts[self.stderr]


class ForkServer:
    """Starts runs. To be closed at the end."""

    def __init__(self, rule_cache: Path) -> None:
        self._socket, other = socket.socketpair()
        with other:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-W", "error::ResourceWarning", __file__],
                env={
                    "PATH": os.environ["PATH"],
                    "KF_RULE_CACHE_DIR": str(rule_cache),
                    "FORK_SERVER_SOCKET": str(other.fileno()),
                },
                cwd="/",
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )

    def close(self) -> None:
        self._socket.close()
        self._process.wait()

    def start(
        self,
        arguments: Sequence[str | os.PathLike],
        *,
        env: Mapping[str, str],
        cwd: Path,
        stdout: object = subprocess.PIPE,
        stderr: object = subprocess.PIPE,
    ) -> ForkedProcess:
        """Start what an interpreter with these arguments runs: `-m MODULE` or `-c CODE`, more."""
        request = {
            "arguments": [os.fspath(argument) for argument in arguments],
            "env": dict(env),
            "cwd": os.fspath(cwd),
        }
        end, ended = os.pipe()
        streams, given = [], []
        for stream in (stdout, stderr):
            if stream == subprocess.PIPE:
                reading, writing = os.pipe()
                streams.append(os.fdopen(reading))
            else:
                writing = os.dup(stream if isinstance(stream, int) else stream.fileno())
                streams.append(None)
            given.append(writing)
        told = os.memfd_create("request")
        os.pwrite(told, json.dumps(request).encode(), 0)
        descriptors = (told, *given, ended)
        socket.send_fds(self._socket, [b"\0"], descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        reader = os.fdopen(end)
        return ForkedProcess(
            pid=int(reader.readline()), stdout=streams[0], stderr=streams[1], end=reader
        )

    def run(
        self, arguments: Sequence[str | os.PathLike], *, env: Mapping[str, str], cwd: Path
    ) -> subprocess.CompletedProcess[str]:
        """Return what such a run has left, when it has ended."""
        process = self.start(arguments, env=env, cwd=cwd)
        stdout, stderr = process.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)

    def codeflow(
        self, *arguments: str | os.PathLike, env: Mapping[str, str], cwd: Path
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line."""
        return self.run(["-c", COMMAND, *arguments], env=env, cwd=cwd)


def import_everything() -> None:
    """Import the package and what it imports when it first needs it, and load the rules."""
    import codeflow_action
    from codeflow_action.integrations.kingfisher import Kingfisher

    for module in pkgutil.walk_packages(codeflow_action.__path__, "codeflow_action."):
        if not module.name.endswith("__main__") and ".testing" not in module.name:
            importlib.import_module(module.name)
    importlib.import_module("openai")  # which most tests that ask a model use
    Kingfisher(Path(os.environ["KF_RULE_CACHE_DIR"])).load_rules()


def serve(requests: socket.socket) -> None:
    """Fork for each request, until there are no more; return in the fork, which is to run it."""
    while True:
        byte, descriptors, _flags, _address = socket.recv_fds(requests, 1, 4)
        if not byte:
            while True:
                try:
                    os.wait()
                except ChildProcessError:
                    os._exit(0)
        if os.fork() == 0:
            requests.close()
            keep(*descriptors)
            return
        for descriptor in descriptors:
            os.close(descriptor)
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def keep(request: int, stdout: int, stderr: int, end: int) -> None:
    """Fork the run, and tell how it ends; return in the run, which has become what was asked."""
    run = os.fork()
    if run:
        for descriptor in (request, stdout, stderr):
            os.close(descriptor)
        os.write(end, b"%d\n" % run)
        _pid, status = os.waitpid(run, 0)
        os.write(end, b"%d\n" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    os.close(end)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    with open(request) as file:
        told = json.load(file)
    for descriptor in (stdout, stderr):
        os.close(descriptor)
    os.chdir(told["cwd"])
    os.environ.clear()
    os.environ.update(told["env"])
    sys.path[:0] = filter(None, told["env"].get("PYTHONPATH", "").split(os.pathsep))
    importlib.invalidate_caches()
    sys.argv = told["arguments"]


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parents[1]))  # the package beside these tests
    requests = socket.socket(fileno=int(os.environ["FORK_SERVER_SOCKET"]))
    import_everything()
    serve(requests)
    kind, program, *rest = sys.argv
    sys.argv = [kind, *rest]
    if kind == "-m":
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    else:
        exec(compile(program, "<string>", "exec"), {"__name__": "__main__"})


if __name__ == "__main__":
    main()
