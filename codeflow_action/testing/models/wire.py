"""What the wire formats share: a request's body to a `ModelRequest`, a reply to a response."""

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar, assert_never

from codeflow_action.testing.models.error_bodies import error
from codeflow_action.testing.models.replies import (
    Api,
    CompletionReply,
    ContentFilter,
    CutText,
    Empty,
    ErrorReply,
    Json,
    JsonObject,
    JsonValue,
    ModelRefusal,
    ModelRequest,
    PlainText,
    Provider,
    TokenUsage,
)

CREATED = 1_790_000_000  # a fixed Unix time: answers are the same in every run
SYSTEM = ("system", "developer")

type Plain = PlainText | CutText | ModelRefusal | ContentFilter | Empty


class MalformedRequest(ValueError):
    """The request's body is not what the API takes."""


@dataclass(frozen=True, kw_only=True)
class Wire(ABC):
    """One API of one provider."""

    api: ClassVar[Api]
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
        system, text = self._said(body)
        if not text:
            raise MalformedRequest("the request holds no user message")
        return ModelRequest(
            provider=self.provider,
            api=self.api,
            model=body["model"],
            system=system,
            text=text,
            schema=self._schema(body),
            max_tokens=self._max_tokens(body),
            headers=headers,
            body=body,
            raw=raw,
        )

    def complete(
        self, request: ModelRequest, reply: CompletionReply, request_id: str
    ) -> tuple[int, JsonObject]:
        """Return status and body of an answer."""
        if isinstance(reply, Json):
            reply = PlainText(json.dumps(reply.value, ensure_ascii=False), reply.usage)
        said = reply.text if isinstance(reply, PlainText | CutText | ModelRefusal) else ""
        usage = reply.usage or TokenUsage.estimate(request, said)
        return self._completed(request, reply, usage, request_id)

    def fail(self, failure: ErrorReply, model: str, request_id: str) -> tuple[int, JsonObject]:
        """Return status and body of an error."""
        return error(failure, self.provider, api=self.api, model=model, request_id=request_id)

    def request_id_headers(self, request_id: str) -> dict[str, str]:
        """Return the headers in which this provider names the request."""
        match self.provider:
            case Provider.ANTHROPIC:
                return {"request-id": request_id}
            case Provider.MISTRAL:
                return {"mistral-correlation-id": request_id, "x-kong-request-id": request_id}
            case Provider.OPENAI | Provider.GROQ:
                return {"x-request-id": request_id}
        assert_never(self.provider)

    @abstractmethod
    def _said(self, body: JsonObject) -> tuple[str, str]: ...

    @abstractmethod
    def _schema(self, body: JsonObject) -> JsonObject | None: ...

    @abstractmethod
    def _max_tokens(self, body: JsonObject) -> int | None: ...

    @abstractmethod
    def _completed(
        self, request: ModelRequest, reply: Plain, usage: TokenUsage, request_id: str
    ) -> tuple[int, JsonObject]: ...


def at(value: JsonValue, *keys: str) -> JsonValue:
    """Return what lies under these keys, None where one is missing."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def object_or_none(value: JsonValue) -> JsonObject | None:
    """Return the value if it is an object."""
    return value if isinstance(value, dict) else None


def integer_or_none(value: JsonValue) -> int | None:
    """Return the value if it is an integer."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text_of(content: JsonValue) -> str:
    """Return the text of a content: a string, or parts of which some are text."""
    if isinstance(content, str):
        return content
    parts = [at(part, "text") for part in content] if isinstance(content, list) else []
    return "\n".join(part for part in parts if isinstance(part, str))


def texts(messages: JsonValue, roles: Collection[str]) -> str:
    """Return what these roles say, joined with line breaks."""
    said = messages if isinstance(messages, list) else []
    return "\n".join(text_of(at(each, "content")) for each in said if at(each, "role") in roles)
