"""Learns from a model's refusals how much it takes, and sends nothing longer."""

import asyncio
import math
from dataclasses import KW_ONLY, dataclass, replace

from codeflow_action.ai.tokens import TokenCounter, byte_size
from codeflow_action.ai.wrappers.budget import texts_of
from codeflow_action.ai.wrappers.wrapper import ProviderWrapper
from codeflow_action.engine.errors import PromptTooLong, ProviderError
from codeflow_action.engine.model import Completion, Prompt

_REPLY_SHARE = 4  # of a learned window, one in so many tokens are kept for the reply
_LEAST_REPLY = 512  # tokens; a reply of the smallest windows
_MARGIN = 0.95  # of what is worked out to fit: other text takes more tokens a byte
_LIKE = 1.25  # a prompt of so many times what was taken is as good as taken


class Window:
    """How much one model takes, as far as this run knows.

    `is_known` where a table says so. Else the first prompt, and every much longer one, goes alone:
    what it meets holds for those that wait.
    """

    def __init__(self, *, is_known: bool) -> None:
        self._is_certain = is_known
        self._longest_taken = 0  # bytes
        self.limit = math.inf  # bytes of a prompt's texts that fit
        self.reply: float = math.inf  # tokens that a reply may have
        self.alone = asyncio.Lock()

    def is_open(self, size: int) -> bool:
        """True when a prompt of so many bytes need not go alone."""
        return self._is_certain or size <= self._longest_taken * _LIKE

    def learn_taken(self, size: int) -> None:
        """Learn that the model has taken so many bytes."""
        self._longest_taken = max(self._longest_taken, size)

    def learn_failure(self) -> None:
        """Learn that something else than the window is in the way: nobody need wait for it."""
        self._is_certain = True

    def learn_refusal(self, prompt: Prompt, error: PromptTooLong, counter: TokenCounter) -> None:
        """Learn from a refusal: by its numbers, else that half of what can be cut is enough."""
        size = size_of(prompt)
        if error.window is None:
            instructions = size - _size_of_parts(prompt)
            self.reply = max(_LEAST_REPLY, min(self.reply, prompt.max_output_tokens) // 2)
            self.limit = min(self.limit, instructions + (size - instructions) // 2)
            return
        reply = prompt.max_output_tokens
        self.reply = min(self.reply, max(_LEAST_REPLY, error.window // _REPLY_SHARE))
        room = max(0, error.window - int(min(self.reply, reply)))
        prompt_tokens = error.prompt or max(0, (error.total or 0) - reply) or counter.tokens(size)
        self.limit = min(self.limit, size * room / prompt_tokens)


@dataclass(eq=False, repr=False)
class WindowProvider(ProviderWrapper):
    """One model, with what is known of its window. Refuses by itself what would be refused."""

    _: KW_ONLY
    window: Window
    counter: TokenCounter

    async def generate(self, prompt: Prompt) -> Completion:
        """Ask, alone where nobody knows whether so much fits.

        Raises `PromptTooLong` with the `room` that there is. A refusal that a shorter reply would
        have spared is tried once more with one.
        """
        size = size_of(prompt)
        if self.window.is_open(size):
            return await self._ask(prompt, size)
        async with self.window.alone:
            if not self.window.is_open(size):
                return await self._ask(prompt, size)
        return await self._ask(prompt, size)

    async def _ask(self, prompt: Prompt, size: int) -> Completion:
        window = self.window
        if size > window.limit:
            raise self._too_long(prompt)
        try:
            try:
                return await self._ask_once(prompt, size)
            except PromptTooLong as error:
                window.learn_refusal(self._with_fitting_reply(prompt), error, self.counter)
                if size > window.limit:
                    raise self._too_long(prompt) from error
            return await self._ask_once(prompt, size)
        except PromptTooLong as error:
            if error.room is not None:
                raise
            window.limit = min(window.limit, size // 2)
            raise self._too_long(prompt) from error
        except ProviderError:
            window.learn_failure()
            raise

    async def _ask_once(self, prompt: Prompt, size: int) -> Completion:
        completion = await self.inner.generate(self._with_fitting_reply(prompt))
        self.window.learn_taken(size)
        return completion

    def _with_fitting_reply(self, prompt: Prompt) -> Prompt:
        """Return the prompt with a reply that the window has room for beside it."""
        reply = min(prompt.max_output_tokens, self.window.reply)
        return replace(prompt, max_output_tokens=int(reply))

    def _too_long(self, prompt: Prompt) -> PromptTooLong:
        fits = int(self.window.limit * _MARGIN)
        instructions = size_of(prompt) - _size_of_parts(prompt)
        message = (
            f"too long for {self.model}, which takes a prompt of about "
            f"{self.counter.tokens(fits):,} tokens"
        )
        room = self.counter.tokens(max(0, fits - instructions))
        return PromptTooLong(message, hint="name a model with a larger window", room=room)


def size_of(prompt: Prompt) -> int:
    """Return the bytes of all that counts as input."""
    return sum(map(byte_size, texts_of(prompt)))


def _size_of_parts(prompt: Prompt) -> int:
    return sum(byte_size(part.text) for part in prompt.parts)
