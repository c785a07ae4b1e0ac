"""`codeflow config`: each value that holds, with the layer that says it."""

import json

from codeflow_action.ai.registry import Providers
from codeflow_action.commands.command_call import CommandCall
from codeflow_action.commands.local_run import LocalRun
from codeflow_action.hosts.laptop import Local
from codeflow_action.run.configuration import RunConfiguration


def run(call: CommandCall) -> int:
    """Print the values, and which providers there are. Problems and notices go to stderr."""
    local_run = LocalRun(call=call)

    async def configure(local: Local) -> tuple[RunConfiguration, Providers]:
        return await local.configure(local_run.request), local.plugins.providers

    configuration, _ = local_run.run(
        configure, lambda result: call.clean(_setting_lines(*result), as_json=False)
    )
    findings = (finding.message for finding in configuration.findings)
    shortfalls = (shortfall.detail for shortfall in configuration.shortfalls)
    for line in (*findings, *shortfalls, *configuration.notices):
        call.note(line)
    return 0


def _setting_lines(configuration: RunConfiguration, providers: Providers) -> str:
    """Return a line for each value, with its layer, then one for each provider, with its package.

    Providers stand in the order in which `auto` asks them.
    """
    origins = sorted(configuration.resolution.effective.origins.items())
    lines = [f"{name} = {json.dumps(value)}  # {origin}\n" for name, (value, origin) in origins]
    for name, provider in providers.items():
        profile = provider.profile
        facts = {
            "keys": [provider.key_input, *profile.key_variables],
            "account": [*provider.account_inputs.values()],
            "default": profile.default_model,
            "priced_on": profile.priced_on,
        }
        lines.append(f"providers.{name} = {json.dumps(facts)}  # {provider.package}\n")
    return "".join(lines)
