"""Who is asked next, for every combination of what may go wrong."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeflow_action.ai.wrappers.fallback import FallbackProvider
from codeflow_action.engine.errors import ProviderError, ProviderUnavailable, UnusableReply
from codeflow_action.engine.model import Flaw, Part, Prompt, Role
from tests.ai.scripted import FAILURES, Scripted, completion

PROMPT = Prompt(role=Role.FIND, instructions="i", parts=(Part(text="t"),))
FALLS = {"refused", "unavailable", "limited", "unusable"}
chain = st.lists(st.sampled_from(["", *FAILURES]), min_size=1, max_size=5)


def run(providers, prompt=PROMPT):
    try:
        return asyncio.run(FallbackProvider(providers).generate(prompt))
    except ProviderError as error:
        return error


@given(chain, st.booleans())
def test_each_is_asked_once_in_order_until_one_answers_or_no_other_may_be_asked(
    failures, divisible
):
    providers = [Scripted(str(at), failure) for at, failure in enumerate(failures)]
    answer = run(providers, replace(PROMPT, divisible=divisible))
    falls = FALLS if divisible else FALLS | {"too long"}
    last = next((at for at, one in enumerate(failures) if one not in falls), len(failures) - 1)
    assert [one.asked for one in providers] == [int(at <= last) for at in range(len(failures))]
    if not failures[last]:
        assert answer.provider == str(last)
    elif failures[last] not in falls:
        assert str(answer) == failures[last]
    else:
        assert type(answer) is type(FAILURES[failures[0]]())
        assert all(one in str(answer) for one in failures)


def test_what_was_saved_is_returned_only_when_nobody_answers_whole():
    saved = replace(completion("first"), flaws=(Flaw(where="the answer", problem="cut"),))

    class Cut(Scripted):
        async def generate(self, prompt):
            raise UnusableReply("cut off", salvage=saved)

    assert run([Cut("first"), Scripted("second")]).provider == "second"
    assert run([Cut("first"), Scripted("second", "unavailable")]) is saved
    assert isinstance(run([Scripted("a", "unavailable")]), ProviderUnavailable)


def test_our_own_bug_is_no_reason_to_ask_another():
    class Broken(Scripted):
        async def generate(self, prompt):
            raise KeyError("ours")

    second = Scripted("second")
    with pytest.raises(KeyError):
        asyncio.run(FallbackProvider([Broken("first"), second]).generate(PROMPT))
    assert second.asked == 0
