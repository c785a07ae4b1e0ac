"""How servers refuse a parameter by its name: status and body, word for word.

As quoted in the issue trackers of the SDKs, gateways and servers, and in the error references of
OpenAI, Anthropic, Mistral and Groq.
"""

import json
from collections.abc import Mapping

from codeflow_action.testing.models.replies import JsonObject, JsonValue, Raw

_INVALID = "invalid_request_error"


def _openai_error(message: str, code: str | None = None, param: str | None = None) -> JsonObject:
    return {"error": {"message": message, "type": _INVALID, "param": param, "code": code}}


# In these bodies {name} stands for the parameter, and {sentence} for OpenAI's sentence.
_OPENAI_SENTENCE = "Unsupported parameter: '{name}' is not supported with this model."
# OpenAI's reasoning models refuse the older name and say which one they take.
_OTHER_NAME = " Use 'max_completion_tokens' instead."
# pydantic's error as Python writes it: vLLM and llama-cpp-python put its repr into a message.
_EXTRA_FORBIDDEN = (
    "[{'type': 'extra_forbidden', 'loc': ('body', '{name}'), 'msg': 'Extra inputs are "
    "not permitted', 'input': 500}]"
)

_REFUSALS: Mapping[str, tuple[int, JsonValue]] = {
    "openai": (400, _openai_error("{sentence}", "unsupported_parameter", "{name}")),
    "openai, its value": (
        400,
        _openai_error(
            "Unsupported value: '{name}' does not support 0.2 with this model. Only the "
            "default (1) value is supported.",
            "unsupported_value",
            "{name}",
        ),
    ),
    "azure": (400, _openai_error("{sentence}", "unsupported_parameter", "{name}")),
    "azure, older": (400, _openai_error("Unrecognized request argument supplied: {name}")),
    "vllm": (
        400,
        {
            "object": "error",
            "message": _EXTRA_FORBIDDEN,
            "type": "BadRequestError",
            "param": None,
            "code": 400,
        },
    ),
    # LiteLLM writes None as a word, and numbers as text.
    "litellm": (
        400,
        {
            "error": {
                "message": "litellm.UnsupportedParamsError: azure does not support "
                "parameters: ['{name}'], for model=gpt-4. To drop these, set "
                "`litellm.drop_params=True` or for proxy: `litellm_settings: drop_params`.",
                "type": "None",
                "param": "None",
                "code": "400",
            }
        },
    ),
    "litellm, what is behind it": (
        400,
        {
            "error": {
                "message": "litellm.BadRequestError: OpenAIException - {sentence}. "
                "Received Model Group=gpt-6\nAvailable Model Group Fallbacks=None",
                "type": _INVALID,
                "param": "{name}",
                "code": "400",
            }
        },
    ),
    # Go's decoder: https://pkg.go.dev/encoding/json#Decoder.DisallowUnknownFields
    "ollama": (400, _openai_error('json: unknown field "{name}"')),
    "mistral": (
        422,
        {
            "detail": [
                {
                    "type": "extra_forbidden",
                    "loc": ["body", "{name}"],
                    "msg": "Extra inputs are not permitted",
                    "input": 500,
                }
            ]
        },
    ),
    "groq": (400, {"error": {"message": "property '{name}' is unsupported", "type": _INVALID}}),
    "anthropic": (
        400,
        {
            "type": "error",
            "error": {"type": _INVALID, "message": "{name}: Extra inputs are not permitted"},
            "request_id": "req_1",
        },
    ),
    # A list around the error: so its OpenAI-compatible endpoint answers.
    "gemini": (
        400,
        [
            {
                "error": {
                    "code": 400,
                    "message": 'Invalid JSON payload received. Unknown name "{name}": Cannot '
                    "find field.",
                    "status": "INVALID_ARGUMENT",
                }
            }
        ],
    ),
    "bedrock": (
        400,
        {
            "message": "Malformed input request: extraneous key [{name}] is not permitted, "
            "please reformat your input and try again."
        },
    ),
    "mistral.rs": (
        422,
        {
            "message": "Failed to deserialize the JSON body into the target type: unknown "
            "field `{name}`, expected one of `messages`, `model`, `max_tokens`, "
            "`response_format` at line 1 column 80"
        },
    ),
    # Its web framework's validation ends as a fault of the server.
    "llama-cpp-python": (
        500,
        {
            "error": {
                "message": _EXTRA_FORBIDDEN,
                "type": "internal_server_error",
                "param": None,
                "code": None,
            }
        },
    ),
}
SERVERS = tuple(_REFUSALS)


def refused_parameter(server: str, name: str) -> Raw:
    """Return how that server, one of `SERVERS`, refuses a request that has this parameter."""
    status, body = _REFUSALS[server]
    sentence = _OPENAI_SENTENCE + (_OTHER_NAME if name == "max_tokens" else "")
    # Not `str.format`: the bodies have braces of their own.
    text = json.dumps(body).replace("{sentence}", sentence).replace("{name}", name)
    return Raw(text, status=status)
