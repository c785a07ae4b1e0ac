"""An event loop whose time stands still: no limit of time is met because a machine is slow."""

import asyncio


class StillLoop(asyncio.SelectorEventLoop):
    """All waits of asyncio on it last until a test lets their time pass."""

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__()

    def time(self) -> float:
        """Return the seconds that were let pass."""
        return self._now

    def let_pass(self, seconds: float) -> None:
        """End what has waited for so long; any thread may call it."""

        def advance() -> None:
            self._now += seconds

        self.call_soon_threadsafe(advance)
