"""The local GitHub: REST, GraphQL and git on 127.0.0.1, refusing what GitHub refuses."""

import contextlib
import json
import re
import ssl
import threading
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import unquote

from codeflow_action.testing.github import (
    activity,
    check_runs,
    comments,
    dependency_review,
    diff_comments,
    gitdata,
    graphql,
    people,
    pulls,
    reviews,
    served_issues,
)
from codeflow_action.testing.github.backend import PATH, GitService
from codeflow_action.testing.github.exchange import ApiCall, ApiRefusal, Request, Response, Route
from codeflow_action.testing.github.faults import Effect, Fault, Faults, Manner
from codeflow_action.testing.github.git_objects import GitObjects, git_program
from codeflow_action.testing.github.served import ServedRepository
from codeflow_action.testing.github.state import Hub
from codeflow_action.testing.github.transport import HttpHandler
from codeflow_action.testing.github.values import GitHubAccount, RecordedRequest, RequestKind
from codeflow_action.testing.listener import Listener, LocalServer

ACTIONS_BOT = "github-actions[bot]"
# What a workflow for CodeFlow asks for.
PERMISSIONS: Mapping[str, str] = {
    "checks": "write",
    "contents": "read",
    "issues": "read",
    "pull_requests": "write",
}
# An hour's requests with the GITHUB_TOKEN of an enterprise; others have 1,000 for a repository.
# https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
_HOURLY = 15_000

_ROUTES = (
    Route(method="GET", pattern=re.compile("/user"), answer=people.viewer),
    Route(method="GET", pattern=re.compile("/search/issues"), answer=served_issues.search),
    *pulls.ROUTES,
    *reviews.ROUTES,
    *diff_comments.ROUTES,
    *comments.ROUTES,
    *check_runs.ROUTES,
    *people.ROUTES,
    *served_issues.ROUTES,
    *activity.ROUTES,
    *gitdata.ROUTES,
    *dependency_review.ROUTES,
)


