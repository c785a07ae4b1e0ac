"""`codeflow review`: the same engine on the range of a repository here."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from codeflow_action.commands.command_call import CommandCall
from codeflow_action.commands.local_run import LocalRun
from codeflow_action.commands.rendering import render
from codeflow_action.engine.errors import OutputError
from codeflow_action.engine.report import Report
from codeflow_action.hosts.messages import Bundle
from codeflow_action.hosts.unfinished import EXIT_INTERRUPTED


def run(call: CommandCall) -> int:
    """Review, print the report, and return the exit code that it comes to."""
    local_run = LocalRun(call=call)
    show = partial(render, call=call)

    def keep(report: Report) -> None:
        call.send(Bundle(exit_code=report.exit_code, outputs={}, summary=show(report)))

    def finish(report: Report) -> str:
        """Return what is left for stdout."""
        text = show(report)
        if not (name := call.options.output):
            return text
        try:
            Path(name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise OutputError(f"{name} cannot be written ({error.strerror})") from error
        return ""

    # The report so far goes to the watching process: Ctrl-C prints it, whatever this one computes.
    report = local_run.run(
        lambda local: replace(local, keep=keep).review(local_run.request), finish
    )
    return EXIT_INTERRUPTED if local_run.stop.is_set() else report.exit_code
