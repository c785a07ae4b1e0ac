"""How each provider words its errors: status and JSON body.

Bodies are those that the public APIs send, as quoted in the SDKs' issue trackers and the providers'
error references (OpenAI "Error codes", Anthropic "Errors", Mistral "Error handling", Groq "Error
codes", "Spend limits").
"""

from dataclasses import dataclass
from typing import assert_never

from codeflow_action.testing.models.replies import (
    Api,
    ContextOverflow,
    ErrorReply,
    JsonObject,
    NoCredit,
    Provider,
    RefuseSchema,
    Status,
)

_WINDOW = 128_000
_OPENAI_INVALID = "invalid_request_error"
_MISTRAL_INVALID = "invalid_request_invalid_args"
_BARE = "detail"  # Mistral's router answers {"detail": ...}, its gateway {"message": ...}
_GATEWAY = "gateway"


@dataclass(frozen=True)
class Words:
    """One error, before it takes a provider's shape."""

    status: int
    message: str
    kind: str
    code: str | None = None
    param: str | None = None


_OPENAI = (
    Words(400, "Invalid value in the request.", _OPENAI_INVALID),
    Words(401, "Incorrect API key provided: ****.", _OPENAI_INVALID, "invalid_api_key"),
    Words(
        403,
        "Country, region, or territory not supported",
        "request_forbidden",
        "unsupported_country_region_territory",
    ),
    Words(
        404,
        "The model `{model}` does not exist or you do not have access to it.",
        _OPENAI_INVALID,
        "model_not_found",
    ),
    Words(408, "Request timed out.", "timeout"),
    Words(
        429,
        "Rate limit reached for {model} on tokens per min (TPM): Limit 30000, Used 29000, "
        "Requested 2000. Please try again in 2s.",
        "tokens",
        "rate_limit_exceeded",
    ),
    Words(500, "The server had an error while processing your request.", "server_error"),
    Words(
        503, "The engine is currently overloaded, please try again later.", "service_unavailable"
    ),
)
_ANTHROPIC = (
    Words(400, "Invalid value in the request.", "invalid_request_error"),
    Words(401, "invalid x-api-key", "authentication_error"),
    Words(402, "There is a problem with your billing information.", "billing_error"),
    Words(403, "Your API key does not have permission to use this resource.", "permission_error"),
    Words(404, "model: {model}", "not_found_error"),
    Words(408, "Request timed out.", "timeout_error"),
    Words(413, "Request exceeds the maximum size", "request_too_large"),
    Words(
        429,
        "This request would exceed your account's rate limit. Please try again later.",
        "rate_limit_error",
    ),
    Words(500, "Internal server error", "api_error"),
    Words(503, "Service temporarily unavailable", "api_error"),
    Words(504, "Request timed out.", "timeout_error"),
    Words(529, "Overloaded", "overloaded_error"),
)
_MISTRAL = (
    Words(400, "Invalid model: {model}", "invalid_model", "1500"),
    Words(401, "Unauthorized", _BARE),
    Words(403, "You do not have access to this model.", "forbidden", "1910"),
    Words(404, "Not Found", _BARE),
    Words(429, "Rate limit exceeded", "rate_limited", "1300"),
    Words(500, "Internal server error", "internal_server_error", "1000"),
    Words(503, "Service unavailable.", "internal_server_error", "3000"),
)
_GROQ = (
    Words(400, "Invalid value in the request.", _OPENAI_INVALID),
    Words(401, "Invalid API Key", _OPENAI_INVALID, "invalid_api_key"),
    Words(403, "The model `{model}` is blocked for your project.", "permissions_error"),
    Words(
        404,
        "The model `{model}` does not exist or you do not have access to it.",
        _OPENAI_INVALID,
        "model_not_found",
    ),
    Words(
        413,
        "Request too large for model `{model}` in organization `org_x` service tier `on_demand` "
        "on tokens per minute (TPM): Limit 6000, Requested 9512, please reduce your message size "
        "and try again.",
        "tokens",
        "rate_limit_exceeded",
    ),
    Words(
        429,
        "Rate limit reached for model `{model}` in organization `org_x` service tier `on_demand` "
        "on tokens per minute (TPM): Limit 6000, Used 5900, Requested 2000. Please try again in "
        "2s.",
        "tokens",
        "rate_limit_exceeded",
    ),
    Words(500, "Internal Server Error", "internal_server_error"),
    Words(
        503,
        "{model} is currently over capacity. Please try again and back off exponentially.",
        "internal_server_error",
    ),
)
_SPOKEN = {
    Provider.OPENAI: {words.status: words for words in _OPENAI},
    Provider.ANTHROPIC: {words.status: words for words in _ANTHROPIC},
    Provider.MISTRAL: {words.status: words for words in _MISTRAL},
    Provider.GROQ: {words.status: words for words in _GROQ},
}


def error(
    failure: ErrorReply, provider: Provider, *, api: Api, model: str, request_id: str
) -> tuple[int, JsonObject]:
    """Return the status and the body with which this provider reports the failure."""
    if failure == RefuseSchema(status=500):
        return 500, _LLAMA_CPP_PYTHON
    words = _words(failure, provider, api)
    said = Words(
        words.status, words.message.replace("{model}", model), words.kind, words.code, words.param
    )
    return said.status, _shaped(said, provider, request_id)


def content_filtered(request_id: str) -> tuple[int, JsonObject]:
    """Return what Anthropic answers in place of an answer that its filter stopped."""
    blocked = Words(400, "Output blocked by content filtering policy", "invalid_request_error")
    return 400, _shaped(blocked, Provider.ANTHROPIC, request_id)


