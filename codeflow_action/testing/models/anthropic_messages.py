"""Anthropic's messages.

https://platform.claude.com/docs/en/api/messages
"""

from dataclasses import dataclass
from typing import ClassVar, assert_never

from codeflow_action.testing.models.error_bodies import content_filter_error
from codeflow_action.testing.models.replies import (
    Api,
    ContentFilter,
    CutText,
    Empty,
    JsonObject,
    JsonValue,
    ModelRefusal,
    ModelRequest,
    Provider,
    TokenUsage,
    WholeText,
)
from codeflow_action.testing.models.wire import (
    BodyParts,
    TextReply,
    Wire,
    integer_at,
    object_at,
    text_of,
    texts,
    value_at,
)


@dataclass(frozen=True, kw_only=True)
class Messages(Wire):
    """Anthropic's messages."""

    api: ClassVar[Api] = Api.MESSAGES
    # https://platform.claude.com/docs/en/api/messages: the only API that cannot do without.
    needs_max_tokens: ClassVar[bool] = True
    provider: Provider = Provider.ANTHROPIC

    def _read_parts(self, body: JsonObject) -> BodyParts:
        return BodyParts(
            system=text_of(body.get("system")),
            text=texts(body.get("messages"), ("user",)),
            schema=object_at(body, "output_config", "format", "schema"),
            max_tokens=integer_at(body, "max_tokens"),
        )

    def _completion(
        self, request: ModelRequest, reply: TextReply, usage: TokenUsage, request_id: str
    ) -> tuple[int, JsonObject]:
        details: JsonObject | None = None
        match reply:
            case WholeText(text):
                content, stop = _blocks(request, text), "end_turn"
            case CutText(text):
                content, stop = _blocks(request, text), "max_tokens"
            case ModelRefusal(text):
                content, stop = [], "refusal"
                details = {"type": "refusal", "category": None, "explanation": text}
            case ContentFilter():
                return content_filter_error(request_id)
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
                # Anthropic counts cached tokens apart; OpenAI's are part of the input.
                "input_tokens": usage.input - usage.cached,
                "cache_read_input_tokens": usage.cached,
                "cache_creation_input_tokens": 0,
                "output_tokens": usage.output,
            },
        }


def _blocks(request: ModelRequest, text: str) -> list[JsonValue]:
    """Return the text's block; where the request asks for thinking, a block of that comes first."""
    block: JsonObject = {"type": "text", "text": text, "citations": None}
    if value_at(request.body, "thinking", "type") not in ("enabled", "adaptive"):
        return [block]
    return [{"type": "thinking", "thinking": "", "signature": "c2lnbmF0dXJl"}, block]
