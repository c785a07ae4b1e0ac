"""Lets go of a question when the run is stopped, so that whoever asked can end with what it has."""

import asyncio

from codeflow_action.ai.wrappers.wrapper import ProviderWrapper
from codeflow_action.engine.errors import OutOfTime
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import Completion, Prompt


@dataclass(eq=False, repr=False)
class StopProvider(ProviderWrapper):
    """Raises `OutOfTime` as soon as `stop` is set; waiting between two tries ends too."""

    stop: asyncio.Event

    async def generate(self, prompt: Prompt) -> Completion:
        """Ask, or be stopped."""
        answer = asyncio.ensure_future(self.inner.generate(prompt))
        stop = asyncio.ensure_future(self.stop.wait())
        try:
            await asyncio.wait({answer, stop}, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
            raise OutOfTime(f"{self.model}: the run was stopped before it answered")
        finally:
            answer.cancel()
            stop.cancel()
