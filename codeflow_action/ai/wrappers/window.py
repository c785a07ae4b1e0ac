"""Learns from a model's refusals how much it takes, and sends nothing longer."""

import asyncio
import math
from dataclasses import KW_ONLY, replace

from codeflow_action.ai.tokens import TokenCounter, byte_size
from codeflow_action.ai.wrappers.budget import texts_of
from codeflow_action.ai.wrappers.wrapper import ProviderWrapper
from codeflow_action.engine.errors import PromptTooLong, ProviderError
from codeflow_action.engine.lazy import dataclass
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
        self._was_told = False  # by the numbers of a refusal
        self._is_guess = False  # `limit` is half of what was refused
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
        """Learn from a refusal: by its numbers, else that half of what can be cut is enough.

        Numbers are believed once. Whatever a table says of the model, what is asked next goes alone
        again.
        """
        self._is_certain = False
        size, reply = size_of(prompt), prompt.max_output_tokens
        if size > self.limit or reply > self.reply:
            return  # one that was on the wire when another was refused
        if error.window is None or self._was_told:
            self.reply = max(_LEAST_REPLY, reply // 2)
            self._halve(prompt)
            return
        self._was_told = True
        self.reply = min(reply, max(_LEAST_REPLY, error.window // _REPLY_SHARE))
        room = max(0, error.window - int(self.reply))
        prompt_tokens = error.prompt or max(0, (error.total or 0) - reply) or counter.tokens(size)
        self.limit = min(self.limit, size * room / prompt_tokens)
        if size <= self.limit and reply <= self.reply:
            self._halve(prompt)  # by these numbers it would have fitted

    def _halve(self, prompt: Prompt) -> None:
        """Take half of what can be cut for what fits, but try as much as the instructions once."""
        instructions, parts = _size_of_instructions(prompt), _size_of_parts(prompt)
        half = parts // 2
        room = max(half, instructions) if parts > instructions else half
        self.limit = min(self.limit, instructions + room, instructions + parts - 1)
        self._is_guess = True

    def room(self, instructions: int) -> int:
        """Return how many bytes are left beside the instructions, 0 where it is not worth a try.

        No number has told what fits, and the instructions would be the larger part of a prompt:
        halving would end in a request for each line.
        """
        if self._is_guess and self.limit < 2 * instructions:
            return 0
        return max(0, int(self.limit * _MARGIN) - instructions)


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
        size, window, completion = size_of(prompt), self.window, None
        while completion is None and size <= window.limit:
            if window.is_open(size):
                completion = await self._ask(prompt, size)
                continue
            async with window.alone:
                # What another one has met meanwhile may have opened the window, or closed it.
                if not window.is_open(size) and size <= window.limit:
                    completion = await self._ask(prompt, size)
        if completion is None:
            raise self._too_long(prompt)
        return completion

    async def _ask(self, prompt: Prompt, size: int) -> Completion | None:
        """Return the answer, None where it was too long and something was learned from that."""
        fitting_prompt = self._with_fitting_reply(prompt)
        try:
            completion = await self.inner.generate(fitting_prompt)
        except PromptTooLong as error:
            self.window.learn_refusal(fitting_prompt, error, self.counter)
            return None
        except ProviderError:
            self.window.learn_failure()
            raise
        self.window.learn_taken(size)
        return completion

    def _with_fitting_reply(self, prompt: Prompt) -> Prompt:
        """Return the prompt with a reply that the window has room for beside it."""
        reply = min(prompt.max_output_tokens, self.window.reply)
        return replace(prompt, max_output_tokens=int(reply))

    def _too_long(self, prompt: Prompt) -> PromptTooLong:
        message = (
            f"too long for {self.model}, which takes a prompt of about "
            f"{self.counter.tokens(int(self.window.limit * _MARGIN)):,} tokens"
        )
        room = self.counter.tokens(self.window.room(_size_of_instructions(prompt)))
        return PromptTooLong(message, hint="name a model with a larger window", room=room)


def size_of(prompt: Prompt) -> int:
    """Return the bytes of all that counts as input."""
    return sum(map(byte_size, texts_of(prompt)))


def _size_of_instructions(prompt: Prompt) -> int:
    """Return the bytes of what cannot be cut: instructions and the reply's schema."""
    return size_of(prompt) - _size_of_parts(prompt)


def _size_of_parts(prompt: Prompt) -> int:
    return sum(byte_size(part.text) for part in prompt.parts)
