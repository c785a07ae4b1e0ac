"""Books every request that leaves: how long it took, its tokens and cost, or how it failed."""

from dataclasses import KW_ONLY

from codeflow_action.ai.wrappers.wrapper import ProviderWrapper
from codeflow_action.engine.errors import ProviderError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import Completion, Price, Prompt, Usage
from codeflow_action.engine.ports import Clock
from codeflow_action.engine.spending import Call, Spending


class Account:
    """What all models of a run have used so far; one for a run."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._reused = 0
        self.tokens = 0
        self.known_cost_usd = 0.0

    @property
    def spent(self) -> Spending:
        """The account as a value."""
        return Spending.of(self._calls, self._reused)

    def book(self, call: Call) -> None:
        """Add a request, whether it was answered or not."""
        self._calls.append(call)
        self.tokens += call.usage.total
        self.known_cost_usd += call.cost_usd or 0.0

    def book_reused(self) -> None:
        """Add an answer that was kept from an earlier run."""
        self._reused += 1


@dataclass(eq=False, repr=False)
class AccountingProvider(ProviderWrapper):
    """Books each call to the model `name`, a cancelled one too; the price is None when unknown."""

    _: KW_ONLY
    account: Account
    name: str
    price: Price | None
    clock: Clock

    async def generate(self, prompt: Prompt) -> Completion:
        """Ask, and book what came of it."""
        start = self.clock.now()
        usage, answerer, error = Usage(), "", "cancelled"
        try:
            completion = await self.inner.generate(prompt)
            usage, answerer, error = completion.usage, completion.model, ""
        except ProviderError as failure:
            error = type(failure).__name__
            raise
        finally:
            self.account.book(
                Call(
                    role=prompt.role,
                    model=self.name,
                    served_by=answerer,
                    seconds=self.clock.now() - start,
                    usage=usage,
                    cost_usd=self.price.of(usage) if self.price else None,
                    error=error,
                )
            )
        return completion
