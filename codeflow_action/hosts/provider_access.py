"""Keys and addresses of the providers that are installed, and what must not be shown of them."""

from collections.abc import Mapping
from itertools import chain

from codeflow_action.ai.registry import Providers
from codeflow_action.config.inputs import Inputs
from codeflow_action.config.model_choice import Access, find_access
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.outcome import Reason
from codeflow_action.security.redaction import Redactor


def open_access(
    providers: Providers,
    inputs: Inputs,
    environment: Mapping[str, str],
    redactor: Redactor,
    outsider: Reason | None = None,
) -> Access:
    """Return keys and addresses. From now on the redactor blanks these keys, and others like them.

    Until then the redactor knows the values whose variables have the name of a secret. Raises
    `ConfigError` for a form of keys that cannot be read.
    """
    for provider in providers.values():
        try:
            redactor.learn_shapes(provider.profile.key_shapes)
        except ValueError as error:
            raise ConfigError(
                f"the provider {provider.name!r} of {provider.package} has an expression in its "
                f"`key_shapes` that cannot be used: {error}"
            ) from error
    access = find_access(inputs, environment, providers, outsider)
    # A provider's variable may have any name, so its value is hidden whatever it is called.
    redactor.hide(access.keys.values())
    return access


def key_shapes(providers: Providers) -> tuple[str, ...]:
    """Return what the keys of all providers look like."""
    return tuple(
        chain.from_iterable(provider.profile.key_shapes for provider in providers.values())
    )
