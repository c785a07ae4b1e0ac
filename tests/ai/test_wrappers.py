"""What stands around a provider: repair, retry, fallback, limits, budget, redaction."""

import asyncio
import json
import threading
from dataclasses import replace

import pytest

from codeflow_action.ai.registry import load_providers
from codeflow_action.engine.errors import (
    BudgetExhausted,
    OutOfTime,
    PromptTooLong,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    UnusableReply,
)
from codeflow_action.engine.model import Part, Price, Role
from codeflow_action.engine.scans import ScannerFailed
from codeflow_action.testing.models import (
    ContextOverflow,
    CutText,
    Hang,
    Json,
    ModelRefusal,
    Reset,
    Status,
    TokenUsage,
    WholeText,
)
from codeflow_action.testing.provider.fixtures import OPINION, PatientClock
from tests.ai.asking import MODELS
from tests.ai.scripted import Scripted
from tests.still_loop import StillLoop


def test_a_reply_is_parsed(server, make_models, ask):
    server.script(Json(OPINION))
    assert ask(make_models()).data == OPINION


@pytest.mark.parametrize(
    "bad",
    [
        WholeText("I think it is fine."),
        WholeText('{"verdict": "good"}'),
        WholeText('{"verdict": "good", "reasons": "short", "note": null}'),
        WholeText("[1, 2]"),
        WholeText(""),
        CutText('{"verdict": "good", "reas'),
    ],
    ids=repr,
)
def test_a_bad_reply_is_asked_for_once_more_with_what_was_wrong(server, make_models, ask, bad):
    server.script(bad, Json(OPINION))
    completion = ask(make_models())
    assert completion.data == OPINION
    first, second = server.requests
    assert "could not be used" not in first.text
    assert "could not be used" in second.text


def test_what_is_wrong_is_told_by_its_place(server, make_models, ask):
    server.script(Json({"verdict": "good", "reasons": ["short", 7], "note": None}), Json(OPINION))
    ask(make_models())
    assert "reasons.1: Input should be a valid string" in server.requests[1].text


def test_two_bad_replies_are_enough(server, make_models, ask):
    server.script(WholeText("no"))
    with pytest.raises(UnusableReply):
        ask(make_models())
    assert len(server.requests) == 2


def test_a_refusal_is_not_asked_again(server, make_models, ask):
    server.script(ModelRefusal("no"))
    with pytest.raises(UnusableReply, match="declined"):
        ask(make_models())
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + json.dumps(OPINION),
        f"Sure!\n```json\n{json.dumps(OPINION)}\n```\nAnything else?",
        f"<think>maybe {{}} or {{'a': 1}}</think>{json.dumps(OPINION)}",
        f'{{"other": 1}} {json.dumps(OPINION)}',
        json.dumps(OPINION).replace("short", "two\tlines\nin one"),
    ],
)
def test_a_reply_with_something_around_it_is_found(server, make_models, ask, text):
    server.script(WholeText(text))
    assert ask(make_models()).data["verdict"] == "good"
    assert len(server.requests) == 1


def test_what_passes_is_tried_again_with_growing_waits(server, make_models, ask, clock):
    server.script(Status(500), Status(503), Json(OPINION))
    assert ask(make_models()).data == OPINION
    first, second = clock.slept
    assert 0 <= first <= 2
    assert 0 <= second <= 4


def test_an_outage_is_given_up_after_four_tries(server, make_models, ask, clock):
    server.script(Status(500))
    with pytest.raises(ProviderUnavailable):
        ask(make_models())
    assert len(server.requests) == 4
    assert len(clock.slept) == 3


def test_a_wait_that_the_provider_asks_for_is_kept(server, make_models, ask, clock):
    server.script(Status(429, headers={"retry-after": "42"}), Json(OPINION))
    ask(make_models())
    assert clock.slept == [42.0]


def test_a_wait_beyond_the_deadline_is_not_begun(server, make_models, ask, clock):
    server.script(Status(429, headers={"retry-after": "3600"}))
    with pytest.raises(ProviderUnavailable):
        ask(make_models())
    assert clock.slept == []
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [401, 404, 400])
def test_what_will_not_change_is_not_tried_again(server, make_models, ask, status):
    server.script(Status(status))
    with pytest.raises(ProviderRefused):
        ask(make_models())
    assert len(server.requests) == 1


def test_an_answer_that_does_not_come_ends_with_the_runs_time(server, make_models, ask):
    loop = StillLoop()

    def answer(_request):
        loop.let_pass(1_000)
        return Hang()

    server.answer = answer
    with pytest.raises(OutOfTime):
        ask(make_models(deadline=100.0, request_timeout=200.0), loop=loop)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "reply", [Status(500), Status(401), ModelRefusal("no"), WholeText("no")], ids=repr
)
def test_the_next_model_answers_when_the_first_does_not(server, make_models, ask, reply):
    server.answer = lambda request: reply if request.provider == "openai" else Json(OPINION)
    completion = ask(make_models("openai", "mistral", "groq"))
    assert completion.provider == "mistral"
    assert {request.provider.value for request in server.requests} == {"openai", "mistral"}


