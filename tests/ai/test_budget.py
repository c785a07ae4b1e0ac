"""The purse never lets out more than it holds, whatever runs at the same time."""

import asyncio
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.ai.tokens import TokenCounter
from codeflow_action.ai.wrappers.accounting import Account, AccountingProvider
from codeflow_action.ai.wrappers.budget import BudgetProvider, Purse
from codeflow_action.ai.wrappers.limit import LimitProvider
from codeflow_action.engine.errors import BudgetExhausted, ProviderUnavailable, RateLimited
from codeflow_action.engine.model import Part, Price, Prompt, Role, Usage
from codeflow_action.testing.provider.fixtures import PatientClock
from tests.ai.scripted import Scripted, completion

PRICE = Price(input=2.0, cached=0.2, output=10.0, written=2.5)
PROMPT = Prompt(
    role=Role.FIND, instructions="", parts=(Part(text="x" * 300),), max_output_tokens=50
)
calls = st.lists(
    st.tuples(
        st.integers(0, 200),  # tokens in: no more than was estimated
        st.integers(0, 50),  # tokens out
        st.sampled_from(["", "", "", "refused", "lost", "cancelled"]),
    ),
    min_size=100,
    max_size=120,
)


class Served(Scripted):
    """Bills what it is told, and then may get lost: the provider has billed all the same."""

    def __init__(self, usage, end):
        super().__init__("p", "refused" if end == "refused" else "", usage)
        self.end = end
        self.billed = Usage()

    async def generate(self, prompt):
        answer = await super().generate(prompt)
        self.billed = answer.usage
        if self.end == "lost":
            raise ProviderUnavailable("lost", maybe_billed=True)
        if self.end == "cancelled":
            raise asyncio.CancelledError
        return answer


@given(calls, st.integers(0, 20_000), st.floats(0, 0.05))
def test_a_hundred_calls_at_once_never_cost_more_than_there_is(given_calls, tokens, dollars):
    """Whatever the provider has billed, lost answers included, stays within both limits."""
    account = Account()
    purse = Purse(account, max_tokens=tokens, max_cost_usd=dollars)
    providers = [
        Served(Usage(input_tokens=used, output_tokens=out, written_tokens=used // 2), end)
        for used, out, end in given_calls
    ]

    async def asking():
        def stack(one):
            booked = AccountingProvider(
                one, account=account, name="p", price=PRICE, clock=PatientClock()
            )
            return BudgetProvider(booked, purse=purse, price=PRICE, counter=TokenCounter(2.8))

        asked = (stack(one).generate(PROMPT) for one in providers)
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = asyncio.run(asking())
    billed = [one.billed for one in providers]
    assert sum(one.total for one in billed) <= tokens
    assert sum(PRICE.of(one) for one in billed) <= dollars + 1e-9
    assert account.spent.calls + account.spent.failed_calls == sum(one.asked for one in providers)
    refused = sum(isinstance(one, BudgetExhausted) for one in answers)
    assert refused == sum(not one.asked for one in providers)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.integers(1, 8))
def test_rate_limits_halve_what_runs_at_once_and_never_stop_it(script, most):
    """A call that draws 0 is told that it is too many; nothing waits for ever."""
    running, peak = [0], [0]

    class Limited(Scripted):
        async def generate(self, prompt):
            running[0] += 1
            peak[0] = max(peak[0], running[0])
            for _ in range(int(prompt.instructions)):
                await asyncio.sleep(0)
            running[0] -= 1
            if prompt.instructions == "0":
                raise RateLimited("slower")
            return completion()

    async def asking():
        limiting = LimitProvider(Limited("p"), most)
        asked = (limiting.generate(replace(PROMPT, instructions=str(one))) for one in script)
        return await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 30)

    answers = asyncio.run(asking())
    assert sum(isinstance(one, RateLimited) for one in answers) == script.count(0)
    assert peak[0] <= most
    assert running == [0]


def test_one_burst_of_limits_halves_once_and_good_answers_allow_more_again():
    peaks = []
    limited = [True]

    class Bursting(Scripted):
        running = 0

        async def generate(self, prompt):
            Bursting.running += 1
            peaks.append(Bursting.running)
            await asyncio.sleep(0)
            Bursting.running -= 1
            if limited[0]:
                raise RateLimited("slower")
            return completion()

    async def asking():
        limiting = LimitProvider(Bursting("p"), 8)

        async def burst(count):
            peaks.clear()
            asked = (limiting.generate(PROMPT) for _ in range(count))
            await asyncio.gather(*asked, return_exceptions=True)
            return max(peaks)

        assert await burst(8) == 8
        limited[0] = False
        assert await burst(4) == 4  # not 8 halved eight times
        assert await burst(60) == 8

    asyncio.run(asking())
