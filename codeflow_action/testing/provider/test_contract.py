"""What every provider promises, whatever its API."""

import asyncio
import json
import threading
from dataclasses import replace

import jsonschema
import pytest

from codeflow_action.ai.strict_schema import strict
from codeflow_action.ai.wrappers.timeout import TimeoutProvider
from codeflow_action.engine.errors import ProviderRefused, ProviderUnavailable
from codeflow_action.engine.model import Endpoint, LLMProvider, Prompt, Role, StopReason
from codeflow_action.testing.models import (
    CutText,
    Hang,
    Json,
    ModelServer,
    Provider,
    Slow,
    TokenUsage,
    WholeText,
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
    ask_when_warm,
    refuse_parameter,
    run,
)

# Without these there is no request, so that no server refuses them.
_REQUIRED_KEYS = {wire: frozenset({"model", "messages", "stream"}) for wire in Provider}
_REQUIRED_KEYS[Provider.ANTHROPIC] |= {"system", "max_tokens"}
TROUBLE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
ASKED_TWICE = [case for case in CASES if case.expectation.requests > 1]


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
    server.script(WholeText("It is fine."))
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
    question = ask_when_warm(
        provider, server, prompt, lambda: provider.generate(prompt), Json(OPINION)
    )
    run(question, provider)
    for name in server.requests[0].body.keys() - _REQUIRED_KEYS[candidate.wire]:
        refusal = refused_parameter(gateway or candidate.wire, name)
        server.answer = refuse_parameter(name, refusal)
        before = len(server.requests)
        fresh = type(provider)(candidate.endpoint(server))  # type: ignore[call-arg] # how providers are made

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
    """Without retries: `TimeoutProvider` is what ends an answer that never does."""
    expectation = case.for_wire(candidate.wire)
    bare = TimeoutProvider(provider, case.request_seconds)
    question = ask_when_warm(provider, server, prompt, lambda: bare.generate(prompt), case.reply)
    if expectation.first_error is None:
        run(question, provider)
    else:
        with pytest.raises(expectation.first_error) as failure:
            run(question, provider)
        assert type(failure.value) is expectation.first_error
        message = f"{failure.value} {failure.value.hint}"
        assert KEY not in message
        assert "def f()" not in message
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
    expectation = case.for_wire(candidate.wire)
    stack = make_models(case.request_seconds).for_role(Role.FIND)
    question = ask_when_warm(provider, server, prompt, lambda: stack.generate(prompt), case.reply)
    with pytest.raises(expectation.last_error) as failure:
        run(question, provider)
    assert type(failure.value) is expectation.last_error
    assert len(server.requests) == 1 + expectation.requests
    assert tuple(clock.slept) == expectation.waits


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
    question = ask_when_warm(provider, server, prompt, lambda: stack.generate(prompt), *replies)
    assert run(question, provider).data == OPINION
    assert len(server.requests) == 1 + 2


def test_a_wrong_key_is_refused_and_not_shown(
    server: ModelServer, candidate: ProviderUnderTest, provider: LLMProvider, prompt: Prompt
) -> None:
    wrong = "wrong-key-0123456789"
    usual_endpoint = candidate.endpoint(server)
    # Where a variable says what kind of key it is, it holds this one as well.
    variables = {
        name: wrong if value == KEY else value for name, value in usual_endpoint.variables.items()
    }
    base_url = server.base_url(candidate.wire) if candidate.official else usual_endpoint.base_url
    endpoint = Endpoint(model=MODEL, key=wrong, base_url=base_url, variables=variables)
    stranger = type(provider)(endpoint)  # type: ignore[call-arg] # how providers are made
    with pytest.raises(ProviderRefused) as failure:
        run(stranger.generate(prompt), stranger)
    assert "wrong-key" not in f"{failure.value}{failure.value.hint}{endpoint!r}"


def test_an_address_where_nobody_listens_is_unavailable_and_costs_nothing(
    server: ModelServer, candidate: ProviderUnderTest, provider: LLMProvider, prompt: Prompt
) -> None:
    nowhere = replace(candidate.endpoint(server), base_url="http://127.0.0.1:9/v1")
    unreachable = type(provider)(nowhere)  # type: ignore[call-arg] # how providers are made
    with pytest.raises(ProviderUnavailable) as failure:
        run(unreachable.generate(prompt), unreachable)
    assert not failure.value.maybe_billed


def test_calls_run_side_by_side_on_one_loop(
    server: ModelServer, provider: LLMProvider, prompt: Prompt
) -> None:
    """None of three is answered before all three have arrived."""
    gate = threading.Event()
    arrivals: list[int] = []

    def answer(_request: object) -> Slow:
        arrivals.append(1)
        if len(arrivals) == 3:
            gate.set()
        return Slow(Json(OPINION), gate)

    server.answer = answer

    async def three() -> list[str]:
        completions = await asyncio.gather(*(provider.generate(prompt) for _ in range(3)))
        return [completion.text for completion in completions]

    assert [json.loads(text) for text in run(three(), provider)] == [OPINION] * 3


def test_cancelling_ends_the_request_and_the_provider_goes_on(
    server: ModelServer, provider: LLMProvider, prompt: Prompt
) -> None:
    has_arrived = threading.Event()

    def hold(_request: object) -> Hang:
        has_arrived.set()
        return Hang()

    server.answer = hold

    async def cancel_and_ask_again() -> str:
        task = asyncio.create_task(provider.generate(prompt))
        await asyncio.to_thread(has_arrived.wait, 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        server.script(Json(OPINION))
        return (await provider.generate(prompt)).text

    assert json.loads(run(cancel_and_ask_again(), provider)) == OPINION
    assert len(server.requests) == 2


def test_the_models_are_listed_by_a_call_that_costs_nothing(
    server: ModelServer, provider: LLMProvider
) -> None:
    server.models = ("one", MODEL)
    names = run(provider.model_names(), provider)
    if names is None:
        pytest.skip("this provider's API has no list of models")
    assert set(names) == {"one", MODEL}
    assert not server.requests
