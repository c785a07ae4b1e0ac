"""Ends a request that takes too long as a whole, however busily its answer trickles in."""

import asyncio

from codeflow_action.ai.wrappers.wrapper import ProviderWrapper
from codeflow_action.engine.errors import ProviderUnavailable
from codeflow_action.engine.model import Completion, LLMProvider, Prompt


class TimeoutProvider(ProviderWrapper):
    """Gives a request `seconds`. SDKs' own time-outs start anew with every byte that arrives."""

    def __init__(self, inner: LLMProvider, seconds: float) -> None:
        super().__init__(inner)
        self._seconds = seconds

    async def generate(self, prompt: Prompt) -> Completion:
        """Ask. Raises `ProviderUnavailable` when the time is up."""
        try:
            async with asyncio.timeout(self._seconds) as limit:
                return await self._inner.generate(prompt)
        except TimeoutError:
            if not limit.expired():
                raise
            raise ProviderUnavailable(
                f"{self.model} has not answered within {self._seconds:g} s",
                hint="try a faster model",
                maybe_billed=True,
            ) from None
