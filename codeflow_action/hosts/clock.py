"""Real time, for those who are handed a `Clock`."""

import asyncio
import time


class RealClock:
    """Implements `engine.ports.Clock`."""

    def now(self) -> float:
        """Seconds on a clock that never goes back."""
        # Not the time of day, which jumps when the machine's clock is set.
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
