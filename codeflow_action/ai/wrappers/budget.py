"""Holds a run to its budget: tokens and money are reserved before a call, and settled after it."""

import asyncio
from dataclasses import dataclass

from codeflow_action.ai.pricing import Price
from codeflow_action.ai.tokens import TokenCounter
from codeflow_action.ai.wrappers.wrapper import Wrapper
from codeflow_action.engine.errors import BudgetExhausted
from codeflow_action.engine.model import Completion, LLMProvider, Prompt, Usage
from codeflow_action.engine.ports import Spent

# Estimates are of the text; requests add roles, the schema and formatting of their own.
_OVERHEAD = 300  # tokens


@dataclass(frozen=True, kw_only=True)
class Need:
    """What a call may take at most. `cost_usd` is 0 where the price is unknown."""

    tokens: int
    cost_usd: float


class Purse:
    """What all calls of a run share. A limit of None does not limit."""

    def __init__(self, *, max_tokens: int, max_cost_usd: float | None) -> None:
        self.spent = Spent()
        self._max_tokens = max_tokens
        self._max_cost = max_cost_usd
        self._cost = 0.0  # what is known of it
        self._reserved: list[Need] = []
        self._settled = asyncio.Condition()

    def affords(self, prompt: int, reply: int, price: Price | None) -> int:
        """Return how many input tokens can be paid, in prompts and replies of these tokens."""
        prompts = (self._max_tokens - self.spent.usage.total) // (prompt + reply)
        each = price.of(Usage(input_tokens=prompt, output_tokens=reply)) if price else 0.0
        if self._max_cost is not None and each:
            prompts = min(prompts, int((self._max_cost - self._cost) / each))
        return max(0, prompts) * prompt

    async def reserve(self, need: Need) -> None:
        """Set aside what the call may take, waiting for others to settle where that can help.

        Raises `BudgetExhausted` when the budget could not bear it.
        """
        async with self._settled:
            while shortage := self._shortage(need, self._reserved):
                if self._shortage(need, []):
                    raise BudgetExhausted(
                        f"the run's budget of {shortage} would be exceeded",
                        hint="raise `budget.max_tokens` or `max_cost_usd`",
                    )
                await self._settled.wait()
            self._reserved.append(need)

    async def settle(self, need: Need, completion: Completion | None, price: Price | None) -> None:
        """Give back the reserve, and book what was used; None for a call that failed."""
        async with self._settled:
            self._reserved.remove(need)
            if completion is not None:
                self._book(completion, price)
            self._settled.notify_all()

    def _book(self, completion: Completion, price: Price | None) -> None:
        spent = self.spent
        cost = price.of(completion.usage) if price else None
        self._cost += cost or 0.0
        known = spent.cost_usd is not None and cost is not None
        self.spent = Spent(
            calls=spent.calls + 1,
            usage=spent.usage + completion.usage,
            cost_usd=self._cost if known else None,
            models=tuple(dict.fromkeys((*spent.models, completion.model))),
        )

    def _shortage(self, need: Need, reserved: list[Need]) -> str:
        """Return which limit the call would break, empty when none."""
        tokens = self.spent.usage.total + sum(other.tokens for other in reserved) + need.tokens
        if tokens > self._max_tokens:
            return f"{self._max_tokens:,} tokens"
        cost = self._cost + sum(other.cost_usd for other in reserved) + need.cost_usd
        if self._max_cost is not None and cost > self._max_cost:
            return f"${self._max_cost:.2f}"
        return ""


class Budgeted(Wrapper):
    """The innermost wrapper: every request that leaves is paid for, and corrects the estimate."""

    def __init__(
        self, inner: LLMProvider, *, purse: Purse, price: Price | None, counter: TokenCounter
    ) -> None:
        super().__init__(inner)
        self._purse = purse
        self._price = price
        self._counter = counter

    async def generate(self, prompt: Prompt) -> Completion:
        """Reserve, ask, settle."""
        texts = (prompt.instructions, *(part.text for part in prompt.parts))
        estimated = sum(map(self._counter.count, texts)) + _OVERHEAD
        most = Usage(input_tokens=estimated, output_tokens=prompt.max_output_tokens)
        need = Need(tokens=most.total, cost_usd=self._price.of(most) if self._price else 0.0)
        await self._purse.reserve(need)
        completion: Completion | None = None
        try:
            completion = await self._inner.generate(prompt)
        finally:
            await self._purse.settle(need, completion, self._price)
        size = sum(len(text.encode("utf-8", "replace")) for text in texts)
        self._counter.learn(size, completion.usage.input_tokens)
        return completion
