"""What is installed: the names that a configuration may use."""

from collections.abc import Collection
from dataclasses import dataclass

from codeflow_action.ai.models import load_factories
from codeflow_action.config.pipeline import Registry, load_registry


@dataclass(frozen=True, kw_only=True)
class Installed:
    """Actions by name, and the names of the providers."""

    actions: Registry
    providers: Collection[str]


def load_installed() -> Installed:
    """Return what this installation has. Raises `ConfigError` when two claim one name."""
    return Installed(actions=load_registry(), providers=tuple(load_factories()))
