"""OpenAI's responses.

https://platform.openai.com/docs/api-reference/responses
"""

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
class Responses(Wire):
    """OpenAI's responses."""

    api: ClassVar[Api] = Api.RESPONSES
    provider: Provider = Provider.OPENAI

    def _read_parts(self, body: JsonObject) -> BodyParts:
        messages, instructions = body.get("input"), body.get("instructions")
        system = instructions if isinstance(instructions, str) else ""
        # The input is one text of the user, or messages as in chat completions.
        if isinstance(messages, str):
            text = messages
        else:
            system = f"{system}\n{texts(messages, SYSTEM_ROLES)}".strip()
            text = texts(messages, ("user",))
        return BodyParts(
            system=system,
            text=text,
            schema=object_at(body, "text", "format", "schema"),
            max_tokens=integer_at(body, "max_output_tokens"),
        )

    def _completion(
        self, request: ModelRequest, reply: TextReply, usage: TokenUsage, request_id: str
    ) -> tuple[int, JsonObject]:
        content, cut_reason = _content(reply)
        status = "incomplete" if cut_reason else "completed"
        output: list[JsonValue] = []
        if "reasoning" in request.body:  # reasoning models put it before the message
            output.append({"type": "reasoning", "id": f"rs_{request_id}", "summary": []})
        if content:
            output.append(
                {
                    "type": "message",
                    "id": f"msg_{request_id}",
                    "status": status,
                    "role": "assistant",
                    "content": [content],
                }
            )
        return 200, {
            "id": f"resp_{request_id}",
            "object": "response",
            "created_at": CREATED_AT,
            "model": request.model,
            "status": status,
            "error": None,
            "incomplete_details": {"reason": cut_reason} if cut_reason else None,
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


def _content(reply: TextReply) -> tuple[JsonObject, str]:
    """Return the message's content, and why it is incomplete if it is."""
    match reply:
        case WholeText(text):
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
