"""Which models a run asks: explicit inputs, then the configuration, then the first key there is."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from itertools import chain
from operator import itemgetter

from codeflow_action.ai.models import ModelPorts, ModelRef, ModelSettings, NoModels, RunModels
from codeflow_action.ai.registry import AUTO, NONE, InstalledProvider, Providers
from codeflow_action.config.addresses import check_address, is_in_the_clear
from codeflow_action.config.identities import JobIdentity, Obstacle, find_identity
from codeflow_action.config.inputs import Inputs
from codeflow_action.config.layers import Effective, unknown_provider
from codeflow_action.config.policy import PriceOverride, Roles
from codeflow_action.config.workflow_keys import PassedKey
from codeflow_action.engine.errors import ConfigError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import Identity, Price, Role
from codeflow_action.engine.omissions import OMISSIONS
from codeflow_action.engine.outcome import Reason
from codeflow_action.engine.shards import Shard
from codeflow_action.manifests.yaml_text import Path

SEAL_VARIABLE = "CODEFLOW_SEAL_KEY"  # where the input `seal_key` has no place, as on a laptop
# To complete "no model reviewed this: ".
_ABSENCES = {
    Reason.NO_KEY_FORK: "pull requests from forks get no keys",
    Reason.NO_KEY_DEPENDABOT: "Dependabot's pull requests get no keys",
}


@dataclass(frozen=True, kw_only=True)
class Access:
    """What the surroundings offer: keys, addresses and other variables by provider.

    `lasting_keys` are those that the next job has, too. A provider without a key may have an
    identity, or an obstacle where it was to have one.
    `seal_key` is a secret for seals alone, empty where the keys have to serve.
    `warnings` are about what is given and not used. `outsider` is the reason why keys may rightly
    be missing (a fork, Dependabot), None elsewhere.
    """

    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    lasting_keys: tuple[str, ...] = field(default=(), repr=False)
    identities: Mapping[str, Identity] = field(default_factory=dict)
    obstacles: Mapping[str, Obstacle] = field(default_factory=dict)
    base_urls: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    seal_key: str = field(default="", repr=False)
    warnings: tuple[str, ...] = ()
    outsider: Reason | None = None

    @property
    def seal_secrets(self) -> tuple[str, ...]:
        """What seals are derived from: one key for that, else those of all providers that last."""
        return (self.seal_key,) if self.seal_key else self.lasting_keys

    def admits(self, provider: str) -> bool:
        """True where there is something to ask the provider with."""
        return provider in self.keys or provider in self.identities

    def names(self, provider: str) -> bool:
        """True where the surroundings say by a key or an account that the provider is to be asked.

        Runs for forks and for Dependabot may rightly have neither: there an obstacle says nothing.
        """
        return self.admits(provider) or (provider in self.obstacles and not self.outsider)


@dataclass(frozen=True, kw_only=True)
class ModelChoice:
    """The models to ask. Without `default` there are none, and `why_not` says why.

    `looked_for` are the variables in which a key was looked for.
    `is_named` where inputs or configuration name a model all the same, `is_declined` where they say
    that none is wanted.
    """

    default: ModelRef | None = None
    fallback: tuple[ModelRef, ...] = ()
    roles: Mapping[Role, tuple[ModelRef, ...]] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    identities: Mapping[str, Identity] = field(default_factory=dict)
    base_urls: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    seal_key: str = field(default="", repr=False)
    looked_for: tuple[str, ...] = ()
    why_not: Reason = Reason.NO_KEY
    notice: str = ""
    is_named: bool = False
    is_declined: bool = False

    @property
    def label(self) -> str:
        """All models in their order, for people and for the digest of what an answer depends on."""
        roles = (f"{ref} to {role.value}" for role, refs in self.roles.items() for ref in refs)
        models = (str(ref) for ref in (self.default, *self.fallback) if ref)
        return ", ".join((*models, *roles))

    def absence(self, *, was_asked: bool, lost_keys: Sequence[PassedKey] = ()) -> str:
        """Return why no model can be asked though one is wanted, empty where none is.

        `was_asked` says that an earlier run on this pull request has asked one; `lost_keys` are
        those that the workflow passes and that arrived empty.
        """
        is_wanted = self.is_named or was_asked or lost_keys
        if self.default is not None or self.is_declined or not is_wanted:
            return ""
        if self.why_not is Reason.NO_KEY and lost_keys:
            return f"the workflow passes {', '.join(map(str, lost_keys))}, and it arrived empty"
        if self.why_not is Reason.NO_KEY:
            return f"no key was given (looked for {', '.join(self.looked_for)})"
        return _ABSENCES.get(self.why_not, OMISSIONS[self.why_not].words)


def find_access(
    inputs: Inputs,
    environment: Mapping[str, str],
    providers: Providers,
    outsider: Reason | None = None,
    job: JobIdentity | None = None,
) -> Access:
    """Return keys and addresses from the inputs, else from the variables that providers name.

    `job` gives identity tokens, None where nobody does.
    """
    base_urls, variables = {}, {}
    keys, lasting_keys = _find_keys(providers, inputs, environment)
    identities: dict[str, Identity] = {}
    obstacles: dict[str, Obstacle] = {}
    warnings: list[str] = []
    for name, provider in providers.items():
        profile = provider.profile
        if name in keys:
            spare_inputs = inputs.accounts.keys() & provider.account_inputs.values()
            if spare_inputs:
                text = f"{name} has a key, so that {', '.join(sorted(spare_inputs))} is not used"
                warnings.append(text)
        else:
            match find_identity(provider, inputs, environment, job):
                case Identity() as identity:
                    identities[name] = identity
                case Obstacle() as obstacle:
                    obstacles[name] = obstacle
                case None:
                    pass
        if url := environment.get(profile.base_url_variable, "").strip():
            base_urls[name] = url
        variables[name] = {
            variable: environment[variable]
            for variable in profile.variables
            if environment.get(variable)
        }
    return Access(
        keys=keys,
        lasting_keys=lasting_keys,
        identities=identities,
        obstacles=obstacles,
        base_urls=base_urls,
        variables=variables,
        seal_key=inputs.seal_key.get_secret_value() or environment.get(SEAL_VARIABLE, "").strip(),
        warnings=tuple(warnings),
        outsider=outsider,
    )


def _find_keys(
    providers: Providers, inputs: Inputs, environment: Mapping[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the keys by provider, and those of them that the next job has, too."""
    keys: dict[str, str] = {}
    lasting_keys: list[str] = []
    for name, provider in providers.items():
        # The input first: it was written for this step, the environment may be the whole job's.
        candidates = {provider.key_input: inputs.keys.get(provider.key_input, "")}
        for variable in provider.profile.key_variables:
            candidates[variable] = environment.get(variable, "").strip()
        source, key = next(filter(itemgetter(1), candidates.items()), ("", ""))
        if key:
            keys[name] = key
            if source not in provider.profile.short_lived:
                lasting_keys.append(key)
    return keys, tuple(lasting_keys)


