"""Providers that do what a test says, without a wire."""

import asyncio
from collections.abc import Callable

from codeflow_action.engine.errors import (
    BudgetExhausted,
    OutOfTime,
    PromptTooLong,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    RateLimited,
    UnusableReply,
)
from codeflow_action.engine.model import Completion, LLMProvider, Prompt, StopReason, Usage

FAILURES: dict[str, Callable[[], ProviderError]] = {
    "refused": lambda: ProviderRefused("refused"),
    "unavailable": lambda: ProviderUnavailable("unavailable"),
    "limited": lambda: RateLimited("limited"),
    "unusable": lambda: UnusableReply("unusable"),
    "too long": lambda: PromptTooLong("too long"),
    "budget": lambda: BudgetExhausted("budget"),
    "time": lambda: OutOfTime("time"),
}


def completion(name: str = "a", usage: Usage | None = None) -> Completion:
    return Completion(
        text="{}", usage=usage or Usage(), provider=name, model=name, stop=StopReason.END
    )


class Scripted(LLMProvider):
    """Answers with `name`, or fails as told; yields once, so that others run in between."""

    def __init__(self, name: str, failure: str = "", usage: Usage | None = None) -> None:
        self.name = name
        self.failure = failure
        self.usage = usage
        self.asked = 0

    @property
    def model(self) -> str:
        return self.name

    async def generate(self, prompt: Prompt) -> Completion:
        del prompt
        self.asked += 1
        await asyncio.sleep(0)
        if self.failure:
            error = FAILURES[self.failure]()
            raise error
        return completion(self.name, self.usage)
