"""What the local model server is asked and what it can be told to answer, as values."""

import enum
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

type JsonValue = bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None
type JsonObject = dict[str, JsonValue]

_CHARACTERS_PER_TOKEN = 4  # a round figure; a test that needs exact usage sets it


class Api(enum.StrEnum):
    """The wire formats."""

    CHAT = "chat"
    RESPONSES = "responses"
    MESSAGES = "messages"


class Provider(enum.StrEnum):
    """Whose API was called."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    MISTRAL = "mistral"
    GROQ = "groq"


@dataclass(frozen=True, kw_only=True)
class ModelRequest:
    """One request, read.

    `system` and `text` join all that the system and the user say. `max_tokens` is the limit, under
    whichever name it came. Header names are in lower case.
    """

    provider: Provider
    api: Api
    model: str
    system: str
    text: str = field(repr=False)
    schema: JsonObject | None = field(repr=False)
    max_tokens: int | None
    # They hold the key, and the body the prompt: neither shows in a test's output.
    headers: Mapping[str, str] = field(repr=False)
    body: JsonObject = field(repr=False)
    raw: str = field(repr=False)


@dataclass(frozen=True)
class TokenUsage:
    """Tokens; `cached` are part of `input`, whatever the API's own way to count them."""

    input: int
    output: int
    cached: int = 0

    @classmethod
    def estimate(cls, request: ModelRequest, answer: str) -> "TokenUsage":
        """Return the usage that the lengths of the texts suggest."""
        return cls(
            input=math.ceil(len(request.system + request.text) / _CHARACTERS_PER_TOKEN),
            output=math.ceil(len(answer) / _CHARACTERS_PER_TOKEN),
        )


@dataclass(frozen=True)
class Json:
    """A completion that is this value as JSON."""

    value: JsonValue
    usage: TokenUsage | None = None


@dataclass(frozen=True)
class WholeText:
    """A completion that is this text."""

    text: str
    usage: TokenUsage | None = None


@dataclass(frozen=True)
class CutText:
    """A completion that hit the token limit after this text."""

    text: str
    usage: TokenUsage | None = None


@dataclass(frozen=True)
class ModelRefusal:
    """The model declines. Mistral and Groq have no field for that: there it is ordinary text."""

    text: str
    usage: TokenUsage | None = None


@dataclass(frozen=True)
class ContentFilter:
    """The provider withholds the answer; at Anthropic a 400, at Groq an empty completion."""

    usage: TokenUsage | None = None


@dataclass(frozen=True)
class Empty:
    """A completion that ended well and holds nothing."""

    usage: TokenUsage | None = None


type CompletionReply = Json | WholeText | CutText | ModelRefusal | ContentFilter | Empty


@dataclass(frozen=True)
class Status:
    """An error status in the provider's error shape and words.

    `code` and `message` replace what that provider says with this status; `code` is Anthropic's
    `error.type`. Where no words are known (say for 418), there is a plain sentence.
    """

    status: int
    code: str = ""
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ContextOverflow:
    """The prompt does not fit the context window: a 400, in each provider's words."""


@dataclass(frozen=True)
class NoCredit:
    """The account is empty: 429 at OpenAI, 400 at Anthropic and Groq, 401 at Mistral."""


@dataclass(frozen=True)
class RefuseSchema:
    """The schema is refused: 400, or with `status=500` as llama-cpp-python's server does."""

    status: int = 400


type ErrorReply = Status | ContextOverflow | NoCredit | RefuseSchema


@dataclass(frozen=True)
class Raw:
    """Any body, word for word, with its content type: a reply that breaks the wire format."""

    body: str
    content_type: str = "application/json"
    status: int = 200


@dataclass(frozen=True)
class Html:
    """200 and a page, as captive portals and wrong base URLs answer."""

    body: str = "<!doctype html><title>Sign in</title><p>Please sign in.</p>"


@dataclass(frozen=True)
class Reset:
    """The connection is reset before a byte of the answer, or after a good status and `part`."""

    part: str = ""


@dataclass(frozen=True)
class Hang:
    """No answer. The connection is dropped when `until` is set; closing the server sets it."""

    until: threading.Event = field(default_factory=threading.Event, repr=False)


@dataclass(frozen=True)
class Drip:
    """A good status, then blanks, one by one and without end, until the client or server closes.

    Every byte starts a reading time-out anew: only a limit on the whole request ends it.
    """

    pause: float = 0.02  # seconds between two bytes


@dataclass(frozen=True)
class Slow:
    """`reply`, once `gate` is set. Closing the server sets it too, and then nothing is answered."""

    reply: "Reply"
    gate: threading.Event


type Reply = CompletionReply | ErrorReply | Raw | Html | Reset | Hang | Drip | Slow
