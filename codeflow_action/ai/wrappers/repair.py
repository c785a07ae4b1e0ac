"""Turns text into the reply that was asked for; one that is not it is asked for once more."""

from dataclasses import replace

from pydantic import BaseModel

from codeflow_action.ai.reply import parse_reply, salvage
from codeflow_action.ai.wrappers.wrapper import ProviderWrapper
from codeflow_action.engine.errors import UnusableReply
from codeflow_action.engine.model import Completion, Part, Prompt, StopReason
from codeflow_action.security.untrusted import for_model

_MAX_QUOTE = 2_000  # characters of the bad answer that the model is shown again
_REFUSAL_STOPS = (StopReason.REFUSAL, StopReason.FILTERED)


class RepairProvider(ProviderWrapper):
    """Fills in `Completion.data`.

    Raises `UnusableReply` after the second bad answer, with what could be kept of either in it,
    and after the first one when the model declined to answer.
    """

    async def generate(self, prompt: Prompt) -> Completion:
        """Ask, and once more with what was wrong."""
        first = await self.inner.generate(prompt)
        try:
            return _check(first, prompt)
        except UnusableReply as error:
            if first.stop in _REFUSAL_STOPS:
                raise
            answer = for_model("your previous answer", first.text[:_MAX_QUOTE])
            shorter = ", shorter" if first.stop is StopReason.LENGTH else ""
            correction = Part(
                text=f"{answer}\n\nThat answer could not be used: {error}. Answer again{shorter}."
            )
        repeat = replace(prompt, parts=(*prompt.parts, correction))
        second = await self.inner.generate(repeat)
        usage = first.usage + second.usage
        try:
            return replace(_check(second, prompt), usage=usage)
        except UnusableReply as error:
            best = _best(first, second, prompt.reply)
            error.salvage = replace(best, usage=usage) if best else None
            raise


def _check(completion: Completion, prompt: Prompt) -> Completion:
    model = f"{completion.provider} ({completion.model})"
    match completion.stop:
        case StopReason.REFUSAL | StopReason.FILTERED:
            raise UnusableReply(f"{model} declined to answer", hint="name `fallback_models`")
        case StopReason.LENGTH:
            raise UnusableReply(
                f"{model}: the answer was cut off at {prompt.max_output_tokens} tokens",
                hint="run the job again, or name `fallback_models`",
            )
        case _ if prompt.reply is None:
            return completion
    try:
        return replace(completion, data=parse_reply(completion.text, prompt.reply))
    except UnusableReply as error:
        raise UnusableReply(f"{model}: {error}", hint="try a larger model") from None


def _best(
    first: Completion, second: Completion, reply: type[BaseModel] | None
) -> Completion | None:
    """Return the answer of which more can be kept, the later one when that is equal.

    An empty list at the place where the text ends says nothing, and is not kept.
    """
    candidates = [
        replace(completion, data=rest.data, flaws=rest.flaws)
        for completion in (second, first)
        if reply and completion.stop not in _REFUSAL_STOPS
        if (rest := salvage(completion.text, reply))
    ]
    best = max(candidates, key=_list_length, default=None)
    return best if best and _list_length(best) else None


def _list_length(completion: Completion) -> int:
    lists = (value for value in (completion.data or {}).values() if isinstance(value, list))
    return sum(len(elements) for elements in lists)
