"""An API's refusal, by its HTTP status, to our own errors: one table for all four.

By status and not by the SDKs' class names: those differ, and change between versions.
"""

import re
from collections.abc import Mapping
from dataclasses import field

from codeflow_action.ai.providers.overflow import is_too_long, overflow_in
from codeflow_action.engine.errors import (
    PromptTooLong,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    RateLimited,
    UnusableReply,
)
from codeflow_action.engine.lazy import dataclass, regex

_NO_CREDIT = regex(r"insufficient_quota|billing|credit balance|payment", re.IGNORECASE)
# httpx and httpx2 name these alike (https://www.python-httpx.org/exceptions/).
_NOTHING_SENT = frozenset(
    {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"}
)
# Anthropic and Azure refuse with a 400 what their filters have stopped, prompt or answer.
_ABOUT_FILTERS = regex(r"content[ _](?:filter|management)", re.IGNORECASE)
# A timeout, a conflict and a replay that came too early pass by themselves (RFC 9110, RFC 8470).
_TRANSIENT = frozenset({408, 409, 425})
# Characters of what is quoted of a refused exchange; a word of more may be a piece of a token.
_LONGEST_QUOTE, _LONGEST_WORD = 300, 40


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An answer that is no completion. `body` may quote the prompt: it is looked at, not shown."""

    provider: str
    model: str
    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusalError(Exception):
    """What a provider's file raises for a refusal, before it is known what is made of it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.provider} answered {refusal.status}")
        self.refusal = refusal


def to_error(refusal: Refusal) -> ProviderError:
    """Return our error for an answer with an error status."""
    answer = f"{refusal.provider} ({refusal.model}) answered {refusal.status}"
    if refusal.status == 402 or (refusal.status in (400, 429) and _NO_CREDIT.search(refusal.body)):
        return ProviderRefused(f"{answer}: no credit is left", hint="check the account's billing")
    if refusal.status == 413 or (refusal.status in (400, 422) and is_too_long(refusal.body)):
        overflow = overflow_in(refusal.body)
        return PromptTooLong(
            f"{answer}: the prompt is too long",
            window=overflow.window,
            prompt=overflow.prompt,
            total=overflow.both,
        )
    if refusal.status == 400 and _ABOUT_FILTERS.search(refusal.body):
        return UnusableReply(
            f"{answer}: its content filter stopped it", hint="name `fallback_models`"
        )
    if refusal.status == 429:
        return RateLimited(
            f"{answer}: too many requests",
            retry_after=_retry_after(refusal.headers),
            hint="raise the limit at the provider, or name `fallback_models`",
        )
    if refusal.status in _TRANSIENT or refusal.status >= 500:
        after = _retry_after(refusal.headers)
        return (
            ProviderUnavailable(f"{answer}: it cannot serve now", hint="try again later")
            if after is None
            else RateLimited(f"{answer}: it cannot serve now", retry_after=after)
        )
    return _lasting_refusal(answer, refusal)


def _lasting_refusal(answer: str, refusal: Refusal) -> ProviderRefused:
    match refusal.status:
        case 401 | 403:
            reason = "the key was refused"
            hint = f"check the key for {refusal.provider}, and what it may use"
        case 404:
            reason = "it knows no such model or address"
            hint = "check `model`, and `base_url` if it is set"
        case _:
            # The API's own error code is the only part of its words that never quotes a prompt.
            code = re.search(
                r"""["'](?:code|type)["']\s*:\s*["']([a-z_]{3,60})["']""", refusal.body
            )
            reason = f"it refused the request{f' ({code[1]})' if code else ''}"
            hint = "check `model` and `base_url`"
    return ProviderRefused(f"{answer}: {reason}", hint=hint)


def unreachable(provider: str, model: str, cause: BaseException) -> ProviderUnavailable:
    """Return our error for a connection that failed or took too long.

    `cause` is the SDK's, or its HTTP client's: one that failed to connect has sent nothing.
    """
    http = cause.__cause__ or cause
    return ProviderUnavailable(
        f"{provider} ({model}) could not be reached ({type(cause).__name__})",
        hint="check the network, HTTPS_PROXY, `base_url` and `ca_certificates`",
        maybe_billed=type(http).__name__ not in _NOTHING_SENT,
    )


def no_completion(provider: str, model: str) -> ProviderUnavailable:
    """Return our error for a good status with something that is no completion behind it."""
    return ProviderUnavailable(
        f"{provider} ({model}) answered with something that is no completion",
        hint="check `base_url`; a proxy may have answered instead",
    )


def exchange_error(provider: str, status: int, body: object, claims: str) -> ProviderError:
    """Return our error for an identity token that the provider did not exchange.

    `claims` is what the token says of the job, empty where that is not known. What the answer says
    is quoted, so that its reader knows which rule did not fit; a word that is as long as a token is
    left out (https://www.rfc-editor.org/rfc/rfc6749#section-5.2).
    """
    answer = f"{provider} exchanged no token for the job's identity: it answered {status}"
    if status in _TRANSIENT or status == 429 or status >= 500:
        return ProviderUnavailable(answer, hint="try again later")
    fields = body if isinstance(body, Mapping) else {}
    error = fields.get("error")
    # OAuth's form, and that which Anthropic's API has for its other errors.
    inner = (error.get("type"), error.get("message")) if isinstance(error, Mapping) else (error,)
    texts = (*inner, fields.get("error_description"))
    words = " ".join(text for text in texts if isinstance(text, str)).split()
    quote = " ".join(word for word in words if len(word) <= _LONGEST_WORD)[:_LONGEST_QUOTE]
    return ProviderRefused(
        f"{answer}{f' ({quote})' if quote else ''}",
        hint=f"compare what {provider} expects of an identity token with what this job's says"
        f"{f': {claims}' if claims else ''}",
    )


def no_exchange(provider: str, cause: BaseException) -> ProviderUnavailable:
    """Return our error for an exchange of tokens that came to no answer."""
    http = cause.__cause__ or cause
    return ProviderUnavailable(
        f"{provider} exchanged no token for the job's identity ({type(http).__name__})",
        hint="check the network, HTTPS_PROXY and `ca_certificates`, or try again later",
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return seconds from `retry-after-ms` or `Retry-After`, seconds or a date (RFC 9110)."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - rarely needed

    if (ms := headers.get("retry-after-ms", "")).replace(".", "", 1).isdigit():
        return float(ms) / 1000
    after = headers.get("retry-after", "")
    if after.replace(".", "", 1).isdigit():
        return float(after)
    try:
        # Against the server's own clock: ours may differ from it.
        retry_date = parsedate_to_datetime(after)
        sent_date = parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return max(0.0, (retry_date - sent_date).total_seconds())
