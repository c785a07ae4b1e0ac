"""`python -m codeflow_action`: the entry that the Action's container starts.

It listens to signals before it imports anything else, and runs the job in a watched child.
"""

import gc
import os
import sys
from typing import TYPE_CHECKING

from codeflow_action.supervisor.signals import Signals

if TYPE_CHECKING:
    from codeflow_action.hosts.messages import Send


def _run_job(send: "Send") -> None:
    from codeflow_action.entrypoint import run_job  # noqa: PLC0415 - only the child needs it

    run_job(os.environ, send)


def _make_writer() -> "Writer":
    target = RunnerFiles.of(os.environ)
    return Writer(target=target, stdout=Output(sys.stdout), stderr=Output(sys.stderr))


if __name__ == "__main__":
    signals = Signals()
    # Most of what a run makes lives to its end: modules, classes, patterns. Looking among it for
    # garbage after each 700 new objects, as Python 3.12 does, takes some hundredths of its CPU.
    gc.set_threshold(100_000)
    # Before the first request, pydantic would look for plug-ins of its own in every package.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    # Only now: these imports take longer than anything else that happens before the run. Both
    # processes need them, and after the fork each would import them for itself.
    from codeflow_action.hosts.writer import Output, RunnerFiles, Writer
    from codeflow_action.supervisor.watch import supervise

    exit_code = supervise(signals, _run_job, _make_writer)
    os._exit(exit_code)  # a thread that waits for the network must not hold a finished run
