"""Chat completions, in the dialects of OpenAI, Mistral and Groq.

https://platform.openai.com/docs/api-reference/chat, which every compatible server follows.
"""

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
    Provider,
    TokenUsage,
    WholeText,
)
from codeflow_action.testing.models.wire import (
    CREATED_AT,
    SYSTEM_ROLES,
    BodyParts,
    TextReply,
    Wire,
    integer_at,
    object_at,
    texts,
)


@dataclass(frozen=True, kw_only=True)
class Chat(Wire):
    """Chat completions, in the dialects of OpenAI, Mistral and Groq."""

    api: ClassVar[Api] = Api.CHAT

    def _read_parts(self, body: JsonObject) -> BodyParts:
        messages = body.get("messages")
        return BodyParts(
            system=texts(messages, SYSTEM_ROLES),
            text=texts(messages, ("user",)),
            schema=object_at(body, "response_format", "json_schema", "schema"),
            # OpenAI's newer name first; Mistral and most compatible servers know the older one.
            max_tokens=integer_at(body, "max_completion_tokens") or integer_at(body, "max_tokens"),
        )

    def _completion(
        self, request: ModelRequest, reply: TextReply, usage: TokenUsage, request_id: str
    ) -> tuple[int, JsonObject]:
        message, finish = self._message(reply)
        answer: JsonObject = {
            "id": f"chatcmpl-{request_id}",
            "object": "chat.completion",
            "created": CREATED_AT,
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
        # Groq's SDK reads the request's id from the body.
        return 200, answer | ({"x_groq": {"id": request_id}} if self.provider == "groq" else {})

    def _message(self, reply: TextReply) -> tuple[JsonObject, str]:
        """Return the message and the finish reason."""
        message: JsonObject = {"role": "assistant", "content": ""}
        match reply:
            # The others have no field for it: a refusal is ordinary text there.
            case ModelRefusal(text) if self.provider is Provider.OPENAI:
                return message | {"content": None, "refusal": text}, "stop"
            case WholeText(text) | ModelRefusal(text):
                return message | {"content": text}, "stop"
            case CutText(text):
                return message | {"content": text}, "length"
            case ContentFilter():
                reasons = {Provider.OPENAI: "content_filter", Provider.MISTRAL: "error"}
                return message, reasons.get(self.provider, "stop")
            case Empty():
                return message, "stop"
        assert_never(reply)
