"""What every provider promises, whatever its API."""

import asyncio
import json
import threading
from dataclasses import replace

import jsonschema
import pytest

from codeflow_action.ai.schema import strict
from codeflow_action.ai.wrappers.timeout import TimingOut
from codeflow_action.engine.errors import ProviderRefused, ProviderUnavailable
from codeflow_action.engine.model import Endpoint, LLMProvider, Prompt, Role, StopReason
from codeflow_action.testing.models import (
    CutText,
    Hang,
    Json,
    ModelServer,
    PlainText,
    Provider,
    Slow,
    TokenUsage,
)
from codeflow_action.testing.models.parameters import refused_parameter
from codeflow_action.testing.provider.cases import CASES, Case
from codeflow_action.testing.provider.conftest import MakeModels
from codeflow_action.testing.provider.fixtures import (
    KEY,
    MODEL,
    OPINION,
    PatientClock,
    ProviderUnderTest,
    refusing,
    run,
    warmed,
)

# Without these there is no request.
_NEEDED = {wire: frozenset({"model", "messages", "stream"}) for wire in Provider}
_NEEDED[Provider.ANTHROPIC] |= {"system", "max_tokens"}
TROUBLE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
ASKED_TWICE = [case for case in CASES if case.expected.requests > 1]


def test_a_structured_reply_comes_back_with_its_usage(
    server: ModelServer, candidate: ProviderUnderTest, provider: LLMProvider, prompt: Prompt
) -> None:
    server.script(Json(OPINION, usage=TokenUsage(input=120, output=30, cached=100)))
    completion = run(provider.generate(prompt), provider)
    assert json.loads(completion.text) == OPINION
    usage = completion.usage
    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens) == (120, 30, 100)
    assert completion.provider == candidate.name
    assert completion.model == MODEL
    assert completion.stop is StopReason.END
    assert completion.request_id
    (request,) = server.requests
    assert request.model == MODEL
    assert prompt.instructions in request.system
    assert "def f(): pass" in request.text
    assert request.max_tokens == prompt.max_output_tokens
    assert prompt.reply is not None
    assert request.schema == strict(prompt.reply)
    jsonschema.validate(OPINION, request.schema)


def test_a_plain_reply_is_text(server: ModelServer, provider: LLMProvider, prompt: Prompt) -> None:
    server.script(PlainText("It is fine."))
    completion = run(provider.generate(replace(prompt, reply=None)), provider)
    assert completion.text == "It is fine."
    (request,) = server.requests
    assert request.schema is None


def test_a_cut_off_reply_says_so(
    server: ModelServer, provider: LLMProvider, prompt: Prompt
) -> None:
    server.script(CutText('{"verdict": "go'))
    completion = run(provider.generate(prompt), provider)
    assert completion.stop is StopReason.LENGTH
    assert completion.text == '{"verdict": "go'


@pytest.mark.parametrize("gateway", ["", "litellm, what is behind it", "vllm"])
def test_a_parameter_that_is_refused_by_name_is_asked_without(
    server: ModelServer,
    candidate: ProviderUnderTest,
    provider: LLMProvider,
    prompt: Prompt,
    gateway: str,
) -> None:
    """Fault 20: all that a request could do without, refused in turn by API and by gateways.

    It gets another name or is left out, and that is remembered; the reply's form may be asked for
    in another way first.
    """
    run(
        warmed(provider, server, prompt, lambda: provider.generate(prompt), Json(OPINION)), provider
    )
    for name in server.requests[0].body.keys() - _NEEDED[candidate.wire]:
        refusal = refused_parameter(gateway or candidate.wire, name)
        server.answer = refusing(name, refusal)
        before = len(server.requests)
        endpoint = Endpoint(model=MODEL, key=KEY, base_url=candidate.base_url(server))
        fresh = type(provider)(endpoint)  # type: ignore[call-arg] # how providers are made

        async def twice(fresh: LLMProvider) -> list[str]:
            return [(await fresh.generate(prompt)).text for _ in range(2)]

        assert [json.loads(text) for text in run(twice(fresh), fresh)] == [OPINION] * 2, name
        bodies = [request.body for request in server.requests[before:]]
        assert 2 < len(bodies) <= 4, name
        assert name not in bodies[-1], name
        assert name not in bodies[-2], name


