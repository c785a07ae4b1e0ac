"""The server itself: routes, keys, the script, and all of a reply that is not its body."""

import itertools
import json
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping
from functools import partial
from types import TracebackType
from typing import assert_never
from urllib.parse import parse_qsl

from pydantic import JsonValue

from codeflow_action.testing.identity import GRANTS, TokenExchange
from codeflow_action.testing.listener import Listener, LocalServer, OwnedHandler
from codeflow_action.testing.models.anthropic_messages import Messages
from codeflow_action.testing.models.chat_completions import Chat
from codeflow_action.testing.models.clouds import cloud_wire, signing_secret
from codeflow_action.testing.models.error_bodies import error_response
from codeflow_action.testing.models.openai_responses import Responses
from codeflow_action.testing.models.replies import (
    ContentFilter,
    ContextOverflow,
    CutText,
    Drip,
    Empty,
    ErrorReply,
    Hang,
    Html,
    Json,
    ModelRefusal,
    ModelRequest,
    NoCredit,
    Provider,
    Raw,
    RefuseSchema,
    Reply,
    Reset,
    Slow,
    Status,
    WholeText,
)
from codeflow_action.testing.models.smallest import smallest
from codeflow_action.testing.models.wire import MalformedRequest, Wire

type Answer = Callable[[ModelRequest], Reply]


def empty_answer(request: ModelRequest) -> Reply:
    """Return the smallest reply that fits the request's schema, `{}` where it has none."""
    return WholeText("{}") if request.schema is None else Json(smallest(request.schema))


class ModelServer(LocalServer):
    """A model provider for the length of a `with` block, on a free port where `port` is 0.

    `answer` decides what a request gets, may be exchanged at any time, and is called from several
    threads at once. What it raises drops the connection and is raised again when the block ends.
    Without `keys` every key is taken, and none too. With an `exchange`, its tokens are taken
    beside the keys.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        keys: Collection[str] | None = None,
        exchange: TokenExchange | None = None,
        answer: Answer = empty_answer,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.answer = answer
        self.models: Collection[str] = ("local-model",)
        self.exchange = exchange
        self._keys = keys
        self._requests: list[ModelRequest] = []
        self._lock = threading.Lock()
        self._request_ids = itertools.count(1)
        self.listener = Listener(partial(_Handler, self), host=host, port=port, tls=tls)
        self.url = self.listener.url  # without a slash at its end

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        for failure in self.listener.failures:
            if error is None:
                raise failure
            error.add_note(f"the model server's answer raised {failure!r}")

    def base_url(self, provider: str) -> str:
        """Return what belongs in `OPENAI_BASE_URL`, `ANTHROPIC_BASE_URL` and the others."""
        return f"{self.url}/v1" if Provider(provider) is Provider.OPENAI else self.url

    def script(self, *replies: Reply) -> None:
        """Answer with these in order; the last one repeats."""
        if not replies:
            raise ValueError("a script needs at least one reply")
        remaining_replies, lock = deque(replies), threading.Lock()

        def answer(_request: ModelRequest) -> Reply:
            with lock:
                is_last = len(remaining_replies) == 1
                return remaining_replies[0] if is_last else remaining_replies.popleft()

        self.answer = answer

    @property
    def requests(self) -> list[ModelRequest]:
        """Every well-formed request so far, in order of arrival, refused keys included."""
        with self._lock:
            return list(self._requests)

    def decide(self, request: ModelRequest) -> Reply:
        """Record the request and return what it gets."""
        with self._lock:
            self._requests.append(request)
        if not self.takes_key(request.headers):
            return Status(401)
        try:
            return self.answer(request)
        # The listener takes an `OSError` for a client that went away.
        except OSError as cause:
            raise RuntimeError("the model server's answer failed") from cause

    def takes_key(self, headers: Mapping[str, str]) -> bool:
        """True where the request has a key that is known. Names of `headers` are lower case."""
        # Anthropic's SDK sent the key as `x-api-key` before its version 2; gateways still do.
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        if self.exchange and self.exchange.admits(bearer):
            return True
        key = bearer or headers.get("x-api-key") or headers.get("api-key", "")
        return self._keys is None or key in self._keys

    def with_key(self, path: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
        """Return the headers; one that was signed with a key, as for Amazon, has that key then."""
        secret = signing_secret(path, headers, body, self._keys or ())
        return {**headers, "authorization": f"Bearer {secret}"} if secret else headers

    def model_list(self, user_agent: str) -> JsonValue:
        """Return the list of models with the fields that all four APIs have in theirs.

        Mistral's alone tells base models from those that were fine-tuned.
        """
        description: dict[str, JsonValue] = {
            "object": "model",
            "type": "base" if "mistral" in user_agent else "model",
            "created": 0,
            "created_at": "2026-01-01T00:00:00Z",
            "owned_by": "local",
            "display_name": "",
            "capabilities": {},
        }
        data: list[JsonValue] = [{**description, "id": name} for name in self.models]
        return {"object": "list", "data": data, "has_more": False}

    def request_id(self) -> str:
        """Return a new request's id: they count from 1."""
        return f"req_{next(self._request_ids):06}"


