"""Which models a run asks: explicit inputs, then the configuration, then the first key there is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import chain

from codeflow_action.ai.models import ModelRef
from codeflow_action.ai.pricing import DEFAULT_MODELS, Price
from codeflow_action.config.addresses import check_address, is_in_the_clear
from codeflow_action.config.inputs import Inputs, ProviderName
from codeflow_action.config.layers import Effective, unknown_provider
from codeflow_action.config.policy import PriceOverride, Roles
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.model import Role
from codeflow_action.engine.omissions import OMISSIONS
from codeflow_action.engine.outcome import Reason
from codeflow_action.manifests.yaml_text import Path

AUTO_ORDER = ("openai", "anthropic", "mistral", "groq")
KEY_VARIABLES: Mapping[str, str] = {name: f"{name.upper()}_API_KEY" for name in AUTO_ORDER}
URL_VARIABLES: Mapping[str, str] = {name: f"{name.upper()}_BASE_URL" for name in AUTO_ORDER}
_LOOKED_FOR = ", ".join(KEY_VARIABLES.values())
# To complete "no model reviewed this: ".
_MISSING = {
    Reason.NO_KEY: f"no key was given (looked for {_LOOKED_FOR})",
    Reason.NO_KEY_FORK: "pull requests from forks get no keys",
    Reason.NO_KEY_DEPENDABOT: "Dependabot's pull requests get no keys",
}


@dataclass(frozen=True, kw_only=True)
class Access:
    """What the surroundings offer: keys and addresses by provider.

    `outsider` is the reason why keys may rightly be missing (a fork, Dependabot), None elsewhere.
    """

    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    base_urls: Mapping[str, str] = field(default_factory=dict)
    outsider: Reason | None = None


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The models to ask. Without `default` there are none, and `why_not` says why.

    `is_named` where inputs or configuration name a model all the same, `is_declined` where they say
    that none is wanted.
    """

    default: ModelRef | None = None
    fallback: tuple[ModelRef, ...] = ()
    roles: Mapping[Role, tuple[ModelRef, ...]] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    base_urls: Mapping[str, str] = field(default_factory=dict)
    why_not: Reason = Reason.NO_KEY
    notice: str = ""
    is_named: bool = False
    is_declined: bool = False

    @property
    def label(self) -> str:
        """All models in their order, for people and for the digest of what an answer depends on."""
        roles = (f"{ref} to {role.value}" for role, refs in self.roles.items() for ref in refs)
        named = (str(ref) for ref in (self.default, *self.fallback) if ref)
        return ", ".join((*named, *roles))

    def missing(self, *, was_asked: bool) -> str:
        """Return why no model can be asked though one is wanted, empty where none is.

        `was_asked` says that an earlier run on this pull request has asked one.
        """
        if self.default is not None or self.is_declined or not (self.is_named or was_asked):
            return ""
        return _MISSING.get(self.why_not, OMISSIONS[self.why_not].words)


def find_access(
    inputs: Inputs, environment: Mapping[str, str], outsider: Reason | None = None
) -> Access:
    """Return keys and addresses from the inputs, else from the SDKs' usual variables."""
    keys = {name: environment.get(variable, "") for name, variable in KEY_VARIABLES.items()}
    urls = {name: environment.get(variable, "") for name, variable in URL_VARIABLES.items()}
    return Access(
        keys={name: key.strip() for name, key in {**keys, **inputs.keys}.items() if key.strip()},
        base_urls={name: url.strip() for name, url in urls.items() if url.strip()},
        outsider=outsider,
    )


class ModelsProblem(ConfigError):
    """A model that is named and cannot be asked; `path` is where the configuration says so.

    The path is empty where an input or the environment says it.
    """

    def __init__(self, message: str, *, hint: str = "", path: Path = ()) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class MissingKey(ModelsProblem):
    """A provider that is named and has no key: it may still be given one."""


def choose_models(effective: Effective, access: Access, installed: Collection[str]) -> Chosen:
    """Return the models. `installed` are the names of providers.

    Raises `ModelsProblem` for a model that is named and cannot be asked.
    """
    policy = effective.policy.models
    if effective.provider is ProviderName.NONE:
        return Chosen(is_declined=True)
    is_named = _names_a_model(effective)
    fallback = tuple(_parsed(text, installed) for text in policy.fallback)
    roles = _roles(policy.roles, installed)
    default = _default(effective, access, installed)
    if default is None:
        notice = f"no model was asked: none of {_LOOKED_FOR} (or the inputs of these names) is set"
        why_not = access.outsider or Reason.NO_KEY
        return Chosen(why_not=why_not, notice=notice, is_named=is_named)
    addresses = _addresses(effective, access, default)
    urls = {provider: address.text for provider, address in addresses.items()}
    for ref in (default, *fallback, *chain.from_iterable(roles.values())):
        if _lacks_key(ref.provider, access.keys, urls):
            if access.outsider:
                return Chosen(why_not=access.outsider, is_named=True)
            raise MissingKey(
                f"the provider {ref.provider!r} is named, and has no key",
                hint=_how_to_give_a_key(ref.provider),
                path=_path_of(ref, effective),
            )
        if address := addresses.get(ref.provider):
            _check(address, ref.provider, access.keys.get(ref.provider, ""))
    return Chosen(default=default, fallback=fallback, roles=roles, keys=access.keys, base_urls=urls)