@TROUBLE
def test_trouble_is_one_of_our_errors_after_one_request(
    server: ModelServer,
    candidate: ProviderUnderTest,
    provider: LLMProvider,
    prompt: Prompt,
    case: Case,
) -> None:
    """Without retries: `TimingOut` is what ends an answer that never does."""
    expected = case.for_wire(candidate.wire)
    bare = TimingOut(provider, case.request_seconds)
    asking = warmed(provider, server, prompt, lambda: bare.generate(prompt), case.reply)
    if expected.once is None:
        run(asking, provider)
    else:
        with pytest.raises(expected.once) as raised:
            run(asking, provider)
        assert type(raised.value) is expected.once
        said = f"{raised.value} {raised.value.hint}"
        assert KEY not in said
        assert "def f()" not in said
    assert len(server.requests) == 1 + 1


@TROUBLE
def test_trouble_that_stays_ends_after_so_many_requests_and_waits(
    server: ModelServer,
    candidate: ProviderUnderTest,
    provider: LLMProvider,
    make_models: MakeModels,
    clock: PatientClock,
    prompt: Prompt,
    case: Case,
) -> None:
    expected = case.for_wire(candidate.wire)
    stack = make_models(case.request_seconds).for_role(Role.FIND)
    asking = warmed(provider, server, prompt, lambda: stack.generate(prompt), case.reply)
    with pytest.raises(expected.finally_) as raised:
        run(asking, provider)
    assert type(raised.value) is expected.finally_
    assert len(server.requests) == 1 + expected.requests
    assert tuple(clock.slept) == expected.waits


@pytest.mark.parametrize("case", ASKED_TWICE, ids=lambda case: case.name)
def test_trouble_that_passes_ends_with_the_answer(
    server: ModelServer,
    provider: LLMProvider,
    make_models: MakeModels,
    prompt: Prompt,
    case: Case,
) -> None:
    # An answer that does come may take its time on a busy machine.
    stack = make_models(max(case.request_seconds, 2.0)).for_role(Role.FIND)
    replies = (case.reply, Json(OPINION))
    asking = warmed(provider, server, prompt, lambda: stack.generate(prompt), *replies)
    assert run(asking, provider).data == OPINION
    assert len(server.requests) == 1 + 2


def test_a_wrong_key_is_refused_and_not_shown(
    server: ModelServer, candidate: ProviderUnderTest, provider: LLMProvider, prompt: Prompt
) -> None:
    endpoint = Endpoint(
        model=MODEL, key="wrong-key-0123456789", base_url=server.base_url(candidate.wire)
    )
    stranger = type(provider)(endpoint)  # type: ignore[call-arg] # how providers are made
    with pytest.raises(ProviderRefused) as raised:
        run(stranger.generate(prompt), stranger)
    assert "wrong-key" not in f"{raised.value}{raised.value.hint}{endpoint!r}"


def test_an_address_where_nobody_listens_is_unavailable_and_costs_nothing(
    provider: LLMProvider, prompt: Prompt
) -> None:
    nowhere = Endpoint(model=MODEL, key=KEY, base_url="http://127.0.0.1:9/v1")
    lost = type(provider)(nowhere)  # type: ignore[call-arg] # how providers are made
    with pytest.raises(ProviderUnavailable) as raised:
        run(lost.generate(prompt), lost)
    assert not raised.value.maybe_billed


def test_calls_run_side_by_side_on_one_loop(
    server: ModelServer, provider: LLMProvider, prompt: Prompt
) -> None:
    """None of three is answered before all three have arrived."""
    gate = threading.Event()
    arrived: list[int] = []

    def answer(_request: object) -> Slow:
        arrived.append(1)
        if len(arrived) == 3:
            gate.set()
        return Slow(Json(OPINION), gate)

    server.answer = answer

    async def three() -> list[str]:
        asked = await asyncio.gather(*(provider.generate(prompt) for _ in range(3)))
        return [completion.text for completion in asked]

    assert [json.loads(text) for text in run(three(), provider)] == [OPINION] * 3


def test_cancelling_ends_the_request_and_the_provider_goes_on(
    server: ModelServer, provider: LLMProvider, prompt: Prompt
) -> None:
    arrived = threading.Event()

    def hold(_request: object) -> Hang:
        arrived.set()
        return Hang()

    server.answer = hold

    async def cancelled() -> str:
        asking = asyncio.create_task(provider.generate(prompt))
        await asyncio.to_thread(arrived.wait, 30)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        server.script(Json(OPINION))
        return (await provider.generate(prompt)).text

    assert json.loads(run(cancelled(), provider)) == OPINION
    assert len(server.requests) == 2
