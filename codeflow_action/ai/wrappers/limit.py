"""Bounds how many requests are on the wire at once; fewer after a provider said it is too many."""

import asyncio

from codeflow_action.ai.wrappers.wrapper import ProviderWrapper
from codeflow_action.engine.errors import RateLimited
from codeflow_action.engine.model import Completion, LLMProvider, Prompt


class LimitProvider(ProviderWrapper):
    """At most `maximum` calls at a time.

    A rate limit halves that, never below one: once for all calls that were on the wire together,
    since they were too many only once. When n calls are allowed, n good answers in a row allow one
    more.
    """

    def __init__(self, inner: LLMProvider, maximum: int) -> None:
        super().__init__(inner)
        self._maximum = maximum
        self._allowed = maximum
        self._running = 0
        self._halvings = 0
        self._good = 0  # answers since the last change
        self._freed = asyncio.Event()

    async def generate(self, prompt: Prompt) -> Completion:
        """Wait for a place, then ask."""
        while self._running >= self._allowed:
            await self._freed.wait()
        self._running += 1
        halvings = self._halvings
        try:
            completion = await self.inner.generate(prompt)
        except RateLimited:
            if halvings == self._halvings:
                self._allowed, self._good = max(1, self._allowed // 2), 0
                self._halvings += 1
            raise
        else:
            self._good += 1
            if self._good >= self._allowed < self._maximum:
                self._allowed, self._good = self._allowed + 1, 0
            return completion
        finally:
            self._running -= 1
            self._freed.set()
            self._freed = asyncio.Event()