def _names_a_model(effective: Effective) -> bool:
    policy = effective.policy.models
    named = (policy.default, policy.fallback, policy.roles.find, policy.roles.verify)
    return bool(effective.model or any(named))


def _roles(roles: Roles, installed: Collection[str]) -> dict[Role, tuple[ModelRef, ...]]:
    find = (roles.find,) if isinstance(roles.find, str) else roles.find or ()
    verify = (roles.verify,) if roles.verify else ()
    named = {Role.FIND: find, Role.VERIFY: verify}
    return {
        role: tuple(_parsed(text, installed) for text in texts)
        for role, texts in named.items()
        if texts
    }


def _path_of(ref: ModelRef, effective: Effective) -> Path:
    """Return where the configuration names this provider, empty where an input does."""
    named = effective.policy.models.named
    return next((path for path, text in named if text.startswith(f"{ref.provider}:")), ())


@dataclass(frozen=True, kw_only=True)
class _Address:
    """Where a provider is asked, and what says so: `name` for people, `path` in a configuration."""

    text: str
    name: str
    path: Path = ()


def _addresses(effective: Effective, access: Access, default: ModelRef) -> dict[str, _Address]:
    """Return the addresses that are not the providers' own, by provider."""
    found = {
        provider: _Address(text=text, name=URL_VARIABLES[provider])
        for provider, text in access.base_urls.items()
    }
    if configured := effective.policy.models.base_url:
        found[default.provider] = _Address(
            text=configured, name="models.base_url", path=("models", "base_url")
        )
    return found


def _check(address: _Address, provider: str, key: str) -> None:
    """Refuse an address of the wrong form, and one that a key would reach in the clear.

    Raises `ModelsProblem`, without the address: it may hold a password.
    """
    try:
        check_address(address.text)
    except ValueError as error:
        raise ModelsProblem(f"{address.name}: {error}", path=address.path) from None
    if key and is_in_the_clear(address.text):
        raise ModelsProblem(
            f"{address.name}: the key of {provider!r} would travel without encryption",
            hint="write https://; plain http:// may lead to this machine, or take no key",
            path=address.path,
        )


def _how_to_give_a_key(provider: str) -> str:
    variable = KEY_VARIABLES.get(provider)
    in_environment = f", {variable} in the environment" if variable else ""
    return f"set the input {provider}_api_key from a secret{in_environment}, or `provider: none`"


def price_table(overrides: Mapping[str, PriceOverride]) -> dict[str, Price]:
    """Return the configured prices; cached tokens cost what others do unless it is said."""
    return {
        name: Price(
            input=one.input,
            output=one.output,
            cached=one.input if one.cached is None else one.cached,
        )
        for name, one in overrides.items()
    }


def _default(effective: Effective, access: Access, installed: Collection[str]) -> ModelRef | None:
    """Explicit `provider` and `model` beat `models.default`, and that beats the first key.

    `provider: auto` says what saying nothing says.
    """
    policy = effective.policy.models
    named = _parsed(policy.default, installed) if policy.default else None
    provider = effective.provider
    if provider is not None and provider is not ProviderName.AUTO:
        model = effective.model or (
            named.model if named and named.provider == provider.value else ""
        )
        return _ref(provider.value, model, installed)
    prefix, colon, rest = effective.model.partition(":")
    if colon and prefix in installed:
        return ModelRef(provider=prefix, model=rest)
    if named:
        return ModelRef(provider=named.provider, model=effective.model or named.model)
    for name in AUTO_ORDER:
        if name in access.keys:
            return _ref(name, effective.model, installed)
    if policy.base_url or "openai" in access.base_urls:
        return _ref("openai", effective.model, installed)
    return None


def _ref(provider: str, model: str, installed: Collection[str]) -> ModelRef:
    return _parsed(f"{provider}:{model or DEFAULT_MODELS.get(provider, '')}", installed)


def _parsed(text: str, installed: Collection[str]) -> ModelRef:
    """Return the model. Raises `ConfigError` for a provider that is not installed."""
    ref = ModelRef.parse(text)
    if wrong := unknown_provider(text, installed):
        raise ConfigError(wrong)
    return ref


def _lacks_key(provider: str, keys: Mapping[str, str], urls: Mapping[str, str]) -> bool:
    """True for a built-in provider without key; other OpenAI-compatible servers may need none."""
    if provider == "openai" and urls.get(provider):
        return False
    return provider in AUTO_ORDER and not keys.get(provider)
