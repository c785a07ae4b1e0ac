"""Turns text into the reply that was asked for; one that is not it is asked for once more."""

from dataclasses import replace

from codeflow_action.ai.reply import parse_reply
from codeflow_action.ai.wrappers.wrapper import Wrapper
from codeflow_action.engine.errors import UnusableReply
from codeflow_action.engine.model import Completion, Part, Prompt, StopReason
from codeflow_action.security.untrusted import for_model

_SHOWN = 2_000  # characters of the bad answer that the model is shown again


class Repairing(Wrapper):
    """Fills in `Completion.data`. Raises `UnusableReply` after the second bad answer."""

    async def generate(self, prompt: Prompt) -> Completion:
        """Ask, and once more with what was wrong."""
        first = await self._inner.generate(prompt)
        try:
            return _checked(first, prompt)
        except UnusableReply as error:
            if first.stop in (StopReason.REFUSAL, StopReason.FILTERED):
                raise
            again = replace(prompt, parts=(*prompt.parts, _correction(first, error)))
        second = await self._inner.generate(again)
        checked = _checked(second, prompt)
        return replace(checked, usage=first.usage + second.usage)


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


def _correction(completion: Completion, error: UnusableReply) -> Part:
    shown = for_model("your previous answer", completion.text[:_SHOWN])
    return Part(text=f"{shown}\n\nThat answer could not be used: {error}. Answer again, shorter.")
