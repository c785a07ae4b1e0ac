"""A local server that answers as the OpenAI, Anthropic, Mistral and Groq APIs do.

It serves the demo and the tests, over HTTP or HTTPS on loopback, to the providers' own SDKs.
"""

from codeflow_action.testing.models.replies import (
    Api,
    ContentFilter,
    Drip,
    Empty,
    Hang,
    Html,
    Json,
    ModelRequest,
    NoCredit,
    Provider,
    Raw,
    Refusal,
    RefuseSchema,
    Reply,
    Reset,
    Slow,
    Status,
    Text,
    TooLong,
    Truncated,
    Usage,
)
from codeflow_action.testing.models.server import ModelServer, empty_answer, scripted

__all__ = [
    "Api",
    "ContentFilter",
    "Drip",
    "Empty",
    "Hang",
    "Html",
    "Json",
    "ModelRequest",
    "ModelServer",
    "NoCredit",
    "Provider",
    "Raw",
    "Refusal",
    "RefuseSchema",
    "Reply",
    "Reset",
    "Slow",
    "Status",
    "Text",
    "TooLong",
    "Truncated",
    "Usage",
    "empty_answer",
    "scripted",
]
