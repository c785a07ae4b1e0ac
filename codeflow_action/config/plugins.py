"""What is installed: the actions and providers that a configuration may name."""

from importlib.metadata import entry_points

from codeflow_action.ai.registry import Providers, load_providers
from codeflow_action.config.pipeline_entries import Registry, load_registry
from codeflow_action.engine.lazy import dataclass


@dataclass(frozen=True, kw_only=True)
class Plugins:
    """Actions and providers by name, the built-in ones too; providers in the order of `auto`."""

    actions: Registry
    providers: Providers


def load_plugins() -> Plugins:
    """Return what this installation has. Raises `ConfigError` when two claim one name."""
    installed = entry_points()  # once: each time every package's folder is looked into
    return Plugins(actions=load_registry(installed), providers=load_providers(installed))
