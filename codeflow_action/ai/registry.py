"""The providers that are installed, each with what is known of it: entry points to values."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from importlib.metadata import Distribution, EntryPoint, EntryPoints, entry_points
from itertools import chain

from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.lazy import dataclass, regex
from codeflow_action.engine.model import Endpoint, LLMProvider, ProviderProfile

GROUP = "codeflow.providers"
AUTO, NONE = "auto", "none"  # what the input `provider` takes besides names
AUDIENCE = "oidc_audience"  # the word of the input that beats a federation's own audience
# A part of `provider:model`, of the input `NAME_api_key`, and of labels in reports.
_NAME = regex(r"[a-z][a-z0-9_-]{0,49}")
_OUR_MODULES = "codeflow_action."


@dataclass(frozen=True, kw_only=True)
class InstalledProvider:
    """A provider by its name, and what makes it. `package` is who installed it."""

    name: str
    profile: ProviderProfile
    create: Callable[[Endpoint], LLMProvider]
    package: str = ""

    @property
    def key_input(self) -> str:
        """The Action's input that takes its key."""
        return f"{self.name.replace('-', '_')}_api_key"

    @property
    def account_inputs(self) -> Mapping[str, str]:
        """The Action's inputs that name an account for the job's identity, by the vendor's words.

        Empty for a provider that takes keys alone.
        """
        federation = self.profile.federation
        words = (*federation.fields, *federation.optional_fields, AUDIENCE) if federation else ()
        return {word: f"{self.name.replace('-', '_')}_{word}" for word in words}


type Providers = Mapping[str, InstalledProvider]


def package_name(point: EntryPoint) -> str:
    """Return the package that brings an entry point; its module where no package is known."""
    return _distribution_name(point.dist) if point.dist else point.module


@lru_cache(maxsize=64)  # to tell its name, all of its metadata is parsed, with its README
def _distribution_name(distribution: Distribution) -> str:
    return distribution.name


def provider_inputs(providers: Iterable[InstalledProvider]) -> tuple[str, ...]:
    """Return the inputs of these providers in their order: those for keys, then for accounts."""
    providers = tuple(providers)
    accounts = chain.from_iterable(provider.account_inputs.values() for provider in providers)
    return (*(provider.key_input for provider in providers), *accounts)


def load_providers(installed: EntryPoints | None = None) -> Providers:
    """Return every installed provider by name, in the order of `auto`.

    Importing a provider's module imports no SDK: a provider does that when it is prepared. Raises
    `ConfigError` for a name that two packages claim, or that cannot be written where names are.
    """
    providers: dict[str, InstalledProvider] = {}
    keys: dict[str, InstalledProvider] = {}
    for point in (installed or entry_points()).select(group=GROUP):
        package = package_name(point)
        if not _NAME.fullmatch(point.name) or point.name in (AUTO, NONE):
            raise ConfigError(
                f"{package} brings a provider named {point.name!r}, which cannot be a provider's "
                "name",
                hint="use lower-case letters, digits, '-' and '_', and neither 'auto' nor 'none'",
            )
        kind = point.load()
        if not (isinstance(kind, type) and issubclass(kind, LLMProvider)):
            raise ConfigError(
                f"the entry point {point.value!r} of {GROUP!r} in {package} is no LLMProvider"
            )
        # Not inherited: whoever borrows the wire format of OpenAI is not to be sent OpenAI's key.
        profile = vars(kind).get("profile", ProviderProfile())
        provider = InstalledProvider(name=point.name, profile=profile, create=kind, package=package)
        # `my-model` and `my_model` would share one input.
        if rival := keys.get(provider.key_input):
            raise ConfigError(
                f"the packages {rival.package} and {provider.package} both bring a provider named "
                f"{provider.name!r}",
                hint="remove one of them from the image",
            )
        keys[provider.key_input] = providers[provider.name] = provider
    return dict(sorted(providers.items(), key=_place_in_auto))


def _place_in_auto(entry: tuple[str, InstalledProvider]) -> tuple[bool, int, str]:
    """Sort the built-in providers by their rank, all others after them by name.

    Files of metadata have no order that lasts: builders sort them. And a package that is installed
    beside us does not take over runs that others give a key.
    """
    name, provider = entry
    is_ours = getattr(provider.create, "__module__", "").startswith(_OUR_MODULES)
    return not is_ours, provider.profile.auto_rank if is_ours else 0, name