def _wire_for(path: str, user_agent: str) -> Wire | None:
    """Return the API at this path, with or without `/v1`; None where there is none.

    OpenAI and Mistral share a path: Mistral is known by its SDK's user agent.
    """
    match path.removeprefix("/v1"):
        case "/openai/v1/chat/completions" | "/openai/chat/completions":
            # Azure has this path as well, for OpenAI's SDK.
            is_azure = "openai" in user_agent.lower()
            return Chat(provider=Provider.OPENAI if is_azure else Provider.GROQ)
        case "/chat/completions" if "mistral" in user_agent:
            return Chat(provider=Provider.MISTRAL)
        case "/chat/completions":
            return Chat(provider=Provider.OPENAI)
        case "/responses":
            return Responses()
        case "/messages":
            return Messages()
        case _:
            return None


class _Handler(OwnedHandler[ModelServer]):
    """Reads requests from one connection and writes the replies."""

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = self.path.partition("?")[0].removeprefix("/openai").removeprefix("/v1")
        wire = Chat(provider=Provider.OPENAI)
        if path != "/models":
            self._fail(wire, Status(404, code="unknown_url", message="Invalid URL"), model="")
        elif not self.owner.takes_key(headers):
            self._fail(wire, Status(401), model="")
        else:
            self._send(200, json.dumps(self.owner.model_list(headers.get("user-agent", ""))), {})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        path = self.path.partition("?")[0]
        if self.owner.exchange and path in GRANTS:
            # JSON, but for Google, which keeps to the form that OAuth asks for.
            is_json = "json" in self.headers.get("Content-Type", "")
            fields = json.loads(raw) if is_json else dict(parse_qsl(raw.decode()))
            status, answer = self.owner.exchange.answer(GRANTS[path], fields)
            self._send(status, json.dumps(answer), {})
            return
        wire = cloud_wire(self.path) or _wire_for(path, self.headers.get("User-Agent", ""))
        if wire is None:
            no_route = Status(404, code="unknown_url", message=f"Invalid URL (POST {path})")
            self._fail(Chat(provider=Provider.OPENAI), no_route, model="")
            return
        plain = {name.lower(): value for name, value in self.headers.items()}
        headers = self.owner.with_key(path, plain, raw)
        try:
            request = wire.read(raw.decode("utf-8", "replace"), headers)
        except MalformedRequest as problem:
            self._fail(wire, Status(400, message=str(problem)), model="")
            return
        self._answer(wire, request, self.owner.decide(request))

    def _answer(self, wire: Wire, request: ModelRequest, reply: Reply) -> None:
        match reply:
            case Json() | WholeText() | CutText() | ModelRefusal() | ContentFilter() | Empty():
                request_id = self.owner.request_id()
                status, body = wire.complete(request, reply, request_id)
                self._send(status, json.dumps(body), wire.request_id_headers(request_id))
            case Status() | ContextOverflow() | NoCredit() | RefuseSchema():
                self._fail(wire, reply, model=request.model)
            case Raw(body, content_type, status):
                self._send(status, body, {"Content-Type": content_type})
            case Html(page):
                self._send(200, page, {"Content-Type": "text/html; charset=utf-8"})
            case Slow(late_reply, until):
                if self.server.wait(until):
                    self._answer(wire, request, late_reply)
                else:
                    self.close_connection = True
            case Hang(until):
                self.server.wait(until)
                self.close_connection = True
            case Drip(pause):
                self._drip(pause)
            case Reset(part):
                self._reset(part)
            case _:
                assert_never(reply)

    def _fail(self, wire: Wire, failure: ErrorReply, *, model: str) -> None:
        request_id = self.owner.request_id()
        status, body = error_response(
            failure, wire.provider, api=wire.api, model=model, request_id=request_id
        )
        own_headers = failure.headers if isinstance(failure, Status) else {}
        self._send(status, json.dumps(body), {**wire.request_id_headers(request_id), **own_headers})

    def _send(self, status: int, text: str, headers: Mapping[str, str]) -> None:
        body = text.encode()
        # A test may set the date, to say when a `retry-after` that is a date is.
        if "date" in headers:
            self.send_response_only(status)
        else:
            self.send_response(status)
        length = str(len(body))
        all_headers = {"Content-Type": "application/json", **headers, "Content-Length": length}
        for name, value in all_headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _reset(self, part: str) -> None:
        if part:
            self._send_part(part)
        # Closing with a lingering time of zero sends a reset (socket(7), SO_LINGER).
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.rfile.close()
        self.connection.close()

    def _send_part(self, part: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "1000000")  # never reached
        self.end_headers()
        self.wfile.write(part.encode())

    def _drip(self, pause: float) -> None:
        self._send_part("")
        gate = threading.Event()
        while self.server.wait(gate, pause):
            self.wfile.write(b" ")
