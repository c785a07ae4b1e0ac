"""`codeflow demo`: the real job on a made-up pull request."""

import sys
from pathlib import Path

from codeflow_action.commands.command_call import CommandCall
from codeflow_action.demo import run_demo


def run(call: CommandCall) -> int:
    """Run it, and return its exit code."""
    return run_demo(Path(call.options.output), call.environment, sys.stdout)
