"""Takes secrets out of every prompt before anything else sees it."""

from dataclasses import replace

from codeflow_action.ai.wrappers.wrapper import Wrapper
from codeflow_action.engine.model import Completion, LLMProvider, Prompt
from codeflow_action.security.redaction import Redactor


class Redacting(Wrapper):
    """The outermost wrapper: what is recorded, cached and sent is redacted."""

    def __init__(self, inner: LLMProvider, redactor: Redactor) -> None:
        super().__init__(inner)
        self._redactor = redactor

    async def generate(self, prompt: Prompt) -> Completion:
        """Ask with the redacted prompt."""
        parts = tuple(replace(part, text=self._redactor.text(part.text)) for part in prompt.parts)
        instructions = self._redactor.text(prompt.instructions)
        return await self._inner.generate(replace(prompt, instructions=instructions, parts=parts))
