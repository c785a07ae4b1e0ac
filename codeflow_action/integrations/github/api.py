"""The authenticated transport to GitHub: PyGithub's requester, with our own policy around it.

PyGithub would throttle, retry POSTs blindly (a second comment), sleep up to an hour, and fetch
behind one's back; all of that is off. Reads are retried here; writes never: whoever writes rereads
first. One executor of our own, one client a thread, because a connection keeps a request's state.
"""

import asyncio
import contextvars
import json
import random
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple

from github import Auth, Github, GithubException
from pydantic import JsonValue
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
)

from codeflow_action.engine.errors import (
    GitHubError,
    GitHubUnavailable,
    NotFound,
    PermissionDenied,
)
from codeflow_action.engine.ports import Clock
from codeflow_action.engine.tracing import NoTracer, Span, Tracer
from codeflow_action.integrations.github import spans

_VERSION = "2022-11-28"
_READ_TRIES = 3
_LONGEST_WAIT = 60.0  # seconds; a longer rate limit ends the run with what is done
_MAX_PAGES = 40  # 100 a page: more than GitHub lists of anything we ask for
_SHOWN = 300  # characters of an answer that a message quotes


@dataclass(frozen=True, kw_only=True)
class Connection:
    """Where GitHub is, and who asks. Addresses come from the runner alone."""

    token: str = field(repr=False)
    api_url: str
    graphql_url: str
    timeout: int = 15  # seconds for one request


@dataclass(kw_only=True)
class Requests:
    """How many requests were sent, for the report."""

    reads: int = 0
    writes: int = 0


class _Transient(GitHubUnavailable):
    """Worth another try: `wait` says how long GitHub wants to be left alone, in seconds."""

    def __init__(self, message: str, *, status: int | None, wait: float | None = None) -> None:
        super().__init__(message, status=status, hint="run the job again; see www.githubstatus.com")
        self.wait = wait


class _Request(NamedTuple):
    verb: str
    path: str  # or a whole URL
    params: Mapping[str, str | int] = {}
    body: JsonValue = None
    resent: int = 0  # how often it was sent before


class _Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: str


