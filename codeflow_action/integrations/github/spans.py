"""What a span says of a request to GitHub, in the words of OpenTelemetry's HTTP conventions.

https://opentelemetry.io/docs/specs/semconv/http/http-spans/
"""

from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from codeflow_action.engine.tracing import Attributes, Value

_PLAIN_PARAMETERS = frozenset({"page", "per_page"})  # every other value of a query is hidden
_REPLACEMENT = "REDACTED"  # the conventions' own word
_PORTS = {"http": 80, "https": 443}


def request_attributes(
    verb: str, url: str, parameters: Mapping[str, str | int], *, resent: int = 0
) -> Attributes:
    """Return the facts of a request; `resent` counts how often it was sent before."""
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *parameters.items()]
    query_text = urlencode(
        [(name, value if name in _PLAIN_PARAMETERS else _REPLACEMENT) for name, value in query]
    )
    host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    attributes: dict[str, Value] = {
        "http.request.method": verb,
        "server.address": host,
        "server.port": port,
        # An address may hold a name and a password before the host; the conventions forbid both.
        "url.full": SplitResult(
            parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query_text, ""
        ).geturl(),
    }
    return {**attributes, "http.request.resend_count": resent} if resent else attributes


def answer_attributes(status: int, headers: Mapping[str, str]) -> Attributes:
    """Return the facts of an answer; GitHub's support asks for the request's id."""
    attributes: dict[str, Value] = {"http.response.status_code": status}
    if request_id := headers.get("x-github-request-id", ""):
        attributes["http.response.header.x-github-request-id"] = [request_id]
    return attributes
