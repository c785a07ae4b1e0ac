"""`codeflow docs`: the page of an action, a gate or a provider."""

from codeflow_action.commands.command_call import CommandCall
from codeflow_action.config.names import did_you_mean
from codeflow_action.config.pages import pages
from codeflow_action.config.plugins import load_plugins
from codeflow_action.engine.errors import ConfigError


def run(call: CommandCall) -> int:
    """Print what is installed under a name; two kinds of things may share it."""
    name = call.options.name
    all_pages = tuple(pages(load_plugins()))
    text = "\n".join(f"# {name}\n\n{text}\n" for page_name, text in all_pages if page_name == name)
    if not text:
        nearest = did_you_mean(name, dict(all_pages))
        raise ConfigError(f"there is no action, gate or provider {name!r}{nearest}")
    call.write(text)
    return 0
