"""What is installed: the actions and providers that a configuration may name."""

from dataclasses import dataclass

from codeflow_action.ai.registry import Providers, load_providers
from codeflow_action.config.pipeline_entries import Registry, load_registry


@dataclass(frozen=True, kw_only=True)
class Plugins:
    """Actions and providers by name, the built-in ones too; providers in the order of `auto`."""

    actions: Registry
    providers: Providers


def load_plugins() -> Plugins:
    """Return what this installation has. Raises `ConfigError` when two claim one name."""
    return Plugins(actions=load_registry(), providers=load_providers())
