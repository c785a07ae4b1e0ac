"""Fixtures of the contract: which providers are tested, and what stands around them."""

import os
from collections.abc import Callable, Iterator

import pytest

from codeflow_action.ai.models import ModelPorts, ModelRef, ModelSettings, RunModels, load_factories
from codeflow_action.engine.model import Endpoint, LLMProvider, Prompt
from codeflow_action.security.redaction import Redactor
from codeflow_action.testing.models import ModelServer, Provider
from codeflow_action.testing.provider.fixtures import (
    KEY,
    MODEL,
    LongestDraw,
    PatientClock,
    ProviderUnderTest,
    make_prompt,
)

_RUN = 1_000.0  # seconds that a run has: enough for the waits, too few for an hour


def _candidates() -> list[ProviderUnderTest]:
    if name := os.environ.get("CODEFLOW_PROVIDER"):
        return [
            ProviderUnderTest(name, Provider(os.environ.get("CODEFLOW_PROVIDER_WIRE", "openai")))
        ]
    known = set(Provider)
    named = [ProviderUnderTest(name, Provider(name)) for name in load_factories() if name in known]
    return [*named, ProviderUnderTest("openai", Provider.OPENAI, official=True)]


@pytest.fixture(params=_candidates(), ids=str)
def candidate(
    request: pytest.FixtureRequest, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> ProviderUnderTest:
    """One provider after the other."""
    provider: ProviderUnderTest = request.param
    if provider.official:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url("openai"))
    return provider


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A model server that takes one key."""
    with ModelServer(keys=[KEY]) as model_server:
        yield model_server


@pytest.fixture
def clock() -> PatientClock:
    """A clock that waits for nobody."""
    return PatientClock()


@pytest.fixture
def prompt() -> Prompt:
    """A small prompt."""
    return make_prompt()


@pytest.fixture
def provider(candidate: ProviderUnderTest, server: ModelServer) -> LLMProvider:
    """The bare provider."""
    endpoint = Endpoint(model=MODEL, key=KEY, base_url=candidate.base_url(server))
    provider = load_factories()[candidate.name](endpoint)
    provider.prepare()
    return provider


type MakeModels = Callable[[float], RunModels]


@pytest.fixture
def make_models(
    candidate: ProviderUnderTest, provider: LLMProvider, clock: PatientClock
) -> MakeModels:
    """The provider with all that a run puts around it; give it the seconds of one request."""
    ports = ModelPorts(clock=clock, rng=LongestDraw(), redactor=Redactor())

    def make(request_seconds: float) -> RunModels:
        settings = ModelSettings(
            default=ModelRef(provider=candidate.name, model=MODEL),
            max_tokens=1_000_000,
            max_cost_usd=None,
            deadline=_RUN,
            request_timeout=request_seconds,
        )
        factories = {candidate.name: lambda _endpoint: provider}
        return RunModels(settings, factories=factories, ports=ports)

    return make
