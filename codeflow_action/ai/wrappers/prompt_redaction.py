"""Takes secrets out of every prompt before anything else sees it, and out of every answer."""

import asyncio
from dataclasses import field, replace

from codeflow_action.ai.wrappers.wrapper import ProviderWrapper
from codeflow_action.engine.errors import ProviderRefused, UnusableReply
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.model import Completion, Prompt
from codeflow_action.engine.scans import ScannerFailed
from codeflow_action.security.invisible import visible_text
from codeflow_action.security.redaction import Redactor
from codeflow_action.security.walk import rewrite_texts


@dataclass(eq=False, repr=False)
class PromptRedactionProvider(ProviderWrapper):
    """The outermost wrapper: what is recorded, cached and sent is searched and redacted.

    What cannot be searched is not sent: a gate can do without the scanner and say so, but a prompt
    that has left cannot be called back.
    """

    redactor: Redactor
    # Questions go out in the order in which they were asked.
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def generate(self, prompt: Prompt) -> Completion:
        """Ask with the redacted prompt. Raises `ProviderRefused` where it cannot be searched."""
        try:
            async with self._turn:
                clean = await asyncio.to_thread(self._clean, prompt)
        except ScannerFailed as error:
            raise ProviderRefused(
                f"a prompt was not sent, since it could not be searched for secrets: {error}",
                hint="run the job again; if it stays so, report it with the log",
            ) from error
        return await self.inner.generate(clean)

    def _clean(self, prompt: Prompt) -> Prompt:
        redact = self.redactor.redact
        return replace(
            prompt,
            instructions=redact(visible_text(prompt.instructions)),
            parts=tuple(
                replace(part, text=redact(visible_text(part.text))) for part in prompt.parts
            ),
        )


@dataclass(eq=False, repr=False)
class AnswerRedactionProvider(ProviderWrapper):
    """Stands below the record: what a model says is shown to it again in the second round."""

    redactor: Redactor

    async def generate(self, prompt: Prompt) -> Completion:
        """Ask, and return the redacted answer. Raises `ProviderError`."""
        try:
            answer = await self.inner.generate(prompt)
        except UnusableReply as error:
            if error.salvage:
                error.salvage = self._clean(error.salvage)
            raise
        return self._clean(answer)

    def _clean(self, answer: Completion) -> Completion:
        """Return it clean; the prompt was searched, so that a scanner that fails now is no news."""
        clean = self.redactor.try_redact
        flaws = rewrite_texts(answer.flaws, clean)
        return replace(
            answer, text=clean(answer.text), data=rewrite_texts(answer.data, clean), flaws=flaws
        )
