"""How servers refuse a parameter by its name: status and body, word for word.

As quoted in the issue trackers of the SDKs, gateways and servers, and in the error references of
OpenAI, Anthropic, Mistral and Groq.
"""

import json
from collections.abc import Mapping

from codeflow_action.testing.models.replies import JsonObject, JsonValue, Raw

_INVALID = "invalid_request_error"


def _openai(message: str, code: str | None = None, param: str | None = None) -> JsonObject:
    return {"error": {"message": message, "type": _INVALID, "param": param, "code": code}}


def _pydantic(kind: str, where: JsonValue) -> JsonValue:
    return {"type": kind, "loc": where, "msg": "Extra inputs are not permitted", "input": 500}


def _bodies(name: str) -> Mapping[str, tuple[int, JsonValue]]:
    unsupported = f"Unsupported parameter: '{name}' is not supported with this model."
    if name == "max_tokens":
        unsupported += " Use 'max_completion_tokens' instead."
    given = f"{{'type': 'extra_forbidden', 'loc': ('body', '{name}'), 'msg': 'Extra inputs are"
    return {
        "openai": (400, _openai(unsupported, "unsupported_parameter", name)),
        "openai, its value": (
            400,
            _openai(
                f"Unsupported value: '{name}' does not support 0.2 with this model. Only the "
                "default (1) value is supported.",
                "unsupported_value",
                name,
            ),
        ),
        "azure": (400, _openai(unsupported, "unsupported_parameter", name)),
        "azure, older": (400, _openai(f"Unrecognized request argument supplied: {name}")),
        "vllm": (
            400,
            {
                "object": "error",
                "message": f"[{given} not permitted', 'input': 500}}]",
                "type": "BadRequestError",
                "param": None,
                "code": 400,
            },
        ),
        "litellm": (
            400,
            {
                "error": {
                    "message": "litellm.UnsupportedParamsError: azure does not support "
                    f"parameters: ['{name}'], for model=gpt-4. To drop these, set "
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
                    "message": f"litellm.BadRequestError: OpenAIException - {unsupported}. "
                    "Received Model Group=gpt-6\nAvailable Model Group Fallbacks=None",
                    "type": _INVALID,
                    "param": name,
                    "code": "400",
                }
            },
        ),
        "ollama": (
            400,
            {
                "error": {
                    "message": f'json: unknown field "{name}"',
                    "type": _INVALID,
                    "param": None,
                    "code": None,
                }
            },
        ),
        "mistral": (422, {"detail": [_pydantic("extra_forbidden", ["body", name])]}),
        "groq": (
            400,
            {"error": {"message": f"property '{name}' is unsupported", "type": _INVALID}},
        ),
        "anthropic": (
            400,
            {
                "type": "error",
                "error": {"type": _INVALID, "message": f"{name}: Extra inputs are not permitted"},
                "request_id": "req_1",
            },
        ),
        "gemini": (
            400,
            [
                {
                    "error": {
                        "code": 400,
                        "message": f'Invalid JSON payload received. Unknown name "{name}": Cannot '
                        "find field.",
                        "status": "INVALID_ARGUMENT",
                    }
                }
            ],
        ),
        "bedrock": (
            400,
            {
                "message": f"Malformed input request: extraneous key [{name}] is not permitted, "
                "please reformat your input and try again."
            },
        ),
        "mistral.rs": (
            422,
            {
                "message": f"Failed to deserialize the JSON body into the target type: unknown "
                f"field `{name}`, expected one of `messages`, `model`, `max_tokens`, "
                "`response_format` at line 1 column 80"
            },
        ),
        "llama-cpp-python": (
            500,
            {
                "error": {
                    "message": f"[{given} not permitted', 'input': 500}}]",
                    "type": "internal_server_error",
                    "param": None,
                    "code": None,
                }
            },
        ),
    }


SERVERS = tuple(_bodies(""))


def refused_parameter(server: str, name: str) -> Raw:
    """Return how that server, one of `SERVERS`, refuses a request that has this parameter."""
    status, body = _bodies(name)[server]
    return Raw(json.dumps(body), status=status)
