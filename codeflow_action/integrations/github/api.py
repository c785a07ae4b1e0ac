"""The authenticated transport to GitHub: an HTTP client, with our own policy around it.

Reads are retried here. A write is retried here only when GitHub has surely not carried it out;
where nobody knows, `Uncertain` is raised and whoever writes looks first (`Desk.write_once`). No
request outlives its time. ADR 33 says why this is no library for GitHub.
"""

import asyncio
import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

import httpx2
from pydantic import JsonValue
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from codeflow_action.engine.errors import (
    GitHubUnavailable,
)
from codeflow_action.engine.lazy import dataclass
from codeflow_action.engine.ports import Clock
from codeflow_action.engine.tracing import NoTracer, Tracer
from codeflow_action.integrations.github import spans
from codeflow_action.integrations.github.answers import (
    Answer,
    Transient,
    graphql_data,
    page_items,
    parsed_json,
    to_github_error,
)

LAST_WRITE = 3.0  # seconds before the deadline after which no write is started
# Pinned, because a newer version leaves out fields of its answers:
# https://docs.github.com/rest/about-the-rest-api/breaking-changes
_VERSION = "2022-11-28"
_TRIES = 3
_LONGEST_WAIT = 60.0  # seconds; a longer rate limit ends the run with what is done
_MAX_PAGES = 40  # 100 a page: more than GitHub lists of anything we ask for
# At a time; GitHub takes 100, from all that use the same token:
# https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
_MAX_CONNECTIONS = 4
_MAX_REDIRECTS = 3  # a repository or its owner that was renamed is one

type WriteVerb = Literal["POST", "PATCH", "DELETE"]


@dataclass(frozen=True, kw_only=True)
class Connection:
    """Where GitHub is, and who asks. Addresses come from the runner alone.

    `timeout` is for a connection and for each wait on it; `longest` for a whole request: an answer
    that comes a byte at a time never makes a socket wait long. Both are in seconds.
    """

    token: str = field(repr=False)
    api_url: str
    graphql_url: str
    timeout: int = 15
    longest: float = 30.0


@dataclass(kw_only=True)
class Requests:
    """How many requests were sent, for the report."""

    reads: int = 0
    writes: int = 0


class Uncertain(GitHubUnavailable):
    """Nobody knows whether GitHub has carried out this write, or will in the next seconds."""


class _Request(NamedTuple):
    verb: str
    path: str  # or a whole URL
    params: Mapping[str, str | int] = {}
    body: JsonValue = None
    resent: int = 0  # how often it was sent before

    @property
    def request_line(self) -> str:
        return f"{self.verb} {self.path.partition('?')[0]}"


