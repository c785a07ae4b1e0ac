"""`codeflow stats`: which remarks on the last pull requests changed code."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from codeflow_action.ai.registry import load_providers
from codeflow_action.commands.command_call import CommandCall
from codeflow_action.commands.options import read_options
from codeflow_action.config.inputs import Inputs
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.remark_statistics import RemarkStatistics
from codeflow_action.hosts.clock import RealClock
from codeflow_action.hosts.laptop import open_repository
from codeflow_action.hosts.provider_access import open_access
from codeflow_action.hosts.statistics import (
    StatisticsRequest,
    connect,
    read_statistics,
    to_table,
)
from codeflow_action.integrations.github.read.closed_pulls import MAX_PULLS


def run(call: CommandCall) -> int:
    """Count, and print the table."""
    options, environment = call.options, call.environment
    if not 1 <= options.last <= MAX_PULLS:
        raise ConfigError(f"--last takes 1 to {MAX_PULLS} pull requests, not {options.last}")
    access = open_access(load_providers(), read_options(options), environment, call.redactor)
    given_name = options.repository or environment.get("GITHUB_REPOSITORY", "")

    async def count() -> RemarkStatistics:
        repository = given_name or await _remote_name(environment)
        request = StatisticsRequest(
            repository=repository,
            name=options.name or Inputs().name,
            author=options.author,
            last=options.last,
            keys=access.seal_secrets,
        )
        return await read_statistics(request, connect(environment), RealClock())

    statistics = asyncio.run(count())
    as_json = options.format == "json"
    text = f"{statistics.model_dump_json(indent=2)}\n" if as_json else to_table(statistics)
    call.write(text, as_json=as_json)
    return 0


async def _remote_name(environment: Mapping[str, str]) -> str:
    """Return the repository that the git remote names, empty where there is none."""
    repository = await open_repository(Path.cwd(), environment)
    return await repository.remote_name()
