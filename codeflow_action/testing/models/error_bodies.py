"""How each provider words its errors: status and JSON body.

Bodies are those that the public APIs send, as quoted in the SDKs' issue trackers and in the
providers' error references: https://platform.openai.com/docs/guides/error-codes,
https://platform.claude.com/docs/en/api/errors, Mistral's "Error handling", and
https://console.groq.com/docs/errors.
"""

from dataclasses import dataclass, replace
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

_WINDOW = 128_000  # tokens of the model that refuses a prompt: any figure will do
_OPENAI_INVALID = "invalid_request_error"
_MISTRAL_INVALID = "invalid_request_invalid_args"
_BARE = "detail"  # Mistral's router answers {"detail": ...}, its gateway {"message": ...}
_GATEWAY = "gateway"


@dataclass(frozen=True)
class ErrorWords:
    """One error, before it takes a provider's shape."""

    status: int
    message: str
    kind: str
    code: str | None = None
    param: str | None = None


_OPENAI = (
    ErrorWords(400, "Invalid value in the request.", _OPENAI_INVALID),
    ErrorWords(401, "Incorrect API key provided: ****.", _OPENAI_INVALID, "invalid_api_key"),
    ErrorWords(
        403,
        "Country, region, or territory not supported",
        "request_forbidden",
        "unsupported_country_region_territory",
    ),
    ErrorWords(
        404,
        "The model `{model}` does not exist or you do not have access to it.",
        _OPENAI_INVALID,
        "model_not_found",
    ),
    ErrorWords(408, "Request timed out.", "timeout"),
    ErrorWords(
        429,
        "Rate limit reached for {model} on tokens per min (TPM): Limit 30000, Used 29000, "
        "Requested 2000. Please try again in 2s.",
        "tokens",
        "rate_limit_exceeded",
    ),
    ErrorWords(500, "The server had an error while processing your request.", "server_error"),
    ErrorWords(
        503, "The engine is currently overloaded, please try again later.", "service_unavailable"
    ),
)
_ANTHROPIC = (
    ErrorWords(400, "Invalid value in the request.", "invalid_request_error"),
    ErrorWords(401, "invalid x-api-key", "authentication_error"),
    ErrorWords(402, "There is a problem with your billing information.", "billing_error"),
    ErrorWords(
        403, "Your API key does not have permission to use this resource.", "permission_error"
    ),
    ErrorWords(404, "model: {model}", "not_found_error"),
    ErrorWords(408, "Request timed out.", "timeout_error"),
    ErrorWords(413, "Request exceeds the maximum size", "request_too_large"),
    ErrorWords(
        429,
        "This request would exceed your account's rate limit. Please try again later.",
        "rate_limit_error",
    ),
    ErrorWords(500, "Internal server error", "api_error"),
    ErrorWords(503, "Service temporarily unavailable", "api_error"),
    ErrorWords(504, "Request timed out.", "timeout_error"),
    ErrorWords(529, "Overloaded", "overloaded_error"),
)
_MISTRAL = (
    ErrorWords(400, "Invalid model: {model}", "invalid_model", "1500"),
    ErrorWords(401, "Unauthorized", _BARE),
    ErrorWords(403, "You do not have access to this model.", "forbidden", "1910"),
    ErrorWords(404, "Not Found", _BARE),
    ErrorWords(429, "Rate limit exceeded", "rate_limited", "1300"),
    ErrorWords(500, "Internal server error", "internal_server_error", "1000"),
    ErrorWords(503, "Service unavailable.", "internal_server_error", "3000"),
)
_GROQ = (
    ErrorWords(400, "Invalid value in the request.", _OPENAI_INVALID),
    ErrorWords(401, "Invalid API Key", _OPENAI_INVALID, "invalid_api_key"),
    ErrorWords(403, "The model `{model}` is blocked for your project.", "permissions_error"),
    ErrorWords(
        404,
        "The model `{model}` does not exist or you do not have access to it.",
        _OPENAI_INVALID,
        "model_not_found",
    ),
    ErrorWords(
        413,
        "Request too large for model `{model}` in organization `org_x` service tier `on_demand` "
        "on tokens per minute (TPM): Limit 6000, Requested 9512, please reduce your message size "
        "and try again.",
        "tokens",
        "rate_limit_exceeded",
    ),
    ErrorWords(
        429,
        "Rate limit reached for model `{model}` in organization `org_x` service tier `on_demand` "
        "on tokens per minute (TPM): Limit 6000, Used 5900, Requested 2000. Please try again in "
        "2s.",
        "tokens",
        "rate_limit_exceeded",
    ),
    ErrorWords(500, "Internal Server Error", "internal_server_error"),
    ErrorWords(
        503,
        "{model} is currently over capacity. Please try again and back off exponentially.",
        "internal_server_error",
    ),
)
_BY_STATUS = {
    Provider.OPENAI: {words.status: words for words in _OPENAI},
    Provider.ANTHROPIC: {words.status: words for words in _ANTHROPIC},
    Provider.MISTRAL: {words.status: words for words in _MISTRAL},
    Provider.GROQ: {words.status: words for words in _GROQ},
}


