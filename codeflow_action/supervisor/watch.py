"""Runs a job in a child process and delivers what it hands over, however the child ends.

It listens to signals from its first milliseconds on. Before the fork it imports what both
processes need, little more than the standard library: so it stays small, and no import is paid for
twice. What the child computes, blocks on or breaks in cannot hold it, so outputs and summary are
written at the deadline, at a signal, and after a crash. Nor can it leave files: its temporary ones
are in a folder that goes when it has ended.
"""

import faulthandler
import os
import select
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from codeflow_action.hosts.messages import Cut, Decoder, Message, Send, encode
from codeflow_action.supervisor import process_tree
from codeflow_action.supervisor.signals import STOPS, Signals, fork

_LOOK = 1.0  # seconds between two looks at the memory
_AFTER_KILL = 1.0  # seconds until a killed process is gone, unless it hangs in the kernel
_PIECE = 1_000_000  # bytes


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a run may take, in seconds and bytes.

    `until_configured` is the run's time as long as it has named no deadline: the default of
    `budget.timeout_minutes`. `after_deadline` is for a run that is just ending, `after_end` for
    telemetry when the results are delivered. `after_signal` is for a run that is told to stop:
    GitHub's runner sends SIGINT, 7.5 s later SIGTERM, and kills 2.5 s after that (actions/runner:
    ProcessInvoker.cs). `memory` is that of all processes of the run, without files' pages.
    """

    until_configured: float = 600.0
    after_deadline: float = 3.0
    after_signal: float = 4.0
    after_end: float = 4.0
    memory: int = 900_000_000


class Results(Protocol):
    """Who takes a run's messages and shows or writes what they hold.

    `stage` is what the run said last that it does, `deadline` when it has to be over, `exit_code`
    what it has ended with, None until then.
    """

    stage: str
    deadline: float | None
    exit_code: int | None

    def take(self, message: Message) -> None:
        """Take one; after the run's end none is heeded."""
        ...


def supervise(
    signals: Signals,
    job: Callable[[Send], None],
    make_results: Callable[[], Results],
    limits: Limits = Limits(),
) -> int:
    """Run the job in a child of this process; return the exit code, in the child as here.

    `make_results` is called here, when there is something to take.

    Raises what the job raises, in the child.
    """
    scratch = _make_scratch()
    read_end, write_end = os.pipe()
    child = fork(signals)
    if child == 0:
        os.close(read_end)
        os.setsid()
        tempfile.tempdir = scratch
        if sys.stderr:
            faulthandler.enable()
        job(_sender(write_end))
        return 0
    os.close(write_end)
    try:
        return Watch(child, read_end, signals, make_results, limits).run()
    finally:
        if scratch:
            shutil.rmtree(scratch, ignore_errors=True)


def _make_scratch() -> str | None:
    """Return a new folder; None where there can be none, which the run itself will tell."""
    try:
        return tempfile.mkdtemp(prefix="codeflow-")
    except OSError:
        return None


def _sender(pipe: int) -> Send:
    """Return what writes messages into the pipe. Without a reader there is no use in going on."""
    from threading import Lock  # noqa: PLC0415 - not needed to begin

    lock = Lock()

    def send(message: Message) -> None:
        data = memoryview(encode(message))
        with lock:
            try:
                while data:
                    data = data[os.write(pipe, data) :]
            except BrokenPipeError:
                os._exit(70)

    return send


