"""Faults on demand: the next matching requests are answered wrongly, or not at all."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from codeflow_action.testing.github.exchange import Request, Response, json_response

_WORDS = {500: "Server Error", 502: "Server Error", 503: "Service Unavailable", 429: "Too Many"}


@dataclass(kw_only=True)
class Fault:
    """Strikes `left` times. `after`: the request is done all the same, and its answer lost."""

    method: str  # empty for any
    path: re.Pattern[str]
    status: int  # 0 drops the connection
    left: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    after: bool = False

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
    """Those that are still to strike; the first that matches does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        with self._lock:
            self._faults.append(fault)

    def take(self, request: Request) -> Fault | None:
        """Return the fault that this request meets, and count it."""
        with self._lock:
            for fault in self._faults:
                meant = fault.method in ("", request.method) and fault.path.search(request.path)
                if fault.left and meant:
                    fault.left -= 1
                    return fault
        return None
