"""The narrow promise that every language model keeps: a prompt in, a completion out."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, JsonValue

from codeflow_action.engine.lazy import dataclass

_MILLION = 1_000_000


class Role(StrEnum):
    """What a prompt is for; `models.roles` may give each its own model."""

    FIND = "find"
    VERIFY = "verify"
    DESCRIBE = "describe"
    REPLY = "reply"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A piece of a prompt. Stable parts come first, so that providers' prompt caches hit."""

    text: str
    stable: bool = False


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """What is asked. `instructions` is ours; strangers' text in `parts` is in an envelope.

    `reply` describes the object to answer with, as a pydantic model; None asks for plain text.
    `max_output_tokens` bounds the reply; a reply that hits it is an `UnusableReply`. `divisible`
    says that whoever packed the prompt can shorten it: then one that is too long comes back, and
    otherwise a model with a larger window is asked where there is one.
    """

    role: Role
    instructions: str
    parts: tuple[Part, ...]
    reply: type[BaseModel] | None = None
    max_output_tokens: int = 8_000
    divisible: bool = False


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens of one or more calls.

    `cached_tokens` (read from a provider's prompt cache) and `written_tokens` (put into it, where
    that costs extra) are both part of `input_tokens`.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    written_tokens: int = 0

    @property
    def total(self) -> int:
        """What counts against the token budget."""
        return self.input_tokens + self.output_tokens

    def __add__(self, second: "Usage") -> "Usage":
        return Usage(
            input_tokens=self.input_tokens + second.input_tokens,
            output_tokens=self.output_tokens + second.output_tokens,
            cached_tokens=self.cached_tokens + second.cached_tokens,
            written_tokens=self.written_tokens + second.written_tokens,
        )


class StopReason(StrEnum):
    """Why the model stopped."""

    END = "end"
    LENGTH = "length"
    REFUSAL = "refusal"
    FILTERED = "filtered"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """An element of a reply that had to be thrown away. `label` is how it names itself, if it does.

    `where` is its place, such as `remarks[3].confidence`.
    """

    where: str
    problem: str
    label: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


@dataclass(frozen=True, kw_only=True)
class Completion:
    """What came back.

    `data` is the reply as the prompt's schema asks for it, and fits it; a provider leaves it None,
    and the repairing wrapper fills it in. `model` is the one that answered, as the provider names
    it. `flaws` are what is missing from `data` because it was cut off or did not fit; usually none.
    `reused` says that the answer was kept from an earlier run: it has cost nothing.
    `request_id` is of the HTTP request, `response_id` of the answer; empty where not told.
    """

    text: str
    usage: Usage
    provider: str
    model: str
    stop: StopReason
    data: Mapping[str, JsonValue] | None = None
    request_id: str = ""
    response_id: str = ""
    flaws: tuple[Flaw, ...] = ()
    reused: bool = False


@dataclass(frozen=True, kw_only=True)
class Price:
    """US dollars for a million tokens.

    `written` is for input that a provider also puts into its prompt cache, None where that costs
    no more than other input.
    """

    input: float
    cached: float
    output: float
    written: float | None = None

    def of(self, usage: Usage) -> float:
        """Return what these tokens cost."""
        fresh = usage.input_tokens - usage.cached_tokens - usage.written_tokens
        total = (
            fresh * self.input
            + usage.cached_tokens * self.cached
            + usage.written_tokens * (self.input if self.written is None else self.written)
            + usage.output_tokens * self.output
        )
        return total / _MILLION

    def times(self, factor: float) -> "Price":
        """Return the price of who takes so much more or less."""
        return Price(
            input=self.input * factor,
            cached=self.cached * factor,
            output=self.output * factor,
            written=None if self.written is None else self.written * factor,
        )

    def most(self, usage: Usage) -> float:
        """Return what these tokens cost when nothing is cached, and all of it is written."""
        return self.of(Usage(output_tokens=usage.output_tokens)) + self.of(
            Usage(input_tokens=usage.input_tokens, written_tokens=usage.input_tokens)
        )


@dataclass(frozen=True, kw_only=True)
class ModelProfile:
    """How many tokens fit, prompt and reply together, and the price, None when unknown.

    The default window is what even small self-hosted models are served with.
    """

    window: int = 32_000
    price: Price | None = None

    @classmethod
    def priced(
        cls,
        fresh: float,
        cache_read: float,
        output: float,
        *,
        window: int,
        write_factor: float = 1.0,
    ) -> "ModelProfile":
        """Return a row of a table of prices, in US dollars for a million tokens.

        `write_factor` is how much more than fresh input costs what goes into the prompt cache.
        """
        cache_write = write_factor * fresh if write_factor != 1 else None
        price = Price(input=fresh, cached=cache_read, output=output, written=cache_write)
        return cls(window=window, price=price)


