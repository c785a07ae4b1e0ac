"""Faults on demand: the next matching requests are answered wrongly, or not at all."""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from codeflow_action.testing.github.exchange import Request, Response, json_response

_WORDS = {500: "Server Error", 502: "Server Error", 503: "Service Unavailable", 429: "Too Many"}


class Effect(StrEnum):
    """What becomes of a request that meets a fault."""

    NEVER = "never"
    BEFORE = "before"  # it is done, and its answer is the fault
    LATER = "later"  # it is done when some other requests have been answered


class Manner(StrEnum):
    """How the answer comes."""

    WHOLE = "whole"
    CUT = "cut"  # the true answer's first half; the framing says that it is all
    DRIP = "drip"  # blanks without an end
    SILENCE = "silence"  # nothing, and the connection stays open


@dataclass(kw_only=True)
class Fault:
    """Strikes the next `count` requests of `method` to a path that matches.

    `status` 0 drops the connection. A request with the effect `LATER` is carried out when
    `after_requests` others have been answered. With a `hook` nothing goes wrong: it is called
    before the request is answered as usual, and may do what another client does at that moment.
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
        """Return the wrong answer, None for none."""
        if not self.status:
            return None
        if isinstance(self.body, bytes | str):
            raw = self.body.encode() if isinstance(self.body, str) else self.body
            return Response(status=self.status, body=raw, headers=self.headers)
        body = self.body or {"message": _WORDS.get(self.status, "Fault")}
        return json_response(body, status=self.status, headers=self.headers)


class Faults:
    """Those that are still to strike; the first that matches does. And what is done late."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._late: list[tuple[int, Request]] = []

    def delay(self, request: Request, others: int) -> None:
        """Keep a request until so many others have been answered."""
        with self._lock:
            self._late.append((others, request))

    def due(self) -> list[Request]:
        """Count one answer, and return the requests that are to be done now."""
        with self._lock:
            counted = [(others - 1, request) for others, request in self._late]
            self._late = [(others, request) for others, request in counted if others > 0]
            return [request for others, request in counted if others <= 0]

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Forget all that have not struck yet; what was asked for and is late still comes."""
        with self._lock:
            self._faults.clear()

    def take(self, request: Request) -> Fault | None:
        """Return the fault that this request meets, and count it."""
        with self._lock:
            for fault in self._faults:
                meant = fault.method in ("", request.method) and fault.path.search(request.path)
                if fault.count and meant:
                    fault.count -= 1
                    return fault
        return None
