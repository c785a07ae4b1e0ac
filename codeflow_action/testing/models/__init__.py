"""A local server that answers as OpenAI's, Anthropic's, Mistral's and Groq's APIs do, clouds' too.

It serves the demo and the tests, over HTTP or HTTPS on loopback, to the providers' own SDKs.
"""

from codeflow_action.testing.models.model_server import ModelServer, empty_answer
from codeflow_action.testing.models.replies import (
    Api,
    ContentFilter,
    ContextOverflow,
    CutText,
    Drip,
    Empty,
    Hang,
    Html,
    Json,
    ModelRefusal,
    ModelRequest,
    NoCredit,
    Provider,
    Raw,
    RefuseSchema,
    Reply,
    Reset,
    Slow,
    Status,
    TokenUsage,
    WholeText,
)

__all__ = [
    "Api",
    "ContentFilter",
    "ContextOverflow",
    "CutText",
    "Drip",
    "Empty",
    "Hang",
    "Html",
    "Json",
    "ModelRefusal",
    "ModelRequest",
    "ModelServer",
    "NoCredit",
    "Provider",
    "Raw",
    "RefuseSchema",
    "Reply",
    "Reset",
    "Slow",
    "Status",
    "TokenUsage",
    "WholeText",
    "empty_answer",
]