@dataclass(frozen=True, kw_only=True)
class ProviderProfile:
    """What is known of a provider before it is asked; all of it may be left out.

    - `key_variables`: where the environment may hold the key, the first that is set counts. A
      provider that names any needs a key; one that names none takes one and does without.
    - `needs_key_elsewhere`: False where other servers speak the same API, some without keys. Such a
      provider is also what `auto` asks at an address that was given without a key.
    - `base_url_variable`: where the environment may hold another address.
    - `address`: where it is asked unless another address is given; empty where its SDK knows.
    - `variables`: what else it takes from the environment; see `Endpoint.variables`.
    - `key_files`: those of `key_variables` that name a file: what it holds is the key.
    - `short_lived`: those of `key_variables` that have another key in each job.
    - `needed`: what it cannot be asked without, besides its key: of each group one variable. That
      of `base_url_variable` counts as set where another address is given.
    - `federation`: how it takes an identity token in the place of a key; None where it does not.
    - `default_model`: what is asked where nobody names a model.
    - `models`: window and price of the models that are known, as they were on `priced_on`, an ISO
      date. Any other model is asked all the same.
    - `find_model`: tells which of them is meant by an id that the table does not have, where ids
      hold a region or a version, from that and the variables. It returns None where none is.
    - `bytes_per_token`: of text, rather too low than too high: the first estimate of sizes.
    - `key_shapes`: regular expressions (RE2) of what is a key of this maker wherever it stands.
    - `telemetry_name`: its name in OpenTelemetry's conventions where that is another.
    - `auto_rank`: its place among the built-in providers for `auto`, lowest first. Providers of
      other packages come after these, by name.
    - `is_in_auto`: False where it is asked only by its name: a job has such keys for other reasons.
    """

    key_variables: tuple[str, ...] = ()
    needs_key_elsewhere: bool = True
    base_url_variable: str = ""
    address: str = ""
    variables: tuple[str, ...] = ()
    key_files: tuple[str, ...] = ()
    short_lived: tuple[str, ...] = ()
    needed: tuple[tuple[str, ...], ...] = ()
    federation: "Federation | None" = None
    default_model: str = ""
    models: Mapping[str, ModelProfile] = field(default_factory=dict)
    find_model: Callable[[str, Mapping[str, str]], ModelProfile | None] | None = None
    priced_on: str = ""
    bytes_per_token: float = 2.0
    key_shapes: tuple[str, ...] = ()
    telemetry_name: str = ""
    auto_rank: int = 0
    is_in_auto: bool = True

    def model(self, name: str, variables: Mapping[str, str]) -> ModelProfile | None:
        """Return what is known of a model, None where nothing is."""
        if (known := self.models.get(name)) or self.find_model is None:
            return known
        return self.find_model(name, variables)


@dataclass(frozen=True, kw_only=True)
class Federation:
    """How a provider takes an identity token of the job's in the place of a key.

    `fields` and `optional_fields` name the account there, as the vendor calls them: each is an
    input of the Action, `PROVIDER_FIELD`. `audience` is whom the identity token is made out to
    unless the input `PROVIDER_oidc_audience` says another; `token_url` is where it is exchanged,
    empty where that is at the provider's own address.
    """

    fields: tuple[str, ...]
    optional_fields: tuple[str, ...] = ()
    audience: str
    token_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What a provider exchanges for a token that lasts minutes, where it is given no key.

    `account` has the federation's values by their names. `fetch_token` returns a new identity
    token: it waits for the network, is called from any thread, and raises `ProviderError`. `hide`
    is told each token before it is used, so that it appears nowhere. `describe` returns what the
    last identity token says of the job, for people, empty where that is not known.
    """

    account: Mapping[str, str]
    fetch_token: Callable[[], str] = field(repr=False)
    hide: Callable[[str], None] = field(repr=False)
    describe: Callable[[], str] = field(default=lambda: "", repr=False)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Which model, and how to reach it: what a provider is made from.

    `key` and `base_url` are empty where none was given; `timeout` is in seconds for one request.
    `variables` are those of the profile's that are set: the process's own environment is emptied.
    `identity` is there only where there is no key.
    """

    model: str
    key: str = field(default="", repr=False)
    base_url: str = ""
    timeout: float = 240.0
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    identity: Identity | None = None


class LLMProvider(ABC):
    """One model behind one API.

    A wrapper is a provider around a provider. `generate` raises `ProviderError`s only and may be
    called concurrently on one event loop; cancelling it cancels the request.

    A provider that others install says in a `profile` of its own what is known of it. It is not
    inherited: a class that borrows the wire format of another must not be sent the other's key.
    """

    profile: ClassVar[ProviderProfile] = ProviderProfile()

    @property
    @abstractmethod
    def model(self) -> str:
        """The model id that is asked for."""

    @abstractmethod
    async def generate(self, prompt: Prompt) -> Completion:
        """Ask once. Raises `ProviderError`."""

    async def model_names(self) -> Collection[str] | None:
        """Return which models the key may ask, by a call that costs nothing; None where none says.

        Raises `ProviderError`.
        """
        return None

    def prepare(self) -> None:  # noqa: B027 - most have nothing slow to do
        """Do what is slow before the first `generate`, such as importing an SDK; any thread."""

    async def aclose(self) -> None:  # noqa: B027 - a provider without connections has none to give back
        """Give back connections; afterwards the provider cannot be used."""