def error_response(
    failure: ErrorReply, provider: Provider, *, api: Api, model: str, request_id: str
) -> tuple[int, JsonObject]:
    """Return the status and the body with which this provider reports the failure."""
    if failure == RefuseSchema(status=500):
        return 500, _LLAMA_CPP_PYTHON
    match failure:
        case Status(status, code, message):
            words = _words_for_status(status, code, message, provider)
        case ContextOverflow():
            words = _too_long_words(provider, api)
        case NoCredit():
            words = _no_credit_words(provider)
        case RefuseSchema(status):
            words = _refused_schema_words(status, provider, api)
        case _:
            assert_never(failure)
    words = replace(words, message=words.message.replace("{model}", model))
    return words.status, _shape(words, provider, request_id)


def content_filter_error(request_id: str) -> tuple[int, JsonObject]:
    """Return what Anthropic answers in place of an answer that its filter stopped."""
    words = ErrorWords(400, "Output blocked by content filtering policy", "invalid_request_error")
    return 400, _shape(words, Provider.ANTHROPIC, request_id)


def _words_for_status(status: int, code: str, message: str, provider: Provider) -> ErrorWords:
    plain = "api_error" if status >= 500 else "invalid_request_error"
    fallback = ErrorWords(status, f"The request failed ({status}).", plain)
    words = _BY_STATUS[provider].get(status, fallback)
    if not code and not message:
        return words
    kind = code if code and provider is Provider.ANTHROPIC else words.kind
    if code == "insufficient_quota":  # OpenAI gives it as type and code
        kind = code
    return ErrorWords(status, message or words.message, kind, code or words.code, words.param)


def _too_long_words(provider: Provider, api: Api) -> ErrorWords:
    code = "context_length_exceeded"
    match provider:
        case Provider.OPENAI if api is Api.RESPONSES:
            message = (
                "Your input exceeds the context window of this model. Please adjust your input"
            )
            return ErrorWords(400, f"{message} and try again.", _OPENAI_INVALID, code, "input")
        case Provider.OPENAI:
            message = (
                f"This model's maximum context length is {_WINDOW} tokens. However, your messages "
                f"resulted in {_WINDOW + 2_000} tokens. Please reduce the length of the messages."
            )
            return ErrorWords(400, message, _OPENAI_INVALID, code, "messages")
        case Provider.ANTHROPIC:
            message = f"prompt is too long: {_WINDOW + 2_000} tokens > {_WINDOW} maximum"
            return ErrorWords(400, message, "invalid_request_error")
        case Provider.MISTRAL:
            message = (
                f"Prompt contains {_WINDOW + 2_000} tokens and 0 draft tokens, too large for "
                f"model with {_WINDOW} maximum context length"
            )
            return ErrorWords(400, message, _MISTRAL_INVALID, "3051")
        case Provider.GROQ:
            message = "Please reduce the length of the messages or completion."
            return ErrorWords(400, message, _OPENAI_INVALID, code, "messages")
    assert_never(provider)


def _no_credit_words(provider: Provider) -> ErrorWords:
    # Three statuses for one thing. A 429 is otherwise worth another try: only the words differ.
    match provider:
        case Provider.OPENAI:
            message = "You exceeded your current quota, please check your plan and billing details."
            return ErrorWords(429, message, "insufficient_quota", "insufficient_quota")
        case Provider.ANTHROPIC:
            message = (
                "Your credit balance is too low to access the Anthropic API. Please go to Plans & "
                "Billing to upgrade or purchase credits."
            )
            return ErrorWords(400, message, "invalid_request_error")
        case Provider.MISTRAL:
            return ErrorWords(401, "Inactive subscription or usage limit reached", _GATEWAY)
        case Provider.GROQ:
            message = "Your organization has reached its spend limit. API access is blocked."
            return ErrorWords(400, message, _OPENAI_INVALID, "blocked_api_access")
    assert_never(provider)


def _refused_schema_words(status: int, provider: Provider, api: Api) -> ErrorWords:
    match provider:
        case Provider.OPENAI:
            name = "text.format" if api is Api.RESPONSES else "response_format"
            message = (
                f"Invalid parameter: '{name}' of type 'json_schema' is not supported with this "
                "model. Learn more about supported models at the Structured Outputs guide."
            )
            return ErrorWords(status, message, _OPENAI_INVALID)
        case Provider.ANTHROPIC:
            message = "output_config.format: structured outputs are not supported by this model"
            return ErrorWords(status, message, "invalid_request_error")
        case Provider.MISTRAL:
            message = "response_format of type json_schema is not supported for this model"
            return ErrorWords(status, message, _MISTRAL_INVALID, "3051", "response_format")
        case Provider.GROQ:
            message = "This model does not support response format `json_schema`."
            return ErrorWords(status, message, _OPENAI_INVALID, None, "response_format")
    assert_never(provider)


def _shape(words: ErrorWords, provider: Provider, request_id: str) -> JsonObject:
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
            error: JsonObject = {"type": words.kind, "message": words.message}
            return {"type": "error", "error": error, "request_id": request_id}
        case Provider.MISTRAL:
            return _mistral_shape(words, request_id)
        case Provider.GROQ:
            # Groq leaves out what OpenAI sends as null.
            details = {"type": words.kind, "param": words.param, "code": words.code}
            error = {"message": words.message, **{k: v for k, v in details.items() if v}}
            return {"error": error}
    assert_never(provider)


def _mistral_shape(words: ErrorWords, request_id: str) -> JsonObject:
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


# llama-cpp-python puts its validation error, which names the field, into a 500.
_LLAMA_CPP_PYTHON: JsonObject = {
    "error": {
        "message": "[{'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': "
        "\"Input should be 'text' or 'json_object'\", 'input': 'json_schema'}]",
        "type": "internal_server_error",
        "param": None,
        "code": None,
    }
}
