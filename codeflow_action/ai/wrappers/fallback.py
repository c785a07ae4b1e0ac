"""Asks the next model when one cannot or will not serve."""

import asyncio
from collections.abc import Sequence

from codeflow_action.ai.wrappers.wrapper import Wrapper
from codeflow_action.engine.errors import (
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    UnusableReply,
)
from codeflow_action.engine.model import Completion, LLMProvider, Prompt


class Falling(Wrapper):
    """Tries the providers in their order, on outage, refusal or repeatedly unusable replies.

    `PromptTooLong`, `BudgetExhausted` and `OutOfTime` pass: another model would not help, or may
    not be asked either. When all fail, the first one's error is raised, naming the others'.
    """

    def __init__(self, providers: Sequence[LLMProvider]) -> None:
        super().__init__(providers[0])
        self._providers = tuple(providers)

    async def generate(self, prompt: Prompt) -> Completion:
        """Return the first completion that anyone gives."""
        failed: list[ProviderError] = []
        for provider in self._providers:
            try:
                return await provider.generate(prompt)
            except (ProviderRefused, ProviderUnavailable, UnusableReply) as error:
                failed.append(error)
        first, *others = failed
        if not others:
            raise first
        said = "; ".join(str(error) for error in others)
        raise type(first)(f"{first}; then {said}", hint=first.hint) from first

    def prepare(self) -> None:
        """Prepare the first; the others are rarely needed."""
        self._providers[0].prepare()

    async def aclose(self) -> None:
        """Close all."""
        await asyncio.gather(*(provider.aclose() for provider in self._providers))