class ModelsProblem(ConfigError):
    """A model that is named and cannot be asked; `path` is where the configuration says so.

    The path is empty where an input or the environment says it.
    """

    def __init__(self, message: str, *, hint: str = "", path: Path = ()) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class MissingKey(ModelsProblem):
    """A provider that is named and has no key: it may still be given one."""


def choose_models(effective: Effective, access: Access, providers: Providers) -> ModelChoice:
    """Return the models.

    Raises `ModelsProblem` for a model that is named and cannot be asked.
    """
    policy = effective.policy.models
    if effective.provider == NONE:
        return ModelChoice(is_declined=True)
    is_named = bool(effective.model or any(policy.refs))
    fallback = tuple(_parse(text, providers) for text in policy.fallback)
    roles = _roles(policy.roles, providers)
    # After the others, so that a wrong name among them is said even where no model is asked.
    default = _default(effective, access, providers)
    if default is None:
        return _no_models(access, providers, is_named=is_named)
    addresses = _addresses(effective, access, default, providers)
    urls = {provider: address.text for provider, address in addresses.items()}
    for ref in (default, *fallback, *chain.from_iterable(roles.values())):
        # Where the configuration names this provider; an input may do so instead.
        prefix = f"{ref.provider}:"
        path = next((path for path, text in policy.refs if text.startswith(prefix)), ())
        if problem := _absence(providers[ref.provider], access, urls, path):
            # GitHub gives runs for forks and for Dependabot no secrets: that is nobody's mistake.
            if access.outsider:
                return ModelChoice(why_not=access.outsider, is_named=True)
            raise problem
        # Only where somebody is asked: another provider's variable may say what it likes.
        if address := addresses.get(ref.provider):
            _check(address, ref.provider, has_key=access.admits(ref.provider))
    return ModelChoice(
        default=default,
        fallback=fallback,
        roles=roles,
        keys=access.keys,
        identities=access.identities,
        base_urls=urls,
        variables=access.variables,
        seal_key=access.seal_key,
    )