class GitHubApi:
    """REST and GraphQL. Every method raises `GitHubError`, `PermissionDenied` or `NotFound`."""

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
        self._local = threading.local()
        self._executor = ThreadPoolExecutor(max_workers=4, thread_name_prefix="github")

    async def get(self, path: str, params: Mapping[str, str | int] | None = None) -> JsonValue:
        """Return one answer, parsed."""
        return _parsed(await self._read(_Request("GET", path, params or {})))

    async def get_pages(
        self, path: str, params: Mapping[str, str | int] | None = None, *, per_page: int = 100
    ) -> list[JsonValue]:
        """Return the items of all pages."""
        items: list[JsonValue] = []
        for page in range(1, _MAX_PAGES * 100 // per_page + 1):
            asked = {**(params or {}), "per_page": per_page, "page": page}
            answer = await self._read(_Request("GET", path, asked))
            found = _parsed(answer)
            items.extend(found if isinstance(found, list) else [])
            if 'rel="next"' not in answer.headers.get("link", ""):
                break
        return items

    async def graphql(
        self, query: str, variables: Mapping[str, JsonValue], optional: str = ""
    ) -> JsonValue:
        """Return the `data` of a query. GraphQL tells errors with HTTP 200; they are raised.

        Those at or below the field `optional` are not: a token may not see it, and then it is null.
        """
        payload: JsonValue = {"query": query, "variables": dict(variables)}
        request = _Request("POST", self._connection.graphql_url, body=payload)
        answer = _parsed(await self._read(request))
        told = answer.get("errors") if isinstance(answer, dict) else None
        errors = told if isinstance(told, list) else []
        if not isinstance(answer, dict) or not all(_is_at(error, optional) for error in errors):
            raise GitHubError(f"GitHub refused a GraphQL query: {str(told)[:_SHOWN]}")
        return answer.get("data")

    async def post(self, path: str, body: Mapping[str, JsonValue]) -> JsonValue:
        """Create something; never retried here."""
        return await self._write("POST", path, body)

    async def patch(self, path: str, body: Mapping[str, JsonValue]) -> JsonValue:
        """Change something; never retried here."""
        return await self._write("PATCH", path, body)

    async def delete(self, path: str) -> None:
        """Remove something; never retried here."""
        await self._write("DELETE", path, None)

    async def aclose(self) -> None:
        """Let go of the threads; a blocked one does not hold the process."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _write(self, verb: str, path: str, body: Mapping[str, JsonValue] | None) -> JsonValue:
        self.requests.writes += 1
        answer = await self._send(_Request(verb, path, body=dict(body) if body else None))
        return _parsed(answer) if answer.body.strip() else None

    async def _read(self, request: _Request) -> _Answer:
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(_READ_TRIES),
            wait=self._wait,
            retry=retry_if_exception_type(_Transient),
            sleep=self._clock.sleep,
            reraise=True,
        ):
            with attempt:
                self.requests.reads += 1
                resent = attempt.retry_state.attempt_number - 1
                return await self._send(request._replace(resent=resent))
        raise AssertionError("tenacity reraises")

    def _wait(self, state: RetryCallState) -> float:
        """Full jitter, or what GitHub asked for; past the deadline the error stands."""
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait if isinstance(error, _Transient) else None
        drawn = self._rng.uniform(0.2, float(2**state.attempt_number))
        wait = drawn if asked is None else asked
        if error and (wait > _LONGEST_WAIT or self._clock.now() + wait > self._deadline):
            raise error
        return wait

    async def _send(self, request: _Request) -> _Answer:
        loop = asyncio.get_running_loop()
        context = contextvars.copy_context()  # so that the span has its parent in the thread too
        return await loop.run_in_executor(self._executor, context.run, self._blocking, request)

    def _blocking(self, request: _Request) -> _Answer:
        path, api = request.path, self._connection.api_url.rstrip("/")
        url = path if "://" in path else f"{api}{path}"
        asked = spans.asked(request.verb, url, request.params, resent=request.resent)
        with self._tracer.span(request.verb, asked, client=True) as span:
            return self._ask(request, span)

    def _ask(self, request: _Request, span: Span) -> _Answer:
        headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": _VERSION,
        }
        where = f"{request.verb} {request.path.partition('?')[0]}"
        try:
            status, answered, text = self._client().requester.requestJson(
                request.verb,
                request.path,
                parameters=dict(request.params),
                headers=headers,
                input=request.body,
            )
        except OSError as error:  # what `requests` raises is one
            span.fail(type(error).__name__)
            raise _Transient(
                f"GitHub could not be reached ({type(error).__name__}) for {where}", status=None
            ) from error
        except (GithubException, RuntimeError, AssertionError) as error:
            raise GitHubError(f"GitHub's answer to {where} was not usable: {error}") from error
        span.set(spans.answered(status, answered))
        if status >= 300:
            span.fail(str(status))
            raise _translated(status, answered, text, where)
        return _Answer(status, answered, text)

    def _client(self) -> Github:
        """Return this thread's client: connections keep a request's state between two calls."""
        client: Github | None = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = Github(
                base_url=self._connection.api_url.rstrip("/"),
                auth=Auth.Token(self._connection.token) if self._connection.token else None,
                timeout=self._connection.timeout,
                retry=0,
                seconds_between_requests=0,
                seconds_between_writes=0,
                lazy=True,
            )
        return client


def _is_at(error: JsonValue, field: str) -> bool:
    """True when GraphQL tells an error of this field, or of something in it."""
    path = error.get("path") if isinstance(error, dict) else None
    return bool(field) and isinstance(path, list) and field in path


def _parsed(answer: _Answer) -> JsonValue:
    try:
        parsed: JsonValue = json.loads(answer.body)
    except ValueError as error:
        raise GitHubError(
            f"GitHub answered {answer.status} with something that is not JSON",
            status=answer.status,
            hint="a proxy between the runner and GitHub may have answered instead",
        ) from error
    return parsed


def _translated(status: int, headers: Mapping[str, str], body: str, where: str) -> GitHubError:
    """Return our error for an answer that is none of the good ones."""
    said = _said(body)
    text = f"GitHub answered {status} to {where}" + (f": {said}" if said else "")
    if (wait := _rate_limit_wait(status, headers, said)) is not None:
        return _Transient(f"{text} (rate limit)", status=status, wait=wait)
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
        case _ if status >= 500:
            return _Transient(text, status=status)
        case _:
            return GitHubError(text, status=status)


def _rate_limit_wait(status: int, headers: Mapping[str, str], said: str) -> float | None:
    """Return seconds to wait when this is a rate limit (GitHub: rate limits for the REST API)."""
    limited = (
        status == 429
        or (status in (403, 422) and any(word in said.lower() for word in ("rate limit", "abuse")))
        or (status == 403 and headers.get("x-ratelimit-remaining") == "0")
    )
    if not limited:
        return None
    after = headers.get("retry-after", "")
    return float(after) if after.isdigit() else _LONGEST_WAIT


def _said(body: str) -> str:
    """Return GitHub's message and its details in one short line."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(parsed, dict):
        return ""
    details = parsed.get("errors") or ""
    text = f"{parsed.get('message', '')} {details or ''}"
    return " ".join(text.split())[:_SHOWN]
