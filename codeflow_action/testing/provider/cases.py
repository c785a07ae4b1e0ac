"""What a provider may meet, and what must follow: which error, how many requests, which waits."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from codeflow_action.engine.errors import (
    PromptTooLong,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    RateLimited,
    UnusableReply,
)
from codeflow_action.testing.models import (
    ContentFilter,
    ContextOverflow,
    CutText,
    Drip,
    Empty,
    Hang,
    Html,
    ModelRefusal,
    NoCredit,
    Provider,
    Raw,
    Reply,
    Reset,
    Status,
)

# Seconds, when jitter draws the longest wait each time (`LongestDraw`).
BACKOFF = (2.0, 4.0, 8.0)


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What must follow from a reply that repeats.

    `first_error` is the error of a single request, None where the reply is a completion that only
    the wrappers reject. `last_error` is what the run sees, after `requests` and `waits`.
    """

    first_error: type[ProviderError] | None
    last_error: type[ProviderError]
    requests: int = 1
    waits: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Case:
    """One kind of trouble. `special` is for the APIs that report it in another way than the rest.

    `request_seconds` is how long a request may take.
    """

    name: str
    reply: Reply
    expectation: Expectation
    request_seconds: float = 30.0
    special: Mapping[Provider, Expectation] = field(default_factory=dict)

    def for_wire(self, wire: Provider) -> Expectation:
        """Return what must follow where this wire format is spoken."""
        return self.special.get(wire, self.expectation)


def _refusal_case(name: str, reply: Reply) -> Case:
    return Case(
        name=name,
        reply=reply,
        expectation=Expectation(first_error=ProviderRefused, last_error=ProviderRefused),
    )


def _retry_case(
    name: str,
    reply: Reply,
    error: type[ProviderError] = ProviderUnavailable,
    waits: tuple[float, ...] = BACKOFF,
) -> Case:
    expectation = Expectation(first_error=error, last_error=error, requests=4, waits=waits)
    return Case(name=name, reply=reply, expectation=expectation)


def _rate_limit_case(name: str, waits: tuple[float, ...], headers: Mapping[str, str]) -> Case:
    return _retry_case(name, Status(429, headers=headers), RateLimited, waits)


# A minute and a half, by the server's own clock; the runner's may be wrong.
_DATE = {
    "date": "Tue, 24 Nov 2026 12:00:00 GMT",
    "retry-after": "Tue, 24 Nov 2026 12:01:30 GMT",
}
_NO_ROOM = Expectation(first_error=PromptTooLong, last_error=PromptTooLong)
# A reply that cannot be used is asked for once more, with what is wrong with it.
_SECOND_REQUEST = Expectation(first_error=None, last_error=UnusableReply, requests=2)
_NO_ANSWER = Expectation(first_error=None, last_error=UnusableReply)
_FILTER_ERROR = Expectation(first_error=UnusableReply, last_error=UnusableReply)


CASES: tuple[Case, ...] = (
    Case(name="empty", reply=Empty(), expectation=_SECOND_REQUEST),
    Case(name="truncated", reply=CutText('{"verdict": "go'), expectation=_SECOND_REQUEST),
    Case(
        name="refusal",
        reply=ModelRefusal("I would rather not."),
        expectation=_NO_ANSWER,
        # These have no field for a refusal: it is text, and no JSON.
        special={Provider.MISTRAL: _SECOND_REQUEST, Provider.GROQ: _SECOND_REQUEST},
    ),
    Case(
        name="content filter",
        reply=ContentFilter(),
        expectation=_NO_ANSWER,
        special={
            Provider.ANTHROPIC: _FILTER_ERROR,
            Provider.GROQ: _SECOND_REQUEST,  # an empty answer
            Provider.MISTRAL: _SECOND_REQUEST,  # likewise
        },
    ),
    Case(name="400 context too long", reply=ContextOverflow(), expectation=_NO_ROOM),
    Case(name="413", reply=Status(413), expectation=_NO_ROOM),
    _refusal_case("400", Status(400)),
    _refusal_case("401", Status(401)),
    _refusal_case("402", Status(402)),
    _refusal_case("403", Status(403)),
    _refusal_case("404 model", Status(404)),
    _refusal_case("no credit", NoCredit()),
    _retry_case("408", Status(408)),
    _rate_limit_case("429", BACKOFF, {}),
    _rate_limit_case("429, retry after seconds", (7.0, 7.0, 7.0), {"retry-after": "7"}),
    _rate_limit_case("429, retry after a date", (90.0, 90.0, 90.0), _DATE),
    _rate_limit_case("429, retry after nonsense", BACKOFF, {"retry-after": "soon"}),
    Case(
        # Waiting would outlast the run: it is not tried.
        name="429, retry after the run's end",
        reply=Status(429, headers={"retry-after": "3600"}),
        expectation=Expectation(first_error=RateLimited, last_error=RateLimited),
    ),
    _retry_case("500", Status(500)),
    _retry_case("503", Status(503)),
    _retry_case(
        "503, retry after seconds",
        Status(503, headers={"retry-after": "7"}),
        RateLimited,
        (7.0, 7.0, 7.0),
    ),
    _retry_case("529", Status(529)),
    _retry_case("reset", Reset()),
    # Only a limit of time ends these two.
    replace(_retry_case("hang", Hang()), request_seconds=0.3),
    replace(_retry_case("slow drip", Drip()), request_seconds=0.3),
    _retry_case("wrong content type", Html()),
    _retry_case("not JSON", Raw(body="not json")),
    _retry_case("JSON that is no completion", Raw(body='{"choices": []}')),
)
