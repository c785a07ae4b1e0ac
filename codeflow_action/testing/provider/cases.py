"""What a provider may meet, and what must come of it: which error, requests, and waits."""

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

BACKOFF = (2.0, 4.0, 8.0)  # seconds, when jitter draws the longest wait each time


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What must come of a reply that repeats.

    `once` is the error of a single request, None where the reply is a completion that only the
    wrappers find fault with; `finally_` the one in the end, after `requests` and `waits`.
    """

    once: type[ProviderError] | None
    finally_: type[ProviderError]
    requests: int = 1
    waits: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Case:
    """One kind of trouble. `special` holds for APIs that tell it in another way than the rest.

    `request_seconds` is how long a request may take.
    """

    name: str
    reply: Reply
    expected: Expectation
    request_seconds: float = 30.0
    special: Mapping[Provider, Expectation] = field(default_factory=dict)

    def for_wire(self, wire: Provider) -> Expectation:
        """Return what must come of it where this wire format is spoken."""
        return self.special.get(wire, self.expected)


def _refused(name: str, reply: Reply) -> Case:
    return Case(
        name=name, reply=reply, expected=Expectation(once=ProviderRefused, finally_=ProviderRefused)
    )


def _retried(
    name: str,
    reply: Reply,
    error: type[ProviderError] = ProviderUnavailable,
    waits: tuple[float, ...] = BACKOFF,
) -> Case:
    expected = Expectation(once=error, finally_=error, requests=4, waits=waits)
    return Case(name=name, reply=reply, expected=expected)


def _endless(name: str, reply: Reply) -> Case:
    """The one kind of trouble that only a limit of time ends."""
    return replace(_retried(name, reply), request_seconds=0.3)


def _limited(name: str, waits: tuple[float, ...], headers: Mapping[str, str]) -> Case:
    return _retried(name, Status(429, headers=headers), RateLimited, waits)


# A minute and a half, by the server's own clock.
_DATE = {
    "date": "Tue, 24 Nov 2026 12:00:00 GMT",
    "retry-after": "Tue, 24 Nov 2026 12:01:30 GMT",
}
_TOO_LONG = Expectation(once=PromptTooLong, finally_=PromptTooLong)
_ASKED_AGAIN = Expectation(once=None, finally_=UnusableReply, requests=2)
_DECLINED = Expectation(once=None, finally_=UnusableReply)
_FILTERED = Expectation(once=UnusableReply, finally_=UnusableReply)


CASES: tuple[Case, ...] = (
    Case(name="empty", reply=Empty(), expected=_ASKED_AGAIN),
    Case(name="truncated", reply=CutText('{"verdict": "go'), expected=_ASKED_AGAIN),
    Case(
        name="refusal",
        reply=ModelRefusal("I would rather not."),
        expected=_DECLINED,
        # These have no field for a refusal: it is text, and no JSON.
        special={Provider.MISTRAL: _ASKED_AGAIN, Provider.GROQ: _ASKED_AGAIN},
    ),
    Case(
        name="content filter",
        reply=ContentFilter(),
        expected=_DECLINED,
        special={
            Provider.ANTHROPIC: _FILTERED,
            Provider.GROQ: _ASKED_AGAIN,  # an empty answer
            Provider.MISTRAL: _ASKED_AGAIN,  # likewise
        },
    ),
    Case(name="400 context too long", reply=ContextOverflow(), expected=_TOO_LONG),
    Case(name="413", reply=Status(413), expected=_TOO_LONG),
    _refused("400", Status(400)),
    _refused("401", Status(401)),
    _refused("402", Status(402)),
    _refused("403", Status(403)),
    _refused("404 model", Status(404)),
    _refused("no credit", NoCredit()),
    _retried("408", Status(408)),
    _limited("429", BACKOFF, {}),
    _limited("429, retry after seconds", (7.0, 7.0, 7.0), {"retry-after": "7"}),
    _limited("429, retry after a date", (90.0, 90.0, 90.0), _DATE),
    _limited("429, retry after nonsense", BACKOFF, {"retry-after": "soon"}),
    Case(
        name="429, retry after the run's end",
        reply=Status(429, headers={"retry-after": "3600"}),
        expected=Expectation(once=RateLimited, finally_=RateLimited),
    ),
    _retried("500", Status(500)),
    _retried("503", Status(503)),
    _retried(
        "503, retry after seconds",
        Status(503, headers={"retry-after": "7"}),
        RateLimited,
        (7.0, 7.0, 7.0),
    ),
    _retried("529", Status(529)),
    _retried("reset", Reset()),
    _endless("hang", Hang()),
    _endless("slow drip", Drip()),
    _retried("wrong content type", Html()),
    _retried("not JSON", Raw(body="not json")),
    _retried("JSON that is no completion", Raw(body='{"choices": []}')),
)