class Watch:
    """Watches one child. Its messages come through `pipe`."""

    def __init__(
        self,
        child: int,
        pipe: int,
        signals: Signals,
        make_results: Callable[[], Results],
        limits: Limits,
    ) -> None:
        self._child = child
        self._pipe = pipe
        self._signals = signals
        self._make_results = make_results
        self._limits = limits
        self._ends_at = time.monotonic() + limits.until_configured + limits.after_deadline
        self._looks_at = 0.0
        self._is_open = True
        self._stopped_by: signal.Signals | None = None
        self._is_too_large = False
        self._status: int | None = None  # of `waitpid`, when the child is dead
        self._made: tuple[Decoder, Results] | None = None

    def run(self) -> int:
        """Return the exit code, when everything is delivered and no process of the run is left."""
        os.set_blocking(self._pipe, False)
        while not self._has_ended() and (seconds_left := self._ends_at - time.monotonic()) > 0:
            ready = select.poll()
            ready.register(self._signals.descriptor, select.POLLIN)
            if self._is_open:
                ready.register(self._pipe, select.POLLIN)
            ready.poll(min(seconds_left, _LOOK) * 1000)
            for number in self._signals.read():
                if number in STOPS:
                    self._stop(signal.Signals(number))
            self._receive()
            moment = time.monotonic()
            if moment >= self._looks_at and not self._is_delivered:
                self._looks_at = moment + _LOOK
                # The run ends before the kernel ends somebody else for what it holds.
                if process_tree.memory(self._child) > self._limits.memory:
                    self._is_too_large = True
                    self._ends_at = moment
        return self._finish()

    def _has_ended(self) -> bool:
        """True when the child is dead; others' dead children, ours as the first process, go too."""
        while self._status is None:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == self._child:
                self._status = status
            elif pid == 0:
                return False
        return True

    def _stop(self, number: signal.Signals) -> None:
        """Let the child end by itself for a while; at a second signal it has no more time."""
        moment = time.monotonic()
        if self._stopped_by is None and not self._is_delivered:
            os.kill(self._child, signal.SIGTERM)
            self._ends_at = min(self._ends_at, moment + self._limits.after_signal)
        else:
            self._ends_at = moment
        self._stopped_by = number

    def _receive(self) -> None:
        """Take what the child has sent, a piece of it: signals and the time must be heeded too."""
        try:
            piece = os.read(self._pipe, _PIECE) if self._is_open else b""
        except BlockingIOError:
            return
        if not piece:
            self._is_open = False
            return
        decoder, results = self._tools()
        for message in decoder.feed(piece):
            deadline, exit_code = results.deadline, results.exit_code
            results.take(message)
            # A message that says a deadline moves the end, and so does the run's last one.
            if results.exit_code != exit_code:
                self._ends_at = time.monotonic() + self._limits.after_end
            elif results.deadline and results.deadline != deadline and not self._stopped_by:
                self._ends_at = results.deadline + self._limits.after_deadline

    def _finish(self) -> int:
        """End whatever is left of the run, and deliver what the child did not."""
        process_tree.kill(self._child, is_dead=self._status is not None)
        late = time.monotonic() + _AFTER_KILL
        while not self._has_ended() and time.monotonic() < late:
            time.sleep(0.005)
        rest = select.poll()
        rest.register(self._pipe, select.POLLIN)
        # What the child had sent before it was killed still lies in the pipe.
        while self._is_open and any(event & select.POLLIN for _pipe, event in rest.poll(0)):
            self._receive()
        _decoder, results = self._tools()
        results.take(self._cut(self._status or 0, results.stage or "starting"))
        return 70 if results.exit_code is None else results.exit_code

    @property
    def _is_delivered(self) -> bool:
        return self._made is not None and self._made[1].exit_code is not None

    def _tools(self) -> tuple[Decoder, Results]:
        if self._made is None:
            self._made = Decoder(), self._make_results()
        return self._made

    def _cut(self, status: int, stage: str) -> Cut:
        """Return why the child came to no end of its own, by the `waitpid` status that it left."""
        place = f"(it was at: {stage})"
        if self._stopped_by is not None:
            text = f"the run was stopped by {self._stopped_by.name} {place}; run the job again"
            return Cut(exit_code=0, reason="deadline", text=text)
        if self._is_too_large:
            text = f"the run took more than {self._limits.memory // 10**6} MB of memory {place}"
            hint = "narrow it with `paths.only`, or by smaller pull requests"
            return Cut(exit_code=3, reason="gate_not_run", text=f"{text}; {hint}")
        if time.monotonic() >= self._ends_at:
            hint = "raise `budget.timeout_minutes`, or narrow the run with `paths.only`"
            return Cut(
                exit_code=0, reason="deadline", text=f"the run's time was up {place}; {hint}"
            )
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            text = f"the run was killed from outside {place}: mostly there was too little memory"
            return Cut(exit_code=3, reason="gate_not_run", text=f"{text}; see the runner's")
        death = (
            f"of {signal.Signals(os.WTERMSIG(status)).name}"
            if os.WIFSIGNALED(status)
            else f"with exit code {os.waitstatus_to_exitcode(status)} and no result"
        )
        text = (
            f"a bug in CodeFlow: its process died {death} {place}; please report it with this log"
        )
        return Cut(exit_code=70, reason="gate_not_run", text=text)
