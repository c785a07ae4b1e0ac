"""Bounds how many requests are on the wire at once; fewer after a provider said it is too many."""

import asyncio

from codeflow_action.ai.wrappers.wrapper import Wrapper
from codeflow_action.engine.errors import RateLimited
from codeflow_action.engine.model import Completion, LLMProvider, Prompt


class Limiting(Wrapper):
    """At most `most` calls at a time, half as many after each rate limit, never less than one."""

    def __init__(self, inner: LLMProvider, most: int) -> None:
        super().__init__(inner)
        self._allowed = most
        self._running = 0
        self._changed = asyncio.Condition()

    async def generate(self, prompt: Prompt) -> Completion:
        """Wait for a place, then ask."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._running < self._allowed)
            self._running += 1
        try:
            return await self._inner.generate(prompt)
        except RateLimited:
            self._allowed = max(1, self._allowed // 2)
            raise
        finally:
            self._running -= 1
            async with self._changed:
                self._changed.notify_all()
