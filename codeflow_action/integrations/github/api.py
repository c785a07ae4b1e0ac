"""The authenticated transport to GitHub: PyGithub's requester, with our own policy around it.

PyGithub would throttle, retry POSTs blindly (a second comment), sleep up to an hour, and fetch
behind one's back; all of that is off. Reads are retried here. A write is retried here only when
GitHub has surely not carried it out; where nobody knows, `Uncertain` is raised and whoever writes
looks first (`Desk.write_once`). No request outlives its time: a client whose request does is
abandoned.
"""

import asyncio
import contextvars
import random
import socket
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from github import Auth, Github, GithubException
from pydantic import JsonValue
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from codeflow_action.engine.errors import (
    GitHubError,
    GitHubUnavailable,
)
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
_MAX_CLIENTS = 4
_MAX_STUCK = 16  # threads that wait for GitHub for ever; more are not started

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


class _Client(NamedTuple):
    """PyGithub with a thread of its own: a connection keeps a request's state between two calls."""

    github: Github
    thread: ThreadPoolExecutor


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
        self._idle: list[_Client] = []
        self._stuck: list[Future[Answer]] = []
        self._turns = asyncio.Semaphore(_MAX_CLIENTS)

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
        try:
            # A deletion's answer is empty.
            return await self._send(
                request,
                lambda answer: parsed_json(answer) if answer.body.strip() else None,
                reserve=LAST_WRITE,
            )
        except Transient as error:
            if error.maybe_done:
                raise Uncertain(str(error), status=error.status, hint=error.hint) from error
            raise

    async def aclose(self) -> None:
        """Let go of the threads; a blocked one does not hold the process."""
        for client in self._idle:
            client.thread.shutdown(wait=False)
        self._idle.clear()

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
        """Return the answer when it comes in time, else abandon the client that waits for it."""
        async with self._turns:
            client = self._idle.pop() if self._idle else self._new_client()
            context = contextvars.copy_context()  # so that the span has its parent there too
            future = client.thread.submit(context.run, self._request_json, client.github, request)
            seconds = max(0.0, min(self._connection.longest, self._deadline - self._clock.now()))
            waiter = asyncio.wrap_future(future)
            try:
                await asyncio.wait({waiter}, timeout=seconds)
            finally:
                is_answered = waiter.done()
                if is_answered:
                    self._idle.append(client)
                else:
                    # A thread cannot be stopped: this one may wait for as long as it likes, and
                    # its client is used no more.
                    waiter.cancel()
                    client.thread.shutdown(wait=False)
                    self._stuck.append(future)
            if not is_answered:
                message = (
                    f"GitHub did not answer {request.request_line} within {seconds:.0f} seconds"
                )
                raise Transient(message, status=None)
            return waiter.result()

    def _new_client(self) -> _Client:
        self._stuck = [future for future in self._stuck if not future.done()]
        if len(self._stuck) >= _MAX_STUCK:
            raise GitHubUnavailable(
                f"GitHub has left {_MAX_STUCK} requests without an end", hint="run the job again"
            )
        github = Github(
            base_url=self._connection.api_url.rstrip("/"),
            auth=Auth.Token(self._connection.token) if self._connection.token else None,
            timeout=self._connection.timeout,
            retry=0,  # it would repeat a POST whose answer was lost: a second comment
            seconds_between_requests=0,
            seconds_between_writes=0,
            lazy=True,  # else it asks for an object before it is used
        )
        return _Client(github, ThreadPoolExecutor(max_workers=1, thread_name_prefix="github"))

    def _request_json(self, client: Github, request: _Request) -> Answer:
        """Send the request in a span of its own, and translate what PyGithub raises."""
        path, api_url = request.path, self._connection.api_url.rstrip("/")
        attributes = spans.request_attributes(
            request.verb,
            path if "://" in path else f"{api_url}{path}",
            request.params,
            resent=request.resent,
        )
        request_line = request.request_line
        with self._tracer.span(request.verb, attributes, client=True) as span:
            try:
                status, headers, text = client.requester.requestJson(
                    request.verb,
                    path,
                    parameters=dict(request.params),
                    headers={
                        "Accept": "application/vnd.github+json",
                        "X-GitHub-Api-Version": _VERSION,
                    },
                    input=request.body,
                )
            except OSError as error:  # what `requests` raises is one
                span.fail(type(error).__name__)
                raise Transient(
                    f"GitHub could not be reached ({type(error).__name__}) for {request_line}",
                    status=None,
                    maybe_done=not _was_never_sent(error),
                ) from error
            except (ValueError, OverflowError) as error:  # of headers that should be numbers
                span.fail(type(error).__name__)
                message = f"GitHub's answer to {request_line} could not be read: {error}"
                raise Transient(message, status=None) from error
            except (GithubException, RuntimeError, AssertionError) as error:
                message = f"GitHub's answer to {request_line} was not usable: {error}"
                raise GitHubError(message) from error
            span.set(spans.answer_attributes(status, headers))
            if status >= 300:
                span.fail(str(status))
                raise to_github_error(status, headers, text, request_line)
            return Answer(status, headers, text)


def _was_never_sent(error: BaseException) -> bool:
    """True when there was no connection to send it over: refused, or no such host."""
    cause: BaseException | None = error
    # `requests` and urllib3 each wrap the error of the layer below, the socket's last of all.
    while cause is not None:
        if isinstance(cause, ConnectionRefusedError | socket.gaierror):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
