"""Which models a run asks: explicit inputs, then the configuration, then the first key there is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain

from codeflow_action.ai.models import ModelRef
from codeflow_action.ai.pricing import DEFAULT_MODELS, Price
from codeflow_action.config.inputs import Inputs, ProviderName
from codeflow_action.config.layers import Effective
from codeflow_action.config.names import did_you_mean
from codeflow_action.config.policy import PriceOverride, Roles
from codeflow_action.engine.action import Reason
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.model import Role
from codeflow_action.engine.omissions import OMISSIONS

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


def choose_models(effective: Effective, access: Access, installed: Mapping[str, object]) -> Chosen:
    """Return the models. Raises `ConfigError` for one that is named and cannot be asked."""
    policy = effective.policy.models
    if effective.provider is ProviderName.NONE:
        return Chosen(is_declined=True)
    is_named = _names_a_model(effective)
    default = _default(effective, access, installed)
    if default is None:
        notice = f"no model was asked: none of {_LOOKED_FOR} (or the inputs of these names) is set"
        why_not = access.outsider or Reason.NO_KEY
        return Chosen(why_not=why_not, notice=notice, is_named=is_named)
    urls = dict(access.base_urls)
    if policy.base_url:
        urls[default.provider] = policy.base_url
    fallback = tuple(_parsed(text, installed) for text in policy.fallback)
    roles = _roles(policy.roles, installed)
    for ref in (default, *fallback, *chain.from_iterable(roles.values())):
        if _lacks_key(ref.provider, access.keys, urls):
            if access.outsider:
                return Chosen(why_not=access.outsider, is_named=True)
            raise ConfigError(
                f"the provider {ref.provider!r} is named, and has no key",
                hint=_how_to_give_a_key(ref.provider),
            )
    return Chosen(default=default, fallback=fallback, roles=roles, keys=access.keys, base_urls=urls)


def _names_a_model(effective: Effective) -> bool:
    policy = effective.policy.models
    named = (policy.default, policy.fallback, policy.roles.find, policy.roles.verify)
    return bool(effective.model or any(named))


def _roles(roles: Roles, installed: Mapping[str, object]) -> dict[Role, tuple[ModelRef, ...]]:
    find = (roles.find,) if isinstance(roles.find, str) else roles.find or ()
    verify = (roles.verify,) if roles.verify else ()
    named = {Role.FIND: find, Role.VERIFY: verify}
    return {
        role: tuple(_parsed(text, installed) for text in texts)
        for role, texts in named.items()
        if texts
    }


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


def _default(
    effective: Effective, access: Access, installed: Mapping[str, object]
) -> ModelRef | None:
    """Explicit `provider` and `model` beat `models.default`, and that beats the first key."""
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
    if named and provider is None:
        return ModelRef(provider=named.provider, model=effective.model or named.model)
    for name in AUTO_ORDER:
        if name in access.keys:
            return _ref(name, effective.model, installed)
    if policy.base_url or "openai" in access.base_urls:
        return _ref("openai", effective.model, installed)
    return None


def _ref(provider: str, model: str, installed: Mapping[str, object]) -> ModelRef:
    return _parsed(f"{provider}:{model or DEFAULT_MODELS.get(provider, '')}", installed)


def _parsed(text: str, installed: Mapping[str, object]) -> ModelRef:
    """Return the model. Raises `ConfigError` for a provider that is not installed."""
    ref = ModelRef.parse(text)
    if ref.provider not in installed:
        raise ConfigError(
            f"there is no provider {ref.provider!r}{did_you_mean(ref.provider, installed)}"
        )
    return ref


def _lacks_key(provider: str, keys: Mapping[str, str], urls: Mapping[str, str]) -> bool:
    """True for a built-in provider without key; other OpenAI-compatible servers may need none."""
    if provider == "openai" and urls.get(provider):
        return False
    return provider in AUTO_ORDER and not keys.get(provider)
