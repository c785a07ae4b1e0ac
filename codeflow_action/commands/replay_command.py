"""`codeflow replay`: a recorded run, again and offline."""

import asyncio
import sys
from pathlib import Path

from codeflow_action.ai.registry import load_providers
from codeflow_action.commands.command_call import CommandCall, read_text, write_result
from codeflow_action.commands.rendering import render
from codeflow_action.config.pipeline_entries import load_registry
from codeflow_action.hosts.clock import RealClock
from codeflow_action.hosts.log import log_bug, make_log
from codeflow_action.hosts.provider_access import key_shapes
from codeflow_action.tape.cassette import Cassette
from codeflow_action.tape.replay import replay


def run(call: CommandCall) -> int:
    """Run the cassette, print the report, and return the exit code that it comes to."""
    path = Path(call.options.cassette)
    cassette = Cassette.parse(read_text(path), path.name)
    # Nobody gives a key to replay a run, but a cassette that was written by hand may hold one.
    call.redactor.learn_shapes(key_shapes(load_providers()))
    log = make_log(sys.stderr, call.redactor, debug=False)
    report = asyncio.run(
        replay(
            cassette,
            load_registry(),
            clock=RealClock(),
            progress=lambda _text: None,
            on_bug=lambda action, error: log_bug(log, action, error),
        )
    )
    write_result(render(report, call))
    return report.exit_code
