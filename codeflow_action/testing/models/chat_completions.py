"""Chat completions, in the dialects of OpenAI, Mistral and Groq."""

from dataclasses import dataclass
from typing import ClassVar, assert_never

from codeflow_action.testing.models.replies import (
    Api,
    ContentFilter,
    CutText,
    Empty,
    JsonObject,
    ModelRefusal,
    ModelRequest,
    PlainText,
    Provider,
    TokenUsage,
)
from codeflow_action.testing.models.wire import (
    CREATED,
    SYSTEM,
    Plain,
    Wire,
    at,
    integer_or_none,
    object_or_none,
    texts,
)


@dataclass(frozen=True, kw_only=True)
class Chat(Wire):
    """Chat completions, in the dialects of OpenAI, Mistral and Groq."""

    api: ClassVar[Api] = Api.CHAT

    def _said(self, body: JsonObject) -> tuple[str, str]:
        return texts(body.get("messages"), SYSTEM), texts(body.get("messages"), ("user",))

    def _schema(self, body: JsonObject) -> JsonObject | None:
        return object_or_none(at(body, "response_format", "json_schema", "schema"))

    def _max_tokens(self, body: JsonObject) -> int | None:
        return integer_or_none(body.get("max_completion_tokens")) or integer_or_none(
            body.get("max_tokens")
        )

    def _completed(
        self, request: ModelRequest, reply: Plain, usage: TokenUsage, request_id: str
    ) -> tuple[int, JsonObject]:
        message, finish = self._message(reply)
        answer: JsonObject = {
            "id": f"chatcmpl-{request_id}",
            "object": "chat.completion",
            "created": CREATED,
            "model": request.model,
            "choices": [
                {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
            ],
            "usage": {
                "prompt_tokens": usage.input,
                "completion_tokens": usage.output,
                "total_tokens": usage.input + usage.output,
                "prompt_tokens_details": {"cached_tokens": usage.cached},
                "completion_tokens_details": {"reasoning_tokens": 0},
            },
        }
        return 200, answer | ({"x_groq": {"id": request_id}} if self.provider == "groq" else {})

    def _message(self, reply: Plain) -> tuple[JsonObject, str]:
        """Return the message and the finish reason."""
        said: JsonObject = {"role": "assistant", "content": ""}
        match reply:
            case ModelRefusal(text) if self.provider is Provider.OPENAI:
                return said | {"content": None, "refusal": text}, "stop"
            case PlainText(text) | ModelRefusal(text):
                return said | {"content": text}, "stop"
            case CutText(text):
                return said | {"content": text}, "length"
            case ContentFilter():
                reasons = {Provider.OPENAI: "content_filter", Provider.MISTRAL: "error"}
                return said, reasons.get(self.provider, "stop")
            case Empty():
                return said, "stop"
        assert_never(reply)
