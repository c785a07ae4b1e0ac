"""Ends a request that takes too long as a whole, however busily its answer trickles in."""

import asyncio

from codeflow_action.ai.wrappers.wrapper import ProviderWrapper
from codeflow_action.engine.errors import ProviderUnavailable
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import Completion, Prompt


@dataclass(eq=False, repr=False)
class TimeoutProvider(ProviderWrapper):
    """Gives a request `seconds`. SDKs' own time-outs start anew with every byte that arrives."""

    seconds: float

    async def generate(self, prompt: Prompt) -> Completion:
        """Ask. Raises `ProviderUnavailable` when the time is up."""
        try:
            async with asyncio.timeout(self.seconds) as limit:
                return await self.inner.generate(prompt)
        except TimeoutError:
            if not limit.expired():
                raise
            raise ProviderUnavailable(
                f"{self.model} has not answered within {self.seconds:g} s",
                hint="try a faster model, or raise `models.request_timeout`",
                maybe_billed=True,
            ) from None