def _absence(
    provider: InstalledProvider, access: Access, urls: Mapping[str, str], path: Path
) -> ModelsProblem | None:
    """Return what a provider that is named lacks, None where it can be asked."""
    name, profile = provider.name, provider.profile
    needs_key = bool(profile.key_variables) and (profile.needs_key_elsewhere or name not in urls)
    if (needs_key or access.names(name)) and not access.admits(name):
        lack = access.obstacles.get(name) or Obstacle(
            problem=f"the provider {name!r} is named, and has no key",
            hint=f"set the input {provider.key_input} from a secret, "
            f"{' or '.join(profile.key_variables)} in the environment, "
            "or `provider: none`",
        )
        return MissingKey(lack.problem, hint=lack.hint, path=path)
    variables = set(access.variables.get(name, ()))
    if name in urls:
        variables.add(profile.base_url_variable)
    for group in profile.needed:
        if not variables.intersection(group):
            return ModelsProblem(
                f"the provider {name!r} is named, and {' or '.join(group)} is not set",
                hint="set it with `env:` of the step; docs/models.md has an example",
                path=path,
            )
    return None


def _no_models(access: Access, providers: Providers, *, is_named: bool) -> ModelChoice:
    looked_for = tuple(
        variable
        for provider in providers.values()
        if provider.profile.is_in_auto
        for variable in provider.profile.key_variables
    )
    return ModelChoice(
        why_not=access.outsider or Reason.NO_KEY,
        looked_for=looked_for,
        notice=f"no model was asked: none of {', '.join(looked_for)} (or the inputs of these "
        "names) is set",
        is_named=is_named,
    )


def _roles(roles: Roles, providers: Providers) -> dict[Role, tuple[ModelRef, ...]]:
    find = (roles.find,) if isinstance(roles.find, str) else roles.find or ()
    texts_by_role = {
        Role.FIND: find,
        Role.VERIFY: (roles.verify,) if roles.verify else (),
        Role.DESCRIBE: (roles.describe,) if roles.describe else (),
        Role.REPLY: (roles.reply,) if roles.reply else (),
    }
    return {
        role: tuple(_parse(text, providers) for text in texts)
        for role, texts in texts_by_role.items()
        if texts
    }


@dataclass(frozen=True, kw_only=True)
class _Address:
    """Where a provider is asked, and what says so: `name` for people, `path` in a configuration."""

    text: str
    name: str
    path: Path = ()


def _addresses(
    effective: Effective, access: Access, default: ModelRef, providers: Providers
) -> dict[str, _Address]:
    """Return the addresses that are not the providers' own, by provider."""
    addresses = {
        provider: _Address(text=text, name=providers[provider].profile.base_url_variable)
        for provider, text in access.base_urls.items()
    }
    if base_url := effective.policy.models.base_url:
        addresses[default.provider] = _Address(
            text=base_url, name="models.base_url", path=("models", "base_url")
        )
    return addresses


