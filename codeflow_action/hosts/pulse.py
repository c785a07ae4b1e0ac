"""Signs of life: who watches a log learns every five seconds that work goes on, and at what."""

from collections.abc import Callable
from dataclasses import field

from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ports import Clock

INTERVAL = 5.0  # seconds without a line after which one is written


@dataclass(kw_only=True)
class Pulse:
    """Writes a line by `say` whenever nothing was noted for `INTERVAL` seconds."""

    clock: Clock
    say: Callable[[str], None]
    _stage: str = "starting"
    _last: float = field(init=False)
    _start: float = field(init=False)

    def __post_init__(self) -> None:
        self._start = self._last = self.clock.now()

    def note(self, stage: str) -> None:
        """Take note that a stage was told in the log just now."""
        self._stage = stage
        self._last = self.clock.now()

    async def beat(self) -> None:
        """Go on until cancelled."""
        while True:
            await self.clock.sleep(max(0.0, self._last + INTERVAL - self.clock.now()))
            moment = self.clock.now()
            if moment - self._last >= INTERVAL:
                self._last = moment
                self.say(f"still at work after {moment - self._start:.0f} s: {self._stage}")