def _words(failure: ErrorReply, provider: Provider, api: Api) -> Words:
    match failure:
        case Status(status, code, message):
            return _worded(status, code, message, provider)
        case ContextOverflow():
            return _too_long(provider, api)
        case NoCredit():
            return _no_credit(provider)
        case RefuseSchema(status):
            return _schema_refused(status, provider, api)
    assert_never(failure)


def _worded(status: int, code: str, message: str, provider: Provider) -> Words:
    plain = "api_error" if status >= 500 else "invalid_request_error"
    known = _SPOKEN[provider].get(status, Words(status, f"The request failed ({status}).", plain))
    if not code and not message:
        return known
    kind = code if code and provider is Provider.ANTHROPIC else known.kind
    if code == "insufficient_quota":  # OpenAI gives it as type and code
        kind = code
    return Words(status, message or known.message, kind, code or known.code, known.param)


def _too_long(provider: Provider, api: Api) -> Words:
    code = "context_length_exceeded"
    match provider:
        case Provider.OPENAI if api is Api.RESPONSES:
            said = "Your input exceeds the context window of this model. Please adjust your input"
            return Words(400, f"{said} and try again.", _OPENAI_INVALID, code, "input")
        case Provider.OPENAI:
            said = (
                f"This model's maximum context length is {_WINDOW} tokens. However, your messages "
                f"resulted in {_WINDOW + 2_000} tokens. Please reduce the length of the messages."
            )
            return Words(400, said, _OPENAI_INVALID, code, "messages")
        case Provider.ANTHROPIC:
            said = f"prompt is too long: {_WINDOW + 2_000} tokens > {_WINDOW} maximum"
            return Words(400, said, "invalid_request_error")
        case Provider.MISTRAL:
            said = (
                f"Prompt contains {_WINDOW + 2_000} tokens and 0 draft tokens, too large for "
                f"model with {_WINDOW} maximum context length"
            )
            return Words(400, said, _MISTRAL_INVALID, "3051")
        case Provider.GROQ:
            said = "Please reduce the length of the messages or completion."
            return Words(400, said, _OPENAI_INVALID, code, "messages")
    assert_never(provider)


def _no_credit(provider: Provider) -> Words:
    match provider:
        case Provider.OPENAI:
            said = "You exceeded your current quota, please check your plan and billing details."
            return Words(429, said, "insufficient_quota", "insufficient_quota")
        case Provider.ANTHROPIC:
            said = (
                "Your credit balance is too low to access the Anthropic API. Please go to Plans & "
                "Billing to upgrade or purchase credits."
            )
            return Words(400, said, "invalid_request_error")
        case Provider.MISTRAL:
            return Words(401, "Inactive subscription or usage limit reached", _GATEWAY)
        case Provider.GROQ:
            said = "Your organization has reached its spend limit. API access is blocked."
            return Words(400, said, _OPENAI_INVALID, "blocked_api_access")
    assert_never(provider)


def _schema_refused(status: int, provider: Provider, api: Api) -> Words:
    match provider:
        case Provider.OPENAI:
            name = "text.format" if api is Api.RESPONSES else "response_format"
            said = (
                f"Invalid parameter: '{name}' of type 'json_schema' is not supported with this "
                "model. Learn more about supported models at the Structured Outputs guide."
            )
            return Words(status, said, _OPENAI_INVALID)
        case Provider.ANTHROPIC:
            said = "output_config.format: structured outputs are not supported by this model"
            return Words(status, said, "invalid_request_error")
        case Provider.MISTRAL:
            said = "response_format of type json_schema is not supported for this model"
            return Words(status, said, _MISTRAL_INVALID, "3051", "response_format")
        case Provider.GROQ:
            said = "This model does not support response format `json_schema`."
            return Words(status, said, _OPENAI_INVALID, None, "response_format")
    assert_never(provider)


def _shaped(words: Words, provider: Provider, request_id: str) -> JsonObject:
    match provider:
        case Provider.OPENAI:
            return {
                "error": {
                    "message": words.message,
                    "type": words.kind,
                    "param": words.param,
                    "code": words.code,
                }
            }
        case Provider.ANTHROPIC:
            said: JsonObject = {"type": words.kind, "message": words.message}
            return {"type": "error", "error": said, "request_id": request_id}
        case Provider.MISTRAL:
            return _mistral(words, request_id)
        case Provider.GROQ:
            given = {"type": words.kind, "param": words.param, "code": words.code}
            return {"error": {"message": words.message, **{k: v for k, v in given.items() if v}}}
    assert_never(provider)


def _mistral(words: Words, request_id: str) -> JsonObject:
    if words.status == 422:
        return {"detail": [{"type": "value_error", "loc": ["body"], "msg": words.message}]}
    if words.kind == _BARE:
        return {"detail": words.message}
    if words.kind == _GATEWAY:
        return {"message": words.message, "request_id": request_id}
    return {
        "object": "error",
        "message": words.message,
        "type": words.kind,
        "param": words.param,
        "code": words.code,
        "raw_status_code": words.status,
    }


# llama-cpp-python puts its validation error, which names the field, into a 500
_LLAMA_CPP_PYTHON: JsonObject = {
    "error": {
        "message": "[{'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': "
        "\"Input should be 'text' or 'json_object'\", 'input': 'json_schema'}]",
        "type": "internal_server_error",
        "param": None,
        "code": None,
    }
}
