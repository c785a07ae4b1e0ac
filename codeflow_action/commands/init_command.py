"""`codeflow init`: the first files of a repository."""

import sys
from pathlib import Path

from codeflow_action.ai.registry import InstalledProvider, Providers, load_providers
from codeflow_action.commands.command_call import CommandCall, write_result
from codeflow_action.config.names import did_you_mean
from codeflow_action.engine.errors import ConfigError, RepositoryError
from codeflow_action.hosts.first_files import FirstFiles
from codeflow_action.hosts.interview import Interview
from codeflow_action.integrations.git_folders import find_repository


def run(call: CommandCall) -> int:
    """Write what the repository around here needs, and print what is left to do."""
    options, interview = call.options, Interview(answers=sys.stdin, screen=sys.stderr)
    if not (folders := find_repository(Path.cwd())) or not folders.work_tree:
        raise RepositoryError(
            f"{Path.cwd()} is in no git repository with files", hint="change into your clone"
        )
    providers = load_providers()
    names = (*(name for name, entry in providers.items() if entry.profile.is_in_auto), "none")
    name = options.provider or interview.choice("Whose model reviews?", names, "none")
    if name in providers and name not in names:
        raise ConfigError(
            f"{name} needs more than a key, which init does not ask for",
            hint="start from examples/workflows/cloud.yml",
        )
    if name not in names:
        raise ConfigError(f"there is no provider {name!r}{did_you_mean(name, names)}")
    has_forks, has_commands = (
        interview.is_so(question, default=False) if option is None else option
        for question, option in (
            ("Do strangers send pull requests from forks?", options.forks),
            ("Shall comments such as /codeflow review be answered?", options.commands),
        )
    )
    provider = providers.get(name)
    account = _account(provider, providers) if options.identity else ()
    key_input = provider.key_input if provider and not account else ""
    first_files = FirstFiles(
        key_input=key_input,
        secret=key_input.upper(),
        account=account,
        has_forks=has_forks,
        has_commands=has_commands,
    )
    write_result(first_files.advice(first_files.write(folders.work_tree)))
    return 0


def _account(provider: InstalledProvider | None, providers: Providers) -> tuple[str, ...]:
    """Return the inputs that an account needs. Raises `ConfigError` where none is known."""
    federation = provider.profile.federation if provider else None
    if provider is None or federation is None:
        able = (name for name, candidate in providers.items() if candidate.profile.federation)
        raise ConfigError(
            "--identity needs a provider that takes a job's identity",
            hint=f"name one of {', '.join(able)} with --provider",
        )
    return tuple(provider.account_inputs[word] for word in federation.fields)
