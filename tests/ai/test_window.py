"""Fault 21: what a refusal tells of the window is read, in each server's words."""

from dataclasses import replace

import pytest

from codeflow_action.ai.models import ModelRef
from codeflow_action.ai.providers.overflow import Overflow, is_plainly_too_long, overflow_in
from codeflow_action.ai.providers.status import Refusal, to_error
from codeflow_action.engine.errors import PromptTooLong, ProviderRefused, ProviderUnavailable
from codeflow_action.engine.model import Part
from codeflow_action.testing.models import ContextOverflow, Json, Raw
from codeflow_action.testing.provider.fixtures import OPINION
from tests.ai.asking import MODELS


@pytest.mark.parametrize(
    ("said", "window", "prompt", "both"),
    [
        # OpenAI and Azure
        (
            (
                "This model's maximum context length is 128000 tokens. However, your"
                " messages resulted"
                " in 130000 tokens. Please reduce the length of the messages."
            ),
            *(128_000, 130_000, None),
        ),
        # vLLM, DeepSeek, OpenAI with a limit of the reply
        (
            (
                "This model's maximum context length is 8192 tokens. However, you"
                " requested 9000 tokens"
                " (1000 in the messages, 8000 in the completion). Please reduce the length."
            ),
            *(8192, 1000, 9000),
        ),
        # vLLM, newer
        (
            (
                "'max_tokens' or 'max_completion_tokens' is too large: 8000. This model's maximum"
                " context length is 8192 tokens and your request has 1500 input tokens"
                " (8000 > 8192 - 1500)."
            ),
            *(8192, 1500, None),
        ),
        # OpenRouter
        (
            (
                "This endpoint's maximum context length is 8192 tokens. However, you"
                " requested about"
                " 9000 tokens (1000 of text input, 8000 in the output)."
            ),
            *(8192, 1000, 9000),
        ),
        ("prompt is too long: 213462 tokens > 200000 maximum", 200_000, 213_462, None),
        # Anthropic
        (
            (
                "input length and `max_tokens` exceed context limit: 197202 + 8000 >"
                " 200000, decrease"
                " input length or `max_tokens` and try again"
            ),
            *(200_000, 197_202, None),
        ),
        # Mistral
        (
            (
                "Prompt contains 130000 tokens and 0 draft tokens, too large for model with 128000"
                " maximum context length"
            ),
            *(128_000, 130_000, None),
        ),
        # Groq, per minute
        (
            (
                "Request too large for model `m` in organization `o` on tokens per minute (TPM):"
                " Limit 6000, Requested 9512, please reduce your message size and try again."
            ),
            *(6000, None, 9512),
        ),
        ("Please reduce the length of the messages or completion.", None, None, None),  # Groq
        # llama.cpp
        (
            (
                "{'code': 400, 'message': 'the request exceeds the available context size, try"
                " increasing it', 'type': 'exceed_context_size_error', 'n_prompt_tokens': 5000,"
                " 'n_ctx': 4096}"
            ),
            *(4096, 5000, None),
        ),
        # LM Studio
        (
            (
                "Trying to keep the first 5000 tokens when context the overflows."
                " However, the model is"
                " loaded with context length of only 4096 tokens, which is not enough."
            ),
            *(4096, 5000, None),
        ),
        # Text Generation Inference
        (
            (
                "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given:"
                " 5000 `inputs` tokens and 500 `max_new_tokens`"
            ),
            *(4096, 5000, None),
        ),
        # Gemini
        (
            "The input token count (130000) exceeds the maximum number of tokens allowed (128000).",
            *(128_000, 130_000, None),
        ),
        ("Input is too long for requested model.", None, None, None),  # Bedrock
        # Cohere
        (
            (
                "too many tokens: total number of tokens in the prompt cannot exceed"
                " 4081 - received"
                " 5000. Try using a shorter prompt."
            ),
            *(4081, 5000, None),
        ),
        # xAI
        (
            "This model's maximum prompt length is 131072 but the request contains 150000 tokens.",
            *(131_072, 150_000, None),
        ),
    ],
)
def test_numbers_are_read_from_each_servers_words(said, window, prompt, both):
    """Fault 21: sixteen servers."""
    assert overflow_in(said) == Overflow(window=window, prompt=prompt, both=both)
    error = to_error(Refusal(provider="openai", model="m", status=400, body=said))
    assert isinstance(error, PromptTooLong)
    assert (error.window, error.prompt, error.total) == (window, prompt, both)


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (400, "Invalid schema for response_format: maximum nesting is 5", ProviderRefused),
        (401, "maximum context length", ProviderRefused),  # the status says more than the words
        (500, "prompt is too long", ProviderUnavailable),
    ],
)
def test_other_refusals_are_not_taken_for_it(status, said, kind):
    """Fault 21: what is not about the prompt's length is halved by nobody."""
    assert type(to_error(Refusal(provider="p", model="m", status=status, body=said))) is kind


def test_a_limit_of_the_reply_is_not_plainly_about_the_prompt():
    """Fault 21: Groq names the context window when the reply's limit is too large."""
    assert not is_plainly_too_long(
        "`max_completion_tokens` must be less than or equal to `8192`, the maximum value for "
        "`max_completion_tokens` is less than the `context_window` for this model"
    )


def test_what_waits_for_a_place_hears_of_the_refusal_before_it(server, make_models, ask, prompt):
    """Fault 9: of forty prompts for a model that a table knows six are on the wire, not forty."""
    server.answer = lambda _request: ContextOverflow()
    models = make_models("openai")
    # Without redaction, whose threads would let few prompts through at a time.
    stack = models._stack(ModelRef(provider="openai", model=MODELS["openai"]))
    outcomes = ask(stack, *[prompt] * 40)
    assert len(server.requests) == 6
    assert {type(outcome) for outcome in outcomes} == {PromptTooLong}


def test_a_model_without_room_passes_to_the_next_one(server, make_models, ask, prompt):
    """Fault 9: where halving ends, a larger window is asked, of a prompt that could be cut too."""
    server.answer = lambda request: (
        Raw("{}", status=413) if request.model == MODELS["openai"] else Json(OPINION)
    )
    small = replace(prompt, parts=(Part(text="x"),), divisible=True)
    completion = ask(make_models("openai", "groq"), small)
    assert completion.model == MODELS["groq"]
    models = [request.model for request in server.requests]
    assert models == [MODELS["openai"], MODELS["groq"]]