def test_when_all_fail_the_first_error_names_the_others(server, make_models, ask):
    server.script(Status(401))
    with pytest.raises(ProviderRefused) as raised:
        ask(make_models("openai", "anthropic"))
    assert "openai" in str(raised.value)
    assert "anthropic" in str(raised.value)


def test_a_prompt_that_is_too_long_goes_back_to_whoever_can_halve_it(
    server, make_models, ask, prompt
):
    server.script(ContextOverflow())
    with pytest.raises(PromptTooLong):
        ask(make_models("openai", "groq"), replace(prompt, divisible=True))
    assert len(server.requests) == 1


def test_a_prompt_that_cannot_be_halved_goes_to_the_next_model(server, make_models, ask, prompt):
    server.script(ContextOverflow(), Json(OPINION))
    assert ask(make_models("openai", "groq"), prompt).provider == "groq"


def test_a_role_may_have_a_model_of_its_own(server, make_models, ask):
    from codeflow_action.ai.models import ModelRef

    find = ModelRef(provider="groq", model=MODELS["groq"])
    assert ask(make_models(roles={Role.FIND: (find,)})).provider == "groq"


class Counting(Scripted):
    """Counts the calls that it has at once, and leaves much time for one more."""

    running = most = 0

    async def generate(self, prompt):
        self.running += 1
        self.most = max(self.most, self.running)
        for _ in range(100):
            await asyncio.sleep(0)
        self.running -= 1
        return replace(await super().generate(prompt), text=json.dumps(OPINION))


class ThreadlessLoop(asyncio.SelectorEventLoop):
    """Does at once what goes to a thread: calls take their turns in an order that stays."""

    def run_in_executor(self, _executor, function, *arguments):
        done = self.create_future()
        done.set_result(function(*arguments))
        return done


def test_no_more_than_six_requests_are_on_the_wire(make_models, ask, prompt):
    counting = Counting("openai")
    openai = replace(load_providers()["openai"], create=lambda _endpoint: counting)
    models = make_models(providers={"openai": openai})
    answers = ask(models, *[prompt] * 20, loop=ThreadlessLoop())
    assert all(answer.data == OPINION for answer in answers)
    assert counting.most == 6


def test_a_hundred_calls_at_once_never_overspend_tokens(server, make_models, ask, prompt):
    server.answer = lambda _request: Json(OPINION, usage=TokenUsage(input=100, output=500))
    models = make_models(max_tokens=5_000)
    answers = ask(models, *[prompt] * 100)
    refused = [one for one in answers if isinstance(one, BudgetExhausted)]
    assert refused
    assert not [one for one in answers if isinstance(one, ProviderError) and one not in refused]
    assert models.spent.tokens <= 5_000
    assert models.spent.calls == len(server.requests) == 100 - len(refused)


def test_a_hundred_calls_at_once_never_overspend_money(server, make_models, ask, prompt):
    server.answer = lambda _request: Json(OPINION, usage=TokenUsage(input=400, output=500))
    models = make_models(
        max_cost_usd=0.05, prices={"openai:gpt-6.1-sol": Price(input=2, cached=2, output=10)}
    )
    answers = ask(models, *[prompt] * 100)
    assert any(isinstance(one, BudgetExhausted) for one in answers)
    assert 0 < models.spent.cost_usd <= 0.05
    assert models.spent.cost_usd == pytest.approx(
        models.spent.calls * (400 * 2 + 500 * 10) / 1_000_000
    )


def test_calls_that_wait_for_others_to_settle_are_made_when_that_leaves_room(
    server, make_models, ask, prompt
):
    server.answer = lambda _request: Json(OPINION, usage=TokenUsage(input=100, output=10))
    models = make_models(max_tokens=2_600)
    answers = ask(models, *[prompt] * 6)
    assert all(one.data == OPINION for one in answers)


def test_a_failed_call_gives_its_reserve_back(server, make_models, ask, prompt):
    server.script(Status(401), Json(OPINION))
    models = make_models(max_tokens=1_500)

    class Twice:
        async def generate(self, one):
            provider = models.for_role(Role.FIND)
            with pytest.raises(ProviderRefused):
                await provider.generate(one)
            return await provider.generate(one)

        async def aclose(self):
            await models.aclose()

    assert ask(Twice()).data == OPINION


def test_an_unusable_reply_is_paid_for_all_the_same(server, make_models, ask):
    server.script(WholeText("no", usage=TokenUsage(input=100, output=7)))
    models = make_models()
    with pytest.raises(UnusableReply):
        ask(models)
    assert models.spent.tokens == 214
    assert models.spent.calls == 2


def test_the_cost_is_unknown_where_a_price_is(server, make_models, ask):
    from codeflow_action.ai.models import ModelRef

    models = make_models(default=ModelRef(provider="openai", model="somebodys-model"))
    ask(models)
    assert models.spent.cost_usd is None
    assert models.spent.tokens > 0


