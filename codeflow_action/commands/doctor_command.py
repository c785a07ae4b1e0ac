"""`codeflow doctor`: what a review needs here, and what of it is missing."""

from collections.abc import Sequence

from codeflow_action.commands.command_call import CommandCall
from codeflow_action.commands.local_run import LocalRun
from codeflow_action.hosts.doctor import Diagnosis, Health, examine

_ILL = 2  # as a configuration that is wrong


def run(call: CommandCall) -> int:
    """Print a line for each thing that was tried, and return 2 where any is bad."""
    local_run = LocalRun(call=call)

    def show(diagnoses: Sequence[Diagnosis]) -> str:
        return call.clean("".join(f"{diagnosis}\n" for diagnosis in diagnoses), as_json=False)

    diagnoses = local_run.run(lambda local: examine(local, local_run.request), show)
    return _ILL if any(diagnosis.health is Health.BAD for diagnosis in diagnoses) else 0
