"""OpenAI's responses."""

from dataclasses import dataclass
from typing import ClassVar, assert_never

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
class Responses(Wire):
    """OpenAI's responses."""

    api: ClassVar[Api] = Api.RESPONSES
    provider: Provider = Provider.OPENAI

    def _said(self, body: JsonObject) -> tuple[str, str]:
        asked, instructions = body.get("input"), body.get("instructions")
        system = [instructions] if isinstance(instructions, str) else []
        if isinstance(asked, str):
            return "\n".join(system), asked
        return "\n".join([*system, texts(asked, SYSTEM)]).strip(), texts(asked, ("user",))

    def _schema(self, body: JsonObject) -> JsonObject | None:
        return object_or_none(at(body, "text", "format", "schema"))

    def _max_tokens(self, body: JsonObject) -> int | None:
        return integer_or_none(body.get("max_output_tokens"))

    def _completed(
        self, request: ModelRequest, reply: Plain, usage: TokenUsage, request_id: str
    ) -> tuple[int, JsonObject]:
        content, cut = _response_content(reply)
        status = "incomplete" if cut else "completed"
        output: list[JsonValue] = []
        if "reasoning" in request.body:  # reasoning models put it before the message
            output.append({"type": "reasoning", "id": f"rs_{request_id}", "summary": []})
        if content:
            said: JsonObject = {"type": "message", "id": f"msg_{request_id}", "status": status}
            output.append(said | {"role": "assistant", "content": [content]})
        return 200, {
            "id": f"resp_{request_id}",
            "object": "response",
            "created_at": CREATED,
            "model": request.model,
            "status": status,
            "error": None,
            "incomplete_details": {"reason": cut} if cut else None,
            "instructions": None,
            "metadata": {},
            "output": output,
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": {
                "input_tokens": usage.input,
                "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": 0},
                "output_tokens": usage.output,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": usage.input + usage.output,
            },
        }


def _response_content(reply: Plain) -> tuple[JsonObject, str]:
    """Return the message's content, and why it is incomplete if it is."""
    match reply:
        case PlainText(text):
            return {"type": "output_text", "text": text, "annotations": []}, ""
        case CutText(text):
            return {"type": "output_text", "text": text, "annotations": []}, "max_output_tokens"
        case ModelRefusal(text):
            return {"type": "refusal", "refusal": text}, ""
        case ContentFilter():
            return {}, "content_filter"
        case Empty():
            return {}, ""
    assert_never(reply)
