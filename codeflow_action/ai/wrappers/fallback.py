"""Asks the next model when one cannot or will not serve."""

import asyncio
from collections.abc import Sequence

from codeflow_action.ai.wrappers.wrapper import ProviderWrapper
from codeflow_action.engine.errors import (
    PromptTooLong,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    UnusableReply,
)
from codeflow_action.engine.model import Completion, LLMProvider, Prompt


class FallbackProvider(ProviderWrapper):
    """Tries the providers in their order: on outage, refusal, repeatedly unusable replies.

    `PromptTooLong` passes to whoever can shorten the prompt, and is a reason to fall back where
    nobody can, or where a shorter one is not worth a try. `BudgetExhausted` and `OutOfTime` pass:
    no other model may be asked either. When all fail, what could be kept of an unusable reply is
    returned; without that, the first one's error is raised, naming the others'.
    """

    def __init__(self, providers: Sequence[LLMProvider]) -> None:
        super().__init__(providers[0])
        self._providers = tuple(providers)

    async def generate(self, prompt: Prompt) -> Completion:
        """Return the first completion that anyone gives."""
        errors: list[ProviderError] = []
        for provider in self._providers:
            try:
                return await provider.generate(prompt)
            except PromptTooLong as error:
                # Without room no part of it fits either.
                if prompt.divisible and error.room != 0:
                    raise
                errors.append(error)
            except (ProviderRefused, ProviderUnavailable, UnusableReply) as error:
                errors.append(error)
        for failure in errors:
            if isinstance(failure, UnusableReply) and failure.salvage:
                return failure.salvage
        first, *later = errors
        if not later:
            raise first
        message = f"{first}; then {'; '.join(map(str, later))}"
        if isinstance(first, PromptTooLong):
            raise PromptTooLong(message, hint=first.hint, room=first.room) from first
        raise type(first)(message, hint=first.hint) from first

    def prepare(self) -> None:
        """Prepare the first; the others are rarely needed."""
        self._providers[0].prepare()

    async def aclose(self) -> None:
        """Close all."""
        await asyncio.gather(*(provider.aclose() for provider in self._providers))
