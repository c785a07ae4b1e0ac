"""The narrow promise that every language model keeps: a prompt in, a completion out."""

import enum
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, JsonValue


class Role(enum.StrEnum):
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

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            written_tokens=self.written_tokens + other.written_tokens,
        )


class StopReason(enum.StrEnum):
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
class Endpoint:
    """Which model, and how to reach it: what a provider is made from.

    `key` and `base_url` are empty where none was given; `timeout` is in seconds for one request.
    """

    model: str
    key: str = field(default="", repr=False)
    base_url: str = ""
    timeout: float = 240.0


class LLMProvider(ABC):
    """One model behind one API.

    A wrapper is a provider around a provider. `generate` raises `ProviderError`s only and may be
    called concurrently on one event loop; cancelling it cancels the request.
    """

    @property
    @abstractmethod
    def model(self) -> str:
        """The model id that is asked for."""

    @abstractmethod
    async def generate(self, prompt: Prompt) -> Completion:
        """Ask once. Raises `ProviderError`."""

    def prepare(self) -> None:  # noqa: B027 - most have nothing slow to do
        """Do what is slow before the first `generate`, such as importing an SDK; any thread."""

    async def aclose(self) -> None:  # noqa: B027 - a provider without connections has none to give back
        """Give back connections; afterwards the provider cannot be used."""
