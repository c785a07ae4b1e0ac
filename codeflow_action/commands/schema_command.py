"""`codeflow schema`: the JSON Schema of a file or an output, for editors and scripts."""

import json

from codeflow_action.commands.command_call import CommandCall, write_result
from codeflow_action.config.dismissed_file import dismissed_schema
from codeflow_action.config.json_schema import (
    configuration_schema,
    findings_schema,
    hand_off_schema,
)
from codeflow_action.config.pipeline_entries import load_registry


def run(call: CommandCall) -> int:
    """Print it."""
    match call.options.what:
        case "config":
            schema = configuration_schema(load_registry())
        case "dismissed":
            schema = dismissed_schema()
        case "findings":
            schema = findings_schema()
        case _:
            schema = hand_off_schema()
    write_result(json.dumps(schema, indent=2) + "\n")
    return 0
