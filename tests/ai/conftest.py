"""The providers as a run uses them, against the local model server."""

import asyncio
import random
from collections.abc import Callable, Iterator

import pytest

from codeflow_action.ai.models import ModelPorts, ModelRef, ModelSettings, RunModels
from codeflow_action.ai.registry import Providers, load_providers
from codeflow_action.engine.model import Endpoint, LLMProvider, Prompt, Role
from codeflow_action.engine.ports import Clock, Store
from codeflow_action.security.redaction import Redactor, SecretSearch
from codeflow_action.testing.models import ModelServer
from codeflow_action.testing.provider.fixtures import PatientClock, make_prompt
from tests.ai.asking import KEY, MODELS

PROVIDERS = load_providers()  # once: it looks into every installed package


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(keys=[KEY]) as running:
        yield running


@pytest.fixture
def clock() -> PatientClock:
    return PatientClock()


@pytest.fixture
def prompt() -> Prompt:
    return make_prompt()


@pytest.fixture
def make_provider(server: ModelServer) -> Callable[..., LLMProvider]:
    """Return a bare provider, without wrappers."""

    def made(name: str, key: str = KEY, base_url: str | None = None) -> LLMProvider:
        url = server.base_url(name) if base_url is None else base_url
        return PROVIDERS[name].create(Endpoint(model=MODELS[name], key=key, base_url=url))

    return made


@pytest.fixture
def make_models(server: ModelServer, clock: PatientClock) -> Callable[..., RunModels]:
    """Return a run's models, wrappers and all."""

    def made(
        *names: str,
        store: Store | None = None,
        stop: asyncio.Event | None = None,
        search: SecretSearch | None = None,
        providers: Providers | None = None,
        clock: Clock = clock,
        rng: random.Random | None = None,
        **settings: object,
    ) -> RunModels:
        refs = [ModelRef(provider=name, model=MODELS[name]) for name in names or ("openai",)]
        defaults: dict[str, object] = {
            "default": refs[0],
            "fallback": tuple(refs[1:]),
            "keys": dict.fromkeys(MODELS, KEY),
            "base_urls": {name: server.base_url(name) for name in MODELS},
            "max_tokens": 1_000_000,
            "max_cost_usd": 10.0,
            "deadline": clock.now() + 100,
            "request_timeout": 30.0,
        }
        ports = ModelPorts(
            clock=clock,
            rng=rng or random.Random(1),
            redactor=Redactor(["the-secret-of-this-run"], search),
            store=store,
            stop=stop or asyncio.Event(),
        )
        settings = ModelSettings(**{**defaults, **settings})
        return RunModels(settings, providers=providers or PROVIDERS, ports=ports)

    return made


@pytest.fixture
def ask(prompt: Prompt) -> Callable[..., object]:
    """Ask once and close; several prompts are asked at the same time."""

    def asked(
        target: RunModels | LLMProvider,
        *prompts: Prompt,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> object:
        async def asking() -> object:
            provider = target.for_role(Role.FIND) if isinstance(target, RunModels) else target
            try:
                if len(prompts) > 1:
                    asks = (provider.generate(one) for one in prompts)
                    return await asyncio.gather(*asks, return_exceptions=True)
                return await provider.generate(prompts[0] if prompts else prompt)
            finally:
                await target.aclose()

        return asyncio.run(asking(), loop_factory=(lambda: loop) if loop else None)

    return asked