@dataclass(kw_only=True)
class GitHubServer(LocalServer):
    """A context manager; while it is open, the server runs.

    `prefix` is `""` as on github.com or `/api/v3` as on GitHub Enterprise Server. A `viewer` that
    ends with `[bot]` has an installation's token. With `git` False, git is refused with 403.
    What `faults` holds strikes the next requests. Leaving raises what broke inside the server
    itself.
    """

    token: str = field(default="stand-in-token", repr=False)
    prefix: str = ""
    tls: ssl.SSLContext | None = None
    viewer: str = ACTIONS_BOT
    permissions: Mapping[str, str] = field(default_factory=lambda: dict(PERMISSIONS))
    git: bool = True
    host: str = "127.0.0.1"
    port: int = 0  # 0: a free one
    # `GITHUB_SERVER_URL`, below which git is served, `GITHUB_API_URL` and `GITHUB_GRAPHQL_URL`.
    server_url: str = field(init=False)
    api_url: str = field(init=False)
    graphql_url: str = field(init=False)

    def __post_init__(self) -> None:
        # GitHub Enterprise Server has it beside the REST API's version, not below it.
        # https://docs.github.com/en/enterprise-server/graphql/guides/forming-calls-with-graphql
        self._graphql_path = f"{self.prefix.removesuffix('/v3')}/graphql"
        if self.git:
            git_program()  # raises where there is none, before a port is taken
        self.faults = Faults()
        self._recorded: list[RecordedRequest] = []
        self._recording = threading.Lock()
        self.listener = Listener(
            partial(HttpHandler, self._answer), host=self.host, port=self.port, tls=self.tls
        )
        self.server_url = self.listener.url
        self.api_url = self.server_url + self.prefix
        self.graphql_url = self.server_url + self._graphql_path
        self._hub = Hub(
            token=self.token,
            viewer=GitHubAccount.from_login(self.viewer),
            permissions=self.permissions,
            server_url=self.server_url,
            api_url=self.api_url,
        )
        self._git = GitService(self._hub, is_served=self.git)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        if self.listener.failures and error is None:
            raise BaseExceptionGroup("the local GitHub broke", self.listener.failures)

    def add_repository(
        self, full_name: str, git_dir: Path, default_branch: str = "main", *, private: bool = False
    ) -> ServedRepository:
        """Serve a repository on disk, a work tree or a bare one, as `full_name`."""
        repository = ServedRepository(
            hub=self._hub,
            full_name=full_name,
            objects=GitObjects(git_dir),
            default_branch=default_branch,
            private=private,
            id=self._hub.next_id(),
        )
        self._hub.repositories[full_name.lower()] = repository
        return repository

    def fail(
        self,
        method: str = "",
        path: str = "",
        status: int = 502,
        times: int = 1,
        *,
        body: Any = None,  # noqa: ANN401 - JSON, or text or bytes as they are
        headers: Mapping[str, str] | None = None,
        after: bool = False,
    ) -> None:
        """Answer the next `times` requests of `method` to a path that holds `path` with a fault.

        `path` is a regular expression. `status` 0 drops the connection. With `after` the request
        is carried out first, as when an answer is lost on its way; git's are never carried out.
        """
        fault = Fault(
            method=method,
            path=re.compile(path),
            status=status,
            count=times,
            body=body,
            headers=headers or {},
            effect=Effect.BEFORE if after else Effect.NEVER,
        )
        self.faults.add(fault)

    @property
    def requests(self) -> list[RecordedRequest]:
        """What was asked so far, in the order of the answers."""
        with self._recording:
            return list(self._recorded)

    def reads(self) -> int:
        """Return how many requests only read; git's are not counted."""
        return sum(request.kind is RequestKind.READ for request in self.requests)

    def writes(self) -> int:
        """Return how many requests wanted to change something."""
        return sum(request.kind is RequestKind.WRITE for request in self.requests)

    # --- answering

    def _answer(self, request: Request) -> Response | None:
        if PATH.fullmatch(request.path):
            kind = RequestKind.GIT
        elif request.path == self._graphql_path:
            is_mutation = graphql.is_mutation(request.body)
            kind = RequestKind.WRITE if is_mutation else RequestKind.READ
        else:
            kind = RequestKind.READ if request.method in ("GET", "HEAD") else RequestKind.WRITE
        fault = self.faults.take(request)
        response = self._faulty(request, kind, fault) if fault else self._perform(request)
        self._record(request, kind, response.status if response else 0)
        for late_request in self.faults.due():
            self._perform(late_request)
        if fault and fault.effect is Effect.LATER:
            self.faults.delay(request, fault.after_requests)
        # After the record: a test may wait for the request to be there.
        if fault and fault.manner is Manner.SILENCE:
            self.listener.wait(threading.Event())
        return response

    def _faulty(self, request: Request, kind: RequestKind, fault: Fault) -> Response | None:
        if fault.hook:
            response = self._perform(request) if fault.effect is Effect.BEFORE else None
            fault.hook()
            return response or self._perform(request)
        if fault.manner in (Manner.CUT, Manner.TORN):
            response = self._perform(request)
            body = response.body if isinstance(response.body, bytes) else b""
            half = body[: len(body) // 2]
            return replace(response, body=half if fault.manner is Manner.CUT else _torn(half))
        # git's answer is a process: carried out and thrown away, it would never end.
        if fault.effect is Effect.BEFORE and kind is not RequestKind.GIT:
            self._perform(request)
        if fault.manner is Manner.DRIP:
            return Response(status=200, body=self._blanks())
        return None if fault.manner is Manner.SILENCE else fault.response()

    def _blanks(self) -> Generator[bytes]:
        """Yield a blank twenty times a second, until the server closes."""
        gate = threading.Event()
        while self.listener.wait(gate, 0.05):
            yield b" "

    def _record(self, request: Request, kind: RequestKind, status: int) -> None:
        body = None
        if kind is not RequestKind.GIT:
            with contextlib.suppress(ValueError):
                body = json.loads(request.body) if request.body else None
        # Tests print what was recorded when they fail: the token must not be in it.
        scheme = request.headers.get("authorization", "").partition(" ")[0]
        recorded_request = RecordedRequest(
            method=request.method,
            path=request.path,
            query=request.query,
            headers={**request.headers, **({"authorization": scheme} if scheme else {})},
            body=body,
            status=status,
            kind=kind,
        )
        with self._recording:
            self._recorded.append(recorded_request)

    def _perform(self, request: Request) -> Response:
        """Carry a request out. A refusal is an answer, of git's and of the API's requests alike."""
        try:
            if match := PATH.fullmatch(request.path):
                return self._git.answer(request, match)
        except ApiRefusal as refusal:
            return refusal.response()
        count = len(self._recorded)
        headers = {
            "x-github-media-type": "github.v3; format=json",
            "x-github-request-id": f"STAND-IN:{count}",
            "x-ratelimit-limit": str(_HOURLY),
            "x-ratelimit-remaining": str(max(1, _HOURLY - count)),
            "x-ratelimit-used": str(count),
        }
        try:
            response = self._call_api(request)
        except ApiRefusal as refusal:
            response = refusal.response()
        return replace(response, headers={**headers, **response.headers})

    def _call_api(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() not in ("token", "bearer") or token.strip() != self.token:
            raise ApiRefusal(401, "Bad credentials")
        if request.path == self._graphql_path and request.method == "POST":
            with self._hub.lock:
                return graphql.answer(ApiCall(hub=self._hub, request=request, args={}))
        is_api = request.path.startswith(self.prefix)
        path = request.path.removeprefix(self.prefix) if is_api else ""
        for route in _ROUTES:
            match = route.pattern.fullmatch(path) if request.method == route.method else None
            if match:
                args = {key: unquote(value) for key, value in match.groupdict().items()}
                return self._call_route(route, ApiCall(hub=self._hub, request=request, args=args))
        raise ApiRefusal(404, "Not Found")

    def _call_route(self, route: Route, call: ApiCall) -> Response:
        # The header names the permissions that would do, also where they are missing.
        # https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
        needs = {"x-accepted-github-permissions": "; ".join(route.needs)} if route.needs else {}
        with self._hub.lock:
            if "owner" in call.args:
                call.repository.refresh()
                is_public = call.request.method == "GET" and not call.repository.private
                if not is_public and not any(self._hub.grants(need) for need in route.needs):
                    kind = "integration" if self._hub.viewer.is_bot else "personal access token"
                    message = f"Resource not accessible by {kind}"
                    raise ApiRefusal(403, message, headers=needs)
            response = route.answer(call)
        return replace(response, headers={**needs, **response.headers})


def _torn(part: bytes) -> Generator[bytes]:
    """Yield this part of a body, and break off where the framing promises more."""
    yield part
    raise ConnectionAbortedError  # as when the client has gone: no failure of the server
