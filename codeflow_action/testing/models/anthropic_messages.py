"""Anthropic's messages."""

from dataclasses import dataclass
from typing import ClassVar, assert_never

from codeflow_action.testing.models.error_bodies import content_filtered
from codeflow_action.testing.models.replies import (
    Api,
    ContentFilter,
    CutText,
    Empty,
    JsonObject,
    JsonValue,
    ModelRefusal,
    ModelRequest,
    PlainText,
    Provider,
    TokenUsage,
)
from codeflow_action.testing.models.wire import (
    MalformedRequest,
    Plain,
    Wire,
    at,
    integer_or_none,
    object_or_none,
    text_of,
    texts,
)


@dataclass(frozen=True, kw_only=True)
class Messages(Wire):
    """Anthropic's messages."""

    api: ClassVar[Api] = Api.MESSAGES
    provider: Provider = Provider.ANTHROPIC

    def _said(self, body: JsonObject) -> tuple[str, str]:
        return text_of(body.get("system")), texts(body.get("messages"), ("user",))

    def _schema(self, body: JsonObject) -> JsonObject | None:
        return object_or_none(at(body, "output_config", "format", "schema"))

    def _max_tokens(self, body: JsonObject) -> int | None:
        if integer_or_none(body.get("max_tokens")) is None:
            raise MalformedRequest("max_tokens: Field required")
        return integer_or_none(body.get("max_tokens"))

    def _completed(
        self, request: ModelRequest, reply: Plain, usage: TokenUsage, request_id: str
    ) -> tuple[int, JsonObject]:
        details: JsonObject | None = None
        match reply:
            case PlainText(text):
                content, stop = _blocks(request, text), "end_turn"
            case CutText(text):
                content, stop = _blocks(request, text), "max_tokens"
            case ModelRefusal(text):
                content, stop = [], "refusal"
                details = {"type": "refusal", "category": None, "explanation": text}
            case ContentFilter():
                return content_filtered(request_id)
            case Empty():
                content, stop = [], "end_turn"
            case _:
                assert_never(reply)
        return 200, {
            "id": f"msg_{request_id}",
            "type": "message",
            "role": "assistant",
            "model": request.model,
            "content": content,
            "stop_reason": stop,
            "stop_sequence": None,
            "stop_details": details,
            "usage": {
                "input_tokens": usage.input - usage.cached,  # Anthropic counts cached ones apart
                "cache_read_input_tokens": usage.cached,
                "cache_creation_input_tokens": 0,
                "output_tokens": usage.output,
            },
        }


def _blocks(request: ModelRequest, text: str) -> list[JsonValue]:
    """Return the text's block; where thinking was asked for, after a block of that."""
    thinking: JsonObject = {"type": "thinking", "thinking": "", "signature": "c2lnbmF0dXJl"}
    asked = at(request.body, "thinking", "type") in ("enabled", "adaptive")
    said: JsonObject = {"type": "text", "text": text, "citations": None}
    return [thinking, said] if asked else [said]
