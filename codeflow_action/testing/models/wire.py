"""What the wire formats share: a request's body to a `ModelRequest`, a reply to a response."""

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, assert_never

from codeflow_action.testing.models.replies import (
    Api,
    CompletionReply,
    ContentFilter,
    CutText,
    Empty,
    Json,
    JsonObject,
    JsonValue,
    ModelRefusal,
    ModelRequest,
    Provider,
    TokenUsage,
    WholeText,
)

CREATED_AT = 1_790_000_000  # a fixed Unix time: answers are the same in every run
# The second name came with reasoning models: https://model-spec.openai.com
SYSTEM_ROLES = ("system", "developer")

type TextReply = WholeText | CutText | ModelRefusal | ContentFilter | Empty


class MalformedRequest(ValueError):
    """The request's body is not what the API takes."""


class BodyParts(NamedTuple):
    """What every API's body holds, each under names of its own."""

    system: str
    text: str
    schema: JsonObject | None
    max_tokens: int | None


@dataclass(frozen=True, kw_only=True)
class Wire(ABC):
    """One API of one provider."""

    api: ClassVar[Api]
    needs_max_tokens: ClassVar[bool] = False
    provider: Provider

    def read(self, raw: str, headers: Mapping[str, str]) -> ModelRequest:
        """Return the request. Raises `MalformedRequest`."""
        try:
            body = json.loads(raw)
        except ValueError as cause:
            raise MalformedRequest("We could not parse the JSON body of your request.") from cause
        if not isinstance(body, dict) or not isinstance(body.get("model"), str):
            raise MalformedRequest("you must provide a model parameter")
        if body.get("stream"):
            raise MalformedRequest("stream: this server does not stream")
        parts = self._read_parts(body)
        if not parts.text:
            raise MalformedRequest("the request holds no user message")
        if self.needs_max_tokens and parts.max_tokens is None:
            raise MalformedRequest("max_tokens: Field required")
        return ModelRequest(
            provider=self.provider,
            api=self.api,
            model=body["model"],
            system=parts.system,
            text=parts.text,
            schema=parts.schema,
            max_tokens=parts.max_tokens,
            headers=headers,
            body=body,
            raw=raw,
        )

    def complete(
        self, request: ModelRequest, reply: CompletionReply, request_id: str
    ) -> tuple[int, JsonObject]:
        """Return status and body of an answer."""
        if isinstance(reply, Json):
            reply = WholeText(json.dumps(reply.value, ensure_ascii=False), reply.usage)
        text = reply.text if isinstance(reply, WholeText | CutText | ModelRefusal) else ""
        usage = reply.usage or TokenUsage.estimate(request, text)
        return self._completion(request, reply, usage, request_id)

    def request_id_headers(self, request_id: str) -> dict[str, str]:
        """Return the headers in which this provider names the request; its SDK reads them."""
        match self.provider:
            case Provider.ANTHROPIC:
                return {"request-id": request_id}
            case Provider.MISTRAL:
                return {"mistral-correlation-id": request_id, "x-kong-request-id": request_id}
            case Provider.OPENAI | Provider.GROQ:
                return {"x-request-id": request_id}
        assert_never(self.provider)

    @abstractmethod
    def _read_parts(self, body: JsonObject) -> BodyParts: ...

    @abstractmethod
    def _completion(
        self, request: ModelRequest, reply: TextReply, usage: TokenUsage, request_id: str
    ) -> tuple[int, JsonObject]: ...


def value_at(value: JsonValue, *keys: str) -> JsonValue:
    """Return what lies under these keys, None where one is missing."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def object_at(body: JsonObject, *keys: str) -> JsonObject | None:
    """Return the object under these keys, None where there is none."""
    value = value_at(body, *keys)
    return value if isinstance(value, dict) else None


def integer_at(body: JsonObject, key: str) -> int | None:
    """Return the integer under this key, None where there is none."""
    value = body.get(key)
    # In Python true and false are integers.
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text_of(content: JsonValue) -> str:
    """Return the text of a content: a string, or parts of which some are text."""
    if isinstance(content, str):
        return content
    parts = [value_at(part, "text") for part in content] if isinstance(content, list) else []
    return "\n".join(part for part in parts if isinstance(part, str))


def texts(messages: JsonValue, roles: Collection[str]) -> str:
    """Return what these roles say, joined with line breaks."""
    return "\n".join(
        text_of(value_at(message, "content"))
        for message in (messages if isinstance(messages, list) else [])
        if value_at(message, "role") in roles
    )
