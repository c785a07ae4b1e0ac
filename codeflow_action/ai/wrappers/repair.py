"""Turns text into the reply that was asked for; one that is not it is asked for once more."""

from dataclasses import replace

from pydantic import BaseModel

from codeflow_action.ai.reply import parse_reply, salvage
from codeflow_action.ai.wrappers.wrapper import ProviderWrapper
from codeflow_action.engine.errors import UnusableReply
from codeflow_action.engine.model import Completion, Part, Prompt, StopReason
from codeflow_action.security.untrusted import for_model

_SHOWN = 2_000  # characters of the bad answer that the model is shown again
_DECLINED = (StopReason.REFUSAL, StopReason.FILTERED)


class RepairProvider(ProviderWrapper):
    """Fills in `Completion.data`.

    Raises `UnusableReply` after the second bad answer, with what could be kept of either in it,
    and after the first one when the model declined to answer.
    """

    async def generate(self, prompt: Prompt) -> Completion:
        """Ask, and once more with what was wrong."""
        first = await self._inner.generate(prompt)
        try:
            return _checked(first, prompt)
        except UnusableReply as error:
            if first.stop in _DECLINED:
                raise
            again = replace(prompt, parts=(*prompt.parts, _correction(first, error)))
        second = await self._inner.generate(again)
        both = first.usage + second.usage
        try:
            return replace(_checked(second, prompt), usage=both)
        except UnusableReply as error:
            saved = _best(first, second, prompt.reply)
            error.salvaged = replace(saved, usage=both) if saved else None
            raise


def _checked(completion: Completion, prompt: Prompt) -> Completion:
    who = f"{completion.provider} ({completion.model})"
    match completion.stop:
        case StopReason.REFUSAL | StopReason.FILTERED:
            raise UnusableReply(f"{who} declined to answer", hint="name `fallback_models`")
        case StopReason.LENGTH:
            raise UnusableReply(
                f"{who}: the answer was cut off at {prompt.max_output_tokens} tokens"
            )
        case _ if prompt.reply is None:
            return completion
    try:
        return replace(completion, data=parse_reply(completion.text, prompt.reply))
    except UnusableReply as error:
        raise UnusableReply(f"{who}: {error}", hint="try a larger model") from None


def _best(
    first: Completion, second: Completion, reply: type[BaseModel] | None
) -> Completion | None:
    """Return the answer of which more can be kept, the later one when that is equal.

    An empty list at the place where the text ends says nothing, and is not kept.
    """
    saved = [_saved(completion, reply) for completion in (second, first)] if reply else []
    best = max((one for one in saved if one), key=_kept, default=None)
    return best if best and _kept(best) else None


def _saved(completion: Completion, reply: type[BaseModel]) -> Completion | None:
    if completion.stop in _DECLINED:
        return None
    saved = salvage(completion.text, reply)
    return replace(completion, data=saved.data, flaws=saved.flaws) if saved else None


def _kept(completion: Completion) -> int:
    lists = (value for value in (completion.data or {}).values() if isinstance(value, list))
    return sum(len(elements) for elements in lists)


def _correction(completion: Completion, error: UnusableReply) -> Part:
    shown = for_model("your previous answer", completion.text[:_SHOWN])
    shorter = ", shorter" if completion.stop is StopReason.LENGTH else ""
    return Part(text=f"{shown}\n\nThat answer could not be used: {error}. Answer again{shorter}.")