def test_secrets_leave_in_no_prompt(server, make_models, ask, prompt):
    token = "ghp_" + "a1B2" * 9
    parts = (Part(text=f"a = '{token}'\nb = 'the-secret-of-this-run'"),)
    ask(make_models(), replace(prompt, parts=parts, instructions=f"Use {token}."))
    (request,) = server.requests
    assert token not in request.raw
    assert "the-secret-of-this-run" not in request.raw
    assert "[redacted" in request.text


class Broken:
    """A scanner that fails."""

    ready = True

    def spans(self, text):
        raise ScannerFailed("the secret scanner stopped (OSError)")


def test_a_prompt_that_cannot_be_searched_is_not_sent(server, make_models, ask):
    """Fault 10: a prompt that has left cannot be called back."""
    with pytest.raises(ProviderRefused, match="could not be searched for secrets"):
        ask(make_models(search=Broken()))
    assert not server.requests


def test_signs_that_nobody_sees_are_gone_before_the_search(server, make_models, ask, prompt):
    """Fault 10: a key with a zero-width space in it was found by nobody and read by the model."""
    token = "ghp_" + "a1B2" * 9
    hidden = f"{token[:9]}\u200b{token[9:]}"
    ask(make_models(), replace(prompt, parts=(Part(text=f"a\u00adb {hidden}"),)))
    (request,) = server.requests
    assert not any(form in request.text for form in (token, hidden, token[9:]))
    assert "ab [redacted]" in request.text


def test_a_secret_in_an_answer_goes_no_further(server, make_models, ask):
    """Fault 10: what a model says is shown to it again, in an envelope with a digest of it."""
    token = "ghp_" + "a1B2" * 9
    reason = next(name for name, value in OPINION.items() if isinstance(value, str))
    server.script(Json({**OPINION, reason: f"It holds {token}"}))
    completion = ask(make_models())
    assert token not in repr(completion)


def test_a_request_that_got_lost_counts_as_paid_in_full(server, make_models, ask, prompt):
    """Nobody knows whether it was answered: the budget must hold even if it was."""
    server.answer = lambda _request: Reset()
    models = make_models(max_tokens=2_000)
    with pytest.raises(BudgetExhausted):
        ask(models)
    assert len(server.requests) == 2
    assert set().union(*(row.failed for row in models.spent.by_model)) == {"ProviderUnavailable"}


def test_an_endpoint_that_was_not_reached_costs_nothing(server, make_models, ask, prompt):
    models = make_models(max_tokens=1_000, base_urls={"openai": "http://127.0.0.1:9/v1"})
    with pytest.raises(ProviderUnavailable):
        ask(models)
    assert models.spent.calls + models.spent.failed_calls == 4


class EndlessClock(PatientClock):
    """Nobody who waits on it goes on."""

    async def sleep(self, seconds):
        await asyncio.Event().wait()


@pytest.mark.parametrize("reply", [Hang(), Status(429, headers={"retry-after": "50"})], ids=repr)
def test_a_stop_ends_every_question_whatever_it_waits_for(server, make_models, prompt, reply):
    """And one that is answered by then has its answer."""
    stop = asyncio.Event()
    hung = threading.Event()

    def answer(request):
        if "fast" in request.text:
            return Json(OPINION)
        hung.set()
        return reply

    server.answer = answer
    models = make_models(stop=stop, clock=EndlessClock())

    async def stopped():
        provider = models.for_role(Role.FIND)
        fast = replace(prompt, parts=(Part(text="fast"),))
        slow = asyncio.create_task(provider.generate(prompt))
        answered = await provider.generate(fast)
        await asyncio.to_thread(hung.wait, 30)
        stop.set()
        with pytest.raises(OutOfTime, match="stopped before it answered"):
            await slow
        with pytest.raises(OutOfTime):
            await provider.generate(prompt)
        await models.aclose()
        return answered

    assert asyncio.run(stopped()).data == OPINION


def test_cancelling_cancels_the_request(server, make_models, prompt):
    arrived = threading.Event()

    def hold(_request):
        arrived.set()
        return Hang()

    server.answer = hold
    models = make_models(max_tokens=2_000)

    async def cancelled():
        provider = models.for_role(Role.FIND)
        asking = asyncio.create_task(provider.generate(prompt))
        await asyncio.to_thread(arrived.wait, 30)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        server.script(Json(OPINION))
        again = await provider.generate(prompt)
        await models.aclose()
        return again

    assert asyncio.run(cancelled()).data == OPINION
    (row,) = models.spent.by_model
    assert (row.failed, row.calls) == ({"cancelled": 1}, 1)


def test_the_estimate_learns_from_what_providers_count(server, make_models, ask, prompt):
    models = make_models()
    before = models.count_tokens("word " * 1_000)
    text = "word " * 2_000
    server.answer = lambda _request: Json(OPINION, usage=TokenUsage(input=5_000, output=1))
    ask(models, replace(prompt, parts=(Part(text=text),)))
    assert models.count_tokens("word " * 1_000) > before
