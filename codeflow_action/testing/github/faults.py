"""Faults on demand: the next matching requests are answered wrongly, or not at all."""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from codeflow_action.testing.github.exchange import Request, Response, json_response

# GitHub's own bodies for these; any other status says `Fault`.
_WORDS = {500: "Server Error", 502: "Server Error", 503: "Service Unavailable", 429: "Too Many"}


class Effect(StrEnum):
    """When a request that meets a fault is carried out, if it is.

    The client cannot tell these apart: a write that seems lost may be there, or come late.
    """

    NEVER = "never"
    BEFORE = "before"  # and its answer is the fault
    LATER = "later"  # when some other requests have been answered


class Manner(StrEnum):
    """How the answer comes."""

    WHOLE = "whole"
    CUT = "cut"  # the true answer's first half; the framing says that it is all
    TORN = "torn"  # the true answer's first half, then the connection ends
    DRIP = "drip"  # blanks without an end
    SILENCE = "silence"  # nothing, and the connection stays open


@dataclass(kw_only=True)
class Fault:
    """Strikes the next `count` requests of `method` to a path that matches.

    `status` 0 drops the connection. A request with the effect `LATER` is carried out when
    `after_requests` others have been answered. With a `hook` nothing goes wrong: it is called
    before the request is carried out, with the effect `BEFORE` after it, and may do what another
    client does at that moment. The request is answered as usual.
    """

    method: str = ""  # any
    path: re.Pattern[str] = field(default_factory=lambda: re.compile(""))
    status: int = 502
    count: int = 1
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    effect: Effect = Effect.NEVER
    after_requests: int = 1
    manner: Manner = Manner.WHOLE
    hook: Callable[[], object] | None = None

    def response(self) -> Response | None:
        """Return the wrong answer, None for a dropped connection."""
        if not self.status:
            return None
        if isinstance(self.body, bytes | str):
            raw = self.body.encode() if isinstance(self.body, str) else self.body
            return Response(status=self.status, body=raw, headers=self.headers)
        body = self.body or {"message": _WORDS.get(self.status, "Fault")}
        return json_response(body, status=self.status, headers=self.headers)


@dataclass
class Faults:
    """The faults that are still to strike, and the requests that are to be carried out late.

    The first fault that matches strikes.
    """

    _faults: list[Fault] = field(default_factory=list)
    _late: list[tuple[int, Request]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def delay(self, request: Request, after_requests: int) -> None:
        """Keep a request until so many others have been answered."""
        with self._lock:
            self._late.append((after_requests, request))

    def due(self) -> list[Request]:
        """Count one answer, and return the requests that are to be carried out now."""
        with self._lock:
            late = [(count - 1, request) for count, request in self._late]
            self._late = [(count, request) for count, request in late if count > 0]
            return [request for count, request in late if count <= 0]

    def add(self, fault: Fault) -> None:
        """Let the next requests that match meet this fault."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Forget all that have not struck yet; late requests stay."""
        with self._lock:
            self._faults.clear()

    def take(self, request: Request) -> Fault | None:
        """Return the fault that this request meets, and count it."""
        with self._lock:
            for fault in self._faults:
                is_method = fault.method in ("", request.method)
                if fault.count and is_method and fault.path.search(request.path):
                    fault.count -= 1
                    return fault
        return None
