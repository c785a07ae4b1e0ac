"""What the contract asks, and a clock and a draw that make waiting the same each time."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from pydantic import BaseModel

from codeflow_action.ai.providers.openai import OpenAIProvider
from codeflow_action.engine.model import (
    Completion,
    Endpoint,
    Identity,
    LLMProvider,
    Part,
    Prompt,
    Role,
)
from codeflow_action.testing.models import Json, ModelRequest, ModelServer, Provider, Reply
from codeflow_action.testing.models.replies import JsonObject

KEY = "key-of-the-provider-contract"
MODEL = "a-model"
OPINION: JsonObject = {"verdict": "good", "reasons": ["short"], "note": None}


# Whose API is behind a cloud, and what its provider takes from the environment. A key of Amazon's
# signs; that of Google's is a token, and Azure's goes into a header of its own.
CLOUDS: Mapping[str, tuple[Provider, Mapping[str, str]]] = {
    "azure": (Provider.OPENAI, {"OPENAI_API_VERSION": "2026-10-01"}),
    "bedrock": (
        Provider.ANTHROPIC,
        {
            "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "the-id-of-the-key",
            "AWS_SECRET_ACCESS_KEY": KEY,
            "AWS_SESSION_TOKEN": "the-token-of-the-session",
        },
    ),
    "vertex": (
        Provider.ANTHROPIC,
        {"ANTHROPIC_VERTEX_PROJECT_ID": "a-project", "CLOUD_ML_REGION": "europe-west1"},
    ),
}


class Opinion(BaseModel):
    """What the contract asks for."""

    verdict: str
    reasons: list[str]
    note: str | None


def make_prompt() -> Prompt:
    """Return a small prompt, part of it stable."""
    return Prompt(
        role=Role.FIND,
        instructions="Say what you think.",
        parts=(Part(text="Stable words. " * 20, stable=True), Part(text="def f(): pass")),
        reply=Opinion,
        max_output_tokens=500,
    )


@dataclass
class PatientClock:
    """Time that passes only when somebody sleeps; it remembers for how long."""

    time: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        """Return the time."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.time += seconds


class LongestDraw(random.Random):
    """Jitter at its longest, so that waits are the same each time."""

    def uniform(self, a: float, b: float) -> float:
        """Return the upper end."""
        del a
        return b


@dataclass(frozen=True)
class ProviderUnderTest:
    """A provider under test.

    An `official` one is given no address: it has its own, as with the vendor's own API. Some
    providers choose another API then. One that `has_identity` is given a job's identity and no key.
    """

    name: str
    wire: Provider
    official: bool = False
    has_identity: bool = False

    def __str__(self) -> str:
        if self.has_identity:
            return f"{self.name}-identity"
        return f"{self.name}-official" if self.official else self.name

    def endpoint(self, server: ModelServer) -> Endpoint:
        """Return where and how it is reached."""
        _wire, variables = CLOUDS.get(self.name, (self.wire, {}))
        endpoint = Endpoint(
            model=MODEL, key=KEY, base_url=self.base_url(server), variables=variables
        )
        exchange = server.exchange
        if not (self.has_identity and exchange):
            return endpoint
        identity = Identity(
            account=exchange.account,
            fetch_token=lambda: exchange.issuer.issue(exchange.audience),
            hide=lambda _token: None,
        )
        return replace(endpoint, key="", identity=identity)

    def base_url(self, server: ModelServer) -> str:
        """Return the address it is given."""
        if self.official:
            return ""
        return server.url if self.name in CLOUDS else server.base_url(self.wire)


def refuse_parameter(name: str, refusal: Reply) -> Callable[[ModelRequest], Reply]:
    """Return an answer that gives `refusal` to every request with that parameter."""
    return lambda request: refusal if name in request.body else Json(OPINION)


def run[T](work: Awaitable[T], provider: LLMProvider) -> T:
    """Return the result of the work; the provider's connections are closed afterwards."""

    async def work_and_close() -> T:
        try:
            return await work
        finally:
            # On the loop that opened them; another one cannot close them.
            await provider.aclose()

    return asyncio.run(work_and_close())


async def ask_when_warm(
    provider: LLMProvider,
    server: ModelServer,
    prompt: Prompt,
    ask: Callable[[], Awaitable[Completion]],
    *replies: Reply,
) -> Completion:
    """Ask once, and then call `ask` while the server gives `replies`."""
    # An SDK's first request takes long: it imports what it needs and builds its models. A case with
    # a short limit of time would end in that.
    server.script(Json(OPINION))
    await provider.generate(prompt)
    server.script(*replies)
    return await ask()


def local_federation(server: ModelServer) -> type[OpenAIProvider]:
    """Return OpenAI's provider with this server in the place where tokens are exchanged.

    That place is at an address of its own, unlike Anthropic's, which is below `base_url`.
    """
    profile = OpenAIProvider.profile
    assert profile.federation is not None
    federation = replace(profile.federation, token_url=f"{server.url}/oauth/token")

    class Local(OpenAIProvider):
        profile = replace(OpenAIProvider.profile, federation=federation)

    return Local
