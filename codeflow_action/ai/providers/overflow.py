"""What refusals say of a context window: that a prompt is too long for it, and by how much.

Wordings are those of OpenAI, Azure, Anthropic, Mistral and Groq, of vLLM, llama.cpp, LM Studio,
Text Generation Inference and OpenRouter, and of Gemini's, Bedrock's, Cohere's and xAI's gateways;
`tests/ai/test_window.py` holds them.
"""

import re

from codeflow_action.engine.lazy import dataclass, regex

_PLAIN = regex(
    r"context_length_exceeded|maximum (?:context|prompt) length|prompt is too long"
    r"|(?:input|request) is too long|exceeds? (?:the |this )?(?:model'?s )?context"
    r"|exceed_context_size|available context size|input token count|context the overflows"
    r"|tokens in the prompt cannot exceed|`?inputs`? tokens \+",
    re.IGNORECASE,
)
_TOO_LONG = regex(
    r"context[_ ](?:length|window)|maximum context|too many tokens"
    r"|exceeds? (?:the )?(?:model'?s )?(?:maximum|context|limit)"
    r"|reduce the length|too large for model",
    re.IGNORECASE,
)
_NUMBER = r"[\s`'\":=(]*(\d[\d,]*)"
# In this order: the plainest first.
_WINDOW = tuple(
    regex(pattern, re.IGNORECASE)
    for pattern in (
        rf"n_ctx{_NUMBER}",
        rf">{_NUMBER}",
        rf"<={_NUMBER}",
        r"(\d[\d,]*) maximum",
        rf"maximum (?:context|prompt) length(?: is| of)?(?: only)?{_NUMBER}",
        rf"context (?:length|window|size|limit)(?: is| of)?(?: only)?{_NUMBER}",
        rf"tokens allowed{_NUMBER}",
        rf"cannot exceed{_NUMBER}",
        rf"\blimit{_NUMBER}",
    )
)
_PROMPT = tuple(
    regex(pattern, re.IGNORECASE)
    for pattern in (
        rf"n_prompt_tokens{_NUMBER}",
        r"(\d[\d,]*) (?:in the messages|of text input|input tokens|`inputs` tokens)",
        rf"context limit:{_NUMBER} \+",
        rf"resulted in{_NUMBER} tokens",
        rf"input token count{_NUMBER}",
        rf"(?:prompt|request) contains{_NUMBER} tokens",
        r"(\d[\d,]*) tokens >",
        rf"first{_NUMBER} tokens",
        rf"received{_NUMBER}",
    )
)
_TOTAL = regex(rf"\brequested(?: about)?,?{_NUMBER}", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Overflow:
    """How far a prompt was too long, in the API's tokens; None for what it did not say.

    `window` is what fits, `prompt` what the prompt had, `both` what prompt and reply had together.
    """

    window: int | None = None
    prompt: int | None = None
    both: int | None = None


def is_plainly_too_long(refusal: str) -> bool:
    """True when a refusal is about the prompt's length and can be about nothing else."""
    return _PLAIN.search(refusal) is not None


def is_too_long(refusal: str) -> bool:
    """True when a refusal of a request that is otherwise in order is about its length."""
    return is_plainly_too_long(refusal) or _TOO_LONG.search(refusal) is not None


def overflow_in(refusal: str) -> Overflow:
    """Return the numbers in a refusal that is about length."""
    return Overflow(
        window=_first_number(_WINDOW, refusal),
        prompt=_first_number(_PROMPT, refusal),
        both=_first_number((_TOTAL,), refusal),
    )


def _first_number(patterns: tuple[re.Pattern[str], ...], refusal: str) -> int | None:
    matches = (pattern.search(refusal) for pattern in patterns)
    return next((int(match[1].replace(",", "")) for match in matches if match), None)
