"""What GitHub's answers mean: values, or one of our errors. Pure."""

import json
from collections.abc import Collection, Mapping
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from pydantic import BaseModel, JsonValue, ValidationError

from codeflow_action.engine.errors import (
    GitHubError,
    GitHubUnavailable,
    NotFound,
    PermissionDenied,
)

_UNKNOWN_WAIT = 60.0  # seconds, where a rate limit does not say how long it lasts
_MAX_QUOTE = 300  # characters of an answer that a message quotes
# GraphQL tells of passing failures with HTTP 200
# (https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api).
_GRAPHQL_LIMIT = "RATE_LIMITED"
_GRAPHQL_DENIALS = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES"})
_GRAPHQL_OUTAGE = "Something went wrong while executing your query"


class Transient(GitHubUnavailable):
    """Worth another try: `wait` says how long GitHub wants to be left alone, in seconds.

    `maybe_done` is False where GitHub has surely done nothing: it said so, or was never asked.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None,
        wait: float | None = None,
        maybe_done: bool = True,
        hint: str = "run the job again; see www.githubstatus.com",
    ) -> None:
        super().__init__(message, status=status, hint=hint)
        self.wait = wait
        self.maybe_done = maybe_done


class Answer(NamedTuple):
    """A good answer as it came; the headers' names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: str


def parse_as[M: BaseModel](kind: type[M], answer: JsonValue) -> M:
    """Return an answer's fields that we use. Raises `GitHubError` for another shape."""
    try:
        return kind.model_validate(answer)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, problem["loc"])) or "it"
        message = f"GitHub's answer has an unknown shape: {place}: {problem['msg']}"
        raise GitHubError(message) from None


def graphql_data(answer: Answer, optional: Collection[str]) -> JsonValue:
    """Return the `data`. Raises `Transient` for a rate limit and an outage, `GitHubError` else.

    What the token may not do is `PermissionDenied`.
    """
    document = parsed_json(answer)
    raw_errors = document.get("errors") if isinstance(document, dict) else None
    errors = raw_errors if isinstance(raw_errors, list) else []
    message = f"GitHub refused a GraphQL query: {str(raw_errors)[:_MAX_QUOTE]}"
    for error in errors:
        if isinstance(error, dict) and error.get("type") == _GRAPHQL_LIMIT:
            raise Transient(message, status=None, wait=_wait_asked_for(answer.headers))
        if isinstance(error, dict) and _GRAPHQL_OUTAGE in str(error.get("message")):
            raise Transient(message, status=None)
    # An error's path names the fields that lead to it: https://spec.graphql.org/October2021/#sec-Errors
    paths = [error.get("path") if isinstance(error, dict) else None for error in errors]
    is_usable = all(
        isinstance(path, list) and any(name in path for name in optional) for path in paths
    )
    if not isinstance(document, dict) or not is_usable:
        kinds = {error.get("type") for error in errors if isinstance(error, dict)}
        raise PermissionDenied(message) if kinds & _GRAPHQL_DENIALS else GitHubError(message)
    return document.get("data")


def page_items(answer: Answer) -> tuple[list[JsonValue], bool]:
    """Return the items, and whether these are the last."""
    items = parsed_json(answer)
    is_last = 'rel="next"' not in answer.headers.get("link", "")
    return items if isinstance(items, list) else [], is_last


def parsed_json(answer: Answer) -> JsonValue:
    """Return the answer's value. Raises `Transient`: it was cut off, or is a proxy's."""
    try:
        document: JsonValue = json.loads(answer.body)
    except ValueError as error:
        raise Transient(
            f"GitHub answered {answer.status} with something that is not JSON; a proxy between "
            "the runner and GitHub may have answered instead",
            status=answer.status,
        ) from error
    return document


def to_github_error(
    status: int, headers: Mapping[str, str], body: str, request: str
) -> GitHubError:
    """Return our error for an answer that is none of the good ones."""
    message = _message(body)
    text = f"GitHub answered {status} to {request}" + (f": {message}" if message else "")
    if _is_rate_limit(status, headers, message):
        wait = _wait_asked_for(headers)
        return Transient(
            f"{text} (rate limit, over in {wait:.0f} seconds)",
            status=status,
            wait=wait,
            maybe_done=False,
            hint="run the job again when the limit is over",
        )
    match status:
        case 401:
            hint = "check the input github_token: it is wrong, expired or was revoked"
            return GitHubUnavailable(text, status=status, hint=hint)
        case 403:
            needs = headers.get("x-accepted-github-permissions", "")
            hint = f"grant the job `{needs.replace('=', ': ')}`" if needs else ""
            return PermissionDenied(
                text, status=status, hint=hint or "see `permissions:` in the README"
            )
        case 404 | 410:
            hint = "it does not exist, or the token may not see it"
            return NotFound(text, status=status, hint=hint)
        # The write may have been carried out all the same: a gateway gave up waiting for it.
        case _ if status >= 500:
            return Transient(text, status=status, wait=_retry_after(headers))
        case _:
            return GitHubError(text, status=status)


def _is_rate_limit(status: int, headers: Mapping[str, str], message: str) -> bool:
    """True for a refusal for now: primary, secondary, or one that is called abuse."""
    match status:
        case 429:
            return True
        case 403 if headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers:
            return True
        case 403 | 422:
            return any(word in message.lower() for word in ("rate limit", "abuse"))
        case _:
            return False


def _wait_asked_for(headers: Mapping[str, str]) -> float:
    """Return seconds to wait: `Retry-After`, else until the limit's reset, else a minute.

    https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    after = _retry_after(headers)
    if after is not None:
        return after
    reset = headers.get("x-ratelimit-reset", "").strip()
    if headers.get("x-ratelimit-remaining") != "0" or not (reset.isascii() and reset.isdigit()):
        return _UNKNOWN_WAIT
    try:
        # The answer's own date is GitHub's clock; this machine's may be wrong.
        sent_at = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return _UNKNOWN_WAIT
    return max(1.0, float(reset) - sent_at.timestamp())  # at least one: dates have whole seconds


def _retry_after(headers: Mapping[str, str]) -> float | None:
    text = headers.get("retry-after", "").strip()
    return float(text) if text.isascii() and text.isdigit() else None


def html_url(answer: JsonValue) -> str:
    """Return where people find what was written, empty where GitHub does not say."""
    url = answer.get("html_url") if isinstance(answer, dict) else None
    return url if isinstance(url, str) else ""


def _message(body: str) -> str:
    """Return GitHub's message and its details in one short line."""
    try:
        document = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(document, dict):
        return ""
    details = document.get("errors") or ""
    text = f"{document.get('message', '')} {details or ''}"
    return " ".join(text.split())[:_MAX_QUOTE]