class GitHubApi:
    """REST and GraphQL. Every method raises `GitHubError`, `PermissionDenied` or `NotFound`.

    `deadline` is on the clock: no request waits longer, and no write starts just before it.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        clock: Clock,
        rng: random.Random,
        deadline: float,
        tracer: Tracer | None = None,
    ) -> None:
        self.requests = Requests()
        self._connection = connection
        self._clock = clock
        self._rng = rng
        self._deadline = deadline
        self._tracer = tracer or NoTracer()
        self._turns = asyncio.Semaphore(_MAX_CONNECTIONS)
        # Proxies and certificates are those of the environment as it is now.
        self._client = httpx2.AsyncClient(
            headers=_headers(connection.token),
            timeout=connection.timeout,
            limits=httpx2.Limits(max_connections=_MAX_CONNECTIONS),
        )

    def hurry(self, deadline: float) -> None:
        """Bring the deadline nearer; one that is later than the present one changes nothing."""
        self._deadline = min(self._deadline, deadline)

    @property
    def is_over(self) -> bool:
        """True when no time is left, not even for a question."""
        return self._clock.now() >= self._deadline

    @property
    def may_write(self) -> bool:
        """True while there is time to start a write."""
        return self._clock.now() + LAST_WRITE < self._deadline

    async def pause(self, seconds: float) -> bool:
        """Wait and return True, or return False at once when no write could follow."""
        if self._clock.now() + seconds + LAST_WRITE >= self._deadline:
            return False
        await self._clock.sleep(seconds)
        return True

    async def get(self, path: str, params: Mapping[str, str | int] | None = None) -> JsonValue:
        """Return one answer, parsed."""
        return await self._send(_Request("GET", path, params or {}), parsed_json)

    async def get_pages(
        self, path: str, params: Mapping[str, str | int] | None = None, *, per_page: int = 100
    ) -> list[JsonValue]:
        """Return the items of all pages."""
        items: list[JsonValue] = []
        for page in range(1, _MAX_PAGES * 100 // per_page + 1):
            page_params = {**(params or {}), "per_page": per_page, "page": page}
            batch, is_last = await self._send(_Request("GET", path, page_params), page_items)
            items.extend(batch)
            if is_last:
                break
        return items

    async def graphql(
        self, query: str, variables: Mapping[str, JsonValue], optional: Collection[str] = ()
    ) -> JsonValue:
        """Return the `data` of a query. GraphQL tells errors with HTTP 200; they are raised.

        Those at or below an `optional` field are not: a token may not see it, and then it is null.
        """
        payload: JsonValue = {"query": query, "variables": dict(variables)}
        request = _Request("POST", self._connection.graphql_url, body=payload)
        return await self._send(request, lambda answer: graphql_data(answer, optional))

    async def write(
        self,
        verb: WriteVerb,
        path: str,
        body: Mapping[str, JsonValue] | None = None,
    ) -> JsonValue:
        """Create, change or remove something. Return the answer, None where it is empty.

        Raises `Uncertain` when nobody knows whether it was done.
        """
        request = _Request(verb, path, body=dict(body) if body else None)
        # A deletion's answer is empty.
        return await self._write(
            request, lambda answer: parsed_json(answer) if answer.body.strip() else None
        )

    async def mutate(self, mutation: str, variables: Mapping[str, JsonValue]) -> JsonValue:
        """Change something that REST cannot; return the `data`. Raises as `write` does."""
        payload: JsonValue = {"query": mutation, "variables": dict(variables)}
        request = _Request("POST", self._connection.graphql_url, body=payload)
        return await self._write(request, lambda answer: graphql_data(answer, ()))

    async def _write(self, request: _Request, parse: Callable[[Answer], JsonValue]) -> JsonValue:
        try:
            return await self._send(request, parse, reserve=LAST_WRITE)
        except Transient as error:
            if error.maybe_done:
                raise Uncertain(str(error), status=error.status, hint=error.hint) from error
            raise

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _send[T](
        self, request: _Request, parse: Callable[[Answer], T], *, reserve: float = 0.0
    ) -> T:
        """Ask up to three times; `reserve` is what a write needs of the time at each start."""
        is_write = reserve > 0
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(_TRIES),
            wait=lambda state: self._wait(state, reserve),
            retry=retry_if_exception(
                lambda error: isinstance(error, Transient) and not (is_write and error.maybe_done)
            ),
            sleep=self._clock.sleep,
            reraise=True,
        ):
            with attempt:
                if self._clock.now() + reserve >= self._deadline:
                    raise GitHubUnavailable(
                        f"no time was left for {request.request_line}",
                        hint="raise `budget.timeout_minutes`",
                    )
                self.requests.writes += is_write
                self.requests.reads += not is_write
                resent = attempt.retry_state.attempt_number - 1
                answer = await self._send_once(request._replace(resent=resent))
                return parse(answer)  # in here, because half an answer is worth another try, too
        raise AssertionError("tenacity reraises")

    def _wait(self, state: RetryCallState, reserve: float) -> float:
        """Full jitter, or what GitHub asked for; past the deadline the error stands."""
        error = state.outcome.exception() if state.outcome else None
        # https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        wait = self._rng.uniform(0.2, float(2**state.attempt_number))
        if isinstance(error, Transient) and error.wait is not None:
            wait = error.wait
        too_long = self._clock.now() + wait + reserve >= self._deadline
        if error and (wait > _LONGEST_WAIT or too_long):
            raise error
        return wait

    async def _send_once(self, request: _Request) -> Answer:
        """Return the answer if it comes in time. What is too late is closed, wherever it stands."""
        async with self._turns:
            seconds = max(0.0, min(self._connection.longest, self._deadline - self._clock.now()))
            try:
                async with asyncio.timeout(seconds):
                    return await self._exchange(request)
            except TimeoutError as error:
                message = (
                    f"GitHub did not answer {request.request_line} within {seconds:.0f} seconds"
                )
                raise Transient(message, status=None) from error

    async def _exchange(self, request: _Request) -> Answer:
        """Send the request in a span of its own, and translate what the client raises."""
        url = self._url(request.path)
        attributes = spans.request_attributes(
            request.verb, url, request.params, resent=request.resent
        )
        with self._tracer.span(request.verb, attributes, client=True) as span:
            try:
                response = await self._follow(request, url)
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                name = type(error).__name__
                span.fail(name)
                raise Transient(
                    f"GitHub could not be reached ({name}) for {request.request_line}",
                    status=None,
                    maybe_done=not isinstance(error, _NEVER_SENT),
                ) from error
            span.set(spans.answer_attributes(response.status_code, response.headers))
            if response.status_code >= 300:
                span.fail(str(response.status_code))
                raise to_github_error(
                    response.status_code, response.headers, response.text, request.request_line
                )
            return Answer(response.status_code, response.headers, response.text)

    async def _follow(self, request: _Request, url: str) -> httpx2.Response:
        """Return the answer at the end of redirects: the token never goes to another host."""
        params: Mapping[str, str | int] | None = request.params or None
        for _ in range(_MAX_REDIRECTS):
            response = await self._client.request(
                request.verb, url, params=params, json=request.body
            )
            target = response.headers.get("location", "") if response.is_redirect else ""
            new_url = str(response.url.join(target)) if target else ""
            # https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
            # says to repeat the request as it was; a write would be carried out elsewhere.
            if request.verb != "GET" or _origin(new_url) != _origin(url):
                break
            url, params = new_url, None  # the target has the parameters
        return response

    def _url(self, path: str) -> str:
        return path if "://" in path else f"{self._connection.api_url.rstrip('/')}{path}"


# There was no connection to send it over: refused, no such host, no way through the proxy.
_NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.LocalProtocolError,
    httpx2.UnsupportedProtocol,
    httpx2.InvalidURL,
)


def _headers(token: str) -> dict[str, str]:
    headers = {
        "Accept": "application/vnd.github+json",
        "User-Agent": "codeflow",  # GitHub refuses requests without one
        "X-GitHub-Api-Version": _VERSION,
    }
    return headers | ({"Authorization": f"Bearer {token}"} if token else {})


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