def _check(address: _Address, provider: str, *, has_key: bool) -> None:
    """Refuse an address of the wrong form, and one that a key would reach in the clear.

    Raises `ModelsProblem`, without the address: it may hold a password.
    """
    try:
        check_address(address.text)
    except ValueError as error:
        raise ModelsProblem(f"{address.name}: {error}", path=address.path) from None
    if has_key and is_in_the_clear(address.text):
        raise ModelsProblem(
            f"{address.name}: the key of {provider!r} would travel without encryption",
            hint="write https://; plain http:// may lead to this machine, or take no key",
            path=address.path,
        )


def price_table(overrides: Mapping[str, PriceOverride]) -> dict[str, Price]:
    """Return the configured prices; cached tokens cost what others do unless it is said."""
    return {
        name: Price(
            input=override.input,
            output=override.output,
            cached=override.input if override.cached is None else override.cached,
        )
        for name, override in overrides.items()
    }


def _default(effective: Effective, access: Access, providers: Providers) -> ModelRef | None:
    """Explicit `provider` and `model` beat `models.default`, and that beats the first key.

    `provider: auto` says what saying nothing says.
    """
    policy = effective.policy.models
    default = _parse(policy.default, providers) if policy.default else None
    provider = effective.provider
    if provider and provider != AUTO:
        if wrong := unknown_provider(provider, (*providers, AUTO, NONE)):
            raise ModelsProblem(f"input 'provider': {wrong}", hint="see docs/models.md")
        model = effective.model or (
            default.model if default and default.provider == provider else ""
        )
        return _ref(provider, model, providers)
    # A colon need not end a provider's name: `qwen2.5:7b` is a model with its tag, as at Ollama.
    prefix, colon, rest = effective.model.partition(":")
    if colon and prefix in providers:
        return ModelRef(provider=prefix, model=rest)
    if default:
        return ModelRef(provider=default.provider, model=effective.model or default.model)
    # A key says whose it is; an address may be any server's that speaks that provider's API.
    with_key = (
        name
        for name, candidate in providers.items()
        if candidate.profile.is_in_auto and access.names(name)
    )
    with_address = (
        name
        for name, candidate in providers.items()
        if not candidate.profile.needs_key_elsewhere
        and (policy.base_url or name in access.base_urls)
    )
    first = next(chain(with_key, with_address), None)
    return _ref(first, effective.model, providers) if first else None


def _ref(provider: str, model: str, providers: Providers) -> ModelRef:
    """Return the model, the provider's default where none is named. Raises `ConfigError`."""
    model = model or providers[provider].profile.default_model
    if not model:
        raise ConfigError(
            f"the provider {provider!r} has no model that is asked by default",
            hint="set the input `model`, or `models.default`",
        )
    return ModelRef(provider=provider, model=model)


def _parse(text: str, providers: Providers) -> ModelRef:
    """Return the model. Raises `ConfigError` for a provider that is not installed."""
    ref = ModelRef.parse(text)
    if wrong := unknown_provider(text, providers):
        raise ConfigError(wrong)
    return ref


def make_models(
    effective: Effective,
    choice: ModelChoice,
    providers: Providers,
    ports: ModelPorts,
    *,
    deadline: float,
    spent_usd: float = 0.0,
    shard: Shard | None = None,
) -> RunModels | NoModels:
    """Return the models. `deadline` is on the clock; `spent_usd` was spent here by earlier runs.

    A `shard` has its share of the budget, which its plan has taken from what is left.
    """
    if choice.default is None:
        return NoModels(choice.why_not.value)
    budget = effective.policy.budget
    settings = ModelSettings(
        default=choice.default,
        fallback=choice.fallback,
        roles=choice.roles,
        keys=choice.keys,
        identities=choice.identities,
        base_urls=choice.base_urls,
        variables=choice.variables,
        seal_key=choice.seal_key,
        max_tokens=shard.max_tokens if shard else budget.max_tokens,
        max_cost_usd=shard.max_cost_usd
        if shard
        else min(budget.max_cost_usd, budget.max_cost_usd_per_pr - spent_usd),
        prices=price_table(effective.policy.models.prices),
        deadline=deadline,
        request_timeout=effective.policy.models.request_timeout,
    )
    return RunModels(settings, providers=providers, ports=ports)
