"""Signals as bytes in a pipe, which the one loop of the watching process reads."""

import os
import signal

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals:
    """Listens from the moment at which it is made.

    The first process of a container has no default for any signal: what it does not listen to is
    lost (pid_namespaces(7)). An ignored SIGINT is inherited by jobs in a shell's background.
    """

    def __init__(self) -> None:
        # No file of ours may get the number of a standard stream that was closed.
        for number in range(3):
            try:
                os.fstat(number)
            except OSError:
                os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
        self.descriptor, self._end = os.pipe()
        for descriptor in (self.descriptor, self._end):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(self._end, warn_on_full_buffer=False)
        for number in (*STOPS, signal.SIGCHLD):
            # A handler there must be; by then the number is in the pipe (`set_wakeup_fd`).
            signal.signal(number, lambda _number, _frame: None)

    def read(self) -> list[int]:
        """Return the numbers that have come since the last time."""
        try:
            return list(os.read(self.descriptor, 4096))
        except BlockingIOError:
            return []

    def forget(self) -> None:
        """Put everything back to the defaults: in a child that has its own way to stop."""
        signal.set_wakeup_fd(-1)
        for number in (*STOPS, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        os.close(self.descriptor)
        os.close(self._end)


def fork(signals: Signals) -> int:
    """Return the child's id, 0 in the child, where signals have their defaults again.

    A signal that comes meanwhile waits, so that a child never takes one for its parent.
    """
    all_signals = signal.valid_signals()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, all_signals)
    child = os.fork()
    if child == 0:
        signals.forget()
    # What was blocked when we were started would stay so in every program that we start.
    signal.pthread_sigmask(signal.SIG_SETMASK, before - {*STOPS, signal.SIGCHLD})
    return child
