"""Fixtures of the contract: which providers are tested, and what stands around them."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from codeflow_action.ai.models import ModelPorts, ModelRef, ModelSettings, RunModels
from codeflow_action.ai.providers.openai import OpenAIProvider
from codeflow_action.ai.registry import load_providers
from codeflow_action.engine.model import LLMProvider, Prompt
from codeflow_action.security.redaction import Redactor
from codeflow_action.testing.identity import IdentityIssuer, TokenExchange
from codeflow_action.testing.models import ModelServer, Provider
from codeflow_action.testing.provider.fixtures import (
    CLOUDS,
    KEY,
    MODEL,
    LongestDraw,
    PatientClock,
    ProviderUnderTest,
    local_federation,
    make_prompt,
)

_PROVIDERS = load_providers()  # once: it looks into every installed package
_RUN = 1_000.0  # seconds that a run has: enough for the waits, too few for an hour


def _candidates() -> list[object]:
    if name := os.environ.get("CODEFLOW_PROVIDER"):
        return [
            ProviderUnderTest(name, Provider(os.environ.get("CODEFLOW_PROVIDER_WIRE", "openai")))
        ]
    # A plug-in's wire format cannot be known without the variable, so it is not among these.
    wires = set(Provider)
    own = [ProviderUnderTest(name, Provider(name)) for name in _PROVIDERS if name in wires]
    # Only who is asking differs from the others: `tests/ai/test_federation.py` has that.
    with_identity = [
        pytest.param(replace(candidate, has_identity=True), marks=pytest.mark.soak)
        for candidate in own
        if _PROVIDERS[candidate.name].profile.federation
    ]
    # Only their addresses and keys differ: `tests/ai/test_clouds.py` has these.
    clouds = [
        pytest.param(ProviderUnderTest(name, wire), marks=pytest.mark.soak)
        for name, (wire, _variables) in CLOUDS.items()
    ]
    official = ProviderUnderTest("openai", Provider.OPENAI, official=True)
    return [*own, official, *with_identity, *clouds]


@pytest.fixture(params=_candidates(), ids=str)
def candidate(request: pytest.FixtureRequest) -> ProviderUnderTest:
    """One provider after the other."""
    provider: ProviderUnderTest = request.param
    return provider


@pytest.fixture
def server(candidate: ProviderUnderTest) -> Iterator[ModelServer]:
    """A model server that takes one key, or the tokens that it gives for a job's identity."""
    federation = _PROVIDERS[candidate.name].profile.federation
    if not (candidate.has_identity and federation):
        with ModelServer(keys=[KEY]) as model_server:
            yield model_server
        return
    with IdentityIssuer() as issuer:
        exchange = TokenExchange(
            issuer=issuer,
            audience=federation.audience,
            account={name: f"{name} of the contract" for name in federation.fields},
        )
        with ModelServer(keys=[], exchange=exchange) as model_server:
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
    create = _PROVIDERS[candidate.name].create
    if candidate.official:  # the same provider, whose own address is the local server's

        class Official(OpenAIProvider):
            profile = replace(OpenAIProvider.profile, address=server.base_url("openai"))

        create = Official
    elif candidate.has_identity and candidate.wire is Provider.OPENAI:
        create = local_federation(server)
    provider = create(candidate.endpoint(server))
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
        entry = replace(_PROVIDERS[candidate.name], create=lambda _endpoint: provider)
        return RunModels(settings, providers={candidate.name: entry}, ports=ports)

    return make
