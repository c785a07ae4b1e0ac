"""Shows every question and what came of it to whoever keeps a record."""

from collections.abc import Callable

from codeflow_action.ai.wrappers.wrapper import ProviderWrapper
from codeflow_action.engine.errors import ProviderError
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import Completion, Prompt

type Exchange = tuple[Prompt, Completion | ProviderError]
type CallSink = Callable[[Exchange], None]


@dataclass(eq=False, repr=False)
class RecordingProvider(ProviderWrapper):
    """Stands right below redaction: what it shows holds no secret that is known by then."""

    sink: CallSink

    async def generate(self, prompt: Prompt) -> Completion:
        """Ask, and show both sides. A call that is cancelled is not shown: nothing came of it."""
        try:
            completion = await self.inner.generate(prompt)
        except ProviderError as error:
            self.sink((prompt, error))
            raise
        self.sink((prompt, completion))
        return completion
