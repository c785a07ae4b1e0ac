"""Holds a run to its budget: tokens and money are reserved before a call, and settled after it."""

import asyncio
import json
from dataclasses import KW_ONLY

from codeflow_action.ai.strict_schema import strict
from codeflow_action.ai.tokens import TokenCounter, byte_size
from codeflow_action.ai.wrappers.accounting import Account
from codeflow_action.ai.wrappers.wrapper import ProviderWrapper
from codeflow_action.engine.errors import BudgetExhausted, ProviderError, ProviderUnavailable
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import Completion, Price, Prompt, Usage

# Requests add roles and formatting of their own to the texts.
_OVERHEAD = 100  # tokens


@dataclass(frozen=True, kw_only=True)
class Need:
    """What a call may take at most. `cost_usd` is 0 where the price is unknown."""

    tokens: int
    cost_usd: float


class Purse:
    """What all calls of a run share: the limits, and what is set aside for calls under way.

    What is spent stands in the account. A limit of None does not limit.
    """

    def __init__(self, account: Account, *, max_tokens: int, max_cost_usd: float | None) -> None:
        self._account = account
        self._max_tokens = max_tokens
        self._max_cost = max_cost_usd
        self._reserved: list[Need] = []
        self._lost: list[Need] = []  # calls that may have been billed, though nothing came back
        self._settled = asyncio.Event()

    def affords(self, prompt: int, reply: int, price: Price | None) -> int:
        """Return how many input tokens can be paid, in prompts and replies of these tokens."""
        tokens, cost = self._total(self._lost)
        prompts = (self._max_tokens - tokens) // (prompt + reply)
        prompt_cost = price.of(Usage(input_tokens=prompt, output_tokens=reply)) if price else 0.0
        if self._max_cost is not None and prompt_cost:
            prompts = min(prompts, int((self._max_cost - cost) / prompt_cost))
        return max(0, prompts) * prompt

    async def reserve(self, need: Need) -> None:
        """Set aside what the call may take, waiting for others to settle where that can help.

        Raises `BudgetExhausted` when the budget could not bear it.
        """
        while shortage := self._shortage(need, [*self._lost, *self._reserved]):
            if self._shortage(need, self._lost):
                raise BudgetExhausted(
                    f"the run's budget of {shortage} would be exceeded",
                    hint="raise `budget.max_tokens` or `max_cost_usd`",
                )
            await self._settled.wait()
        self._reserved.append(need)

    def settle(self, need: Need, *, is_lost: bool) -> None:
        """Give the reserve back, or keep it for good when the call may have been billed."""
        self._reserved.remove(need)
        if is_lost:
            self._lost.append(need)
        self._settled.set()
        self._settled = asyncio.Event()

    def _total(self, needs: list[Need]) -> tuple[int, float]:
        tokens = self._account.tokens + sum(need.tokens for need in needs)
        cost = self._account.known_cost_usd + sum(need.cost_usd for need in needs)
        return tokens, cost

    def _shortage(self, need: Need, needs: list[Need]) -> str:
        """Return which limit the call would break, empty when none."""
        tokens, cost = self._total([*needs, need])
        if tokens > self._max_tokens:
            return f"{self._max_tokens:,} tokens"
        if self._max_cost is not None and cost > self._max_cost:
            return f"${self._max_cost:.2f}"
        return ""


@dataclass(eq=False, repr=False)
class BudgetProvider(ProviderWrapper):
    """No request leaves that the purse could not pay; each reply corrects the estimate."""

    _: KW_ONLY
    purse: Purse
    price: Price | None
    counter: TokenCounter

    async def generate(self, prompt: Prompt) -> Completion:
        """Reserve, ask, settle."""
        texts = texts_of(prompt)
        estimate = sum(map(self.counter.count, texts)) + _OVERHEAD
        # At most: a reply as long as it may be, nothing from the prompt cache.
        maximum = Usage(input_tokens=estimate, output_tokens=prompt.max_output_tokens)
        need = Need(tokens=maximum.total, cost_usd=self.price.most(maximum) if self.price else 0.0)
        await self.purse.reserve(need)
        is_lost = True  # a call that is cancelled may be answered, and billed, all the same
        try:
            completion = await self.inner.generate(prompt)
            is_lost = False
        except ProviderError as error:
            is_lost = isinstance(error, ProviderUnavailable) and error.maybe_billed
            raise
        finally:
            self.purse.settle(need, is_lost=is_lost)
        size = sum(map(byte_size, texts))
        self.counter.learn(size, completion.usage.input_tokens)
        return completion


def texts_of(prompt: Prompt) -> tuple[str, ...]:
    """Return all that is counted as input; APIs count the schema too."""
    schema = (json.dumps(strict(prompt.reply)),) if prompt.reply else ()
    return (prompt.instructions, *schema, *(part.text for part in prompt.parts))
