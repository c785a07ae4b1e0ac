"""Asks again after a passing failure: one policy for all providers, their own retries are off."""

import asyncio
import random
from dataclasses import KW_ONLY

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
)

from codeflow_action.ai.wrappers.wrapper import ProviderWrapper
from codeflow_action.engine.errors import OutOfTime, ProviderUnavailable, RateLimited
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import Completion, Prompt
from codeflow_action.engine.ports import Clock

_TRIES = 4
_MAX_WAIT = 20.0  # seconds between two tries, unless the provider asks for more


@dataclass(eq=False, repr=False)
class RetryProvider(ProviderWrapper):
    """Exponential waits with full jitter; `Retry-After` is honoured while the run has time.

    `deadline` is on the clock. A call that it cuts off raises `OutOfTime`. A provider that asks
    for a wait of more than `patience` seconds is not asked again.
    """

    _: KW_ONLY
    clock: Clock
    rng: random.Random
    deadline: float
    patience: float

    async def generate(self, prompt: Prompt) -> Completion:
        """Ask up to four times."""
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(_TRIES),
            wait=self._wait,
            retry=retry_if_exception_type(ProviderUnavailable),
            sleep=self.clock.sleep,
            reraise=True,
        ):
            with attempt:
                return await self._in_time(prompt)
        raise AssertionError("tenacity reraises")

    async def _in_time(self, prompt: Prompt) -> Completion:
        seconds = self.deadline - self.clock.now()
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                return await self.inner.generate(prompt)
        except TimeoutError:
            raise OutOfTime(
                f"{self.model}: the run's time was up before it answered",
                hint="raise `budget.timeout_minutes`",
            ) from None

    def _wait(self, state: RetryCallState) -> float:
        """Return seconds to wait; raises the error itself when that would be too long."""
        error = state.outcome.exception() if state.outcome else None
        retry_after = error.retry_after if isinstance(error, RateLimited) else None
        jitter = self.rng.uniform(0.0, min(_MAX_WAIT, 2.0**state.attempt_number))
        wait = jitter if retry_after is None else retry_after
        too_long = wait > self.patience or self.clock.now() + wait >= self.deadline
        if error and too_long:
            raise error
        return wait
